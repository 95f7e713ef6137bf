"""The Details panel: how the prompt is understood, field by field, and what the user decides instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy

from ..museum_addon import runtime, vocabulary
from ..museum_addon.translations import CONTEXT, say
from .text import BOX_INSET, draw_text

COLUMNS_FROM = 16
SOURCES = {
    "asked": "chosen",
    "words": "from the words",
    "record": "from the record",
    "typical": "typical",
    "inferred": "inferred",
}
UNSURE = 0.6


class DetailMenu:
    """Choices of one field."""

    field = ""

    def draw(self, _context: bpy.types.Context) -> None:
        """The words' own choice first, then all others by title."""
        layout = self.layout  # type: ignore[attr-defined]
        known = vocabulary.choices(self.field)
        if not known:
            layout.label(text="Read the prompt first: the backend knows the choices", icon="INFO")
            return
        _choice(layout, self.field, "", say("As the words say"))
        layout.separator()
        flow = layout.column_flow(columns=1 + len(known) // COLUMNS_FROM)
        for name, title in known:
            _choice(flow, self.field, name, title)


def _choice(layout: bpy.types.UILayout, field: str, value: str, title: str) -> None:
    operator = layout.operator("museum.choose_detail", text=title, translate=False)
    operator.field, operator.value = field, value


MENUS = tuple(
    type(f"MUSEUM_MT_detail_{field}", (DetailMenu, bpy.types.Menu),
         {"bl_label": "Choose", "bl_idname": f"MUSEUM_MT_detail_{field}", "field": field, "__doc__": "Choices."})
    for field in vocabulary.FIELDS
)  # fmt: skip


class MUSEUM_PT_details(bpy.types.Panel):
    """The specification."""

    bl_label = "Details"
    bl_idname = "MUSEUM_PT_details"
    bl_parent_id = "MUSEUM_PT_create"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Fields, where each comes from, and what was not understood."""
        form = context.scene.museum.create
        details = form.details
        row = self.layout.row(align=True)
        row.operator("museum.read_prompt", icon="VIEWZOOM")
        row.operator("museum.edit_object", text="", icon="EYEDROPPER")
        row.operator("museum.clear_details", text="", icon="X")
        if runtime.current().readings:
            self.layout.label(text="Reading the words", icon="SORTTIME")
        if details.problem:
            draw_text(self.layout, context, details.problem, "ERROR")
            draw_text(self.layout, context, details.remedy, "BLANK1")
        reading = vocabulary.reading_of(details)
        fresh = bool(reading) and details.prompt == form.prompt
        self._fields(details, reading.get("spec") if fresh else {})
        if fresh:
            self._remarks(context, reading)
        elif reading:
            draw_text(self.layout, context, "The prompt has changed since it was read.", "INFO")

    def _fields(self, details: bpy.types.PropertyGroup, spec: Any) -> None:
        known: Mapping[str, Any] = spec if isinstance(spec, Mapping) else {}
        column = self.layout.column(align=True)
        for field in vocabulary.FIELDS:
            entry = known.get(field)
            entry = entry if isinstance(entry, Mapping) else {}
            chosen = getattr(details, field)
            split = column.split(factor=0.34, align=True)
            split.label(text=details.bl_rna.properties[field].name)
            text, icon = shown(field, chosen, entry), mark(chosen, entry)
            split.menu(f"MUSEUM_MT_detail_{field}", text=text, translate=False, icon=icon)
        row = column.row(align=True)
        row.prop(details, "use_colour")
        if details.use_colour:
            row.prop(details, "colour", text="")

    def _remarks(self, context: bpy.types.Context, reading: Mapping[str, Any]) -> None:
        box = self.layout.column(align=True)
        words = [str(word) for word in reading.get("not_understood") or ()]
        if words:
            draw_text(box, context, f"Not understood: {', '.join(words)}.", "QUESTION")
        said = [str(warning) for warning in reading.get("warnings") or ()]
        for sentence in said:
            draw_text(box, context, sentence, "ERROR", inset=BOX_INSET)


def shown(field: str, chosen: str, entry: Mapping[str, Any]) -> str:
    """What the field will be, and where that comes from."""
    if chosen:
        return vocabulary.title_of(field, chosen)
    value = entry.get("value")
    if not value:
        return say("As the words say") if not entry else "–"
    values = value if isinstance(value, list) else [value]
    titles = ", ".join(vocabulary.title_of(field, str(one)) for one in values)
    source = SOURCES.get(str(entry.get("source")), "")
    return f"{titles} ({say(source)})" if source else titles


def mark(chosen: str, entry: Mapping[str, Any]) -> str:
    """An icon: decided, read, guessed."""
    if chosen:
        return "PINNED"
    if not entry.get("value"):
        return "NONE"
    confidence = entry.get("confidence")
    return "QUESTION" if isinstance(confidence, int | float) and confidence < UNSURE else "CHECKMARK"


CLASSES = (*MENUS, MUSEUM_PT_details)
