"""The durable list of jobs and of what happened to them. SQLAlchemy Core; SQLite by default, PostgreSQL by URL.

Every public method is one transaction and may be called from any thread. A job changes its state only from the state
that it is expected to be in, so that each job ends exactly once whoever comes second.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from ..errors import Conflict, NotFound, QueueFull, StorageFull, WorkerLost
from . import records
from .bell import Bell
from .records import Event, Job, NewJob, StoredFile
from .tables import events, files, jobs, open_database

MAX_ATTEMPTS = 2
"""How many workers one job may end before it is given up."""

MAX_INTERRUPTIONS = 50
"""How many killed servers one job may see: a job that takes the whole machine down shall not do so for ever."""


@dataclass
class _Writing:
    """One open write transaction and the jobs it touched."""

    connection: Connection
    touched: set[str] = field(default_factory=set)


class JobStore:
    """Jobs, events and known files. Rings ``bell`` with a job's id after each change that is on disk."""

    def __init__(self, url: str, bell: Bell) -> None:
        self._engine: Engine = open_database(url)
        self._bell = bell
        # One writer at a time in this process: event ids then become visible in the order in which they grow.
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close every connection; SQLite then folds its write-ahead log into the database."""
        self._engine.dispose()

    # Asking for work

    def add(self, new: NewJob, max_queue: int) -> tuple[Job, bool]:
        """The job of this request, and whether it is new: the same idempotency key answers the same job.

        Raises QueueFull.
        """
        try:
            with self._write() as writing:
                known = _row_of(writing.connection, jobs.c.idempotency_key == new.idempotency_key)
                if known is not None:
                    return _job(known), False
                if _count(writing.connection, records.QUEUED) >= max_queue:
                    raise QueueFull(
                        f"{max_queue:,} jobs are waiting, as many as this server takes.",
                        "Wait until some have run, or cancel some.",
                    )
                job_id = uuid.uuid4().hex
                writing.connection.execute(insert(jobs).values(_new_row(job_id, new, time.time())))
                return self._tell_state(writing, job_id), True
        except IntegrityError:
            # Another server on the same PostgreSQL was faster.
            with self._read() as connection:
                return _job(_row_of(connection, jobs.c.idempotency_key == new.idempotency_key)), False

    def get(self, job_id: str) -> Job:
        """One job. Raises NotFound."""
        with self._read() as connection:
            return _found(_row_of(connection, jobs.c.id == job_id), job_id)

    def listed(self, *, ids: Sequence[str] | None = None, state: str | None = None, limit: int = 200) -> list[Job]:
        """Jobs, newest first."""
        query: Select[Any] = select(jobs).order_by(jobs.c.seq.desc()).limit(limit)
        if ids is not None:
            query = query.where(jobs.c.id.in_(list(ids)))
        if state is not None:
            query = query.where(jobs.c.state == state)
        with self._read() as connection:
            return [_job(row) for row in connection.execute(query)]

    def count(self, state: str) -> int:
        """How many jobs are in this state."""
        with self._read() as connection:
            return _count(connection, state)

    def cancel(self, job_id: str) -> Job:
        """Cancel a waiting job, ask a running one to stop, leave an ended one as it is. Raises NotFound."""
        with self._write() as writing:
            job = _found(_row_of(writing.connection, jobs.c.id == job_id), job_id)
            if job.state == records.QUEUED:
                return self._end(writing, job, records.CANCELLED, message="Cancelled before it started.")
            if job.state == records.RUNNING and not job.cancel_requested:
                return self._change(writing, job_id, cancel_requested=True, message="Stopping")
            return job

    def retry(self, job_id: str, max_queue: int) -> Job:
        """Queue an ended job again, with the same parameters. Raises NotFound, Conflict, QueueFull."""
        with self._write() as writing:
            job = _found(_row_of(writing.connection, jobs.c.id == job_id), job_id)
            if not job.ended:
                raise Conflict(f"The job is {job.state}.", "Cancel it first, or wait until it has ended.")
            if _count(writing.connection, records.QUEUED) >= max_queue:
                raise QueueFull("Too many jobs are waiting.", "Wait until some have run, or cancel some.")
            # The story of the former run ends with an "end" event, at which a reader of the new run would stop.
            writing.connection.execute(delete(events).where(events.c.job_id == job_id))
            return self._change(writing, job_id, **_waiting_again(1), crashes=0, interruptions=0)

    # Doing the work

    def claim(self, device: str) -> Job | None:
        """Take the oldest waiting job of this device, or None. No other caller gets the same one."""
        oldest = (
            select(jobs.c.id)
            .where(jobs.c.state == records.QUEUED, jobs.c.device == device)
            .order_by(jobs.c.seq)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if not self._any_waiting(device):
            return None
        with self._write() as writing:
            job_id = writing.connection.execute(oldest).scalar()
            if job_id is None:
                return None
            return self._change(writing, job_id, state=records.RUNNING, started=time.time(), message="Started")

    def progress(self, job_id: str, fraction: float, message: str) -> None:
        """Note how far a running job is."""
        with self._write() as writing:
            writing.connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id, jobs.c.state == records.RUNNING)
                .values(progress=fraction, message=message)
            )
            self._tell(writing, job_id, "progress", {"progress": fraction, "message": message})

    def log(self, job_id: str, level: str, text: str) -> None:
        """Note a line of a job's log."""
        with self._write() as writing:
            self._tell(writing, job_id, "log", {"level": level, "text": text})

    def preview(self, job_id: str, png_base64: str) -> None:
        """Note the newest picture of a job; older ones are forgotten."""
        with self._write() as writing:
            writing.connection.execute(delete(events).where(events.c.job_id == job_id, events.c.kind == "preview"))
            self._tell(writing, job_id, "preview", {"png": png_base64})

    def succeed(self, job_id: str, attempt: int, results: Sequence[StoredFile]) -> Job | None:
        """The results are in the content store: say so. A job that was asked to stop ends as cancelled instead.

        None when this attempt is no longer the running one.
        """
        with self._write() as writing:
            job = self._running(writing, job_id, attempt)
            if job is None:
                return None
            if job.cancel_requested:
                return self._end(writing, job, records.CANCELLED, message="Cancelled.")
            for file in results:
                _note_file(writing.connection, file.sha256, file.size)
            listed = json.dumps([file.to_json() for file in results])
            return self._end(writing, job, records.SUCCEEDED, message="Done", progress=1.0, results=listed)

    def fail(self, job_id: str, attempt: int, problem: Mapping[str, Any]) -> Job | None:
        """The attempt ended with this problem (RFC 9457). None when it is no longer the running one."""
        with self._write() as writing:
            job = self._running(writing, job_id, attempt)
            return job and self._fail(writing, job, problem)

    def cancelled(self, job_id: str, attempt: int) -> Job | None:
        """The attempt stopped as it was asked to."""
        with self._write() as writing:
            job = self._running(writing, job_id, attempt)
            return job and self._end(writing, job, records.CANCELLED, message="Cancelled.")

    def crashed(self, job_id: str, attempt: int, cause: str) -> Job | None:
        """The worker ended in the middle of the attempt: queue it again, or give it up after MAX_ATTEMPTS."""
        with self._write() as writing:
            job = self._running(writing, job_id, attempt)
            if job is None:
                return None
            if job.cancel_requested:
                return self._end(writing, job, records.CANCELLED, message="Cancelled.")
            crashes = job.crashes + 1
            if crashes < MAX_ATTEMPTS:
                self._tell(writing, job_id, "log", {"level": "warning", "text": f"{cause} Trying again."})
                return self._change(writing, job_id, **_waiting_again(attempt + 1), crashes=crashes)
            error = WorkerLost(
                f"{cause} It was tried {crashes} times.",
                "Close other programs to free memory, ask for a smaller result, then retry; the log has more.",
            )
            return self._fail(writing, job, error.to_problem(), crashes=crashes)

    def release(self, job_id: str, attempt: int) -> Job | None:
        """The server ends in an orderly way: the running job waits for its next start, this attempt not counted."""
        with self._write() as writing:
            job = self._running(writing, job_id, attempt)
            if job is not None and job.cancel_requested:
                return self._end(writing, job, records.CANCELLED, message="Cancelled.")
            return job and self._change(writing, job_id, **_waiting_again(attempt))

    def recover(self) -> list[Job]:
        """Put the jobs that a killed server left running back into the queue. Called once, before any claim."""
        with self._write() as writing:
            left = writing.connection.execute(select(jobs).where(jobs.c.state == records.RUNNING)).all()
            return [self._recover_one(writing, row) for row in left]

    def _recover_one(self, writing: _Writing, row: Row[Any]) -> Job:
        job = _job(row)
        if job.cancel_requested:
            return self._end(writing, job, records.CANCELLED, message="Cancelled.")
        interruptions = row.interruptions + 1
        if interruptions >= MAX_INTERRUPTIONS:
            error = WorkerLost(
                f"The backend was ended {interruptions} times while this job ran.",
                "Ask for a smaller result, or run it on a machine with more memory.",
            )
            return self._fail(writing, job, error.to_problem())
        return self._change(writing, job.id, **_waiting_again(job.attempt + 1), interruptions=interruptions)

    # What happened

    def events_after(self, last_id: int, job_id: str | None = None, limit: int = 200) -> list[Event]:
        """Events with a greater id than last_id, oldest first."""
        query = select(events).where(events.c.id > last_id).order_by(events.c.id).limit(limit)
        if job_id is not None:
            query = query.where(events.c.job_id == job_id)
        with self._read() as connection:
            return [Event(row.id, row.job_id, row.kind, row.data) for row in connection.execute(query)]

    def last_event_id(self) -> int:
        """The newest event's id; 0 when there is none."""
        with self._read() as connection:
            return int(connection.execute(select(func.max(events.c.id))).scalar() or 0)

    def prune_events(self, older_than_s: float) -> int:
        """Forget events of ended jobs that are older than this, their last one excepted. Returns how many."""
        ended = select(jobs.c.id).where(jobs.c.state.in_(records.ENDED))
        with self._write() as writing:
            done = writing.connection.execute(
                delete(events).where(
                    events.c.created < time.time() - older_than_s, events.c.kind != "end", events.c.job_id.in_(ended)
                )
            )
            return int(done.rowcount)

    # Files

    def note_file(self, sha256: str, size: int) -> None:
        """The content store holds this file."""
        with self._write() as writing:
            _note_file(writing.connection, sha256, size)

    def known_files(self, ids: Iterable[str]) -> set[str]:
        """Which of these files the content store holds."""
        with self._read() as connection:
            return set(connection.execute(select(files.c.sha256).where(files.c.sha256.in_(list(ids)))).scalars())

    # How a transaction is made

    @contextmanager
    def _write(self) -> Iterator[_Writing]:
        try:
            with self._lock, self._engine.begin() as connection:
                writing = _Writing(connection)
                yield writing
        except OperationalError as error:
            if _is_full(error):
                raise StorageFull(
                    "The disk that holds the jobs is full.", "Free some space, or move the data folder."
                ) from error
            raise
        for job_id in writing.touched:
            self._bell.ring(job_id)

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(museum_read=True) as connection:
            yield connection

    def _any_waiting(self, device: str) -> bool:
        query = select(jobs.c.seq).where(jobs.c.state == records.QUEUED, jobs.c.device == device).limit(1)
        with self._read() as connection:
            return connection.execute(query).first() is not None

    def _running(self, writing: _Writing, job_id: str, attempt: int) -> Job | None:
        mine = (jobs.c.id == job_id) & (jobs.c.state == records.RUNNING) & (jobs.c.attempt == attempt)
        row = _row_of(writing.connection, mine)
        return None if row is None else _job(row)

    def _end(self, writing: _Writing, job: Job, state: str, **values: Any) -> Job:
        return self._change(writing, job.id, state=state, finished=time.time(), **values)

    def _fail(self, writing: _Writing, job: Job, problem: Mapping[str, Any], **values: Any) -> Job:
        error = json.dumps(dict(problem))
        return self._end(writing, job, records.FAILED, message=str(problem["detail"]), error=error, **values)

    def _change(self, writing: _Writing, job_id: str, **values: Any) -> Job:
        writing.connection.execute(update(jobs).where(jobs.c.id == job_id).values(**values))
        return self._tell_state(writing, job_id)

    def _tell_state(self, writing: _Writing, job_id: str) -> Job:
        job = _found(_row_of(writing.connection, jobs.c.id == job_id), job_id)
        self._tell(writing, job_id, "end" if job.ended else "state", {"job": job.to_json()})
        return job

    def _tell(self, writing: _Writing, job_id: str, kind: str, data: Mapping[str, Any]) -> None:
        text = json.dumps({"job_id": job_id, **data})
        writing.connection.execute(
            insert(events).values(job_id=job_id, kind=kind, data=text, created=time.time())
        )
        writing.touched.add(job_id)


def _is_full(error: OperationalError) -> bool:
    text = str(error.orig).lower()
    return "disk is full" in text or "no space left" in text or "could not extend file" in text


def _row_of(connection: Connection, condition: Any) -> Row[Any] | None:
    return connection.execute(select(jobs).where(condition)).first()


def _count(connection: Connection, state: str) -> int:
    return int(connection.execute(select(func.count()).select_from(jobs).where(jobs.c.state == state)).scalar_one())


def _found(row: Row[Any] | None, job_id: str) -> Job:
    if row is None:
        raise NotFound(f"There is no job {job_id[:64]}.", "List the jobs to see which this backend knows.")
    return _job(row)


def _note_file(connection: Connection, sha256: str, size: int) -> None:
    if connection.execute(select(files.c.size).where(files.c.sha256 == sha256)).first() is None:
        connection.execute(insert(files).values(sha256=sha256, size=size, created=time.time()))


def _waiting_again(attempt: int) -> dict[str, Any]:
    """The columns of a job that goes back into the queue."""
    return {
        "state": records.QUEUED,
        "attempt": attempt,
        "queued": time.time(),
        "started": None,
        "finished": None,
        "progress": 0.0,
        "message": "Waiting",
        "cancel_requested": False,
        "error": None,
        "results": "[]",
    }


def _new_row(job_id: str, new: NewJob, now: float) -> dict[str, Any]:
    return {
        **_waiting_again(1),
        "id": job_id,
        "task": new.task,
        "engine": new.engine,
        "device": new.device,
        "label": new.label,
        "idempotency_key": new.idempotency_key,
        "params": json.dumps(dict(new.params)),
        "inputs": json.dumps(dict(new.inputs)),
        "crashes": 0,
        "interruptions": 0,
        "created": now,
        "queued": now,
    }


def _job(row: Row[Any] | None) -> Job:
    assert row is not None
    values = dict(row._mapping)
    values.pop("interruptions")
    values["params"] = json.loads(values["params"])
    values["inputs"] = json.loads(values["inputs"])
    values["error"] = json.loads(values["error"]) if values["error"] else None
    values["results"] = tuple(StoredFile(**file) for file in json.loads(values["results"]))
    return Job(**values)
