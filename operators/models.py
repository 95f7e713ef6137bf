"""What can be done with models, and with the memory that they take."""

from __future__ import annotations

import bpy

from ..museum_addon import model_actions, runtime
from ..museum_addon.client.messages import BackendState
from ..museum_addon.translations import say
from .base import MuseumOperator


class ModelOperator:
    """Works on a model, or on all that an engine needs. Not an operator itself; see JobOperator."""

    model: bpy.props.StringProperty(name="Model", description="Which model or engine", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Needs a backend that has said which models there are."""
        if runtime.current().models.listing is None:
            cls.poll_message_set("The backend has not said yet which models there are")
            return False
        return True


class MUSEUM_OT_models_refresh(MuseumOperator):
    """Refresh."""

    bl_idname = "museum.models_refresh"
    bl_label = "Refresh"
    bl_description = "Look again which models are there, for example after copying some into a folder"

    def run(self, context: bpy.types.Context) -> str:
        """Ask."""
        model_actions.refresh(context)
        return ""


class MUSEUM_OT_model_unfold(ModelOperator, MuseumOperator):
    """Unfold."""

    bl_idname = "museum.model_unfold"
    bl_label = "Show Models"
    bl_description = "Show which models this engine needs, their licences, and how to get them"

    def run(self, _context: bpy.types.Context) -> str:
        """Show them."""
        model_actions.unfold(self.model)
        return ""


class MUSEUM_OT_model_agree(ModelOperator, MuseumOperator):
    """Accept."""

    bl_idname = "museum.model_agree"
    bl_label = "I Accept This Licence"
    bl_description = "Say that you have read the licence and agree to it. Asked once on each computer"

    def run(self, _context: bpy.types.Context) -> str:
        """Note it."""
        model_actions.agree(self.model)
        return ""


class MUSEUM_OT_model_pull(ModelOperator, MuseumOperator):
    """Download."""

    bl_idname = "museum.model_pull"
    bl_label = "Download"
    bl_description = "Fetch what is missing. It goes on in the background, and where it stopped after an interruption"

    def run(self, context: bpy.types.Context) -> str:
        """Fetch it."""
        model_actions.pull(context, self.model)
        return ""


class MUSEUM_OT_model_cancel(ModelOperator, MuseumOperator):
    """Stop."""

    bl_idname = "museum.model_cancel"
    bl_label = "Stop"
    bl_description = "Stop for now. What has come stays, and the next download goes on from there"

    def run(self, context: bpy.types.Context) -> str:
        """Stop it."""
        model_actions.cancel(context, self.model)
        return ""


class MUSEUM_OT_model_verify(ModelOperator, MuseumOperator):
    """Verify."""

    bl_idname = "museum.model_verify"
    bl_label = "Verify"
    bl_description = "Read every byte of this model: nothing missing, changed, or able to run code"

    def run(self, context: bpy.types.Context) -> str:
        """Have it looked at."""
        model_actions.verify(context, self.model)
        return ""


class MUSEUM_OT_model_remove(ModelOperator, MuseumOperator):
    """Remove."""

    bl_idname = "museum.model_remove"
    bl_label = "Remove"
    bl_description = "Delete this model from the disk. Other engines may need it as well"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first: it may be hours of downloading."""
        listing = runtime.current().models.listing
        title = model_actions.title_of(listing, self.model) if listing is not None else self.model
        message = say("Delete {} from the disk?").format(say(title))
        return context.window_manager.invoke_confirm(
            self, event, title=say("Remove"), message=message, confirm_text=say("Remove")
        )

    def run(self, context: bpy.types.Context) -> str:
        """Delete it."""
        model_actions.remove(context, self.model)
        return ""


class MUSEUM_OT_memory_release(MuseumOperator):
    """Release memory."""

    bl_idname = "museum.memory_release"
    bl_label = "Release Memory"
    bl_description = "Have loaded models leave the graphics card's memory, at once or when their job has ended"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Needs a backend that answers."""
        if runtime.current().backend.state is not BackendState.READY:
            cls.poll_message_set("The backend is not running")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Release it."""
        model_actions.release(context)
        return ""


CLASSES = (
    MUSEUM_OT_models_refresh,
    MUSEUM_OT_model_unfold,
    MUSEUM_OT_model_agree,
    MUSEUM_OT_model_pull,
    MUSEUM_OT_model_cancel,
    MUSEUM_OT_model_verify,
    MUSEUM_OT_model_remove,
    MUSEUM_OT_memory_release,
)
