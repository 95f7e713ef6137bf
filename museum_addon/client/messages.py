"""What the session's threads tell the main thread. Plain data, put on a queue, read by the pump."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..core.history import Generation
from ..core.jobs import Job
from ..core.models import Listing
from ..core.resources import Resources


class BackendState(StrEnum):
    """What the Backend panel says in one line."""

    OFF = "off"  # not started yet, or stopped by the user
    NOT_INSTALLED = "not_installed"
    INSTALLING = "installing"
    UPDATE_NEEDED = "update_needed"  # installed for other lock files; installing again mends it
    STARTING = "starting"
    READY = "ready"
    UNREACHABLE = "unreachable"  # trying again by itself
    UNAUTHORISED = "unauthorised"
    OFFLINE = "offline"  # Blender's online access is off and the host is not this machine
    FAILED = "failed"


@dataclass(frozen=True)
class BackendChanged:
    """The backend's state. sentence: what is so; fix: what to do, empty when nothing."""

    state: BackendState
    sentence: str
    fix: str = ""
    url: str = ""
    version: str = ""


@dataclass(frozen=True)
class InstallProgress:
    """fraction: 0 to 1; step: what is being done, for people."""

    fraction: float
    step: str


@dataclass(frozen=True)
class EnginesListed:
    """The ``engines`` array of ``GET /v1/engines``."""

    engines: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class ModelsListed:
    """Which models there are, and how much of them is where the backend runs."""

    listing: Listing


@dataclass(frozen=True)
class ModelsTrouble:
    """Something about models did not get through. name: the model that it was about, empty for all."""

    name: str
    message: str
    fix: str


@dataclass(frozen=True)
class ResourcesListed:
    """What neural engines compute on, and which models are in memory."""

    resources: Resources


@dataclass(frozen=True)
class JobSubmitted:
    """The backend took the request with this idempotency key; ``job.id`` is known from now on."""

    idempotency_key: str
    job: Job


@dataclass(frozen=True)
class SubmitFailed:
    """The request never became a job."""

    idempotency_key: str
    message: str
    fix: str


@dataclass(frozen=True)
class JobUpdated:
    """A job's newest state; also sent for every known job after a (re)connection."""

    job: Job


@dataclass(frozen=True)
class JobUnknown:
    """The backend has never heard of this id (another backend, or its data was deleted)."""

    job_id: str


@dataclass(frozen=True)
class ActionFailed:
    """A cancel, retry or fetch of this job was refused or did not get through."""

    job_id: str
    action: str
    message: str
    fix: str


@dataclass(frozen=True)
class PreviewReady:
    """A preview picture lies at this path."""

    job_id: str
    path: Path


@dataclass(frozen=True)
class ResultReady:
    """All result files of a succeeded job are on this machine, complete and with the right checksums.

    result: the parsed ``result.json``; files: name -> path. requested: the user asked for it ("import again").
    """

    job: Job
    result: Mapping[str, Any]
    files: Mapping[str, Path] = field(default_factory=dict)
    requested: bool = False


@dataclass(frozen=True)
class HistoryRead:
    """What was generated as this computer remembers it, newest first. skipped: lines that could not be read."""

    entries: tuple[Generation, ...]
    skipped: int


@dataclass(frozen=True)
class HistoryFound:
    """Generations that the backend knows. passed: ids of all that were looked at; more: whether there are others."""

    entries: tuple[Generation, ...]
    passed: frozenset[str]
    more: bool


@dataclass(frozen=True)
class HistoryTrouble:
    """Something about the history did not work."""

    message: str
    fix: str


Message = (
    BackendChanged
    | InstallProgress
    | EnginesListed
    | JobSubmitted
    | SubmitFailed
    | JobUpdated
    | JobUnknown
    | ActionFailed
    | PreviewReady
    | ResultReady
    | ModelsListed
    | ModelsTrouble
    | ResourcesListed
    | HistoryRead
    | HistoryFound
    | HistoryTrouble
)
