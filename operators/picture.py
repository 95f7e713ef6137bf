"""Picture: an image from words."""

from __future__ import annotations

import bpy

from ..museum_addon import picture_actions
from ..museum_addon.scene import picture_results
from .base import MuseumOperator


class MUSEUM_OT_picture(MuseumOperator):
    """Make a picture."""

    bl_idname = "museum.picture"
    bl_label = "Make Picture"
    bl_description = "Make the picture; it arrives in this .blend by itself, and Blender stays free meanwhile"
    # No undo step: the job goes on whatever is undone. Its result is one step when it arrives.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs words and an engine that can run."""
        obstacle = picture_actions.obstacle(context.scene) if context.scene is not None else "There is no scene"
        if obstacle:
            cls.poll_message_set(obstacle)
        return not obstacle

    def run(self, context: bpy.types.Context) -> str:
        """Send what stands in the form."""
        picture_actions.create_from_form(context)
        return ""


class MUSEUM_OT_use_picture_example(MuseumOperator):
    """Use an example."""

    bl_idname = "museum.use_picture_example"
    bl_label = "Use Example"
    bl_description = "Put this example into the form"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    prompt: bpy.props.StringProperty(name="Picture", description="The example")

    def run(self, context: bpy.types.Context) -> str:
        """Write the example into the form."""
        context.scene.museum.picture.prompt = self.prompt
        return ""


class MUSEUM_OT_world_restore(MuseumOperator):
    """Put the former world back."""

    bl_idname = "museum.world_restore"
    bl_label = "Restore Former World"
    bl_description = "Put the world back that the scene had before a picture became its background"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a world of ours."""
        if context.scene is None or not picture_results.has_former_world(context.scene):
            cls.poll_message_set("The scene's world is not a picture that was made here")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Exchange them."""
        return f"World: {picture_actions.restore_world(context) or '–'}"


CLASSES = (MUSEUM_OT_picture, MUSEUM_OT_use_picture_example, MUSEUM_OT_world_restore)
