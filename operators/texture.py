"""Texture: views painted, regions restored and photographs projected onto the selected objects."""

from __future__ import annotations

import bpy

from ..museum_addon import texture_actions
from .base import FormerMaterialOperator, MuseumOperator


class MUSEUM_OT_texture(MuseumOperator):
    """Texture the objects."""

    bl_idname = "museum.texture"
    bl_label = "Texture"
    bl_description = (
        "Make a texture for each selected mesh; a new material beside the old one shows it when it is ready, "
        "and Blender stays free meanwhile"
    )
    # No undo step: the job goes on whatever is undone. Its result is one step when it arrives.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a mesh, and what the mode needs."""
        obstacle = texture_actions.obstacle(context) if context.scene is not None else "Select one or more meshes first"
        if obstacle:
            cls.poll_message_set(obstacle)
        return not obstacle

    def run(self, context: bpy.types.Context) -> str:
        """Send what stands in the form."""
        texture_actions.texture_from_form(context)
        return ""


class MUSEUM_OT_texture_compare(FormerMaterialOperator):
    """Compare with before."""

    bl_idname = "museum.texture_compare"
    bl_label = "Compare"
    bl_description = "Show what the selected objects looked like before; press again for the new material"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> str:
        """Exchange them."""
        before = texture_actions.compare(context)
        return "Shown as it was before" if before else "Shown with its new material"


class MUSEUM_OT_texture_mask_new(MuseumOperator):
    """Make a mask."""

    bl_idname = "museum.texture_mask_new"
    bl_label = "New Mask"
    bl_description = (
        "Make a mask of the texture's size, which shows the texture darkened: paint white over what shall be painted"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an object."""
        if not any(item.type == "MESH" for item in context.selected_objects):
            cls.poll_message_set("Select one or more meshes first")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Make it."""
        texture_actions.new_mask(context)
        return "Press the brush beside the mask, and paint white over what shall be painted"


class MUSEUM_OT_texture_mask_paint(MuseumOperator):
    """Paint the mask."""

    bl_idname = "museum.texture_mask_paint"
    bl_label = "Paint Mask"
    bl_description = "Paint white in the mask, in Texture Paint mode; press again to go back to Object Mode"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a mesh and a mask."""
        item = context.active_object
        if item is None or item.type != "MESH" or not item.visible_get():
            cls.poll_message_set("Select one or more meshes first")
            return False
        if item.mode != "TEXTURE_PAINT" and context.scene.museum.texture.mask is None:
            cls.poll_message_set("Press + to make a mask, or choose an image")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Go there, or back."""
        return "Paint white over what shall be painted" if texture_actions.paint_mask(context) else ""


CLASSES = (
    MUSEUM_OT_texture,
    MUSEUM_OT_texture_compare,
    MUSEUM_OT_texture_mask_new,
    MUSEUM_OT_texture_mask_paint,
)
