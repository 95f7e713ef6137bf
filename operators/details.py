"""Details: how the words are understood, and what stands above them."""

from __future__ import annotations

import bpy

from ..museum_addon import detail_actions
from .base import MuseumOperator


class MUSEUM_OT_read_prompt(MuseumOperator):
    """Read the prompt."""

    bl_idname = "museum.read_prompt"
    bl_label = "Read the Prompt"
    bl_description = "Show how the words are understood, without making anything"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a prompt."""
        if context.scene is None or not context.scene.museum.create.prompt.strip():
            cls.poll_message_set("Describe an object in the prompt first")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Ask the backend."""
        detail_actions.read_prompt(context)
        return ""


class MUSEUM_OT_choose_detail(MuseumOperator):
    """Decide a field."""

    bl_idname = "museum.choose_detail"
    bl_label = "Choose"
    bl_description = "Decide this field, whatever the words say"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    field: bpy.props.StringProperty(name="Field", description="Which field")
    value: bpy.props.StringProperty(name="Value", description="Its value; empty leaves it to the words")

    def run(self, context: bpy.types.Context) -> str:
        """Write it into the form."""
        detail_actions.choose(context, self.field, self.value)
        return ""


class MUSEUM_OT_clear_details(MuseumOperator):
    """Leave all fields to the words."""

    bl_idname = "museum.clear_details"
    bl_label = "Clear"
    bl_description = "Leave all fields to the words of the prompt"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> str:
        """Empty the fields."""
        detail_actions.clear(context)
        return ""


class MUSEUM_OT_edit_object(MuseumOperator):
    """Take the form's fields from the active object."""

    bl_idname = "museum.edit_object"
    bl_label = "From the Active Object"
    bl_description = "Fill the form with what the active object was made from, to change some of it and make it anew"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an object that was made from words."""
        item = context.active_object
        if item is None or not item.get(detail_actions.SPEC):
            cls.poll_message_set("Select an object that Create made")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Fill the form."""
        detail_actions.take_from_object(context)
        return ""


CLASSES = (MUSEUM_OT_read_prompt, MUSEUM_OT_choose_detail, MUSEUM_OT_clear_details, MUSEUM_OT_edit_object)
