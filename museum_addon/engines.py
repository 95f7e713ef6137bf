"""Engines as the panels and their buttons see them: which there are, which is chosen, and why one cannot run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import bpy

from . import properties_engine, runtime
from .client.parcel import Parcel
from .core.errors import InvalidRequest
from .core.models import Use
from .core.schema_fields import LORA_INPUT, Field, fields_of, names_of, params_of
from .runtime import EMBEDDED_ENGINES, EngineChoice
from .scene import pictures

AUTO = "auto"
REFERENCE_INPUT = "reference"
UNKNOWN = "Start the backend first: it knows the engines"
NONE_KNOWN = EngineChoice("", "", "", available=False)
LORA_SUFFIX = ".safetensors"
FORMS: Mapping[str, tuple[str, str]] = {
    "text_to_3d": ("create", "engine"),
    "image_to_3d": ("create", "picture_engine"),
    "texture": ("texture", "engine"),
    "text_to_image": ("picture", "engine"),
}
"""By task the form in ``scene.museum`` and its property that say which engine is chosen."""
COMMAND = re.compile(r", or with `[^`]*`")
NOT_PAINTERS = ("material",)
"""Engines of the task ``texture`` that have a panel of their own."""


def choices_of(listed: Sequence[Mapping[str, Any]]) -> tuple[EngineChoice, ...]:
    """The engines of ``GET /v1/engines`` that panels offer."""
    found = tuple(
        _choice(engine) for engine in listed if engine.get("task") in FORMS and isinstance(engine.get("name"), str)
    )
    return found or EMBEDDED_ENGINES


def _choice(engine: Mapping[str, Any]) -> EngineChoice:
    task, name, schema = str(engine["task"]), str(engine["name"]), engine.get("params")
    inputs = engine.get("inputs")
    return EngineChoice(
        name,
        str(engine.get("title") or name),
        str(engine.get("summary") or ""),
        bool(engine.get("available", True)),
        _sentence(str(engine.get("reason") or "")),
        _for_panels(str(engine.get("fix") or "")),
        task,
        fields_of(schema, task),
        names_of(schema),
        frozenset(str(one.get("role")) for one in inputs or () if isinstance(one, Mapping)),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _for_panels(fix: str) -> str:
    """Without the commands that whoever runs the backend may type instead; each sentence once."""
    found = COMMAND.sub("", fix)
    return " ".join(dict.fromkeys(re.split(r"(?<=[.!?])\s+", found)))


def use_of(engine: EngineChoice) -> Use | None:
    """The engine's entry in the list of models; None where it needs none, or the list is not known yet."""
    listing = runtime.current().models.listing
    uses = listing.uses if listing is not None else ()
    return next((use for use in uses if (use.task, use.engine) == (engine.task, engine.name)), None)


def of_task(task: str) -> tuple[EngineChoice, ...]:
    """The engines of a task in the backend's order; without those that have a panel of their own."""
    return tuple(
        engine
        for engine in runtime.current().engines
        if engine.task == task and not (task == "texture" and engine.name in NOT_PAINTERS)
    )


def find(task: str, name: str) -> EngineChoice:
    """An engine by its name, for AUTO the first that can run; one without a name when it is not known."""
    known = of_task(task)
    if name == AUTO:
        return next((engine for engine in known if engine.available), known[0] if known else NONE_KNOWN)
    return next((engine for engine in known if engine.name == name), NONE_KNOWN)


def chosen(scene: bpy.types.Scene, task: str) -> EngineChoice:
    """The engine that stands in the task's form."""
    form, name = FORMS[task]
    return find(task, getattr(getattr(scene.museum, form), name))


def obstacle(engine: EngineChoice) -> str:
    """Why nothing can be sent to this engine, as a sentence; empty when it can."""
    if not engine.name:
        return UNKNOWN
    return "" if engine.available else f"{engine.reason} {engine.fix}".strip() or "This engine cannot run here"


def check(engine: EngineChoice) -> None:
    """Raises InvalidRequest for an engine that cannot run."""
    if not engine.name:
        raise InvalidRequest("The chosen engine is not known yet.", "Start the backend first: it knows the engines.")
    if not engine.available:
        raise InvalidRequest(
            engine.reason or f"The engine {engine.title} cannot run here.", engine.fix or "Choose another engine."
        )


def number(name: str) -> int:
    """The number that stands for an engine in a .blend: the same however many engines a backend lists."""
    return 0 if name == AUTO else crc32(name.encode()) & 0x7FFFFFFF


def items(task: str, *, automatic: bool = False) -> list[tuple[str, str, str, str, int]]:
    """What the menu of a task's engines shows; those that cannot run are marked, and say why."""
    state = runtime.current()
    made_of, known = state.enum_items.get(task, (None, []))
    if made_of is state.engines:
        return known
    found = [
        (
            engine.name,
            engine.title,
            engine.summary if engine.available else f"{engine.reason} {engine.fix}",
            "NONE" if engine.available else "ERROR",
            number(engine.name),
        )
        for engine in of_task(task)
    ]
    if automatic or not found:
        found.insert(0, (AUTO, "Automatic", "The first engine that can run", "NONE", number(AUTO)))
    state.enum_items[task] = (state.engines, found)
    return found


def menu(task: str, *, automatic: bool = False) -> Callable[..., list[tuple[str, str, str, str, int]]]:
    """What an EnumProperty of engines takes as its items."""
    return lambda _group, _context: items(task, automatic=automatic)


def group_of(scene: bpy.types.Scene, engine: EngineChoice) -> bpy.types.PropertyGroup | None:
    """The engine's settings in a scene; None while the backend has not said which there are."""
    name = properties_engine.group_name(engine.task, engine.name)
    return getattr(scene.museum.engines, name, None)


def settings_fields(engine: EngineChoice) -> tuple[Field, ...]:
    """The fields that the engine's own panel shows."""
    return tuple(field for field in engine.fields if not field.covered)


def settings_of(scene: bpy.types.Scene, engine: EngineChoice) -> dict[str, Any]:
    """The engine's parameters that were set in the scene and differ from its own. Raises InvalidRequest.

    LoRA files stand there as the form has them; ``with_files`` turns them into what is sent.
    """
    group = group_of(scene, engine)
    return params_of(engine.fields, properties_engine.values_of(group, engine.fields)) if group is not None else {}


def changed_fields(scene: bpy.types.Scene, engine: EngineChoice) -> list[Field]:
    """The fields that were set to something of their own."""
    group = group_of(scene, engine)
    if group is None:
        return []
    return [field for field in settings_fields(engine) if properties_engine.is_changed(group, field)]


def with_files(engine: EngineChoice, settings: Mapping[str, Any], parcel: Parcel) -> dict[str, Any]:
    """The settings with LoRA files of this computer put into the parcel as ``lora.N``. Raises InvalidRequest."""
    found = dict(settings)
    sent = 0
    for field in engine.fields:
        entries = []
        for entry in found.get(field.name) or () if field.kind == "loras" else ():
            name = str(entry["name"])
            if is_path(name):
                sent += 1
                parcel.add_file(f"{LORA_INPUT}.{sent}", lora_path(name))
                name = f"{LORA_INPUT}.{sent}"
            entries.append({**entry, "name": name})
        if entries:
            found[field.name] = entries
    return found


def is_path(text: str) -> bool:
    """Whether it names a file of this computer, rather than one in the backend's folder of LoRA files."""
    return "/" in text or "\\" in text


def lora_path(text: str) -> Path:
    """The LoRA file at a path of Blender's. Raises InvalidRequest when it cannot be sent."""
    path = Path(bpy.path.abspath(text))
    if path.suffix.lower() != LORA_SUFFIX:
        raise InvalidRequest(
            f"“{path.name}” is no LoRA file that can be used.",
            "Choose a .safetensors file; other kinds can hold programs.",
        )
    if not path.is_file():
        raise InvalidRequest(f"The LoRA file “{path.name}” is not there.", "Choose it again under Engine Settings.")
    return path


def add_picture(parcel: Parcel, role: str, image: bpy.types.Image) -> None:
    """Put an image, of any shape, into the parcel. Raises InvalidRequest for what is no still picture."""
    found = pictures.pictures_of(image, parcel.folder / f"{role}-tiles", square=False)
    picture = next(iter(found.tiles.values()))
    if picture.path is not None:
        parcel.add_file(role, picture.path)
    elif picture.write is not None:
        parcel.add(role, picture.suffix, picture.write)
