"""One device slot: its warm worker, and one job after the other on it."""

from __future__ import annotations

import logging
import queue
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from ..errors import BackendError, StorageFull, TimedOut
from ..settings import Settings
from .files import FileStore, checked_result_name
from .kept import KeptFolders
from .records import Job, StoredFile
from .resident_figures import HeldModels
from .store import JobStore
from .workerprocess import WorkerProcess

log = logging.getLogger("museum.slot")

NETWORK = "network"
"""The device of jobs that fetch."""
NEURAL = "neural"
"""The device of jobs that load models: one at a time, so that memory is fought over by nobody."""
NETWORK_TIME_LIMIT_S = 7 * 86400.0
"""A download takes as long as the connection makes it; it notices by itself when nothing comes."""
PROGRESS_EVERY_S = 0.1
MAX_LOG_LINES = 500
_CANCEL = {"type": "cancel-requested"}
_STOP = {"type": "stop-requested"}


@dataclass
class _Attempt:
    """What the slot knows of the attempt that it runs. Moments are of the monotonic clock."""

    job: Job
    folder: Path
    give_up_at: float
    kill_at: float | None = None
    timed_out: bool = False
    progress: tuple[float, str] | None = None
    progress_told_at: float = 0.0
    log_lines: int = 0
    ended: bool = False

    @property
    def out_dir(self) -> Path:
        """Where the engine writes."""
        return self.folder / "out"


class Slot:
    """Runs jobs of one device, one at a time. ``run`` is called by the slot's own thread, the rest by any."""

    def __init__(self, device: str, settings: Settings, store: JobStore, files: FileStore, kept: KeptFolders) -> None:
        self.device = device
        self._settings = settings
        self._store = store
        self._files = files
        self._kept = kept
        self._worker: WorkerProcess | None = None
        self._inbox: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._job_id = ""
        self._stopping = False

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return bool(self._job_id)

    @property
    def is_warm(self) -> bool:
        """Whether a worker waits for work."""
        return self._worker is not None

    def warm(self) -> WorkerProcess:
        """The worker; started if there is none."""
        if self._worker is None:
            self._inbox = queue.SimpleQueue()
            ahead = self.device not in (NETWORK, NEURAL)
            idle_s = self._settings.models_idle_s
            self._worker = WorkerProcess(self._settings.numba_cache, self._inbox, idle_s, ahead=ahead)
        return self._worker

    @property
    def held(self) -> HeldModels:
        """The models that the worker holds in memory."""
        worker = self._worker
        return worker.held if worker is not None else HeldModels()

    def cancel(self, job_id: str) -> None:
        """If this job runs here, have it stopped."""
        with self._lock:
            if self._job_id == job_id:
                self._inbox.put(_CANCEL)

    def release(self) -> None:
        """Have loaded models leave the memory."""
        worker = self._worker
        if worker is not None:
            worker.release()

    def stop(self) -> None:
        """The server ends: have the running job given back."""
        with self._lock:
            self._stopping = True
            self._inbox.put(_STOP)

    def close(self) -> None:
        """End the worker."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def run(self, job: Job) -> None:
        """Run one claimed job to its end, or to where it goes back into the queue."""
        folder = self._settings.scratch / f"{job.id}-{job.attempt}-{time.monotonic_ns()}"
        limit_s = NETWORK_TIME_LIMIT_S if self.device == NETWORK else self._settings.job_time_limit_s
        attempt = _Attempt(job, folder, time.monotonic() + limit_s)
        try:
            self._begin(attempt)
            self._start(attempt)
            while not attempt.ended:
                self._step(attempt)
        except (BackendError, OSError, SQLAlchemyError) as error:
            log.exception("job %s cannot go on", job.id)
            problem = _as_backend_error(error).to_problem()
            self._end_worker()
            self._finish(attempt, lambda: self._store.fail(job.id, job.attempt, problem))
        finally:
            with self._lock:
                self._job_id = ""

    def _begin(self, attempt: _Attempt) -> None:
        # A worker that died while it waited has left its LOST in the inbox: it is replaced, not blamed on this job.
        if self._worker is not None and _has_ended(self._inbox):
            self._end_worker()
        self.warm()
        with self._lock:
            self._job_id = attempt.job.id
            if self._stopping:
                self._inbox.put(_STOP)
        # From here on a cancel reaches the inbox; one that came before stands in the store.
        if self._store.get(attempt.job.id).cancel_requested:
            self._inbox.put(_CANCEL)

    def _start(self, attempt: _Attempt) -> None:
        job = attempt.job
        _make_folder(attempt.out_dir)
        given = attempt.folder / "in"
        inputs = {role: str(self._files.local_path(file_id, given)) for role, file_id in job.inputs.items()}
        self.warm().run(
            {
                "id": job.id,
                "task": job.task,
                "engine": job.engine,
                "params": dict(job.params),
                "inputs": inputs,
                "out_dir": str(attempt.out_dir),
                "keep_dir": str(self._kept.of(job.id)),
                "max_result_bytes": self._settings.max_result_mb << 20,
            }
        )

    def _step(self, attempt: _Attempt) -> None:
        """Handle the next message, or the moment that comes first."""
        try:
            message = self._inbox.get(timeout=self._patience(attempt))
        except queue.Empty:
            self._on_time(attempt)
            return
        kind = message["type"]
        if kind == "lost":
            self._on_lost(attempt)
        elif kind == "cancel-requested":
            self._ask_to_stop(attempt)
        elif kind == "stop-requested":
            self._end_worker()
            self._finish(attempt, lambda: self._store.release(attempt.job.id, attempt.job.attempt))
        elif message.get("job") == attempt.job.id:
            self._on_message(attempt, kind, message)
        self._tell_progress(attempt)

    def _patience(self, attempt: _Attempt) -> float:
        now = time.monotonic()
        moments = [attempt.give_up_at if attempt.kill_at is None else attempt.kill_at]
        if attempt.progress is not None:
            moments.append(attempt.progress_told_at + PROGRESS_EVERY_S)
        return max(min(moments) - now, 0.0) + 0.001

    def _on_time(self, attempt: _Attempt) -> None:
        now = time.monotonic()
        if attempt.kill_at is not None and now >= attempt.kill_at:
            self._end_worker()
            self._stopped(attempt)
        elif attempt.kill_at is None and now >= attempt.give_up_at:
            attempt.timed_out = True
            self._ask_to_stop(attempt)
        self._tell_progress(attempt)

    def _ask_to_stop(self, attempt: _Attempt) -> None:
        if attempt.kill_at is None:
            attempt.kill_at = time.monotonic() + self._settings.cancel_grace_s
            self.warm().cancel(attempt.job.id)

    def _on_message(self, attempt: _Attempt, kind: str, message: Mapping[str, Any]) -> None:
        job = attempt.job
        if kind == "progress":
            attempt.progress = (float(message["progress"]), str(message["message"]))
        elif kind == "log" and attempt.log_lines < MAX_LOG_LINES:
            attempt.log_lines += 1
            self._store.log(job.id, str(message["level"]), str(message["text"]))
        elif kind == "preview":
            self._store.preview(job.id, str(message["png"]))
        elif kind == "done":
            self._bring_home(attempt, message["files"])
        elif kind == "failed":
            problem = message["error"]
            self._finish(attempt, lambda: self._store.fail(job.id, job.attempt, problem))
        elif kind == "cancelled":
            self._stopped(attempt)

    def _stopped(self, attempt: _Attempt) -> None:
        job = attempt.job
        if not attempt.timed_out:
            self._finish(attempt, lambda: self._store.cancelled(job.id, job.attempt))
            self._kept.forget(job.id)
            return
        problem = TimedOut(
            f"The job ran longer than {self._settings.job_time_limit_s:g} s, the time that this server allows.",
            "Ask for a smaller result, or raise the job time limit in the server's settings.",
        ).to_problem()
        self._finish(attempt, lambda: self._store.fail(job.id, job.attempt, problem))

    def _on_lost(self, attempt: _Attempt) -> None:
        job, cause = attempt.job, self.warm().cause_of_end()
        log.error("job %s, attempt %d: %s", job.id, job.attempt, cause)
        self._end_worker()
        if attempt.timed_out:
            self._stopped(attempt)
        else:
            self._finish(attempt, lambda: self._store.crashed(job.id, job.attempt, cause))

    def _bring_home(self, attempt: _Attempt, listed: list[Mapping[str, Any]]) -> None:
        """Move the result files into the content store; only then is the job a success."""
        stored = []
        for file in listed:
            path = attempt.out_dir / checked_result_name(str(file["name"]))
            sha256, size = self._files.put(path, self._settings.max_result_mb << 20)
            if sha256 != file["sha256"]:
                raise BackendError(
                    f"The bytes of {file['name']} changed on their way into the store.", "Check the disk, then retry."
                )
            stored.append(StoredFile(str(file["name"]), str(file["role"]), str(file["media_type"]), sha256, size))
        job = attempt.job
        self._finish(attempt, lambda: self._store.succeed(job.id, job.attempt, stored))
        self._kept.forget(job.id)

    def _tell_progress(self, attempt: _Attempt) -> None:
        now = time.monotonic()
        if attempt.ended or attempt.progress is None or now - attempt.progress_told_at < PROGRESS_EVERY_S:
            return
        fraction, message = attempt.progress
        attempt.progress, attempt.progress_told_at = None, now
        self._store.progress(attempt.job.id, fraction, message)

    def _finish(self, attempt: _Attempt, note: Callable[[], Job | None]) -> None:
        """Write down how a job ended; when the store cannot be written as soon as it can, or at the next start."""
        attempt.ended = True
        # First of all, as what was left half-done may be what fills the disk.
        shutil.rmtree(attempt.folder, ignore_errors=True)
        while True:
            try:
                note()
                return
            except (StorageFull, SQLAlchemyError):
                log.exception("the end of a job cannot be noted")
                if self._stopping:
                    return
                time.sleep(1.0)

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()


def _has_ended(inbox: queue.SimpleQueue[Mapping[str, Any]]) -> bool:
    """Empty the inbox of an idle worker; whether it said that the worker is gone."""
    ended = False
    while not inbox.empty():
        ended = inbox.get()["type"] == "lost" or ended
    return ended


def _as_backend_error(error: Exception) -> BackendError:
    if isinstance(error, BackendError):
        return error
    return BackendError(
        f"The backend could not go on with the job ({type(error).__name__}: {str(error)[:200]}).",
        "Check the disk of the data folder and the backend's log, then retry.",
    )


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise StorageFull(f"The folder {path} cannot be made ({error}).", "Free some space on that disk.") from error
