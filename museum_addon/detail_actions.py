"""How the words of a prompt are understood, and what the user decides instead; as functions. Raise MuseumError."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import bpy

from . import actions, detail_texts, runtime, vocabulary
from .core.errors import InvalidRequest
from .core.requests import interpret
from .properties_details import DAMAGES

SPEC = "museum_spec"
DECIDED = (*vocabulary.FIELDS, "damages", "colours")
"""Parameters that the Details panel decides."""


def read_prompt(context: bpy.types.Context) -> str:
    """Ask how the prompt in the Create panel is understood; the Details panel shows it when it comes.

    Answers the key of the question.
    """
    form = context.scene.museum.create
    sizes = {f"{side}_m": getattr(form, side) for side in detail_texts.SIDES if getattr(form, side)}
    request = interpret(form.prompt, details=vocabulary.overrides(form.details) | sizes)
    running = actions.session(context)
    state = runtime.current()
    state.readings.clear()  # an older question's answer would be of other words
    state.readings[request.idempotency_key] = context.scene.name
    form.details.prompt, form.details.asked = form.prompt, detail_texts.asked_text(form)
    form.details.problem = form.details.remedy = ""
    running.submit(request)
    return request.idempotency_key


def read_again(context: bpy.types.Context) -> None:
    """After a decision: ask anew, if the words were read before, for one field follows from others."""
    form = context.scene.museum.create
    if detail_texts.is_read(form) and runtime.current().session is not None:
        read_prompt(context)


def take_reading(scene: bpy.types.Scene, data: Mapping[str, Any]) -> None:
    """Keep the answer to ``read_prompt``. data: of its result."""
    kept = {name: data[name] for name in ("spec", "chronology", "not_understood", "warnings") if name in data}
    scene.museum.create.details.reading = json.dumps(kept, ensure_ascii=False)


def choose(context: bpy.types.Context, field: str, value: str) -> None:
    """Decide a field, or leave it to the words again with an empty value."""
    if field not in vocabulary.FIELDS:
        raise InvalidRequest(f"There is no field {field}.", f"Choose one of {', '.join(vocabulary.FIELDS)}.")
    known = [name for name, _title in vocabulary.choices(field)]
    several = value.split(vocabulary.SEVERAL) if value and field == "ornament" else [value]
    if value and known and not set(known).issuperset(several):
        raise InvalidRequest(f"There is no {field} named {value}.", "Choose one of the menu.")
    setattr(context.scene.museum.create.details, field, value)


def choose_damages(context: bpy.types.Context, names: Collection[str] | None) -> None:
    """Decide damage and repairs; None leaves them to the words."""
    details = context.scene.museum.create.details
    known = {name for name, _title, _about in DAMAGES}
    details.damages = known.intersection(names or ())
    details.use_damages = names is not None


def pin(context: bpy.types.Context, field: str) -> None:
    """Decide that a field shall be what was read, whatever the words will say; leave it to the words when it was."""
    form = context.scene.museum.create
    found = detail_texts.entry(detail_texts.reading_of(form), field)
    decided = detail_texts.is_decided(form, field)
    match field:
        case "damages":
            choose_damages(context, None if decided else found.values)
        case "colours":
            form.details.use_colour = not decided
            if not decided and found.values:
                form.details.colour = channels(found.values[0])
        case "width" | "depth" | "height":
            setattr(form, field, 0.0 if decided else found.metres)
        case _:
            choose(context, field, "" if decided else vocabulary.SEVERAL.join(found.values))


def channels(colour: str) -> tuple[float, ...]:
    """Red, green and blue from 0 to 1 of "#rrggbb". Raises InvalidRequest."""
    try:
        return tuple(int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    except ValueError as error:
        raise InvalidRequest(f"{colour} is not a colour.", "Choose the colour by hand.") from error


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
    form.prompt = str(paradata.get("prompt") or "")
    form.seed, form.random_seed = int(paradata.get("seed") or 0), False
    fill(context, paradata.get("params") or {})
    form.details.prompt, form.details.asked = form.prompt, detail_texts.asked_text(form)
    form.details.reading = json.dumps({"spec": spec}, ensure_ascii=False)


def fill(context: bpy.types.Context, asked: Mapping[str, Any]) -> None:
    """Decide what was decided before, and nothing else. asked: parameters of ``text_to_3d``."""
    form = context.scene.museum.create
    clear(context)
    for field in vocabulary.FIELDS:
        value = asked.get(field)
        value = vocabulary.SEVERAL.join(value) if isinstance(value, list) else value
        setattr(form.details, field, value if isinstance(value, str) else "")
    if isinstance(asked.get("damages"), list):
        choose_damages(context, asked["damages"])
    if asked.get("colours"):
        form.details.use_colour, form.details.colour = True, channels(asked["colours"][0])
    for side in detail_texts.SIDES:
        setattr(form, side, float(asked.get(f"{side}_m") or 0.0))


def _json(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
