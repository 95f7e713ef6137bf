"""The one timer: brings what the session's threads found out to the main thread and into the scene."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy

from . import detail_actions, engines, history_actions, joblist, model_actions, preferences, sending, vocabulary
from .client import messages
from .core.errors import ImportFailed, MuseumError
from .core.jobs import Job, JobState
from .runtime import BackendStatus
from .scene import importer, painting, picture_results, texturing

if TYPE_CHECKING:
    from .runtime import Runtime

BUDGET_S = 0.004
BUSY_INTERVAL_S = 0.05
IDLE_INTERVAL_S = 0.25
CLOCK_INTERVAL_S = 1.0
CLOCK_ROWS = 256  # looked at in one tick; a tick must stay within its budget however long the list is
FETCHING = "Fetching the result"
LOG = logging.getLogger(__name__)


class Pump:
    """Drains the session's messages on Blender's main thread. Holds ids only, so undo and file loads do not hurt."""

    def __init__(self, state: Runtime) -> None:
        self._state = state
        # Blender knows a timer by the function object, and every access to a method makes a new one.
        self._timer = self._tick
        self._rows = joblist.RowFinder()
        self._clock = 0.0
        self._place: tuple[int, int] | None = None
        self._unfinished = False
        self._busy = True
        self.longest_tick_s = 0.0

    def start(self) -> None:
        """Run from now on, through file loads."""
        self._busy = self._unfinished = True
        if not bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.register(self._timer, first_interval=BUSY_INTERVAL_S, persistent=True)

    def stop(self) -> None:
        """Run no more."""
        if bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.unregister(self._timer)

    def forget_rows(self) -> None:
        """The rows that were seen are those of another file."""
        self._rows.forget()
        self._place = None

    def note_row(self, row: bpy.types.PropertyGroup) -> None:
        """A row of a job that ended long ago was added; an answer of that job shall find it."""
        self._rows.note(row)
        self._busy = True

    def _tick(self) -> float | None:
        if self._state.session is None:
            return None
        try:
            self.pump_once()
        except Exception:  # the timer's boundary: Blender would drop the timer, and every job with it
            LOG.exception("A message of the backend could not be worked off")
        return BUSY_INTERVAL_S if self._busy else IDLE_INTERVAL_S

    def pump_once(self, budget_s: float = BUDGET_S) -> bool:
        """Work off messages for budget_s seconds, then import at most one result. Answers whether anything changed."""
        session = self._state.session
        if session is None:
            return False
        begin = time.perf_counter()
        changed = self._run_clock(begin)
        model_actions.watch(self._state, begin)
        changed = history_actions.watch(self._state) or changed
        while time.perf_counter() - begin < budget_s:
            try:
                message = session.messages.get_nowait()
            except queue.Empty:
                break
            changed = self._apply(message) or changed
        self.longest_tick_s = max(self.longest_tick_s, time.perf_counter() - begin)
        changed = self._import_next() or changed
        if changed:
            redraw_sidebars()
        return changed

    def _run_clock(self, now: float) -> bool:
        """How long the running jobs have run: a round through all rows at most once a second, some rows a tick."""
        if self._place is None:
            if now - self._clock < CLOCK_INTERVAL_S:
                return False
            self._clock, self._place, self._unfinished = now, (0, 0), False
        scene_index, index = self._place
        changed = False
        rows = joblist.rows_from(scene_index, index, CLOCK_ROWS)
        for row in rows:
            self._rows.note(row)
            if row.state in joblist.UNFINISHED:
                self._busy = self._unfinished = True
                elapsed = joblist.elapsed_s(row.started, row.finished)
                changed = joblist.set_values(row, {"elapsed": elapsed}) or changed
        if len(rows) == CLOCK_ROWS:
            self._place = (scene_index, index + CLOCK_ROWS)
        elif scene_index + 1 < len(bpy.data.scenes):
            self._place = (scene_index + 1, 0)
        else:
            self._place = None
            self._busy = self._unfinished or bool(self._state.waiting)
        return changed

    def _apply(self, message: messages.Message) -> bool:
        """Bring one message to where it is shown. Answers whether anything changed."""
        if model_actions.take(self._state, message) or history_actions.take(self._state, message):
            return True
        match message:
            case messages.BackendChanged():
                self._state.backend = BackendStatus(
                    message.state, message.sentence, message.fix, message.url, message.version
                )
            case messages.InstallProgress():
                self._state.backend.install_fraction = message.fraction
                self._state.backend.install_step = message.step
            case messages.EnginesListed():
                self._state.engines = engines.choices_of(message.engines)
                self._state.engine_groups.update(self._state.engines)
                self._state.titles = {
                    f"{engine.get('task')}/{engine.get('name')}": str(engine.get("title")) for engine in message.engines
                }
                self._state.choices = vocabulary.choices_of(message.engines)
            case messages.JobSubmitted():
                return self._submitted(message)
            case messages.SubmitFailed() if message.idempotency_key in self._state.readings:
                return self._not_read(message.idempotency_key, message.message, message.fix)
            case messages.SubmitFailed():
                return self._problem(
                    joblist.row_by_key(message.idempotency_key), message.message, message.fix, "failed"
                )
            case messages.JobUpdated():
                return self._updated(message.job)
            case messages.JobUnknown():
                return self._problem(
                    self._rows.by_id(message.job_id),
                    "The backend does not know this job: its data was deleted, or it is another backend.",
                    "Retry to make the object anew, or choose the backend that it was made with.",
                    joblist.LOST,
                )
            case messages.ActionFailed():
                return self._problem(self._rows.by_id(message.job_id), message.message, message.fix)
            case messages.PreviewReady():
                self._state.previews.show(message.job_id, message.path)
            case messages.ResultReady():
                return self._result(message)
        return True

    def _submitted(self, message: messages.JobSubmitted) -> bool:
        if message.idempotency_key in self._state.abandoned and self._state.session:
            self._state.abandoned.discard(message.idempotency_key)
            self._state.session.cancel(message.job.id)
            return False
        found = joblist.row_by_key(message.idempotency_key)
        return found is not None and self._fill(found[1], message.job)

    def _fill(self, row: bpy.types.PropertyGroup, job: Job) -> bool:
        names = self._state.history.sent_names.get(job.idempotency_key, {})
        changed = joblist.fill(row, replace(job, error_message=sending.called(job.error_message, names)))
        self._rows.note(row)
        return changed

    def _not_read(self, key: str, message: str, fix: str) -> bool:
        """A prompt could not be read: the form says why."""
        scene = bpy.data.scenes.get(self._state.readings.pop(key, ""))
        if scene is not None:
            scene.museum.create.details.problem, scene.museum.create.details.remedy = message, fix
        return scene is not None

    def _read(self, ready: messages.ResultReady) -> bool:
        """How a prompt is understood."""
        scene = bpy.data.scenes.get(self._state.readings.pop(ready.job.idempotency_key, ""))
        if scene is not None:
            detail_actions.take_reading(scene, ready.result.get("data") or {})
        return scene is not None

    def _updated(self, job: Job) -> bool:
        if job.idempotency_key in self._state.readings and job.state in (JobState.FAILED, JobState.CANCELLED):
            return self._not_read(job.idempotency_key, job.error_message or "The reading was cancelled.", job.error_fix)
        found = self._rows.of(job)
        if found is None:
            return False
        row = found[1]
        changed = self._fill(row, job)
        resumed = job.id in self._state.resumed
        self._state.resumed.discard(job.id)
        if resumed and job.state is JobState.SUCCEEDED and not row.imported and self._state.session:
            self._state.session.fetch(job.id)  # it ended while nobody looked; a session fetches only what it saw end
        if job.state is JobState.SUCCEEDED and not row.imported and not row.error:
            changed = joblist.set_values(row, {"message": FETCHING}) or changed
        return changed

    def _problem(self, found: tuple | None, message: str, fix: str, state: str = "") -> bool:
        if found is not None:
            joblist.set_problem(found[1], message, fix, state)
        return found is not None

    def _result(self, ready: messages.ResultReady) -> bool:
        """Put a result into the waiting line, unless nobody wants it (removed row) or it is in the scene already."""
        if ready.job.idempotency_key in self._state.readings:
            return self._read(ready)
        found = self._rows.of(ready.job)
        if found is not None:
            history_actions.note(self._state, ready, found[1].target)
        if found is None or (found[1].imported and not ready.requested):
            return False
        if all(other.job.id != ready.job.id for other in self._state.waiting):
            self._state.waiting.append(ready)
        self._fill(found[1], ready.job)
        return True

    def _import_next(self) -> bool:
        """Import the oldest waiting result, if Blender is in a state that allows it."""
        waiting = self._state.waiting
        if not waiting:
            return False
        found = self._rows.of(waiting[0].job)
        if found is None:
            waiting.pop(0)
            return False
        scene, row = found
        obstacle = importer.obstacle(bpy.context)
        if obstacle:
            return joblist.set_values(row, {"message": obstacle})
        self._import(scene, row, waiting.pop(0))
        return True

    def _import(self, scene: bpy.types.Scene, row: bpy.types.PropertyGroup, ready: messages.ResultReady) -> None:
        """Import one result; whatever goes wrong with it stands in its row, and the row can be imported again."""
        place = tuple(scene.cursor.location) if row.imported else tuple(row.place)
        key, imported = row.name, row.imported
        try:
            self._bring(scene, row, ready, place)
        except MuseumError as error:
            self._not_imported(key, imported, ready.job, error)
        except Exception as error:  # the timer's boundary: the answer of a faulty backend may be anything
            LOG.exception("The result of job %s could not be brought into the scene", ready.job.id)
            self._not_imported(
                key,
                imported,
                ready.job,
                ImportFailed(
                    f"The result is not as expected ({type(error).__name__}: {error}).".replace("\n", " "),
                    "Retry the job; if it happens again, update the backend.",
                ),
            )

    def _bring(
        self,
        scene: bpy.types.Scene,
        row: bpy.types.PropertyGroup,
        ready: messages.ResultReady,
        place: tuple[float, ...],
    ) -> None:
        """Show and import a result. Its row says so before: undo shall find what is true after the import."""
        noticed = remarks(ready.result)
        picture = importer.file_with_role(ready, "preview")
        if picture is not None:
            self._state.previews.show(ready.job.id, picture)
        where = picture_results.place_of(row.task, row.target)
        done = {"imported": True, "message": where, "error": "", "fix": "", "remarks": noticed}
        joblist.set_values(row, done)
        if row.task == "text_to_image":
            storage = preferences.preferences(bpy.context).storage
            picture_results.apply_result(ready, scene, picture_results.use_of(row.target), place, storage)
            return
        if row.target:
            self._put_on(row, ready)
            return
        if not importer.import_result(bpy.context, ready, location=place, scene=scene):
            joblist.set_values(row, {"message": "Done"})

    def _put_on(self, row: bpy.types.PropertyGroup, ready: messages.ResultReady) -> None:
        """Give the row's object what was made for it."""
        if row.engine != "material":
            storage = preferences.preferences(bpy.context).storage
            painting.apply_result(ready, painting.PaintingTarget.from_text(row.target), storage)
        else:
            texturing.apply_result(ready, texturing.Target.from_text(row.target))

    def _not_imported(self, key: str, imported: bool, job: Job, error: MuseumError) -> None:
        found = joblist.row_by_key(key) or self._rows.of(job)
        if found is not None:
            found[1].imported = imported
            joblist.set_problem(found[1], error.message, error.fix)


def remarks(result: Mapping[str, Any]) -> str:
    """What the engine noticed, a sentence a line: words that it did not understand, doubtful sizes."""
    data = result.get("data")
    if not isinstance(data, Mapping):
        return ""
    words = [str(word) for word in data.get("not_understood") or ()]
    found = [f"Not understood: {', '.join(words)}."] if words else []
    found += [str(warning) for name in ("warnings", "notes") for warning in data.get(name) or ()]
    return "\n".join(" ".join(line.split()) for line in found)


def redraw_sidebars() -> None:
    """Have the sidebars of all 3D viewports drawn again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
