"""What a user can do with settings of engines, as functions; operators and scripts call these. Raise MuseumError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from . import engines, properties_engine, runtime
from .core.errors import InvalidRequest
from .core.schema_fields import MAX_LORAS, Field, checked
from .runtime import EngineChoice


def settings_of(context: bpy.types.Context, task: str) -> dict[str, Any]:
    """What was set for the engine that is chosen for a task, as its parameters. Raises InvalidRequest."""
    return engines.settings_of(context.scene, engines.chosen(context.scene, task))


def change(context: bpy.types.Context, task: str, settings: Mapping[str, Any]) -> None:
    """Set settings of the engine that is chosen for a task. All are checked before the first is set."""
    engine, group = _group(context, task)
    fields = {name: _field(engine, name) for name in settings}
    values = {name: checked(fields[name], value) for name, value in settings.items()}
    for name, value in values.items():
        properties_engine.write(group, fields[name], value)


def reset(context: bpy.types.Context, task: str, field: str = "") -> None:
    """Put a setting, or all of them, back to the engine's own value."""
    engine, group = _group(context, task)
    for one in (_field(engine, field),) if field else engines.settings_fields(engine):
        properties_engine.reset(group, one)


def add_lora(context: bpy.types.Context, task: str, path: str, weight: float = 1.0, *, field: str = "") -> None:
    """Use a LoRA file. path: of a .safetensors file, or the name of one in the folder ``loras`` of the models."""
    engine, group = _group(context, task)
    one = _field(engine, field or _lora_field(engine))
    entries = getattr(group, properties_engine.attribute(one))
    if len(entries) >= (one.length or MAX_LORAS):
        raise InvalidRequest(f"At most {one.length or MAX_LORAS} LoRA files are used.", "Remove one first.")
    if engines.is_path(path):
        engines.lora_path(path)
    entry = entries.add()
    entry.path, entry.weight = path, weight


def remove_lora(context: bpy.types.Context, task: str, index: int, *, field: str = "") -> None:
    """Use a LoRA file no more."""
    engine, group = _group(context, task)
    entries = getattr(group, properties_engine.attribute(_field(engine, field or _lora_field(engine))))
    if not 0 <= index < len(entries):
        raise InvalidRequest("This LoRA file is not in the list.", "Choose one that is.")
    entries.remove(index)


def show_models(_context: bpy.types.Context, task: str, engine: str) -> None:
    """Open the list of models with those that an engine needs unfolded. Raises InvalidRequest when it needs none."""
    use = engines.use_of(engines.find(task, engine))
    if use is None:
        raise InvalidRequest("No models are known for this engine.", "See the preferences.")
    runtime.current().models.opened = use.id
    bpy.ops.wm.call_panel(name="MUSEUM_PT_models", keep_open=True)


def _lora_field(engine: EngineChoice) -> str:
    return next((field.name for field in engines.settings_fields(engine) if field.kind == "loras"), "loras")


def _group(context: bpy.types.Context, task: str) -> tuple[EngineChoice, bpy.types.PropertyGroup]:
    if task not in engines.FORMS:
        raise InvalidRequest(f"No panel has the task “{task}”.", f"Choose one of {', '.join(engines.FORMS)}.")
    engine = engines.chosen(context.scene, task)
    group = engines.group_of(context.scene, engine)
    if group is None:
        raise InvalidRequest("The settings of this engine are not known yet.", "Start the backend first.")
    return engine, group


def _field(engine: EngineChoice, name: str) -> Field:
    found = next((field for field in engines.settings_fields(engine) if field.name == name), None)
    if found is None:
        raise InvalidRequest(f"The engine {engine.title} has no setting “{name}”.", "Choose one that it has.")
    return found
