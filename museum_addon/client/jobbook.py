"""Which jobs this session is about, and which results it still has to fetch. Thread-safe, without I/O."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from dataclasses import replace

from ..core.jobs import Job, JobState
from ..core.models import TASK as MODELS
from .messages import JobSubmitted, JobUnknown, JobUpdated, Message


class JobBook:
    """Turns what the backend says into messages, about this session's own jobs only.

    A backend serves several Blenders: jobs that were neither submitted by this session nor made known to it are
    passed over in silence. Those that fetch models are everybody's, and leave nothing to be brought here.
    """

    def __init__(self, messages: queue.Queue[Message], fetch: queue.Queue[tuple[Job, bool] | None]) -> None:
        """fetch: takes jobs whose results are to be downloaded, and whether the user asked for it."""
        self._messages = messages
        self._fetch = fetch
        self._lock = threading.Lock()
        self._waiting_keys: set[str] = set()
        self._known: dict[str, Job | None] = {}
        self._unfetched: set[str] = set()
        self._fetched: dict[str, str] = {}

    def expect(self, idempotency_key: str) -> None:
        """A request with this key is about to be sent."""
        with self._lock:
            self._waiting_keys.add(idempotency_key)

    def give_up(self, idempotency_key: str) -> bool:
        """The request failed. Returns False when the backend turned out to have taken it after all."""
        with self._lock:
            expected = idempotency_key in self._waiting_keys
            self._waiting_keys.discard(idempotency_key)
            return expected

    def add(self, job_ids: Iterable[str]) -> None:
        """Jobs of a reopened file."""
        with self._lock:
            for job_id in job_ids:
                self._known.setdefault(job_id, None)

    def known(self) -> tuple[str, ...]:
        """All ids of this session."""
        with self._lock:
            return tuple(self._known)

    def accept(self, job: Job) -> None:
        """The backend answered a submission. Its events may have come first; then nothing new is said."""
        with self._lock:
            if self._take_key(job):
                self._note(job)

    def update(self, job: Job) -> None:
        """A newer state of any job of the backend."""
        with self._lock:
            if self._take_key(job) or job.id in self._known or job.task == MODELS:
                self._note(job)

    def take_over(self, jobs: Iterable[Job]) -> None:
        """Jobs that somebody else asked for."""
        with self._lock:
            for job in jobs:
                self._note(job)

    def revive(self, job: Job) -> None:
        """The user had an ended job retried: its result will be fetched again."""
        with self._lock:
            self._known.setdefault(job.id, None)
            self._unfetched.add(job.id)
            self._note(job)

    def progress(self, job_id: str, fraction: float, message: str) -> None:
        """Progress of a running job."""
        with self._lock:
            job = self._known.get(job_id)
            if job is not None and not job.state.ended:
                self._note(replace(job, state=JobState.RUNNING, progress=fraction, message=message))

    def owns(self, job_id: str) -> bool:
        """Whether this session is about the job."""
        with self._lock:
            return job_id in self._known

    def refresh(self, asked: Iterable[str], found: Iterable[Job]) -> None:
        """The backend's answer about some known jobs."""
        with self._lock:
            jobs = {job.id: job for job in found}
            for job_id in asked:
                if job_id in jobs:
                    self._note(jobs[job_id], always=True)
                else:
                    self._known.pop(job_id, None)
                    self._unfetched.discard(job_id)
                    self._messages.put(JobUnknown(job_id))

    def _take_key(self, job: Job) -> bool:
        if job.idempotency_key not in self._waiting_keys:
            return False
        self._waiting_keys.remove(job.idempotency_key)
        self._messages.put(JobSubmitted(job.idempotency_key, job))
        self._unfetched.add(job.id)
        return True

    def _note(self, job: Job, *, always: bool = False) -> None:
        """Remember and pass on. A job seen unfinished once is fetched when it succeeds, once for each time it ends.

        After a reconnection the stream repeats what the refreshed list said already, which is why the time of
        ending is remembered.
        """
        if always or self._known.get(job.id) != job:
            self._known[job.id] = job
            self._messages.put(JobUpdated(job))
        if job.task == MODELS:
            return
        if not job.state.ended:
            self._unfetched.add(job.id)
        elif job.id in self._unfetched:
            self._unfetched.discard(job.id)
            if job.state is JobState.SUCCEEDED and self._fetched.get(job.id) != job.finished:
                self._fetched[job.id] = job.finished
                self._fetch.put((job, False))
