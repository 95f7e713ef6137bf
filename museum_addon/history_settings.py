"""An earlier generation's settings, put back into the form that makes such things; nothing is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import bpy

from . import detail_actions, engines, preset_actions, runtime
from .core.errors import InvalidRequest
from .core.history import Generation
from .core.presets import MAX_TITLE, Preset
from .core.requests import PICTURE_SHAPES, PICTURE_SIZES, picture_size
from .scene.picture_results import use_of

OWN = frozenset(("prompt", "seed", "fallback", "cameras", "unit", "up"))
"""Parameters that are set below, or that are gathered from the scene each time."""


def use_settings(context: bpy.types.Context, job_id: str) -> tuple[str, ...]:
    """Fill the task's form with a generation's words, seed, engine and settings.

    Answers the names of what could not be put back. Raises InvalidRequest when the engine is not known.
    """
    entry = runtime.current().history.find(job_id)
    if entry.task == "texture" and entry.engine == "material":
        return _material(context.scene.museum.material, entry)
    if not engines.find(entry.task, entry.engine).name:
        raise InvalidRequest(f"This backend has no engine “{entry.engine}”.", "Start the backend, or update it.")
    params = dict(entry.params)
    loras, missing = _with_paths(params.get("loras"), entry.names)
    if "loras" in params:
        params["loras"] = loras
    preset = Preset((entry.title or entry.task)[:MAX_TITLE], entry.task, entry.engine, params)
    applied = preset_actions.apply(context, preset)
    form = getattr(context.scene.museum, engines.FORMS[entry.task][0])
    form.prompt = entry.prompt
    if entry.seed is not None:
        form.seed, form.random_seed = entry.seed, False
    done = OWN | FILLERS[entry.task](context, form, entry)
    left = [name for name in applied.left if name not in done]
    left += [role for role in _pictures(form, entry) if role not in left]
    return (*left, *missing, *entry.left_out)


def _with_paths(loras: Any, names: Mapping[str, str]) -> tuple[list[Mapping[str, Any]], list[str]]:
    """LoRA files by the paths that they were sent from; the roles of those whose path is not known."""
    entries = [one for one in loras or () if isinstance(one, Mapping)] if isinstance(loras, list) else []
    found, missing = [], []
    for one in entries:
        name = str(one.get("name"))
        if not name.startswith("lora."):
            found.append(one)
        elif name in names:
            found.append({**one, "name": names[name]})
        else:
            missing.append(name)
    return found, missing


def _pictures(form: bpy.types.PropertyGroup, entry: Generation) -> list[str]:
    """Choose the pictures that were given, where this file has them. Answers the roles of the others."""
    left = []
    for role, attribute in (("image", "picture"), ("reference", "reference")):
        if attribute not in form.bl_rna.properties:
            continue
        image = bpy.data.images.get(entry.names.get(role, "")) if role in entry.inputs else None
        setattr(form, attribute, image)
        if role in entry.inputs and image is None:
            left.append(role)
    return left


def _artifact(context: bpy.types.Context, _form: bpy.types.PropertyGroup, entry: Generation) -> frozenset[str]:
    detail_actions.fill(context, entry.params)
    return frozenset((*_SIZES, *detail_actions.DECIDED))


def _object(_context: bpy.types.Context, form: bpy.types.PropertyGroup, entry: Generation) -> frozenset[str]:
    for name in _SIZES:
        setattr(form, name.removesuffix("_m"), float(entry.params.get(name) or 0.0))
    return frozenset(_SIZES)


def _picture(_context: bpy.types.Context, form: bpy.types.PropertyGroup, entry: Generation) -> frozenset[str]:
    if entry.target:
        form.use = use_of(entry.target)
    wanted = entry.params.get("width"), entry.params.get("height")
    form.surround = bool(entry.params.get("surround"))
    for shape in PICTURE_SHAPES:
        size = next((size for size in PICTURE_SIZES if picture_size(size, shape) == wanted), None)
        if size is not None:
            form.shape, form.size = shape, str(size)
            return frozenset(("width", "height", "surround"))
    return frozenset(("surround",))


def _texture(_context: bpy.types.Context, form: bpy.types.PropertyGroup, entry: Generation) -> frozenset[str]:
    done = {"missing"}
    missing = entry.params.get("missing")
    told = missing if isinstance(missing, Mapping) else {}
    for name, value in (("mode", entry.params.get("mode")), ("missing", told.get("source"))):
        if value in {item.identifier for item in form.bl_rna.properties[name].enum_items}:
            setattr(form, name, value)
            done.add(name)
    if isinstance(told.get("tolerance"), float) and told.get("source") == "key_colour":
        form.tolerance = told["tolerance"]
        form.key_colour = detail_actions.channels(str(told.get("key_colour")))
    return frozenset(done)


def _material(form: bpy.types.PropertyGroup, entry: Generation) -> tuple[str, ...]:
    form.prompt = entry.prompt
    if entry.seed is not None:
        form.seed, form.random_seed = entry.seed, False
    for name in ("texture_size", "unwrap"):
        if name in entry.params:
            try:
                setattr(form, name, str(entry.params[name]))
            except TypeError as error:
                raise InvalidRequest(f"The form does not offer {name} = {entry.params[name]}.", "Set it.") from error
    form.ageing.clear()
    for layer in entry.params.get("ageing") or ():
        if isinstance(layer, Mapping) and isinstance(layer.get("amount"), int | float):
            made = form.ageing.add()
            made.kind, made.amount = str(layer.get("name")), layer["amount"]
    return entry.left_out


_SIZES = ("width_m", "depth_m", "height_m")
FILLERS: Mapping[str, Callable[[bpy.types.Context, bpy.types.PropertyGroup, Generation], frozenset[str]]] = {
    "text_to_3d": _artifact, "image_to_3d": _object, "text_to_image": _picture, "texture": _texture,
}  # fmt: skip
