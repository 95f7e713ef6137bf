"""The Details panel: how the prompt is understood, field by field, and what the user decides instead."""

from __future__ import annotations

import bpy

from ..museum_addon import detail_texts, runtime, vocabulary
from ..museum_addon.core.reading import Finding, Reading
from ..museum_addon.translations import CONTEXT, say
from .text import BOX_INSET, draw_text

COLUMNS_FROM = 16
LABEL_SHARE = 0.3


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
        _choice(layout, self.field, "", say(detail_texts.UNREAD))
        layout.separator()
        flow = layout.column_flow(columns=1 + len(known) // COLUMNS_FROM)
        for name, title in known:
            _choice(flow, self.field, name, title)


def _choice(layout: bpy.types.UILayout, field: str, value: str, title: str) -> None:
    operator = layout.operator("museum.choose_detail", text=title, translate=False)
    operator.field, operator.value = field, value


MENUS = tuple(
    type(f"MUSEUM_MT_detail_{field}", (DetailMenu, bpy.types.Menu),
         {"bl_label": "Choose", "bl_idname": f"MUSEUM_MT_detail_{field}", "field": field, "__doc__": "Choices.",
          "bl_options": {"SEARCH_ON_KEY_PRESS"}})
    for field in vocabulary.FIELDS
)  # fmt: skip


class MUSEUM_PT_damages(bpy.types.Panel):
    """Damage and repairs; a popover, so that several can be ticked."""

    bl_label = "Damage"
    bl_idname = "MUSEUM_PT_damages"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"INSTANCED"}
    bl_translation_context = CONTEXT

    def draw(self, context: bpy.types.Context) -> None:
        """The two easy answers, then every kind."""
        details = context.scene.museum.create.details
        row = self.layout.row(align=True)
        row.operator(
            "museum.choose_damages", text=detail_texts.UNREAD, depress=not details.use_damages
        ).decide = False
        row.operator(
            "museum.choose_damages", text="None", depress=details.use_damages and not details.damages
        ).decide = True
        self.layout.column(align=True).prop(details, "damages")


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
        row = self.layout.row(align=True)
        busy = bool(runtime.current().readings)
        row.operator("museum.read_prompt", text="Reading" if busy else "Read the Prompt", icon="VIEWZOOM", depress=busy)
        row.operator("museum.edit_object", text="", icon="EYEDROPPER")
        row.operator("museum.clear_details", text="", icon="X")
        if form.details.problem:
            column = self.layout.column(align=True)
            draw_text(column, context, form.details.problem, "ERROR")
            draw_text(column, context, form.details.remedy, "BLANK1")
        elif detail_texts.is_outdated(form) and not busy:
            draw_text(self.layout, context, "Something has changed since the prompt was read.", "INFO")
        reading = detail_texts.reading_of(form)
        column = self.layout.column(align=True)
        for field in detail_texts.FIELDS:
            if reading.fields or field not in detail_texts.SIDES:  # the form above has them already
                draw_field(column, form, field, reading)
        if reading.not_understood:
            words = ", ".join(reading.not_understood)
            draw_text(self.layout, context, f"Not understood: {words}.", "QUESTION")
        for sentence in reading.warnings:
            draw_text(self.layout, context, sentence, "ERROR")
        for finding in reading.findings:
            draw_finding(self.layout, context, finding)
        if reading.fields:
            self._origins(context, reading)

    def _origins(self, context: bpy.types.Context, reading: Reading) -> None:
        """Every field's source and certainty, and the reasons of what was found, folded away."""
        header, body = self.layout.panel("museum_origins", default_closed=True)
        header.label(text="Sources and Certainty")
        if body is None:
            return
        lines = body.column(align=True)
        for field in detail_texts.FIELDS:
            origin = detail_texts.origin_text(detail_texts.entry(reading, field))
            if origin:
                draw_text(lines, context, f"{detail_texts.title(field)}: {origin}", inset=BOX_INSET)
        for finding in reading.findings:
            reason = f"{finding.reason}. {finding.source}" if finding.reason else finding.source
            draw_text(body, context, f"{finding.claim}: {reason}", inset=BOX_INSET)


def draw_field(
    layout: bpy.types.UILayout, form: bpy.types.PropertyGroup, field: str, reading: Reading
) -> None:
    """Name, value, and a button that says how sure it is and keeps it."""
    details, found = form.details, detail_texts.entry(reading, field)
    row = layout.row(align=True)
    split = row.split(factor=LABEL_SHARE, align=True)
    name = split.row()
    name.alignment = "RIGHT"
    name.label(text=detail_texts.title(field), translate=False)
    text = detail_texts.value_text(form, field, reading)
    split.active = bool(found.values) or detail_texts.is_decided(form, field)
    if field in vocabulary.FIELDS:
        split.menu(f"MUSEUM_MT_detail_{field}", text=text, translate=False)
    elif field == "damages":
        split.popover("MUSEUM_PT_damages", text=text, translate=False)
    elif field == "colours" and not form.details.use_colour:
        split.operator("museum.pin_detail", text=text, translate=False).field = field
    elif detail_texts.is_decided(form, field):
        split.prop(*((details, "colour") if field == "colours" else (form, field)), text="")
    else:
        split.label(text=f" {text}", translate=False)
    pin = row.row(align=True)
    pin.enabled = bool(found.values) or field in ("damages", "colours") or detail_texts.is_decided(form, field)
    icon = detail_texts.icon(form, field, found)
    pin.operator("museum.pin_detail", text="", icon=icon, emboss=False).field = field


def draw_finding(layout: bpy.types.UILayout, context: bpy.types.Context, finding: Finding) -> None:
    """What cannot have been, what could, and who says so."""
    box = layout.box().column(align=True)
    draw_text(box, context, finding.claim, "ERROR", inset=BOX_INSET)
    draw_text(box, context, finding.problem, "BLANK1", inset=BOX_INSET)
    if finding.alternative:
        draw_text(box, context, f"Nearest possible: {finding.alternative}", "FORWARD", inset=BOX_INSET)
    source = box.column(align=True)
    source.active = False
    draw_text(source, context, finding.source, "BLANK1", inset=BOX_INSET)


CLASSES = (*MENUS, MUSEUM_PT_damages, MUSEUM_PT_details)
