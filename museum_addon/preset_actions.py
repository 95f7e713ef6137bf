"""What a user can do with presets, as functions; operators and scripts call these. Raise MuseumError."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from . import engines, preferences, properties_engine, runtime
from .core import presets
from .core.errors import InvalidRequest
from .core.presets import Preset
from .runtime import EngineChoice

BUNDLED = Path(__file__).parent / "presets"
FOLDER = "presets"
FORM_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "text_to_3d": {"texture_size": "texture_size"},
    "image_to_3d": {"texture_size": "texture_size"},
    "texture": {
        name: name
        for name in ("painter", "texture_size", "view_size", "schedule", "view_count", "strength", "feather", "unwrap")
    },
    "text_to_image": {"surround": "surround"},
}
"""By task the parameters that the panel has fields of its own for and that a preset keeps, with the form's names."""


@dataclass(frozen=True)
class Applied:
    """What became of a preset. left: names of what could not be used, with the reason where it is known."""

    preset: Preset
    left: tuple[str, ...]


def user_folder(context: bpy.types.Context) -> Path:
    """Where the user's presets lie."""
    return preferences.data_folder(context) / FOLDER


def refresh(context: bpy.types.Context) -> tuple[Preset, ...]:
    """Read the folders anew, for the menu to show. The bundled ones come first."""
    bundled, _ = presets.load_folder(BUNDLED, bundled=True)
    own, faulty = presets.load_folder(user_folder(context))
    state = runtime.current()
    state.presets, state.faulty_presets = (*bundled, *own), tuple(faulty)
    return state.presets


def find(context: bpy.types.Context, key: str) -> Preset:
    """The preset with this key, as ``key_of`` answers it. Raises InvalidRequest."""
    known = runtime.current().presets or refresh(context)
    found = next((preset for preset in known if key_of(preset) == key), None)
    if found is None:
        raise InvalidRequest("This preset is not there any more.", "Choose another one.")
    return found


def key_of(preset: Preset) -> str:
    """What tells a preset from all others on this computer."""
    return f"{'bundled' if preset.bundled else 'own'}/{preset.path.name if preset.path else ''}"


def apply(context: bpy.types.Context, preset: Preset) -> Applied:
    """Choose the preset's engine, and set its settings: those that it does not name go back to the engine's own."""
    if preset.task not in engines.FORMS:
        raise InvalidRequest(f"This preset is for “{preset.task}”, which no panel offers.", "Choose another one.")
    engine = engines.find(preset.task, preset.engine)
    if not engine.name:
        raise InvalidRequest(
            f"This backend has no engine “{preset.engine}”.", "Start or update the backend, or choose another preset."
        )
    group = engines.group_of(context.scene, engine)
    if group is None:
        raise InvalidRequest("The settings of this engine are not known yet.", "Start the backend first.")
    taken, left = presets.sorted_out(preset, engine.fields)
    form_name, chooser = engines.FORMS[preset.task]
    form = getattr(context.scene.museum, form_name)
    setattr(form, chooser, engine.name)
    if form_name == "create":
        form.source = "picture" if preset.task == "image_to_3d" else "words"
    for field in engines.settings_fields(engine):
        properties_engine.reset(group, field)
        if field.name in taken:
            properties_engine.write(group, field, taken[field.name])
    return Applied(preset, (*left, *_set_form(form, preset.task, engine, taken)))


def _set_form(
    form: bpy.types.PropertyGroup, task: str, engine: EngineChoice, taken: Mapping[str, Any]
) -> Iterable[str]:
    """Set the fields of the panel; answers the names of values that it does not offer, or that it keeps to itself."""
    covered = {field.name for field in engine.fields if field.covered}
    left = []
    for name in covered & set(taken):
        attribute = FORM_SETTINGS[task].get(name)
        if attribute is None:
            left.append(name)
            continue
        is_choice = form.bl_rna.properties[attribute].type == "ENUM"
        try:
            setattr(form, attribute, str(taken[name]) if is_choice else taken[name])
        except TypeError:  # not one of the form's choices
            left.append(f"{name} = {taken[name]}")
    return sorted(left)


def current(
    context: bpy.types.Context, task: str, title: str, *, notes: str = "", by: str = "", sources: Iterable[str] = ()
) -> Preset:
    """What is set for the engine that is chosen for a task, as a preset. Of LoRA files the names alone are kept."""
    engine = engines.chosen(context.scene, task)
    engines_group = engines.group_of(context.scene, engine)
    if engines_group is None:
        raise InvalidRequest("The settings of this engine are not known yet.", "Start the backend first.")
    params = dict(engines.settings_of(context.scene, engine))
    for field in engine.fields:
        if field.kind == "loras" and field.name in params:
            params[field.name] = [{**entry, "name": _file_name(entry["name"])} for entry in params[field.name]]
    params |= _from_form(getattr(context.scene.museum, engines.FORMS[task][0]), task, engine)
    return Preset(presets.checked_title(title), task, engine.name, params, notes.strip(), by.strip(), tuple(sources))


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _from_form(form: bpy.types.PropertyGroup, task: str, engine: EngineChoice) -> dict[str, Any]:
    found = {}
    for field in engine.fields:
        attribute = FORM_SETTINGS[task].get(field.name)
        if field.covered and attribute is not None:
            value = getattr(form, attribute)
            value = int(value) if field.kind == "int" or field.name == "texture_size" else value
            if isinstance(value, float):
                value = float(f"{value:.6g}")
            if value != field.default:
                found[field.name] = value
    return found


def save(context: bpy.types.Context, task: str, title: str, *, notes: str = "", by: str = "") -> Preset:
    """Keep what is set as a preset; one of the same name for the same engine is replaced."""
    saved = presets.save(current(context, task, title, notes=notes, by=by), user_folder(context))
    refresh(context)
    return saved


def import_file(context: bpy.types.Context, path: Path) -> Preset:
    """Take over a preset that somebody shared; it is not applied."""
    given = presets.load(path)
    taken = {key_of(preset) for preset in refresh(context)}
    kept, number = replace(given, unknown=()), 1
    while f"own/{presets.file_stem(kept)}{presets.SUFFIX}" in taken:  # never replace one that the user has
        number += 1
        kept = replace(given, unknown=(), title=f"{given.title[: presets.MAX_TITLE - 6]} {number}")
    saved = presets.save(kept, user_folder(context))
    refresh(context)
    return replace(saved, unknown=given.unknown)


def export_file(context: bpy.types.Context, key: str, path: Path) -> Path:
    """Write a preset to a file that can be shared. Answers the file."""
    preset = find(context, key)
    path = path if path.suffix.lower() == presets.SUFFIX else path.with_name(f"{path.name}{presets.SUFFIX}")
    try:
        path.write_text(preset.to_text(), encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"The preset cannot be written ({error.strerror}).", "Choose another folder.") from error
    return path


def remove(context: bpy.types.Context, key: str) -> str:
    """Delete one of the user's presets; answers its title."""
    preset = find(context, key)
    if preset.bundled or preset.path is None:
        raise InvalidRequest("This preset came with the extension and stays.", "Choose one of your own.")
    try:
        preset.path.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidRequest(f"The preset cannot be deleted ({error.strerror}).", "Close what uses it.") from error
    refresh(context)
    return preset.title
