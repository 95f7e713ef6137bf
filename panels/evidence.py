"""The overlay "Evidence": in the Texture panel, and in the popover of the viewport's overlays."""

from __future__ import annotations

import bpy

from ..museum_addon import runtime
from ..museum_addon.core import evidence
from ..museum_addon.scene import evidence_legend, evidence_record, painting
from ..museum_addon.translations import CONTEXT
from .text import BOX_INSET, draw_text


def draw_settings(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What is shown, and how."""
    chosen = context.window_manager.museum.evidence
    column = layout.column()
    column.active = chosen.show
    column.row(align=True).prop(chosen, "what", expand=True)
    column.prop(chosen, "opacity", slider=True)
    column.prop(chosen, "only_selected")


def draw_shares(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """How much of the active object's texture came to be in which way."""
    item = context.active_object
    if painting.evidence_of(item) is None:
        return
    shares = evidence_record.shares(item.active_material)
    box = layout.box().column(align=True)
    draw_text(box, context, item.active_material.name, "MATERIAL", inset=BOX_INSET)
    if shares is None:
        draw_text(box, context, "Not counted: the texture was made by an earlier version.", "BLANK1", inset=BOX_INSET)
        return
    icons = runtime.current().swatches
    for source, share in zip(evidence.sources(), shares.values(), strict=False):
        row = box.row()
        row.label(text=source.title, text_ctxt=CONTEXT, icon_value=icons.icon(source.name))
        number = row.row()
        number.alignment = "RIGHT"
        number.label(text=evidence_legend.percent(share), translate=False)
    if evidence_record.views(item.active_material):
        box.separator(factor=0.5)
        box.operator("museum.views_show", icon="OUTLINER_OB_CAMERA").source = "PAINTED"


class MUSEUM_PT_texture_evidence(bpy.types.Panel):
    """How the surface came to be."""

    bl_label = "Evidence"
    bl_idname = "MUSEUM_PT_texture_evidence"
    bl_parent_id = "MUSEUM_PT_texture"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    def draw_header(self, context: bpy.types.Context) -> None:
        """The switch."""
        self.layout.prop(context.window_manager.museum.evidence, "show", text="")

    def draw(self, context: bpy.types.Context) -> None:
        """The settings, and the figures of the active object."""
        draw_settings(self.layout, context)
        draw_shares(self.layout, context)


class MUSEUM_PT_overlay_evidence(bpy.types.Panel):
    """The same switch where Blender's own overlays are switched."""

    bl_label = "Museum"
    bl_idname = "MUSEUM_PT_overlay_evidence"
    bl_parent_id = "VIEW3D_PT_overlay"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_translation_context = CONTEXT

    def draw(self, context: bpy.types.Context) -> None:
        """The switch and the settings."""
        self.layout.active = context.space_data.overlay.show_overlays
        self.layout.prop(context.window_manager.museum.evidence, "show")
        if context.window_manager.museum.evidence.show:
            draw_settings(self.layout, context)


CLASSES = (MUSEUM_PT_texture_evidence, MUSEUM_PT_overlay_evidence)
