"""The one boundary between the extension's errors and Blender's reports."""

from __future__ import annotations

import bpy

from ..museum_addon.core.errors import MuseumError
from ..museum_addon.scene import former
from ..museum_addon.translations import say


class MuseumOperator(bpy.types.Operator):
    """Gathers inputs, calls one function of ``museum_addon``, and reports what went wrong with what to do."""

    def run(self, context: bpy.types.Context) -> str:
        """Do it. Answers a sentence to report, or nothing. Raises MuseumError."""
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Called by Blender."""
        try:
            done = self.run(context)
        except MuseumError as error:
            self.report({"ERROR"}, f"{say(error.message)} {say(error.fix)}".strip())
            return {"CANCELLED"}
        if done:
            self.report({"INFO"}, say(done))
        return {"FINISHED"}


class FormerMaterialOperator(MuseumOperator):
    """Works on selected objects that got a material here, and had another before."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs such an object."""
        if not any(item.type == "MESH" and former.has_former(item) for item in context.selected_objects):
            cls.poll_message_set("Select an object that a material was applied to")
            return False
        return True
