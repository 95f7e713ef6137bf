"""Show what was made: in rows, in a studio."""

from __future__ import annotations

import bpy

from ..museum_addon.scene import display, studio
from .base import MuseumOperator


class DisplayOperator(MuseumOperator):
    """Works on the selected museum objects, or on all when none is selected."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a museum object."""
        if context.scene is None or not any(item.get("museum_source") == "generated" for item in context.scene.objects):
            cls.poll_message_set("Create objects first")
            return False
        return context.mode == "OBJECT"

    def objects(self, context: bpy.types.Context) -> list[bpy.types.Object]:
        """What to work on."""
        everything = display.museum_objects(context.scene)
        chosen = [item for item in everything if item.select_get()]
        return chosen if len(chosen) > 1 else everything


class MUSEUM_OT_arrange_rows(DisplayOperator):
    """Arrange in rows."""

    bl_idname = "museum.arrange_rows"
    bl_label = "Arrange in Rows"
    bl_description = "Set museum objects in rows by date, small ones in front on steps (the selected, or all)"

    def run(self, context: bpy.types.Context) -> str:
        """Arrange them."""
        display.arrange_in_rows(context.scene, self.objects(context))
        return ""


class MUSEUM_OT_add_studio(DisplayOperator):
    """Add a studio."""

    bl_idname = "museum.add_studio"
    bl_label = "Add Studio"
    bl_description = "Add backdrop, soft lights, a camera that frames the museum objects, and Cycles settings"

    samples: bpy.props.IntProperty(name="Samples", description="Render samples a pixel", default=48, min=1, max=4096)

    def run(self, context: bpy.types.Context) -> str:
        """Build it."""
        studio.add_studio(context.scene, display.museum_objects(context.scene))
        studio.set_render(context.scene, samples=self.samples)
        return ""


CLASSES = (MUSEUM_OT_arrange_rows, MUSEUM_OT_add_studio)
