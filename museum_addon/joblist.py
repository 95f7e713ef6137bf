"""The rows of ``scene.museum.jobs``: finding them, filling them from jobs, keeping them through undo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import bpy

from .core.errors import InvalidRequest
from .core.jobs import Job, JobState
from .core.requests import JobRequest

if TYPE_CHECKING:
    from .properties import MUSEUM_PG_job

SENDING = "sending"
LOST = "lost"
UNFINISHED = (SENDING, JobState.QUEUED.value, JobState.RUNNING.value)
FIELDS = (
    "name", "job_id", "request", "label", "task", "engine", "state", "progress", "message", "error", "fix", "remarks",
    "attempt", "started", "finished", "elapsed", "imported", "target", "sends_files",
    "place",
)  # fmt: skip


def rows() -> Iterator[tuple[bpy.types.Scene, MUSEUM_PG_job]]:
    """Every row of every scene in the file."""
    for scene in bpy.data.scenes:
        for row in scene.museum.jobs:
            yield scene, row


def rows_from(scene_index: int, index: int, count: int) -> list[MUSEUM_PG_job]:
    """At most count rows of one scene, from an index on; none behind the last one, or the last scene."""
    scenes = bpy.data.scenes
    # A slice is found in one go; Blender walks to every single index anew.
    return list(scenes[scene_index].museum.jobs[index : index + count]) if scene_index < len(scenes) else []


def row_by_key(key: str) -> tuple[bpy.types.Scene, MUSEUM_PG_job] | None:
    """The row with this idempotency key, and its scene."""
    if not key:
        return None
    for scene in bpy.data.scenes:
        index = scene.museum.jobs.find(key)
        if index >= 0:
            return scene, scene.museum.jobs[index]
    return None


class RowFinder:
    """Finds rows by their job's id without a look at all of them each time. Holds ids and keys, no references.

    What it remembers is checked against the row before it is answered, so undo and other files do no harm. All rows
    are looked at again only for an id that is not known, and only when rows came or went since the last time.
    """

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._count = -1

    def note(self, row: MUSEUM_PG_job) -> None:
        """Remember which job the row is of."""
        if row.job_id:
            self._keys[row.job_id] = row.name

    def by_id(self, job_id: str) -> tuple[bpy.types.Scene, MUSEUM_PG_job] | None:
        """The row of the job with this id, and its scene."""
        found = self._remembered(job_id)
        count = sum(len(scene.museum.jobs) for scene in bpy.data.scenes)
        if found is None and job_id and count != self._count:
            self._keys.clear()
            self._count = count
            for _scene, row in rows():
                self.note(row)
            found = self._remembered(job_id)
        return found

    def of(self, job: Job) -> tuple[bpy.types.Scene, MUSEUM_PG_job] | None:
        """The row of a job, by its key or else by its id."""
        return row_by_key(job.idempotency_key) or self.by_id(job.id)

    def forget(self) -> None:
        """The rows are others now: look at all of them when the next one is asked for."""
        self._keys.clear()
        self._count = -1

    def _remembered(self, job_id: str) -> tuple[bpy.types.Scene, MUSEUM_PG_job] | None:
        found = row_by_key(self._keys.get(job_id, ""))
        return found if found is not None and found[1].job_id == job_id else None


def selected_row(scene: bpy.types.Scene) -> MUSEUM_PG_job | None:
    """The row that the Jobs list shows details of."""
    jobs = scene.museum.jobs
    index = scene.museum.jobs_index
    return jobs[index] if 0 <= index < len(jobs) else None


def row_or_selected(scene: bpy.types.Scene, key: str) -> MUSEUM_PG_job:
    """The row with this key, or the selected one for an empty key. Raises InvalidRequest when there is none."""
    found = row_by_key(key)
    row = found[1] if found else (None if key else selected_row(scene))
    if row is None:
        raise InvalidRequest("This job is not in the list.", "Select a job in the Jobs panel.")
    return row


def add_row(
    scene: bpy.types.Scene,
    request: JobRequest,
    place: tuple[float, float, float],
    target: str = "",
    *,
    sends_files: bool = False,
) -> MUSEUM_PG_job:
    """A row for a request that is about to be sent; it becomes the selected one.

    place: metres, world space, of a new object. target: what the result is for, as text, when it is for something.
    sends_files: whether a parcel goes with it.
    """
    row = scene.museum.jobs.add()
    row.name = request.idempotency_key
    row.request = json.dumps(request.to_json(), ensure_ascii=False)
    row.label = request.label
    row.task = request.task
    row.engine = request.engine
    row.place = place
    row.target = target
    row.sends_files = sends_files
    row.message = "Sending the request"
    scene.museum.jobs_index = len(scene.museum.jobs) - 1
    return row


def request_of(row: MUSEUM_PG_job) -> JobRequest:
    """The request that the row was made from, with its key. Raises InvalidRequest when it cannot be read."""
    try:
        return JobRequest(**json.loads(row.request))
    except (ValueError, TypeError) as error:
        raise InvalidRequest("This job's request is not in the file.", "Create the object anew.") from error


def fill(row: MUSEUM_PG_job, job: Job) -> bool:
    """Bring the row up to the job. Answers whether anything that is shown changed."""
    values: dict[str, Any] = {
        "job_id": job.id,
        "state": job.state.value,
        "progress": 1.0 if job.state is JobState.SUCCEEDED else job.progress,
        "message": job.message,
        "error": job.error_message,
        "fix": job.error_fix,
        "attempt": job.attempt,
        "started": job.started,
        "finished": job.finished,
        "elapsed": elapsed_s(job.started, job.finished),
    }
    if row.imported or job.state is JobState.SUCCEEDED:
        # What went wrong, or is being done, after the job itself is known here only.
        for name in ("message", "error", "fix"):
            values.pop(name)
    return set_values(row, values)


def set_values(row: MUSEUM_PG_job, values: dict[str, Any]) -> bool:
    """Write what differs (a write makes Blender redraw and re-evaluate). Answers whether anything did."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def set_problem(row: MUSEUM_PG_job, message: str, fix: str, state: str = "") -> None:
    """Put what went wrong, and what to do, into the row; the state changes only when one is given."""
    set_values(row, {"error": message, "fix": fix, "message": "", "state": state or row.state})


def elapsed_s(started: str, finished: str) -> float:
    """Seconds between two ISO 8601 times, up to now when the second is empty; 0 when it has not started."""
    try:
        begin = datetime.fromisoformat(started)
        end = datetime.fromisoformat(finished) if finished else datetime.now(UTC)
        return round(max((end - begin).total_seconds(), 0.0), 1)
    except (ValueError, TypeError):
        return 0.0


def snapshot() -> dict[int, list[dict[str, Any]]]:
    """All rows as plain data: scene session id -> rows. Undo must not take the knowledge of jobs away."""
    return {scene.session_uid: snapshot_of(scene) for scene in bpy.data.scenes}


def restore(kept: dict[int, list[dict[str, Any]]]) -> None:
    """Put the rows back as they were when the snapshot was taken."""
    for scene in bpy.data.scenes:
        values = kept.get(scene.session_uid)
        if values is None or values == snapshot_of(scene):
            continue
        index = scene.museum.jobs_index
        scene.museum.jobs.clear()
        for value in values:
            set_values(scene.museum.jobs.add(), value)
        scene.museum.jobs_index = min(index, len(values) - 1)


def snapshot_of(scene: bpy.types.Scene) -> list[dict[str, Any]]:
    """One scene's rows as plain data."""
    return [
        {name: tuple(row.place) if name == "place" else getattr(row, name) for name in FIELDS}
        for row in scene.museum.jobs
    ]
