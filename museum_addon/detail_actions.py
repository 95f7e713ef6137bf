"""How the words of a prompt are understood, and what the user decides instead; as functions. Raise MuseumError."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import bpy

from . import actions, runtime, vocabulary
from .core.errors import InvalidRequest
from .core.requests import interpret

SPEC = "museum_spec"


def read_prompt(context: bpy.types.Context) -> str:
    """Ask how the prompt in the Create panel is understood; the Details panel shows it when it comes.

    Answers the key of the question.
    """
    form = context.scene.museum.create
    request = interpret(form.prompt, details=vocabulary.overrides(form.details))
    running = actions.session(context)
    state = runtime.current()
    state.readings.clear()  # an older question's answer would be of other words
    state.readings[request.idempotency_key] = context.scene.name
    form.details.prompt = form.prompt
    form.details.problem = form.details.remedy = ""
    running.submit(request)
    return request.idempotency_key


def take_reading(scene: bpy.types.Scene, data: Mapping[str, Any]) -> None:
    """Keep the answer to ``read_prompt``. data: of its result."""
    kept = {name: data[name] for name in ("spec", "chronology", "not_understood", "warnings") if name in data}
    scene.museum.create.details.reading = json.dumps(kept, ensure_ascii=False)


def choose(context: bpy.types.Context, field: str, value: str) -> None:
    """Decide a field, or leave it to the words again with an empty value."""
    if field not in vocabulary.FIELDS:
        raise InvalidRequest(f"There is no field {field}.", f"Choose one of {', '.join(vocabulary.FIELDS)}.")
    known = [name for name, _title in vocabulary.choices(field)]
    if value and known and value not in known:
        raise InvalidRequest(f"There is no {field} named {value}.", "Choose one of the menu.")
    setattr(context.scene.museum.create.details, field, value)


def clear(context: bpy.types.Context) -> None:
    """Leave all fields to the words."""
    details = context.scene.museum.create.details
    for entry in details.bl_rna.properties:
        if entry.identifier not in ("rna_type", "name"):
            details.property_unset(entry.identifier)


def take_from_object(context: bpy.types.Context) -> None:
    """Fill the Create panel from the active object, as it was made, to change some of it and make it anew."""
    item = context.active_object
    spec = _json(item.get(SPEC)) if item is not None else {}
    paradata = _json(item.get("museum_paradata")) if item is not None else {}
    if not spec or not paradata:
        raise InvalidRequest("The active object was not made from words.", "Select an object that Create made.")
    form = context.scene.museum.create
    clear(context)
    form.prompt = str(paradata.get("prompt") or "")
    form.seed, form.random_seed = int(paradata.get("seed") or 0), False
    asked = paradata.get("params") or {}
    for field in vocabulary.FIELDS:
        value = asked.get(field)
        value = value[0] if isinstance(value, list) and value else value
        setattr(form.details, field, value if isinstance(value, str) else "")
    for side in ("width", "depth", "height"):
        setattr(form, side, float(asked.get(f"{side}_m") or 0.0))
    form.details.prompt = form.prompt
    form.details.reading = json.dumps({"spec": spec}, ensure_ascii=False)


def _json(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
