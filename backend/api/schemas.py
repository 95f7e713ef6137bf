"""Requests and answers of API version 1."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
FileId = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of an uploaded file")]
MAX_LABEL = 200
Role = Annotated[str, Field(min_length=1, max_length=80)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class JobBody(_Request):
    """The body of ``POST /v1/jobs``. An empty engine means: the first of this task that can run here."""

    task: str = Field(min_length=1, max_length=80)
    engine: str = Field("", max_length=80)
    params: dict[str, Any] = Field(default_factory=dict, description="What the engine's schema says.")
    inputs: dict[Role, FileId] = Field(default_factory=dict)
    idempotency_key: str = Field(default_factory=lambda: uuid.uuid4().hex, pattern=r"^[\x21-\x7e]{1,128}$")
    label: str = Field("", description=f"What lists show; {MAX_LABEL} characters are kept.")

    @field_validator("label")
    @classmethod
    def _printable(cls, label: str) -> str:
        kinds = ((character, unicodedata.category(character)) for character in label[:MAX_LABEL])
        return "".join(" " if kind in ("Cc", "Cs") else character for character, kind in kinds)


class ShutdownBody(_Request):
    """The body of ``POST /v1/shutdown``. now: do not wait for the running job; it goes back to the queue."""

    now: bool = False


class ReleaseBody(_Request):
    """The body of ``POST /v1/release``. hold_s: no job that loads models begins for so long; 0 ends that."""

    hold_s: float = Field(0.0, ge=0.0, le=3600.0, allow_inf_nan=False)


class Problem(BaseModel):
    """An error, as RFC 9457 has it, and what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    fix: str


class Health(BaseModel):
    """Answer of ``GET /v1/health``."""

    status: Literal["ok"] = "ok"
    version: str
    protocol: int
    uptime_s: float


class StoredUpload(BaseModel):
    """Answer of ``POST /v1/files``."""

    id: FileId
    size: int


class ResultFile(BaseModel):
    """One file of a result."""

    name: str
    role: str
    media_type: str
    sha256: FileId
    size: int


class Timings(BaseModel):
    """Seconds; null when not known yet."""

    queued_s: float | None
    run_s: float | None


class Job(BaseModel):
    """A job."""

    id: str
    task: str
    engine: str
    label: str
    idempotency_key: str
    params: dict[str, Any]
    inputs: dict[str, str]
    state: State
    progress: float = Field(ge=0.0, le=1.0)
    message: str
    attempt: int = Field(ge=1)
    created: str
    started: str | None
    finished: str | None
    timings: Timings
    error: Problem | None
    results: list[ResultFile]


class JobList(BaseModel):
    """Answer of ``GET /v1/jobs``."""

    jobs: list[Job]


class EngineInput(BaseModel):
    """A file that an engine takes."""

    role: str
    media_types: list[str]
    required: bool
    description: str
    numbers: tuple[int, int] | None = None


class Engine(BaseModel):
    """An engine, and whether it can run here."""

    task: str
    name: str
    version: str
    title: str
    summary: str
    available: bool
    reason: str
    fix: str
    device: str
    licence: str
    weights: list[str]
    inputs: list[EngineInput]
    params: dict[str, Any]


class EngineList(BaseModel):
    """Answer of ``GET /v1/engines``."""

    engines: list[Engine]


class ModelLicence(BaseModel):
    """terms: what it asks for. accept: whether it has to be accepted; accepted: whether nothing stands in the way."""

    id: str
    title: str
    terms: str
    url: str
    accept: bool
    accepted: bool


class Model(BaseModel):
    """A model of the catalogue. folder, revision_here, origin: where it lies, empty when it cannot be loaded."""

    id: str
    title: str
    hub: str
    revision: str
    pinned: bool
    missing: str
    size_bytes: int
    gated: bool
    notes: str
    licence: ModelLicence
    state: Literal["ready", "partial", "damaged", "absent"]
    bytes_here: int
    origin: Literal["pulled", "folder", "cache", ""]
    folder: str
    revision_here: str
    problem: str
    fix: str


class ModelMemory(BaseModel):
    """GB of a graphics card's memory, about; null for a plan that cannot be used."""

    full: float
    model_offload: float | None
    sequential_offload: float | None
    source: str


class ModelUse(BaseModel):
    """An engine and the models that it works with. ready: whether all it cannot do without are here."""

    id: str
    title: str
    task: str
    engine: str
    pipeline: str
    models: dict[str, str]
    optional: dict[str, str]
    memory: ModelMemory
    notes: str
    ready: bool
    size_bytes: int


class ModelList(BaseModel):
    """Answer of ``GET /v1/models``. token: where one was found, never what it is."""

    folder: str
    more_folders: list[str]
    free_bytes: int
    offline: bool
    hub: str
    token: str
    models: list[Model]
    uses: list[ModelUse]


class RemovedModel(BaseModel):
    """Answer of ``DELETE /v1/models/{id}``."""

    id: str
    freed_bytes: int


class ComputingDevice(BaseModel):
    """What neural engines compute on. reason, fix: where it cannot be used. free_bytes: when it was looked at last."""

    kind: str
    name: str
    address: str
    precision: str
    total_bytes: int
    free_bytes: int
    reason: str
    fix: str


class ResidentModel(BaseModel):
    """A model in memory. plan: how it is arranged. idle_s: since a job used it last."""

    title: str
    device: str
    plan: str
    bytes: int
    idle_s: float
    in_use: bool


class Resources(BaseModel):
    """Answer of ``GET /v1/resources``. neural: whether the neural tier is installed. devices: null while they are
    looked for. held_s: for how long no job that loads models begins.
    """

    neural: bool
    devices: list[ComputingDevice] | None
    residents: list[ResidentModel]
    idle_limit_s: float
    held_s: float


class Accepted(BaseModel):
    """Answer of ``POST /v1/shutdown`` and ``POST /v1/release``."""

    status: Literal["stopping", "releasing"] = "stopping"
