"""The Create panel: an object from words."""

from __future__ import annotations

import bpy

from ..museum_addon import runtime
from ..museum_addon.translations import CONTEXT
from .text import draw_text

EXAMPLES = (
    "Attic black-figure amphora, 45 cm tall",
    "Bronze ding tripod, Shang dynasty",
    "青瓷梅瓶, 高 32 cm",
)


class MUSEUM_PT_create(bpy.types.Panel):
    """An object from words."""

    bl_label = "Create"
    bl_idname = "MUSEUM_PT_create"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        """The form, and the button below it."""
        layout = self.layout
        form = context.scene.museum.create
        placeholder = "Object, material, period, size"
        if hasattr(layout, "textbox"):  # since Blender 5.2
            layout.textbox(form, "prompt", initial_visible_lines=3, placeholder=placeholder)
        else:
            row = layout.row()
            row.scale_y = 1.2
            row.prop(form, "prompt", text="", placeholder=placeholder)
        if not form.prompt.strip():
            self._draw_examples()
        button = layout.row()
        button.scale_y = 1.6
        button.operator("museum.create")
        self._draw_settings(context, form)

    def _draw_examples(self) -> None:
        column = self.layout.column(align=True)
        column.label(text="Examples")
        for example in EXAMPLES:
            column.operator("museum.use_example", text=example, translate=False).prompt = example

    def _draw_settings(self, context: bpy.types.Context, form: bpy.types.PropertyGroup) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        size = layout.column(align=True)
        size.prop(form, "width")
        size.prop(form, "depth")
        size.prop(form, "height")
        hint = size.row()
        hint.active = False
        hint.alignment = "RIGHT"
        hint.label(text="0: as the prompt says")
        layout.prop(form, "texture_size")
        seed = layout.row(align=True)
        field = seed.row(align=True)
        field.active = not form.random_seed
        field.prop(form, "seed")
        seed.prop(form, "random_seed", text="", icon="FILE_REFRESH")
        layout.prop(form, "engine")
        chosen = next((engine for engine in runtime.current().engines if engine.name == form.engine), None)
        if chosen is not None and not chosen.available:
            draw_text(layout, context, f"{chosen.reason} {chosen.fix}", "ERROR")


CLASSES = (MUSEUM_PT_create,)
