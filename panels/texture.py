"""The Texture panel: surfaces painted from views, restored where they are lost, or taken from photographs."""

from __future__ import annotations

import bpy

from ..museum_addon import engines, texture_actions
from ..museum_addon.scene import base_colour, cameras, former
from ..museum_addon.translations import CONTEXT, say
from .engines import draw_engine, draw_reference
from .text import BOX_INSET, draw_text, split_column

ABOUT = {
    "generate": "Paints the whole surface. What was observed stays.",
    "restore": "Paints what is missing. The rest stays bit for bit.",
    "refine": "Paints a region anew and blends it in: from its surroundings, or from words with another painter.",
    "project": "Lays photographs onto the surface, from cameras that stand where they were taken. "
    "What was observed stays.",
}
ACTIONS = {
    "generate": ("Generate Texture", "Generate {} Textures"),
    "restore": ("Restore Texture", "Restore {} Textures"),
    "refine": ("Refine Texture", "Refine {} Textures"),
    "project": ("Project Photographs", "Project onto {} Objects"),
}


class MUSEUM_PT_texture(bpy.types.Panel):
    """Textures for the selected objects."""

    bl_label = "Texture"
    bl_idname = "MUSEUM_PT_texture"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        """What is done, with what, and the button."""
        layout = self.layout
        form = context.scene.museum.texture
        layout.row(align=True).prop(form, "mode", expand=True)
        about = layout.column(align=True)
        about.active = False
        draw_text(about, context, ABOUT[form.mode])
        if form.mode != "project":
            engine = draw_engine(layout, context, "texture")
            if engine.takes("painter"):
                split_column(layout).prop(form, "painter")
        if texture_actions.uses_words(form):
            draw_prompt(layout, form)
        if texture_actions.uses_reference(form):
            draw_reference(layout, form)
        if form.mode in ("restore", "refine"):
            draw_region(layout, context, form)
        elif form.mode == "project":
            draw_photographs(layout, context)
        draw_settings(layout, form)
        obstacle, unable = texture_actions.obstacle(context), engines.obstacle(texture_actions.engine_of(form))
        if obstacle and obstacle != unable:  # that stands below the engine
            draw_text(layout, context, obstacle, "INFO")
        count = sum(item.type == "MESH" for item in context.selected_objects)
        one, many = ACTIONS[form.mode]
        button = layout.row()
        button.scale_y = 1.6
        button.operator("museum.texture", text=say(many).format(count) if count > 1 else say(one), translate=False)
        draw_result(layout, context)


def draw_prompt(layout: bpy.types.UILayout, form: bpy.types.PropertyGroup) -> None:
    """The words."""
    placeholder = "What the surface looks like"
    if hasattr(layout, "textbox"):  # since Blender 5.2
        layout.textbox(form, "prompt", initial_visible_lines=2, placeholder=placeholder)
    else:
        layout.row().prop(form, "prompt", text="", placeholder=placeholder)


def draw_region(layout: bpy.types.UILayout, context: bpy.types.Context, form: bpy.types.PropertyGroup) -> None:
    """Which texture, and which part of it."""
    item = context.active_object
    column = split_column(layout)
    material = item.active_material if item is not None else None
    found = base_colour.base_colour(material) if form.image is None else None
    if found is None:
        column.prop(form, "image", text="Texture")
    else:  # what is worked on when nothing is chosen stands in the empty field
        column.prop(form, "image", text="Texture", placeholder=found.image.name)
    column.prop(form, "missing")
    if form.missing == "mask":
        row = column.row(align=True)
        row.prop(form, "mask")
        painted = item is not None and item.mode == "TEXTURE_PAINT"
        if form.mask is not None or painted:
            row.operator("museum.texture_mask_paint", text="", icon="BRUSH_DATA", depress=painted)
        else:
            row.operator("museum.texture_mask_new", text="", icon="ADD")
    elif form.missing == "group" and item is not None and item.type == "MESH":
        column.prop_search(form, "group", item, "vertex_groups")
    elif form.missing == "key_colour":
        column.prop(form, "key_colour")
        column.prop(form, "tolerance", slider=True)
    if form.mode == "refine":
        column.prop(form, "feather")


def draw_photographs(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The cameras whose photographs are used."""
    found = cameras.photographed(context)
    if not found:
        return
    box = layout.box().column(align=True)
    draw_text(box, context, f"Photographs: {len(found)}", "CAMERA_DATA", inset=BOX_INSET)
    names = box.column(align=True)
    names.active = False
    for taken in found[:4]:
        names.label(text=f"{taken.camera.name}: {taken.background.image.name}", icon="BLANK1", translate=False)
    if len(found) > 4:
        names.label(text="…", icon="BLANK1", translate=False)


def draw_settings(layout: bpy.types.UILayout, form: bpy.types.PropertyGroup) -> None:
    """What for, and what stands before it."""
    column = split_column(layout)
    if form.mode in ("generate", "project"):
        column.prop(form, "texture_size")
        column.prop(form, "unwrap")
    column.prop(form, "occlusion")


def draw_result(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Before and after, and the way back."""
    item = context.active_object
    if not former.has_former(item):
        return
    box = layout.box().column(align=True)
    compared = former.is_compared(item)
    name = item.active_material.name if item.active_material is not None else say("No material")
    box.label(text=name, icon="MATERIAL", translate=False)
    row = box.row(align=True)
    text, icon = ("Show New", "HIDE_OFF") if compared else ("Compare", "ARROW_LEFTRIGHT")
    row.operator("museum.texture_compare", text=text, text_ctxt=CONTEXT, icon=icon, depress=compared)
    row.operator("museum.material_restore", text="Revert", text_ctxt=CONTEXT, icon="LOOP_BACK")
    shading = context.space_data.shading if context.space_data is not None else None
    if shading is not None and shading.type == "SOLID" and shading.color_type != "TEXTURE":
        box.separator(factor=0.5)
        box.prop_enum(shading, "color_type", "TEXTURE", text="Show Textures in the Viewport")


class MUSEUM_PT_texture_views(bpy.types.Panel):
    """From where it is painted."""

    bl_label = "Views"
    bl_idname = "MUSEUM_PT_texture_views"
    bl_parent_id = "MUSEUM_PT_texture"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Photographs are views already."""
        return context.scene is not None and context.scene.museum.texture.mode != "project"

    def draw(self, context: bpy.types.Context) -> None:
        """Where, how many, how large, and what chance decides."""
        form = context.scene.museum.texture
        column = split_column(self.layout)
        column.prop(form, "schedule")
        if form.schedule == "automatic":
            column.prop(form, "view_count")
        column.prop(form, "view_size")
        column.prop(form, "strength", slider=True)
        seed = column.row(align=True)
        field = seed.row(align=True)
        field.active = not form.random_seed
        field.prop(form, "seed")
        seed.prop(form, "random_seed", text="", icon="FILE_REFRESH")
        if form.schedule == "automatic":
            about = self.layout.column(align=True)
            about.active = False
            draw_text(about, context, "They are chosen while the texture is made; see Evidence afterwards.")
        shown = self.layout.row(align=True)
        button = shown.row(align=True)
        button.enabled = form.schedule == "published"  # the others are not known, or are there to be seen
        button.operator("museum.views_show", icon="OUTLINER_OB_CAMERA")
        shown.operator("museum.views_remove", text="", icon="X")


CLASSES = (MUSEUM_PT_texture, MUSEUM_PT_texture_views)
