"""Presets: settings of engines as files that users share."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..museum_addon import preset_actions, runtime
from ..museum_addon.core.errors import MuseumError
from ..museum_addon.core.presets import file_stem
from ..museum_addon.translations import say
from .base import MuseumOperator


class MUSEUM_OT_presets(MuseumOperator):
    """Show the presets."""

    bl_idname = "museum.presets"
    bl_label = "Presets"
    bl_description = "Use, save, import and export settings of this engine"
    bl_options = {"INTERNAL"}

    task: bpy.props.StringProperty(name="Task", description="Which panel's engine", options={"HIDDEN", "SKIP_SAVE"})

    def run(self, context: bpy.types.Context) -> str:
        """Read the folders, and open the menu."""
        preset_actions.refresh(context)
        runtime.current().presets_task = self.task
        bpy.ops.wm.call_menu(name="MUSEUM_MT_presets")
        return ""


class KeyedOperator:
    """Works on one preset.

    Not an operator itself, for Blender takes properties over only from classes that are none of its own.
    """

    key: bpy.props.StringProperty(name="Preset", description="Which one", options={"HIDDEN", "SKIP_SAVE"})


class MUSEUM_OT_preset_apply(KeyedOperator, MuseumOperator):
    """Use a preset."""

    bl_idname = "museum.preset_apply"
    bl_label = "Use Preset"
    bl_description = "Choose its engine and set its settings"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        """What the preset says of itself."""
        try:
            preset = preset_actions.find(context, properties.key)
        except MuseumError:
            return cls.bl_description
        parts = (say(preset.notes), preset.by and f"— {preset.by}", *preset.sources)
        return "\n".join(filter(None, parts)).removesuffix(".") or cls.bl_description

    def run(self, context: bpy.types.Context) -> str:
        """Apply it."""
        applied = preset_actions.apply(context, preset_actions.find(context, self.key))
        if applied.left:
            self.report({"WARNING"}, f"{say('Not used of the preset')}: {', '.join(applied.left)}")
            return ""
        return f"Preset: {applied.preset.title}"


class MUSEUM_OT_preset_save(MuseumOperator):
    """Save a preset."""

    bl_idname = "museum.preset_save"
    bl_label = "Save Preset"
    bl_description = "Keep what is set now as a preset. Words, seed and the folders of files are not part of it"
    bl_options = {"INTERNAL"}

    task: bpy.props.StringProperty(name="Task", description="Which panel's engine", options={"HIDDEN", "SKIP_SAVE"})
    title: bpy.props.StringProperty(name="Name", description="Of the preset; one of the same name is replaced")
    notes: bpy.props.StringProperty(name="Notes", description="What it is good for, and where its figures come from")
    by: bpy.props.StringProperty(name="Made By", description="Whom others may ask; empty to say nothing")

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for its name."""
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, _context: bpy.types.Context) -> None:
        """The dialog."""
        column = self.layout.column()
        column.use_property_split = True
        column.activate_init = True
        column.prop(self, "title")
        column.prop(self, "notes")
        column.prop(self, "by")

    def run(self, context: bpy.types.Context) -> str:
        """Save it."""
        saved = preset_actions.save(context, self.task, self.title, notes=self.notes, by=self.by)
        return f"Preset saved: {saved.title}"


class MUSEUM_OT_preset_import(MuseumOperator):
    """Import a preset."""

    bl_idname = "museum.preset_import"
    bl_label = "Import Preset"
    bl_description = "Take over a preset that somebody shared. It holds settings alone and runs nothing"
    bl_options = {"INTERNAL"}

    filepath: bpy.props.StringProperty(name="File", description="The file", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def run(self, context: bpy.types.Context) -> str:
        """Import it."""
        taken = preset_actions.import_file(context, Path(self.filepath))
        if taken.unknown:
            self.report({"WARNING"}, f"{say('Not used of the preset')}: {', '.join(taken.unknown)}")
            return ""
        return f"Preset imported: {taken.title}"


class MUSEUM_OT_preset_export(KeyedOperator, MuseumOperator):
    """Export a preset."""

    bl_idname = "museum.preset_export"
    bl_label = "Export Preset"
    bl_description = "Write this preset to a file, to share it"
    bl_options = {"INTERNAL"}

    filepath: bpy.props.StringProperty(name="File", description="The file", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask where to."""
        try:
            self.filepath = f"{file_stem(preset_actions.find(context, self.key))}.json"
        except MuseumError as error:
            self.report({"ERROR"}, f"{say(error.message)} {say(error.fix)}")
            return {"CANCELLED"}
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def run(self, context: bpy.types.Context) -> str:
        """Export it."""
        return f"Preset exported: {preset_actions.export_file(context, self.key, Path(self.filepath)).name}"


class MUSEUM_OT_preset_remove(KeyedOperator, MuseumOperator):
    """Delete a preset."""

    bl_idname = "museum.preset_remove"
    bl_label = "Delete Preset"
    bl_description = "Delete this preset and its file"
    bl_options = {"INTERNAL"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first: there is no way back."""
        return context.window_manager.invoke_confirm(self, event)

    def run(self, context: bpy.types.Context) -> str:
        """Delete it."""
        return f"Preset deleted: {preset_actions.remove(context, self.key)}"


CLASSES = (
    MUSEUM_OT_presets, MUSEUM_OT_preset_apply, MUSEUM_OT_preset_save, MUSEUM_OT_preset_import, MUSEUM_OT_preset_export,
    MUSEUM_OT_preset_remove,
)  # fmt: skip
