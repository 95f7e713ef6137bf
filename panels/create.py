"""The Create panel: an object from words."""

from __future__ import annotations

import bpy

from ..museum_addon import actions, engines
from ..museum_addon.translations import CONTEXT
from .engines import draw_engine, draw_reference

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
        layout.row(align=True).prop(form, "source", expand=True)
        task = actions.create_task(form)
        if task == "image_to_3d":
            draw_reference(layout, form, "picture", "Picture of the Object")
        if task == "text_to_3d" or engines.chosen(context.scene, task).takes("prompt"):
            self._draw_prompt(layout, form, task)
        button = layout.row()
        button.scale_y = 1.6
        button.operator("museum.create")
        self._draw_settings(context, form, task)

    def _draw_prompt(self, layout: bpy.types.UILayout, form: bpy.types.PropertyGroup, task: str) -> None:
        placeholder = "Object, material, period, size"
        if hasattr(layout, "textbox"):  # since Blender 5.2
            layout.textbox(form, "prompt", initial_visible_lines=3, placeholder=placeholder)
        else:
            row = layout.row()
            row.scale_y = 1.2
            row.prop(form, "prompt", text="", placeholder=placeholder)
        if task == "text_to_3d" and not form.prompt.strip():
            self._draw_examples()

    def _draw_examples(self) -> None:
        column = self.layout.column(align=True)
        column.label(text="Examples")
        for example in EXAMPLES:
            column.operator("museum.use_example", text=example, translate=False).prompt = example

    def _draw_settings(self, context: bpy.types.Context, form: bpy.types.PropertyGroup, task: str) -> None:
        layout = self.layout
        engine = draw_engine(layout, context, task)
        layout.use_property_split = True
        layout.use_property_decorate = False
        if engine.takes("height_m"):
            size = layout.column(align=True)
            size.prop(form, "width")
            size.prop(form, "depth")
            size.prop(form, "height")
            hint = size.row()
            hint.active = False
            hint.alignment = "RIGHT"
            hint.label(text="0: as the prompt says" if task == "text_to_3d" else "0: the engine decides")
        if engine.takes("texture_size"):
            layout.prop(form, "texture_size")
        seed = layout.row(align=True)
        field = seed.row(align=True)
        field.active = not form.random_seed
        field.prop(form, "seed")
        seed.prop(form, "random_seed", text="", icon="FILE_REFRESH")


CLASSES = (MUSEUM_PT_create,)
