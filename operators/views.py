"""From where a texture is painted: cameras that show it."""

from __future__ import annotations

import bpy

from ..museum_addon import view_actions
from .base import MuseumOperator


class MUSEUM_OT_views_show(MuseumOperator):
    """Show views."""

    bl_idname = "museum.views_show"
    bl_label = "Show Views"
    bl_description = (
        "Put cameras where the selected objects are painted from, into the collection Museum Views; move them and "
        "choose Scene Cameras to paint from other places"
    )
    bl_options = {"REGISTER", "UNDO"}

    source: bpy.props.EnumProperty(
        name="Views",
        description="Which views",
        items=[
            ("PLANNED", "Planned", "Those that the Texture panel asks for"),
            ("PAINTED", "Painted", "Those that painted the texture that the object has"),
        ],
        options={"SKIP_SAVE"},
    )

    def run(self, context: bpy.types.Context) -> str:
        """Put them there."""
        return f"Views shown: {len(view_actions.show_views(context, self.source == 'PAINTED'))}"


class MUSEUM_OT_views_remove(MuseumOperator):
    """Remove views."""

    bl_idname = "museum.views_remove"
    bl_label = "Remove Views"
    bl_description = "Take the cameras of Show Views out of the scene"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs views."""
        if not view_actions.any_shown(context):
            cls.poll_message_set("No views are shown")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Take them out."""
        return f"Views removed: {view_actions.remove_views(context)}"


CLASSES = (MUSEUM_OT_views_show, MUSEUM_OT_views_remove)
