"""The Picture panel: an image from words, as a data-block, in the scene, around it, or as a reference."""

from __future__ import annotations

import bpy

from ..museum_addon import engines, picture_actions
from ..museum_addon.scene import picture_results
from ..museum_addon.translations import CONTEXT
from .engines import draw_engine, draw_reference
from .text import draw_text, split_column

EXAMPLES = (
    "Bronze oil lamp, soft daylight",
    "Empty museum hall, skylight",
    "青花瓷瓶, 白色背景, 正面",
)


class MUSEUM_PT_picture(bpy.types.Panel):
    """A picture from words."""

    bl_label = "Picture"
    bl_idname = "MUSEUM_PT_picture"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        """The form, and the button below it."""
        layout = self.layout
        form = context.scene.museum.picture
        placeholder = "What the picture shows"
        if hasattr(layout, "textbox"):  # since Blender 5.2
            layout.textbox(form, "prompt", initial_visible_lines=2, placeholder=placeholder)
        else:
            layout.row().prop(form, "prompt", text="", placeholder=placeholder)
        if not form.prompt.strip():
            column = layout.column(align=True)
            column.label(text="Examples")
            for example in EXAMPLES:
                column.operator("museum.use_picture_example", text=example, translate=False).prompt = example
        self._settings(layout, context, form)
        button = layout.row()
        button.scale_y = 1.6
        button.operator("museum.picture")
        if picture_results.has_former_world(context.scene):
            layout.operator("museum.world_restore", icon="LOOP_BACK")

    def _settings(self, layout: bpy.types.UILayout, context: bpy.types.Context, form: bpy.types.PropertyGroup) -> None:
        split_column(layout).prop(form, "use")
        engine = draw_engine(layout, context, picture_actions.TASK)
        around = form.use == "world" or form.surround
        column = split_column(layout)
        if form.use != "world":
            column.prop(form, "surround")
        if not around:
            column.prop(form, "shape")
        column.prop(form, "size")
        if around:
            about = layout.column(align=True)
            about.active = False
            draw_text(about, context, "2:1; the left and the right edge join.")
        seed = split_column(layout).row(align=True)
        field = seed.row(align=True)
        field.active = not form.random_seed
        field.prop(form, "seed")
        seed.prop(form, "random_seed", text="", icon="FILE_REFRESH")
        if engines.REFERENCE_INPUT in engine.inputs:
            draw_reference(layout, form)


CLASSES = (MUSEUM_PT_picture,)
