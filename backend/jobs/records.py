"""What the store hands out: jobs and their events, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

QUEUED = "queued"
RUNNING = "running"
SUCCEEDED = "succeeded"
FAILED = "failed"
CANCELLED = "cancelled"
STATES = (QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED)
ENDED = (SUCCEEDED, FAILED, CANCELLED)


@dataclass(frozen=True)
class NewJob:
    """A request that has been checked. inputs: role -> file id (SHA-256)."""

    task: str
    engine: str
    device: str
    label: str
    idempotency_key: str
    params: Mapping[str, Any]
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredFile:
    """One file of a result. sha256: its id in the content store; size: bytes."""

    name: str
    role: str
    media_type: str
    sha256: str
    size: int

    def to_json(self) -> dict[str, Any]:
        """As in ``job.results`` and ``result.json``."""
        return dict(vars(self))


@dataclass(frozen=True)
class Job:
    """One row of the store. Times are seconds since 1970, None when not reached.

    crashes: how many workers this job has ended since it was last asked for.
    """

    seq: int
    id: str
    task: str
    engine: str
    device: str
    label: str
    idempotency_key: str
    params: Mapping[str, Any]
    inputs: Mapping[str, str]
    state: str
    progress: float
    message: str
    attempt: int
    crashes: int
    cancel_requested: bool
    created: float
    queued: float
    started: float | None
    finished: float | None
    error: Mapping[str, Any] | None
    results: tuple[StoredFile, ...]

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen unless someone retries."""
        return self.state in ENDED

    def result(self, name: str) -> StoredFile | None:
        """The result file of this name."""
        return next((file for file in self.results if file.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """The job as API version 1 tells it."""
        return {
            "id": self.id,
            "task": self.task,
            "engine": self.engine,
            "label": self.label,
            "idempotency_key": self.idempotency_key,
            "params": dict(self.params),
            "inputs": dict(self.inputs),
            "state": self.state,
            "progress": self.progress,
            "message": self.message,
            "attempt": self.attempt,
            "created": iso_time(self.created),
            "started": iso_time(self.started),
            "finished": iso_time(self.finished),
            "timings": {
                "queued_s": _seconds_between(self.queued, self.started),
                "run_s": _seconds_between(self.started, self.finished),
            },
            "error": dict(self.error) if self.error is not None else None,
            "results": [file.to_json() for file in self.results],
        }


@dataclass(frozen=True)
class Event:
    """Something that happened to a job. id grows; data: JSON, always with ``job_id``."""

    id: int
    job_id: str
    kind: str
    data: str


def iso_time(seconds: float | None) -> str | None:
    """Seconds since 1970 as ISO 8601 in UTC, to the millisecond."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds_between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round(max(end - start, 0.0), 6)
