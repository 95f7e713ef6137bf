"""The fields of a specification as the Details panel shows them: what each will be, how sure that is, and why."""

from __future__ import annotations

import json

import bpy

from . import vocabulary
from .core.reading import FieldReading, Reading, parse
from .properties_details import DAMAGES
from .translations import CONTEXT, say

SIDES = ("width", "depth", "height")
FIELDS = (
    "type", "culture", "period", "material", "finish", "ornament", "colours", "condition", "damages", *SIDES,
)  # fmt: skip
"""In the order of a museum label."""
TITLES = {
    "type": "Type", "material": "Material", "finish": "Finish", "ornament": "Ornament", "culture": "Culture",
    "period": "Period", "condition": "Condition", "damages": "Damage", "colours": "Colour", "width": "Width",
    "depth": "Depth", "height": "Height",
}  # fmt: skip
UNREAD = "As the words say"
SOURCES = {
    "asked": "chosen",
    "words": "the words",
    "record": "the record",
    "typical": "typical of the type",
    "inferred": "inferred",
}


def reading_of(form: bpy.types.PropertyGroup) -> Reading:
    """How the words that stand in the form were understood; an empty reading when they were not read."""
    return parse(form.details.reading) if form.details.prompt == form.prompt else Reading()


def is_read(form: bpy.types.PropertyGroup) -> bool:
    """Whether the prompt that stands in the form was read."""
    return bool(form.details.reading) and form.details.prompt == form.prompt


def is_outdated(form: bpy.types.PropertyGroup) -> bool:
    """Whether the prompt or a decision was changed since the words were read."""
    details = form.details
    return bool(details.reading) and (details.prompt, details.asked) != (form.prompt, asked_text(form))


def asked_text(form: bpy.types.PropertyGroup) -> str:
    """The decisions that a reading takes into account, as they are kept beside it."""
    return json.dumps([vocabulary.overrides(form.details), [getattr(form, side) for side in SIDES]])


def is_decided(form: bpy.types.PropertyGroup, field: str) -> bool:
    """Whether the user has chosen what this field shall be."""
    match field:
        case "damages":
            return bool(form.details.use_damages)
        case "colours":
            return bool(form.details.use_colour)
        case "width" | "depth" | "height":
            return bool(getattr(form, field))
    return bool(getattr(form.details, field))


def entry(reading: Reading, field: str) -> FieldReading:
    """What was read of a field of the form."""
    return reading.of(f"{field}_m" if field in SIDES else field)


def value_text(form: bpy.types.PropertyGroup, field: str, reading: Reading) -> str:
    """What the field will be."""
    if field == "damages" and form.details.use_damages:
        return titles(field, sorted(form.details.damages)) or say("None")
    if field in vocabulary.FIELDS and getattr(form.details, field):
        return titles(field, getattr(form.details, field).split(vocabulary.SEVERAL))
    found = entry(reading, field)
    if field in SIDES:
        return length_text(found.metres) if found.metres else say(UNREAD)
    if field == "colours":
        return ", ".join(found.words or found.values) or say("Choose")
    if found.values:
        return titles(field, found.values)
    return "–" if reading.fields else say(UNREAD)


def title(field: str) -> str:
    """What the field is called. In our own context: Blender's "Period" is that of a wave."""
    text = TITLES[field]
    translated = bpy.context.preferences.view.use_translate_interface
    return bpy.app.translations.pgettext_iface(text, CONTEXT) if translated else text


def titles(field: str, names: tuple[str, ...] | list[str]) -> str:
    """What people call these choices."""
    if field == "damages":  # as in the popover, where Blender shows the names of the property's own choices
        known = {name: title for name, title, _about in DAMAGES}
        return ", ".join(say(known.get(name, name)) for name in names)
    return ", ".join(vocabulary.title_of(field, name) for name in names)


def length_text(metres: float) -> str:
    """A length in the units of the scene; metric ones where it has none."""
    units = bpy.context.scene.unit_settings
    system = "METRIC" if units.system == "NONE" else units.system
    return bpy.utils.units.to_string(system, "LENGTH", metres, precision=4, compatible_unit=False)


def origin_text(found: FieldReading) -> str:
    """Where a field's value comes from, and how sure it is; empty when nothing was read."""
    if not found.values:
        return ""
    origin = say(SOURCES.get(found.source, found.source))
    if found.words:
        origin = f"{origin}: “{'”, “'.join(found.words)}”"
    return f"{origin} ({found.certainty:.0%})"


def icon(form: bpy.types.PropertyGroup, field: str, found: FieldReading) -> str:
    """Decided, understood, guessed, or nothing known."""
    if is_decided(form, field):
        return "PINNED"
    if not found.values:
        return "DOT"
    return "CHECKMARK" if found.is_sure else "QUESTION"
