"""What happens when a file is loaded and when the user undoes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import joblist, model_actions, runtime, sessions


@persistent
def before_load(*_arguments: Any) -> None:
    """Results that wait belong to rows of the file that is being closed; they are asked for when it is reopened."""
    state = runtime.current()
    state.waiting.clear()
    state.pump.forget_rows()


@persistent
def after_load(*_arguments: Any) -> None:
    """Take up the file's unfinished jobs. Not in background mode: a render must not start a backend."""
    overlay = runtime.current().overlay
    overlay.forget()
    overlay.settings_changed()
    if not bpy.app.background:
        sessions.resume_jobs(bpy.context)


def resume_soon() -> None:
    """Take up the jobs of the file that is open while the extension is being enabled, once Blender is ready for it."""
    if not bpy.app.background:
        bpy.app.timers.register(_resume_once, first_interval=0.0)


def forget_resuming() -> None:
    """Take back what ``resume_soon`` set going, if it has not happened yet."""
    if bpy.app.timers.is_registered(_resume_once):
        bpy.app.timers.unregister(_resume_once)


def _resume_once() -> None:
    runtime.current().overlay.settings_changed()
    sessions.resume_jobs(bpy.context)


@persistent
def before_undo(*_arguments: Any) -> None:
    """Undo takes objects back, but what is known of jobs stays true."""
    runtime.current().kept_rows = joblist.snapshot()


@persistent
def after_undo(*_arguments: Any) -> None:
    """Put the job rows back."""
    state = runtime.current()
    joblist.restore(state.kept_rows)
    state.kept_rows = {}
    state.overlay.forget()


@persistent
def after_change(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """What the overlay shows may look otherwise now."""
    runtime.current().overlay.changed(depsgraph)


@persistent
def before_render(*_arguments: Any) -> None:
    """The graphics card is wanted for a picture."""
    model_actions.rendering_begins(bpy.context)


@persistent
def after_render(*_arguments: Any) -> None:
    """The picture is there, or was given up."""
    model_actions.rendering_ends()


def all_handlers() -> list[tuple[list[Callable[..., None]], Callable[..., None]]]:
    """Blender's handler lists, each with what goes into it."""
    lists = bpy.app.handlers
    return [
        (lists.load_pre, before_load),
        (lists.load_post, after_load),
        (lists.undo_pre, before_undo),
        (lists.undo_post, after_undo),
        (lists.redo_pre, before_undo),
        (lists.redo_post, after_undo),
        (lists.depsgraph_update_post, after_change),
        (lists.render_init, before_render),
        (lists.render_complete, after_render),
        (lists.render_cancel, after_render),
    ]
