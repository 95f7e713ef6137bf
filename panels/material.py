"""The Material panel: what the selected objects are made of, and what time did to them."""

from __future__ import annotations

import bpy

from ..museum_addon import vocabulary
from ..museum_addon.scene import former, texturing
from ..museum_addon.translations import CONTEXT, say
from .text import BOX_INSET, draw_text

EXAMPLES = (
    "Bronze with malachite patina, worn edges",
    "Limestone, traces of red paint",
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
        count = sum(item.type == "MESH" for item in context.selected_objects)
        if not count:
            draw_text(layout, context, "Select the meshes that shall get the material.", "INFO")
        button = layout.row()
        button.scale_y = 1.6
        text = say("Apply to {} Objects").format(count) if count > 1 else say("Apply Material")
        button.operator("museum.material", text=text, translate=False)
        self._settings(layout, form)
        self._origin(layout, context)

    def _ageing(self, layout: bpy.types.UILayout, form: bpy.types.PropertyGroup) -> None:
        column = layout.column(align=True)
        for layer in form.ageing:
            row = column.row(align=True)
            title = vocabulary.title_of("texture_ageing", layer.kind)
            row.prop(layer, "amount", text=title, slider=True, translate=False)
            row.operator("museum.ageing_remove", text="", icon="X").kind = layer.kind
        column.menu("MUSEUM_MT_ageing", icon="ADD")

    def _origin(self, layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
        """Where the active object's material comes from, and the way back."""
        item = context.active_object
        statement = texturing.statement_of(item)
        earlier = former.has_former(item)
        if not statement and not earlier:
            return
        box = layout.box().column(align=True)
        if statement:
            draw_text(box, context, item.active_material.name, "MATERIAL", inset=BOX_INSET)
            facts = box.column(align=True)
            facts.active = False
            made = str(statement["created"] or "")[:10]
            draw_text(facts, context, f"Generated from “{statement['prompt']}”", "BLANK1", inset=BOX_INSET)
            certainty = say("Certainty {} of 5").format(statement["certainty"]["level"])
            draw_text(facts, context, " · ".join(filter(None, (certainty, made))), "BLANK1", inset=BOX_INSET)
        if earlier:
            box.operator("museum.material_restore", icon="LOOP_BACK")

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
