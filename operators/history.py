"""Earlier generations: found, compared, and applied again."""

from __future__ import annotations

import bpy

from ..museum_addon import history_actions, history_again, history_settings, runtime
from ..museum_addon.core.errors import MuseumError
from ..museum_addon.translations import say
from .base import MuseumOperator


class GenerationOperator:
    """Works on the generation with the given id, or on the selected one.

    Not an operator itself, for Blender takes properties over only from classes that are none of its own.
    """

    key: bpy.props.StringProperty(
        name="Generation", description="Id of its job; the selected one when empty", options={"HIDDEN", "SKIP_SAVE"}
    )

    def chosen(self, context: bpy.types.Context) -> str:
        """The id."""
        return self.key or context.window_manager.museum.history.selected


class MUSEUM_OT_history_refresh(MuseumOperator):
    """Look again."""

    bl_idname = "museum.history_refresh"
    bl_label = "Look Again"
    bl_description = "Read the history anew, and ask the backend what else it has made"
    bl_options = {"INTERNAL"}

    def run(self, context: bpy.types.Context) -> str:
        """Look."""
        history_actions.refresh(context)
        return ""


class MUSEUM_OT_history_page(MuseumOperator):
    """Turn the page."""

    bl_idname = "museum.history_page"
    bl_label = "Turn the Page"
    bl_description = "Show newer or older generations"
    bl_options = {"INTERNAL"}

    step: bpy.props.IntProperty(name="Step", description="1 for older ones, -1 for newer ones", default=1)

    def run(self, context: bpy.types.Context) -> str:
        """Turn it."""
        history_actions.turn_page(context, self.step)
        return ""


class MUSEUM_OT_history_select(GenerationOperator, MuseumOperator):
    """Select a generation."""

    bl_idname = "museum.history_select"
    bl_label = "Details"
    bl_description = "Show what this generation was made from, and what can be done with it"
    bl_options = {"INTERNAL"}

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        """Its prompt."""
        entry = runtime.current().history.get(properties.key)
        return (entry.prompt or entry.title).removesuffix(".") if entry is not None else cls.bl_description

    def run(self, context: bpy.types.Context) -> str:
        """Select it; a second click takes that back."""
        chosen = context.window_manager.museum.history
        chosen.selected = "" if chosen.selected == self.key else self.key
        return ""


class MUSEUM_OT_history_show(GenerationOperator, MuseumOperator):
    """Show what it made."""

    bl_idname = "museum.history_show"
    bl_label = "Show"
    bl_description = "Select what this generation made in the scene and bring it into view"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> str:
        """Frame it."""
        history_actions.show(context, self.chosen(context))
        return ""


class MUSEUM_OT_history_bring_in(GenerationOperator, MuseumOperator):
    """Bring the result in once more."""

    bl_idname = "museum.history_bring_in"
    bl_label = "Bring In Again"
    bl_description = (
        "Bring this result in once more: at the 3D cursor, a texture onto the selected mesh. Nothing is made anew"
    )

    def run(self, context: bpy.types.Context) -> str:
        """Fetch and import it."""
        history_again.bring_in(context, self.chosen(context))
        return ""


class MUSEUM_OT_history_again(GenerationOperator, MuseumOperator):
    """The same with another seed."""

    bl_idname = "museum.history_again"
    bl_label = "Another Seed"
    bl_description = "Make the same with another seed. It appears in the Jobs list"

    def run(self, context: bpy.types.Context) -> str:
        """Ask for it."""
        history_again.again(context, self.chosen(context))
        return ""


class MUSEUM_OT_history_settings(GenerationOperator, MuseumOperator):
    """Use its settings."""

    bl_idname = "museum.history_settings"
    bl_label = "Use Settings"
    bl_description = "Put its words, seed, engine and settings into the panel that asks for such things. Makes nothing"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> str:
        """Fill the form."""
        left = history_settings.use_settings(context, self.chosen(context))
        if left:
            self.report({"WARNING"}, f"{say('Not put back')}: {', '.join(left)}")
            return ""
        return "The form has its settings"


class MUSEUM_OT_history_pin(GenerationOperator, MuseumOperator):
    """Pin it for comparison."""

    bl_idname = "museum.history_pin"
    bl_label = "Pin to Compare"
    bl_description = "Keep this generation, to compare others with it; press again to let it go"
    bl_options = {"INTERNAL"}

    def run(self, context: bpy.types.Context) -> str:
        """Pin it, or let it go."""
        chosen, key = context.window_manager.museum.history, self.chosen(context)
        chosen.pinned = "" if chosen.pinned == key else key
        return ""


class MUSEUM_OT_history_show_one(MuseumOperator):
    """Show one of two."""

    bl_idname = "museum.history_show_one"
    bl_label = "Show This One"
    bl_description = "Show what one of the two made in the scene and hide the other; textures of one object take turns"
    bl_options = {"REGISTER", "UNDO"}

    first: bpy.props.StringProperty(name="First", description="Id of its job", options={"HIDDEN", "SKIP_SAVE"})
    second: bpy.props.StringProperty(name="Second", description="Id of its job", options={"HIDDEN", "SKIP_SAVE"})
    shown: bpy.props.StringProperty(
        name="Shown", description="Id of the one that is shown; both when empty", options={"HIDDEN", "SKIP_SAVE"}
    )

    def run(self, context: bpy.types.Context) -> str:
        """Show and hide."""
        history_actions.show_one(context, self.first, self.second, self.shown)
        return ""


class MUSEUM_OT_history_compare(MuseumOperator):
    """Compare with the pinned one."""

    bl_idname = "museum.history_compare"
    bl_label = "Compare"
    bl_description = "Show the pinned and the selected generation side by side, and in what they differ"
    bl_options = {"INTERNAL"}

    first: bpy.props.StringProperty(name="First", description="The pinned one when empty", options={"SKIP_SAVE"})
    second: bpy.props.StringProperty(name="Second", description="The selected one when empty", options={"SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Open the comparison."""
        chosen = context.window_manager.museum.history
        state = runtime.current().history
        try:
            first, second = self.first or chosen.pinned, self.second or chosen.selected
            history_actions.compare(first, second)
        except MuseumError as error:
            self.report({"ERROR"}, f"{say(error.message)} {say(error.fix)}")
            return {"CANCELLED"}
        state.compared = (first, second)
        bpy.ops.wm.call_panel(name="MUSEUM_PT_history_compare", keep_open=True)
        return {"FINISHED"}

    def run(self, context: bpy.types.Context) -> str:
        """Say how many differences there are."""
        chosen = context.window_manager.museum.history
        found = history_actions.compare(self.first or chosen.pinned, self.second or chosen.selected)
        return f"{say('Differences')}: {len(found)}"


CLASSES = (
    MUSEUM_OT_history_refresh, MUSEUM_OT_history_page, MUSEUM_OT_history_select, MUSEUM_OT_history_show,
    MUSEUM_OT_history_bring_in, MUSEUM_OT_history_again, MUSEUM_OT_history_settings, MUSEUM_OT_history_pin,
    MUSEUM_OT_history_show_one, MUSEUM_OT_history_compare,
)  # fmt: skip
