"""The Jobs panel: what is being made, what went wrong, and what to do about it."""

from __future__ import annotations

import bpy

from ..museum_addon import joblist, runtime
from ..museum_addon.scene import picture_results
from ..museum_addon.translations import CONTEXT, say
from .text import BOX_INSET, draw_text

ICONS = {
    "sending": "EXPORT",
    "queued": "SORTTIME",
    "running": "PLAY",
    "succeeded": "CHECKMARK",
    "failed": "ERROR",
    "cancelled": "CANCEL",
    "lost": "QUESTION",
}
WAITS = "PAUSE"
SCALE, RUNNING_SCALE = 4.0, 7.0
"""How large the picture of the selected job is, in lines."""
TITLES = {
    "sending": "Sending",
    "queued": "Waiting",
    "running": "Running",
    "succeeded": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "lost": "Unknown",
}


class MUSEUM_UL_jobs(bpy.types.UIList):
    """One row a job: what, how far, how long."""

    bl_idname = "MUSEUM_UL_jobs"

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: bpy.types.PropertyGroup,
        row: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: bpy.types.PropertyGroup,
        _active_property: str,
    ) -> None:
        """Draw one job."""
        split = layout.split(factor=0.7)
        picture = row_picture(row)
        if picture:
            split.label(text=row.label, icon_value=picture, translate=False)
        else:
            split.label(text=row.label, icon=row_icon(row), translate=False)
        if row.state == "running":
            split.progress(factor=row.progress, text=f"{row.progress:.0%}", translate=False)
        else:
            right = split.row()
            right.alignment = "RIGHT"
            right.label(text=duration(row.elapsed) if row.elapsed else TITLES.get(row.state, row.state))

    def filter_items(
        self, _context: bpy.types.Context, data: bpy.types.PropertyGroup, name: str
    ) -> tuple[list[int], list[int]]:
        """Newest first, and found by what they make."""
        rows = getattr(data, name)
        wanted = self.filter_name.casefold()
        shown = [self.bitflag_filter_item if wanted in row.label.casefold() else 0 for row in rows] if wanted else []
        return shown, list(range(len(rows) - 1, -1, -1))


class MUSEUM_PT_jobs(bpy.types.Panel):
    """Jobs of this scene."""

    bl_label = "Jobs"
    bl_idname = "MUSEUM_PT_jobs"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        """The list, and the selected job below it."""
        museum = context.scene.museum
        if not museum.jobs:
            draw_text(self.layout, context, "No jobs yet. What you ask for above appears here.", "INFO")
            return
        row = self.layout.row()
        row.template_list("MUSEUM_UL_jobs", "", museum, "jobs", museum, "jobs_index", rows=3)
        side = row.column(align=True)
        side.operator("museum.job_remove", text="", icon="REMOVE")
        side.separator()
        side.operator("museum.job_clear_finished", text="", icon="TRASH")
        selected = joblist.selected_row(context.scene)
        if selected is not None:
            draw_job(self.layout, context, selected)


def draw_job(layout: bpy.types.UILayout, context: bpy.types.Context, job: bpy.types.PropertyGroup) -> None:
    """One job's details and what can be done with it."""
    box = layout.box()
    picture = runtime.current().previews.icon(job.job_id)
    if picture:
        box.template_icon(icon_value=picture, scale=RUNNING_SCALE if job.state == "running" else SCALE)
    text = box.column(align=True)
    draw_text(text, context, job.label, inset=BOX_INSET)
    details = text.column(align=True)
    details.active = False
    draw_text(details, context, " · ".join(facts(job)), inset=BOX_INSET)
    if job.state == "running":
        box.progress(factor=job.progress, text=say(job.message), translate=False)
    elif job.message and not job.error and job.state != "cancelled":  # the line above says so
        draw_text(text, context, job.message, inset=BOX_INSET)
        if row_icon(job) == WAITS and context.mode != "OBJECT":
            box.operator("object.mode_set", text="Object Mode", icon="OBJECT_DATAMODE").mode = "OBJECT"
    if job.error:
        problem = box.column(align=True)
        draw_text(problem, context, job.error, "ERROR", inset=BOX_INSET)
        draw_text(problem, context, job.fix, "BLANK1", inset=BOX_INSET)
    for remark in job.remarks.splitlines():
        draw_text(box.column(align=True), context, remark, "INFO", inset=BOX_INSET)
    draw_buttons(box, job)


def facts(job: bpy.types.PropertyGroup) -> list[str]:
    """State, engine, how long, which attempt."""
    found = [say(TITLES.get(job.state, job.state))]
    title = engine_title(job.task, job.engine)
    if title:
        found.append(say(title))
    if job.elapsed:
        found.append(duration(job.elapsed))
    if job.attempt > 1:
        found.append(say("attempt {}").format(job.attempt))
    return found


def draw_buttons(layout: bpy.types.UILayout, job: bpy.types.PropertyGroup) -> None:
    """The buttons that fit the job's state."""
    buttons = layout.row(align=True)
    if job.state in joblist.UNFINISHED:
        if job.job_id:
            buttons.operator("museum.job_cancel", icon="CANCEL").key = job.name
        return
    if job.state == "succeeded":
        if job.imported and job.message not in picture_results.PLACES.values():  # those stand nowhere to be shown
            buttons.operator("museum.job_show", icon="VIEWZOOM").key = job.name
        buttons.operator("museum.job_import", icon="IMPORT").key = job.name
    if job.state != "succeeded" or job.error:
        buttons.operator("museum.job_retry", icon="FILE_REFRESH").key = job.name
    if job.error:
        buttons.operator("museum.job_copy_error", icon="COPYDOWN").key = job.name


def row_icon(row: bpy.types.PropertyGroup) -> str:
    """A job that was made and is not in the scene yet waits; one that could not be brought there shows its error."""
    if row.state == "succeeded" and not row.imported and not row.error:
        return WAITS
    return "ERROR" if row.error and not row.imported else ICONS.get(row.state, "QUESTION")


def row_picture(row: bpy.types.PropertyGroup) -> int:
    """The icon of what is being made, or was; 0 where the row's mark says more, or there is no picture yet."""
    if row.state == "running" or (row.state == "succeeded" and row_icon(row) == ICONS["succeeded"]):
        return runtime.current().previews.icon(row.job_id)
    return 0


def engine_title(task: str, name: str) -> str:
    """What people call the engine; empty before the backend was asked: its name means nothing to them."""
    return runtime.current().titles.get(f"{task}/{name}", "")


def duration(seconds: float) -> str:
    """Seconds, or minutes and seconds from 60 s on."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min"


CLASSES = (MUSEUM_UL_jobs, MUSEUM_PT_jobs)
