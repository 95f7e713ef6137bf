"""What the fields of a specification may be: names and titles as the backend's engines list them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import bpy

from . import runtime
from .translations import say

FIELDS = ("type", "material", "finish", "ornament", "culture", "period", "condition")


def choices_of(engines: Sequence[Mapping[str, Any]]) -> dict[str, tuple[tuple[str, str], ...]]:
    """By field ((name, title), ...) of the parametric engine's schema, and of the material engine's ageing."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for engine in engines:
        fields = engine_fields(engine)
        if engine.get("task") == "text_to_3d" and engine.get("name") == "parametric":
            found |= {field: fields[field] for field in FIELDS if field in fields}
        if engine.get("task") == "texture" and engine.get("name") == "material":
            found |= {f"texture_{field}": values for field, values in fields.items()}
    return found


def engine_fields(engine: Mapping[str, Any]) -> dict[str, tuple[tuple[str, str], ...]]:
    """The parameters of an engine that are chosen from names. A schema of another shape offers nothing."""
    schema = engine.get("params")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping):
        return {}
    definitions = schema.get("$defs") if isinstance(schema, Mapping) else None
    found = {}
    for name, entry in properties.items():
        names, titles = _names(entry, definitions if isinstance(definitions, Mapping) else {})
        if names:
            found[str(name)] = tuple((one, _title(titles.get(one), one)) for one in names)
    return found


def _title(given: Any, name: str) -> str:
    title = given if isinstance(given, str) and given else name.replace("_", " ")
    return title[:1].upper() + title[1:]


def _names(entry: Any, definitions: Mapping[str, Any], depth: int = 0) -> tuple[list[str], Mapping[str, Any]]:
    """The enumeration in a property, in its items, or in its items' member ``name``."""
    if not isinstance(entry, Mapping) or depth > 4:
        return [], {}
    titles = entry.get("x-titles")
    names = entry.get("enum")
    if isinstance(names, list):
        return [name for name in names if isinstance(name, str)], titles if isinstance(titles, Mapping) else {}
    inner = [entry.get("items"), *(entry.get("anyOf") or ())]
    if isinstance(entry.get("$ref"), str):
        inner.append(definitions.get(str(entry["$ref"]).rpartition("/")[2]))
    if isinstance(entry.get("properties"), Mapping):
        inner.append(entry["properties"].get("name"))
    for one in inner:
        names, inner_titles = _names(one, definitions, depth + 1)
        if names:
            return names, titles if isinstance(titles, Mapping) else inner_titles
    return [], {}


def choices(field: str) -> list[tuple[str, str]]:
    """(name, title in the interface's language) of a field's choices, by title; empty before the backend was asked."""
    return sorted(((name, say(title)) for name, title in _of(field)), key=lambda one: one[1].casefold())


def title_of(field: str, name: str) -> str:
    """What people call a choice."""
    return next((say(title) for known, title in _of(field) if known == name), name)


def overrides(details: bpy.types.PropertyGroup) -> dict[str, Any]:
    """The fields that the user decided, as parameters of ``text_to_3d``."""
    found: dict[str, Any] = {}
    for field in FIELDS:
        value = getattr(details, field)
        if value:
            found[field] = [value] if field == "ornament" else value
    if details.use_colour:
        found["colours"] = ["#" + "".join(f"{round(255 * channel):02x}" for channel in details.colour)]
    return found


def reading_of(details: bpy.types.PropertyGroup) -> dict[str, Any]:
    """How the words were understood: the ``data`` of an interpretation, empty when there is none."""
    try:
        found = json.loads(details.reading or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _of(field: str) -> tuple[tuple[str, str], ...]:
    return runtime.current().choices.get(field, ())
