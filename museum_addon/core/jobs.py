"""What the extension knows of a job: the wire format of API version 1, read defensively."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .errors import UnexpectedAnswer


class JobState(StrEnum):
    """States of a job, in the order in which it passes through them."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen unless the user retries."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class ResultFile:
    """One file of a result. sha256: 64 hexadecimal digits; size: bytes."""

    name: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True)
class Job:
    """One job as the backend reported it. Times are ISO 8601 in UTC, or empty when not reached yet."""

    id: str
    task: str
    engine: str
    state: JobState
    label: str = ""
    idempotency_key: str = ""
    progress: float = 0.0
    message: str = ""
    attempt: int = 1
    created: str = ""
    started: str = ""
    finished: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    error_message: str = ""
    error_fix: str = ""
    results: tuple[ResultFile, ...] = ()

    @classmethod
    def from_json(cls, data: Any) -> Job:
        """Read the JSON of ``GET /v1/jobs/{id}``. Raises UnexpectedAnswer when it is not a job."""
        try:
            error = data.get("error") or {}
            return cls(
                id=str(data["id"]),
                task=str(data["task"]),
                engine=str(data["engine"]),
                state=JobState(data["state"]),
                label=str(data.get("label") or ""),
                idempotency_key=str(data.get("idempotency_key") or ""),
                progress=min(max(float(data.get("progress") or 0.0), 0.0), 1.0),
                message=str(data.get("message") or ""),
                attempt=int(data.get("attempt") or 1),
                created=str(data.get("created") or ""),
                started=str(data.get("started") or ""),
                finished=str(data.get("finished") or ""),
                params=dict(data.get("params") or {}),
                inputs={str(role): str(one) for role, one in dict(data.get("inputs") or {}).items()},
                error_message=str(error.get("detail") or error.get("title") or ""),
                error_fix=str(error.get("fix") or ""),
                results=tuple(
                    ResultFile(str(f["name"]), str(f["sha256"]), int(f["size"]), str(f["media_type"]))
                    for f in data.get("results") or ()
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise UnexpectedAnswer(
                f"The backend described a job in a way this version does not understand ({error!r}).",
                "Update the extension and the backend to the same version.",
            ) from error
