"""The Collection panel: records as a list, details of one, and the button that makes their objects."""

from __future__ import annotations

import bpy

from ..museum_addon.translations import CONTEXT
from .text import BOX_INSET, draw_text

DETAILS = (
    "accession_number", "date", "interval_text", "medium", "classification", "culture", "creator", "size_text",
    "credit", "licence",
)  # fmt: skip
SIZE_ROOM, MEDIUM_ROOM = 380, 520  # sidebar widths, unscaled pixels, from which on these columns are drawn


class MUSEUM_UL_records(bpy.types.UIList):
    """One record a row: tick, title, date, size, medium."""

    def draw_item(self, context, layout, _data, item, _icon, _active_data, _active_property, _index=0) -> None:  # type: ignore[no-untyped-def]
        """Draw one row from what is stored in it: as many columns as the sidebar has room for."""
        room = context.region.width / context.preferences.system.ui_scale
        split = layout.split(factor=0.53 if room < SIZE_ROOM else 0.4, align=True)
        left = split.row(align=True)
        left.prop(item, "selected", text="")
        left.label(text=item.name, translate=False, icon="CHECKMARK" if item.job_key else "NONE")
        columns = split.row(align=True)
        columns.label(text=item.interval_text if item.has_earliest or item.has_latest else "undated")
        if room >= SIZE_ROOM and item.size_text:
            columns.label(text=item.size_text, translate=False)
        elif not item.size_text:
            columns.label(text="size unknown" if room >= SIZE_ROOM else "", icon="ERROR")
        if room >= MEDIUM_ROOM:
            columns.label(text=item.medium, translate=False)

    def draw_filter(self, _context, layout) -> None:  # type: ignore[no-untyped-def]
        """The filter is the collection's own, so that operators see what the list shows."""
        group = bpy.context.scene.museum.collection
        layout.prop(group, "search", text="", icon="VIEWZOOM")
        row = layout.row(align=True)
        row.prop(group, "limit_years", toggle=True)
        years = row.row(align=True)
        years.active = group.limit_years
        years.prop(group, "from_year")
        years.prop(group, "to_year")

    def filter_items(self, _context, data, name) -> tuple[list[int], list[int]]:  # type: ignore[no-untyped-def]
        """Read the outcome that ``recordlist.refresh`` stored."""
        rows = getattr(data, name)
        shown, places = [False] * len(rows), [0] * len(rows)
        rows.foreach_get("shown", shown)
        rows.foreach_get("place", places)
        return [self.bitflag_filter_item if each else 0 for each in shown], places


class MUSEUM_PT_collection(bpy.types.Panel):
    """Collection records."""

    bl_label = "Collection"
    bl_idname = "MUSEUM_PT_collection"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        """Draw stored state only."""
        layout = self.layout
        group = context.scene.museum.collection
        row = layout.row(align=True)
        row.operator("museum.records_load", icon="FILE_FOLDER")
        if not len(group.records):
            row.operator("museum.records_load_sample", icon="DOCUMENTS")
            return
        row.operator("museum.records_clear", text="", icon="X")
        self._counts(layout, context, group)
        self._list(layout, group)
        create = layout.row()
        create.scale_y = 1.4
        label = bpy.app.translations.pgettext_iface("Create Selected ({})").format(group.selected_count)
        create.operator("museum.records_create", text=label, icon="MESH_CYLINDER", translate=False)
        row = layout.row(align=True)
        row.operator("museum.arrange_rows", icon="ALIGN_BOTTOM")
        row.operator("museum.add_studio", icon="LIGHT_AREA")

    def _counts(
        self, layout: bpy.types.UILayout, context: bpy.types.Context, group: bpy.types.PropertyGroup
    ) -> None:
        iface = bpy.app.translations.pgettext_iface
        counts = iface("{} records, {} shown").format(len(group.records), group.shown_count)
        layout.label(text=f"{group.source_file}: {counts}", translate=False)
        if group.unsized_count:
            text = iface("Without a size: {}").format(group.unsized_count)
            layout.label(text=text, icon="ERROR", translate=False)
        if group.problem_count:
            text = iface("Rows not read: {}").format(group.problem_count)
            icon = "TRIA_DOWN" if group.show_problems else "TRIA_RIGHT"
            layout.prop(group, "show_problems", text=text, icon=icon, emboss=False, translate=False)
            if group.show_problems:
                box = layout.box().column(align=True)
                for line in group.problems.split("\n")[:10]:
                    draw_text(box, context, line, inset=BOX_INSET)

    def _list(self, layout: bpy.types.UILayout, group: bpy.types.PropertyGroup) -> None:
        layout.template_list("MUSEUM_UL_records", "", group, "records", group, "records_index", rows=6)
        row = layout.row(align=True)
        for action, label in (("ALL", "All"), ("NONE", "None"), ("INVERT", "Invert"), ("SIZED", "With Size")):
            row.operator("museum.records_select", text=label).action = action
        row = layout.row(align=True)
        row.prop(group, "sort_by", text="")
        row.prop(group, "reverse", text="", icon="SORT_DESC" if group.reverse else "SORT_ASC")


class MUSEUM_PT_record(bpy.types.Panel):
    """Details of the active record."""

    bl_label = "Record"
    bl_idname = "MUSEUM_PT_record"
    bl_parent_id = "MUSEUM_PT_collection"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs records."""
        return bool(len(context.scene.museum.collection.records))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the active record's fields."""
        group = context.scene.museum.collection
        if not 0 <= group.records_index < len(group.records):
            return
        record = group.records[group.records_index]
        column = self.layout.column(align=True)
        column.label(text=record.name, translate=False)
        for name in DETAILS:
            value = getattr(record, name)
            if value:
                split = column.split(factor=0.32)
                split.label(text=record.bl_rna.properties[name].name)
                split.label(text=value, translate=False)
        for line in record.warnings.split("\n") if record.warnings else ():
            draw_text(column, context, line, "ERROR")
        if record.url:
            column.operator("museum.record_page", icon="URL")


CLASSES = (MUSEUM_UL_records, MUSEUM_PT_collection, MUSEUM_PT_record)
