"""Collection records: load them, choose, create."""

from __future__ import annotations

import bpy

from ..museum_addon import collection_actions, recordlist
from ..museum_addon.exhibition.records import RecordSet
from .base import MuseumOperator

UNITS = (
    ("cm", "Centimetres", "Numbers without a unit are centimetres"),
    ("mm", "Millimetres", "Numbers without a unit are millimetres"),
    ("m", "Metres", "Numbers without a unit are metres"),
    ("in", "Inches", "Numbers without a unit are inches"),
)
SELECTIONS = (
    ("ALL", "All", "Select all records that the filter shows"),
    ("NONE", "None", "Deselect all records that the filter shows"),
    ("INVERT", "Invert", "Swap selected and not selected"),
    ("SIZED", "With Size", "Select only records with a known size"),
)


def loaded_sentence(loaded: RecordSet) -> str:
    """What was loaded, for the report."""
    if loaded.problems:
        return f"Records loaded: {len(loaded.records)}; rows not read: {len(loaded.problems)}"
    return f"Records loaded: {len(loaded.records)}"


class RecordsOperator(MuseumOperator):
    """Works on loaded records."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs records."""
        if context.scene is None or not len(context.scene.museum.collection.records):
            cls.poll_message_set("Load records first")
            return False
        return True


class MUSEUM_OT_records_load(MuseumOperator):
    """Load records."""

    bl_idname = "museum.records_load"
    bl_label = "Load Records"
    bl_description = "Read collection records from a JSON or CSV file; they are kept in this .blend"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(name="File", description="JSON or CSV file", subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default="*.json;*.csv;*.tsv;*.txt", options={"HIDDEN"})
    unit: bpy.props.EnumProperty(
        name="Unit", description="For numbers in a CSV file that say no unit", items=UNITS, default="cm"
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def run(self, context: bpy.types.Context) -> str:
        """Load it."""
        return loaded_sentence(collection_actions.load_records(context, self.filepath, self.unit))


class MUSEUM_OT_records_load_sample(MuseumOperator):
    """Load the sample."""

    bl_idname = "museum.records_load_sample"
    bl_label = "Load the Sample"
    bl_description = "Load records of the Carnegie Museum of Art (CC0) that come with the extension"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> str:
        """Load it."""
        return loaded_sentence(collection_actions.load_sample(context))


class MUSEUM_OT_records_clear(RecordsOperator):
    """Clear records."""

    bl_idname = "museum.records_clear"
    bl_label = "Clear Records"
    bl_description = "Take all records out of the list. Objects that were made from them stay"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> str:
        """Clear them."""
        recordlist.clear(context.scene.museum.collection)
        return ""


class MUSEUM_OT_records_select(RecordsOperator):
    """Select records."""

    bl_idname = "museum.records_select"
    bl_label = "Select Records"
    bl_description = "Select or deselect the records that the filter shows"
    bl_options = {"REGISTER", "UNDO"}

    action: bpy.props.EnumProperty(name="Action", description="What to select", items=SELECTIONS)

    def run(self, context: bpy.types.Context) -> str:
        """Select them."""
        recordlist.select_shown(context.scene.museum.collection, self.action)
        return ""


class MUSEUM_OT_records_create(RecordsOperator):
    """Create the selected."""

    bl_idname = "museum.records_create"
    bl_label = "Create Selected"
    bl_description = "Make an object of every selected record at its true size; they arrive by themselves"
    # No undo step: the jobs go on whatever is undone. Each result is one step when it arrives.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a selection."""
        if not super().poll(context):
            return False
        if not context.scene.museum.collection.selected_count:
            cls.poll_message_set("Tick the records in the list first")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Send the jobs."""
        return f"Jobs sent: {len(collection_actions.create_selected(context))}"


class MUSEUM_OT_record_page(RecordsOperator):
    """Open the record's page."""

    bl_idname = "museum.record_page"
    bl_label = "Open Web Page"
    bl_description = "Open the museum's page about this object in the web browser"

    def run(self, context: bpy.types.Context) -> str:
        """Open it."""
        bpy.ops.wm.url_open(url=collection_actions.open_page(context))
        return ""


CLASSES = (
    MUSEUM_OT_records_load,
    MUSEUM_OT_records_load_sample,
    MUSEUM_OT_records_clear,
    MUSEUM_OT_records_select,
    MUSEUM_OT_records_create,
    MUSEUM_OT_record_page,
)
