"""The session with the backend: made for the settings there are, and asked about the jobs of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from . import joblist, preferences, runtime
from .client.messages import BackendState
from .core.errors import InvalidRequest, OnlineAccessDenied
from .core.jobs import JobState

if TYPE_CHECKING:
    from .client.session import Session

NEVER_SENT = "This job was not sent before the file was closed."


def session(context: bpy.types.Context) -> Session:
    """The session with the backend, made when there is none for the present settings; it takes up the file's jobs.

    A row that is about to be sent is added afterwards: one that is there already was left behind by another session.
    Raises OnlineAccessDenied for one on another computer offline.
    """
    if preferences.on_another_computer(preferences.preferences(context)) and not bpy.app.online_access:
        raise OnlineAccessDenied(
            "Blender is offline, and the backend is on another computer.",
            'Turn on "Allow Online Access" in the preferences under System.',
        )
    state = runtime.current()
    former = state.session
    running = state.open_session(preferences.session_settings(context))
    if running is not former:
        _take_up(running)
    return running


def resume_jobs(context: bpy.types.Context) -> int:
    """Ask the backend about every job of the file that has not ended or has not arrived. Answers how many.

    For a file that has just been opened: what is still to be sent in it was never sent.
    """
    state = runtime.current()
    former = state.session
    ids = _unfinished_ids()
    if ids:
        try:
            running = session(context)
            if running is former:
                _ask(running, ids)
        except (OnlineAccessDenied, InvalidRequest) as error:
            backend = state.backend
            backend.state, backend.sentence, backend.fix = BackendState.OFFLINE, error.message, error.fix
    return len(ids)


def _take_up(running: Session) -> None:
    """Have a new session know the jobs that earlier ones left unfinished."""
    ids = _unfinished_ids()
    if ids:
        _ask(running, ids)


def _ask(running: Session, ids: list[str]) -> None:
    runtime.current().resumed.update(ids)
    running.know(ids)


def _unfinished_ids() -> list[str]:
    """Ids of the jobs that somebody has to ask about; a row without one was never sent, and is told so.

    Those that another backend did not know are among them: this may be the one that they were made with.
    """
    ids = []
    for _scene, row in joblist.rows():
        if row.state == joblist.SENDING and not row.job_id:
            joblist.set_problem(row, NEVER_SENT, "Press Retry to send it.", "failed")
        elif row.job_id and (row.state in (*joblist.UNFINISHED, joblist.LOST) or _not_arrived(row)):
            ids.append(row.job_id)
    return ids


def _not_arrived(row: bpy.types.PropertyGroup) -> bool:
    return row.state == JobState.SUCCEEDED.value and not row.imported and not row.error
