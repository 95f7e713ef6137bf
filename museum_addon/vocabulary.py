"""What the fields of a specification may be: names and titles as the backend's engines list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import bpy

from . import runtime
from .translations import say

FIELDS = ("type", "material", "finish", "ornament", "culture", "period", "condition")
SEVERAL = ","


class Choice(NamedTuple):
    """One of the names that a field may be. chinese: its Chinese title, empty when the backend gives none."""

    name: str
    title: str
    chinese: str = ""

    @property
    def shown(self) -> str:
        """The title in the language of the interface."""
        if self.chinese and is_chinese():
            return self.chinese
        return say(self.title)


def is_chinese() -> bool:
    """Whether the interface speaks Chinese."""
    return bpy.context.preferences.view.use_translate_interface and bpy.app.translations.locale.startswith("zh")


def choices_of(engines: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Choice, ...]]:
    """By field the choices of the parametric engine's schema, of the material engine's ageing, and of the painters."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for engine in engines:
        fields = engine_fields(engine)
        if engine.get("task") == "text_to_3d" and engine.get("name") == "parametric":
            found |= {field: fields[field] for field in (*FIELDS, "damages") if field in fields}
        if engine.get("task") == "texture" and engine.get("name") == "material":
            found |= {f"texture_{field}": values for field, values in fields.items()}
        if engine.get("task") == "texture" and engine.get("name") == "text2tex":
            found |= {f"painted_{field}": values for field, values in fields.items()}
    return found


def engine_fields(engine: Mapping[str, Any]) -> dict[str, tuple[Choice, ...]]:
    """The parameters of an engine that are chosen from names. A schema of another shape offers nothing."""
    schema = engine.get("params")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping):
        return {}
    definitions = schema.get("$defs") if isinstance(schema, Mapping) else None
    found = {}
    for name, entry in properties.items():
        names, holder = _names(entry, definitions if isinstance(definitions, Mapping) else {})
        titles, chinese = _mapping(holder.get("x-titles")), _mapping(holder.get("x-titles-zh"))
        if names:
            found[str(name)] = tuple(
                Choice(one, _title(titles.get(one), one), _text(chinese.get(one))) for one in names
            )
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _title(given: Any, name: str) -> str:
    title = _text(given) or name.replace("_", " ")
    return title[:1].upper() + title[1:]


def _names(entry: Any, definitions: Mapping[str, Any], depth: int = 0) -> tuple[list[str], Mapping[str, Any]]:
    """The enumeration in a property, in its items, or in its items' member ``name``; and what holds its titles."""
    if not isinstance(entry, Mapping) or depth > 4:
        return [], {}
    names = entry.get("enum")
    if isinstance(names, list):
        return [name for name in names if isinstance(name, str)], entry
    inner = [entry.get("items"), *(entry.get("anyOf") or ())]
    if isinstance(entry.get("$ref"), str):
        inner.append(definitions.get(str(entry["$ref"]).rpartition("/")[2]))
    if isinstance(entry.get("properties"), Mapping):
        inner.append(entry["properties"].get("name"))
    for one in inner:
        names, holder = _names(one, definitions, depth + 1)
        if names:
            return names, entry if "x-titles" in entry else holder
    return [], {}


def choices(field: str) -> list[tuple[str, str]]:
    """(name, title in the interface's language) of a field's choices, by title; empty before the backend was asked."""
    return sorted(((choice.name, choice.shown) for choice in _of(field)), key=lambda one: one[1].casefold())


def title_of(field: str, name: str) -> str:
    """What people call a choice."""
    return next((choice.shown for choice in _of(field) if choice.name == name), name)


def overrides(details: bpy.types.PropertyGroup) -> dict[str, Any]:
    """The fields that the user decided, as parameters of ``text_to_3d``."""
    found: dict[str, Any] = {}
    for field in FIELDS:
        value = getattr(details, field)
        if value:
            found[field] = value.split(SEVERAL) if field == "ornament" else value
    if details.use_damages:
        found["damages"] = sorted(details.damages)
    if details.use_colour:
        found["colours"] = ["#" + "".join(f"{round(255 * channel):02x}" for channel in details.colour)]
    return found


def _of(field: str) -> tuple[Choice, ...]:
    return runtime.current().choices.get(field, ())
