"""Details: how the words are understood, and what stands above them."""

from __future__ import annotations

import bpy

from ..museum_addon import detail_actions, detail_texts
from ..museum_addon.translations import say
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
        detail_actions.read_again(context)
        return ""


class MUSEUM_OT_pin_detail(MuseumOperator):
    """Decide a field as it was read, or leave it to the words again."""

    bl_idname = "museum.pin_detail"
    bl_label = "Pin"
    bl_description = "Keep what was read, whatever the words say; press again to leave it to them"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    field: bpy.props.StringProperty(name="Field", description="Which field")

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        """Where the field comes from, above what the button does."""
        form = context.scene.museum.create
        origin = detail_texts.origin_text(detail_texts.entry(detail_texts.reading_of(form), properties.field))
        lines = [say("Decided by you") if detail_texts.is_decided(form, properties.field) else origin]
        return ".\n".join([*filter(None, lines), say(cls.bl_description)])

    def run(self, context: bpy.types.Context) -> str:
        """Into the form."""
        detail_actions.pin(context, self.field)
        detail_actions.read_again(context)
        return ""


class MUSEUM_OT_choose_damages(MuseumOperator):
    """Decide all damage at once."""

    bl_idname = "museum.choose_damages"
    bl_label = "Damage"
    bl_description = "Decide all damage at once"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    decide: bpy.props.BoolProperty(name="Decide", description="No damage at all; else as the words say")

    def run(self, context: bpy.types.Context) -> str:
        """Into the form."""
        detail_actions.choose_damages(context, () if self.decide else None)
        detail_actions.read_again(context)
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


CLASSES = (
    MUSEUM_OT_read_prompt, MUSEUM_OT_choose_detail, MUSEUM_OT_pin_detail, MUSEUM_OT_choose_damages,
    MUSEUM_OT_clear_details, MUSEUM_OT_edit_object,
)  # fmt: skip
