"""Settings of engines, kept in the .blend: ``scene.museum.engines``, one group an engine.

Which settings an engine has, the backend says. Their groups are made when it has said so, with true names, bounds,
defaults and tooltips; what was set before stays in the .blend meanwhile. A default takes no room there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from .core.schema_fields import FLOAT_LIMIT, INT_HIGH, INT_LOW, Field

if TYPE_CHECKING:
    from .runtime import EngineChoice

OWN_NAMES = ("name", "rna_type", "bl_rna", "keys", "values", "items", "get", "pop", "clear", "update", "id_data")
"""What every group of Blender has already."""
USED = "use_"
UNDECIDED = "AUTOMATIC"
MAX_NAME = 40


class MUSEUM_PG_lora(bpy.types.PropertyGroup):
    """A LoRA file, with the weight that it is used with."""

    path: StringProperty(
        name="LoRA",
        description="A .safetensors file that teaches the engine's model a style or a subject. "
        "A name without a folder: a file in the folder loras of the models",
        subtype="FILE_PATH",
    )
    weight: FloatProperty(
        name="Weight",
        description="How much of it: 0 nothing, 1 as it was trained; below 0 its opposite",
        min=-2.0,
        max=2.0,
        soft_min=0.0,
        default=1.0,
    )


class MUSEUM_PG_engines(bpy.types.PropertyGroup):
    """One group for each engine that the backend lists; added when it does."""


def group_name(task: str, engine: str) -> str:
    """The name of an engine's group in ``scene.museum.engines``."""
    plain = re.sub(r"\W+", "_", f"{task}_{engine}", flags=re.ASCII)
    if plain == f"{task}_{engine}".replace("-", "_") and len(plain) <= MAX_NAME:
        return plain
    return f"{plain[:MAX_NAME]}_{crc32(f'{task}/{engine}'.encode()):08x}"


def attribute(field: Field) -> str:
    """The name of a field's property in its engine's group."""
    taken = field.name in OWN_NAMES or field.name.startswith(("bl_", USED)) or hasattr(dict, field.name)
    return f"{field.name}_" if taken else field.name


class EngineGroups:
    """The groups that are registered now, and what they were made of."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[tuple[Field, ...], type]] = {}

    def update(self, engines: Iterable[EngineChoice]) -> None:
        """Have groups for these engines and no others; what is the same stays."""
        wanted = {group_name(engine.task, engine.name): engine.fields for engine in engines if engine.fields}
        for name in [name for name, (fields, _) in self._made.items() if wanted.get(name) != fields]:
            self._remove(name)
        for name, fields in wanted.items():
            if name not in self._made:
                self._add(name, fields)

    def close(self) -> None:
        """Take all of them away; their values stay in the .blend."""
        for name in list(self._made):
            self._remove(name)

    def __contains__(self, name: str) -> bool:
        return name in self._made

    def _add(self, name: str, fields: tuple[Field, ...]) -> None:
        members: dict[str, Any] = {}
        for field in fields:
            if not field.covered:
                members |= _properties(field)
        about = {"__doc__": "Settings of one engine.", "__annotations__": members, "__module__": __name__}
        group = type(f"MUSEUM_PG_{name}", (bpy.types.PropertyGroup,), about)
        bpy.utils.register_class(group)
        setattr(MUSEUM_PG_engines, name, bpy.props.PointerProperty(type=group))
        self._made[name] = (fields, group)

    def _remove(self, name: str) -> None:
        _, group = self._made.pop(name)
        delattr(MUSEUM_PG_engines, name)
        bpy.utils.unregister_class(group)


def _properties(field: Field) -> dict[str, Any]:
    """The property of a field, and whether it is used where it may be left open."""
    # Blender puts a full stop behind a tooltip by itself.
    about = {"name": field.title, "description": field.description.removesuffix(".")}
    name = attribute(field)
    found = {name: _property(field, about)}
    if field.optional and field.kind != "enum":
        found[USED + name] = BoolProperty(
            name=field.title, description="Decide it here. Otherwise the engine does", default=field.default is not None
        )
    return found


def _property(field: Field, about: Mapping[str, str]) -> Any:
    match field.kind:
        case "bool":
            return BoolProperty(**about, default=bool(field.default))
        case "int":
            low, high = (int(one) for one in _bounds(field, INT_LOW, INT_HIGH))
            start = int(_within(field.default, low, high))
            return IntProperty(**about, min=low, max=high, default=start, step=field.step)
        case "float":
            low, high = _bounds(field, -FLOAT_LIMIT, FLOAT_LIMIT)
            return FloatProperty(**about, min=low, max=high, default=_within(field.default, low, high), precision=3)
        case "string":
            return StringProperty(**about, default=field.default or "", maxlen=field.length)
        case "loras":
            return CollectionProperty(**about, type=MUSEUM_PG_lora)
    items = _items(field)
    numbers = {item[0]: item[3] for item in items}
    chosen = "" if field.default is None else str(field.default)
    # Items that stay the same need no function; the first one is the default where the schema names none.
    default = chosen if chosen in numbers else items[0][0]
    return EnumProperty(**about, items=items, default=default)


def _items(field: Field) -> list[tuple[str, str, str, int]]:
    """The choices; "" stands for "not decided"."""
    found = [(choice.name, choice.title, "", crc32(choice.name.encode()) & 0x7FFFFFFF) for choice in field.choices]
    return [(UNDECIDED, "Automatic", "The engine decides", 0), *found] if field.optional else found


def _bounds(field: Field, low: float, high: float) -> tuple[float, float]:
    return (
        low if field.minimum is None else max(field.minimum, low),
        high if field.maximum is None else min(field.maximum, high),
    )


def _within(value: Any, low: float, high: float) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return min(max(value if plain else 0, low), high)


def values_of(group: bpy.types.PropertyGroup, fields: Sequence[Field]) -> dict[str, Any]:
    """By field what was set; fields that stand at their default are left out."""
    found: dict[str, Any] = {}
    for field in fields:
        name = attribute(field)
        if field.covered:
            continue
        if field.kind == "loras":
            entries = [{"name": entry.path, "weight": entry.weight} for entry in getattr(group, name) if entry.path]
            if entries:
                found[field.name] = entries
        elif field.optional and field.kind != "enum":
            if getattr(group, USED + name):
                found[field.name] = getattr(group, name)
            elif field.default is not None:
                found[field.name] = None
        elif group.is_property_set(name):
            value = getattr(group, name)
            # A choice that the engine does not offer any more reads as "".
            if value != "" or field.kind == "string":
                found[field.name] = None if field.kind == "enum" and value == UNDECIDED else value
    return found


def write(group: bpy.types.PropertyGroup, field: Field, value: Any) -> None:
    """Set a field to a value that ``schema_fields.checked`` answered."""
    reset(group, field)
    name = attribute(field)
    if value == field.default:
        return
    if field.kind == "loras":
        for given in value:
            entry = getattr(group, name).add()
            entry.path, entry.weight = given["name"], given["weight"]
        return
    if field.optional and field.kind != "enum":
        setattr(group, USED + name, value is not None)
    if value is not None:
        setattr(group, name, str(value) if field.kind == "enum" else value)
    elif field.kind == "enum":
        setattr(group, name, UNDECIDED)


def reset(group: bpy.types.PropertyGroup, field: Field) -> None:
    """Back to the engine's own value."""
    name = attribute(field)
    if field.kind == "loras":
        getattr(group, name).clear()
    group.property_unset(name)
    if field.optional and field.kind != "enum":
        group.property_unset(USED + name)


def is_changed(group: bpy.types.PropertyGroup, field: Field) -> bool:
    """Whether it was set to something of its own."""
    return bool(values_of(group, (field,)))


CLASSES = (MUSEUM_PG_lora, MUSEUM_PG_engines)
