"""The Material panel: what the selected objects are made of, and what time did to them."""

from __future__ import annotations

import bpy

from ..museum_addon import vocabulary
from ..museum_addon.translations import CONTEXT
from .text import draw_text

EXAMPLES = (
    "Bronze with malachite patina, worn edges",
    "Weathered limestone with traces of red paint",
    "白色大理石, 水渍, 积尘",
)


class MUSEUM_MT_ageing(bpy.types.Menu):
    """Layers of ageing."""

    bl_idname = "MUSEUM_MT_ageing"
    bl_label = "Add Ageing"

    def draw(self, context: bpy.types.Context) -> None:
        """Those that are not in the list yet."""
        known = vocabulary.choices("texture_ageing")
        if not known:
            self.layout.label(text="Start the backend first: it knows the choices", icon="INFO")
        used = {layer.kind for layer in context.scene.museum.material.ageing}
        for name, title in known:
            if name not in used:
                self.layout.operator("museum.ageing_add", text=title, translate=False).kind = name


class MUSEUM_PT_material(bpy.types.Panel):
    """A material for the selected objects."""

    bl_label = "Material"
    bl_idname = "MUSEUM_PT_material"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        """The form, and the buttons below it."""
        layout = self.layout
        form = context.scene.museum.material
        placeholder = "Material, patina, wear, traces"
        if hasattr(layout, "textbox"):  # since Blender 5.2
            layout.textbox(form, "prompt", initial_visible_lines=2, placeholder=placeholder)
        else:
            layout.row().prop(form, "prompt", text="", placeholder=placeholder)
        if not form.prompt.strip():
            column = layout.column(align=True)
            column.label(text="Examples")
            for example in EXAMPLES:
                column.operator("museum.use_material_example", text=example, translate=False).prompt = example
        self._ageing(layout, form)
        button = layout.row()
        button.scale_y = 1.4
        button.operator("museum.material", icon="SHADING_TEXTURE")
        layout.operator("museum.material_restore", icon="LOOP_BACK")
        self._settings(layout, form)
        if not any(item.type == "MESH" for item in context.selected_objects):
            draw_text(layout, context, "Select the meshes that shall get the material.", "INFO")

    def _ageing(self, layout: bpy.types.UILayout, form: bpy.types.PropertyGroup) -> None:
        column = layout.column(align=True)
        for layer in form.ageing:
            row = column.row(align=True)
            title = vocabulary.title_of("texture_ageing", layer.kind)
            row.prop(layer, "amount", text=title, slider=True, translate=False)
            row.operator("museum.ageing_remove", text="", icon="X").kind = layer.kind
        column.menu("MUSEUM_MT_ageing", icon="ADD")

    def _settings(self, layout: bpy.types.UILayout, form: bpy.types.PropertyGroup) -> None:
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(form, "texture_size")
        column.prop(form, "unwrap")
        seed = column.row(align=True)
        field = seed.row(align=True)
        field.active = not form.random_seed
        field.prop(form, "seed")
        seed.prop(form, "random_seed", text="", icon="FILE_REFRESH")


CLASSES = (MUSEUM_MT_ageing, MUSEUM_PT_material)
