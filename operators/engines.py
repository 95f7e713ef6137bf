"""Settings of engines: back to the engine's own values, and the list of LoRA files."""

from __future__ import annotations

import bpy

from ..museum_addon import engine_actions
from .base import MuseumOperator


class EngineOperator:
    """Works on the engine that is chosen for a task.

    Not an operator itself, for Blender takes properties over only from classes that are none of its own.
    """

    task: bpy.props.StringProperty(name="Task", description="Which panel's engine", options={"HIDDEN", "SKIP_SAVE"})


class MUSEUM_OT_engine_reset(EngineOperator, MuseumOperator):
    """Reset settings."""

    bl_idname = "museum.engine_reset"
    bl_label = "Reset"
    bl_description = "Put all settings back to the engine's own values"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    field: bpy.props.StringProperty(name="Setting", description="Which one; all when empty", options={"SKIP_SAVE"})

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        """What the button does."""
        return "Back to the engine's own value" if properties.field else cls.bl_description

    def run(self, context: bpy.types.Context) -> str:
        """Reset them."""
        engine_actions.reset(context, self.task, self.field)
        return ""


class MUSEUM_OT_lora_add(EngineOperator, MuseumOperator):
    """Add a LoRA file."""

    bl_idname = "museum.lora_add"
    bl_label = "Add LoRA"
    bl_description = "Choose a .safetensors file that teaches the engine's model a style or a subject"
    bl_options = {"REGISTER", "UNDO"}

    field: bpy.props.StringProperty(name="Setting", description="Which list", options={"HIDDEN", "SKIP_SAVE"})
    filepath: bpy.props.StringProperty(name="File", description="The file", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: bpy.props.StringProperty(default="*.safetensors", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def run(self, context: bpy.types.Context) -> str:
        """Add it."""
        engine_actions.add_lora(context, self.task, self.filepath, field=self.field)
        return ""


class MUSEUM_OT_lora_remove(EngineOperator, MuseumOperator):
    """Remove a LoRA file."""

    bl_idname = "museum.lora_remove"
    bl_label = "Remove LoRA"
    bl_description = "Use this LoRA file no more. The file stays"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    field: bpy.props.StringProperty(name="Setting", description="Which list", options={"HIDDEN", "SKIP_SAVE"})
    index: bpy.props.IntProperty(name="Row", description="Which one", options={"HIDDEN", "SKIP_SAVE"})

    def run(self, context: bpy.types.Context) -> str:
        """Remove it."""
        engine_actions.remove_lora(context, self.task, self.index, field=self.field)
        return ""


class MUSEUM_OT_engine_models(EngineOperator, MuseumOperator):
    """Show the models."""

    bl_idname = "museum.engine_models"
    bl_label = "Models"
    bl_description = "Show which models this engine needs, their licences, and how to get them"
    bl_options = {"INTERNAL"}

    engine: bpy.props.StringProperty(name="Engine", description="Which one", options={"HIDDEN", "SKIP_SAVE"})

    def run(self, context: bpy.types.Context) -> str:
        """Open their list."""
        engine_actions.show_models(context, self.task, self.engine)
        return ""


CLASSES = (MUSEUM_OT_engine_models, MUSEUM_OT_engine_reset, MUSEUM_OT_lora_add, MUSEUM_OT_lora_remove)
