"""What can be done with the jobs of the list."""

from __future__ import annotations

import bpy

from ..museum_addon import actions
from .base import MuseumOperator


class JobOperator:
    """Works on the row with the given key, or on the selected one.

    Not an operator itself, for Blender takes properties over only from classes that are none of its own.
    """

    key: bpy.props.StringProperty(
        name="Key", description="Which job; the selected one when empty", options={"HIDDEN", "SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a job in the list."""
        if context.scene is None or not context.scene.museum.jobs:
            cls.poll_message_set("There is no job in the list")
            return False
        return True


class MUSEUM_OT_job_cancel(JobOperator, MuseumOperator):
    """Cancel."""

    bl_idname = "museum.job_cancel"
    bl_label = "Cancel"
    bl_description = "Stop this job"

    def run(self, context: bpy.types.Context) -> str:
        """Cancel it."""
        actions.cancel_job(context, self.key)
        return ""


class MUSEUM_OT_job_retry(JobOperator, MuseumOperator):
    """Retry."""

    bl_idname = "museum.job_retry"
    bl_label = "Retry"
    bl_description = "Do this job again with the same seed"

    def run(self, context: bpy.types.Context) -> str:
        """Retry it."""
        actions.retry_job(context, self.key)
        return ""


class MUSEUM_OT_job_import(JobOperator, MuseumOperator):
    """Import again."""

    bl_idname = "museum.job_import"
    bl_label = "Import Again"
    bl_description = "Bring this job's result into the scene once more, at the 3D cursor"

    def run(self, context: bpy.types.Context) -> str:
        """Fetch and import it."""
        actions.import_job(context, self.key)
        return ""


class MUSEUM_OT_job_show(JobOperator, MuseumOperator):
    """Show."""

    bl_idname = "museum.job_show"
    bl_label = "Show"
    bl_description = "Select what this job made and bring it into view"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> str:
        """Frame it."""
        actions.show_job(context, self.key)
        return ""


class MUSEUM_OT_job_remove(JobOperator, MuseumOperator):
    """Remove."""

    bl_idname = "museum.job_remove"
    bl_label = "Remove"
    bl_description = "Take this job out of the list, cancelling it if it runs. Objects in the scene stay"

    def run(self, context: bpy.types.Context) -> str:
        """Remove it."""
        actions.remove_job(context, self.key)
        return ""


class MUSEUM_OT_job_copy_error(JobOperator, MuseumOperator):
    """Copy the error."""

    bl_idname = "museum.job_copy_error"
    bl_label = "Copy Error"
    bl_description = "Copy the error and the request, to send them to whoever can help"

    def run(self, context: bpy.types.Context) -> str:
        """Copy it."""
        actions.copy_error(context, self.key)
        return "The error is on the clipboard"


class MUSEUM_OT_job_clear_finished(JobOperator, MuseumOperator):
    """Clear finished jobs."""

    bl_idname = "museum.job_clear_finished"
    bl_label = "Clear Finished"
    bl_description = "Take all jobs out of the list that are cancelled or whose result is in the scene"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs one that is finished."""
        if context.scene is None or not any(actions.clearable(row) for row in context.scene.museum.jobs):
            cls.poll_message_set("No job is finished")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Clear them."""
        actions.clear_finished(context)
        return ""


CLASSES = (
    MUSEUM_OT_job_cancel,
    MUSEUM_OT_job_retry,
    MUSEUM_OT_job_import,
    MUSEUM_OT_job_show,
    MUSEUM_OT_job_remove,
    MUSEUM_OT_job_copy_error,
    MUSEUM_OT_job_clear_finished,
)
