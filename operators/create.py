"""Create: one object from words or from a picture."""

from __future__ import annotations

import bpy

from ..museum_addon import actions
from .base import MuseumOperator


class MUSEUM_OT_create(MuseumOperator):
    """Create."""

    bl_idname = "museum.create"
    bl_label = "Create"
    bl_description = "Make the object; it arrives at the 3D cursor by itself, and Blender stays free meanwhile"
    # No undo step: the job goes on whatever is undone. Its result is one step when it arrives.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs words or a picture, and an engine that can run."""
        obstacle = actions.create_obstacle(context.scene) if context.scene is not None else "There is no scene"
        if obstacle:
            cls.poll_message_set(obstacle)
        return not obstacle

    def run(self, context: bpy.types.Context) -> str:
        """Send what stands in the form."""
        actions.create_from_form(context)
        return ""


class MUSEUM_OT_use_example(MuseumOperator):
    """Use an example."""

    bl_idname = "museum.use_example"
    bl_label = "Use Example"
    bl_description = "Put this example into the prompt"
    bl_options = {"REGISTER", "UNDO"}

    prompt: bpy.props.StringProperty(name="Prompt", description="The example")

    def run(self, context: bpy.types.Context) -> str:
        """Write the example into the form."""
        context.scene.museum.create.prompt = self.prompt
        return ""


CLASSES = (MUSEUM_OT_create, MUSEUM_OT_use_example)
