"""The contract between engines and whatever runs them (a worker process, the CLI, a test).

An engine is described by an ``EngineInfo`` that costs nothing to import (no numpy, no torch), and implemented by a
function ``run(context, params) -> EngineResult`` that is imported only where it runs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from .diffusion.residents import Residents

MAX_SEED = 2**31 - 1


class Params(BaseModel):
    """Parameters that every engine has. Unknown members are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    seed: int = Field(0, ge=0, le=MAX_SEED, description="The same seed and parameters give the same result.")


def folded_prompt(prompt: str) -> str:
    """Words with white space folded. Raises ValueError, which says what to do, for characters that no one types."""
    folded = " ".join(prompt.split())
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in folded):
        raise ValueError("the prompt contains control characters; type it again, or paste it as plain text")
    return folded


@dataclass(frozen=True)
class InputSpec:
    """A file that the engine takes. role: the key in the request's ``inputs``. numbers: first and last number when it
    takes several, as ``role.1``, ``role.2``, ...
    """

    role: str
    media_types: tuple[str, ...]
    required: bool
    description: str
    numbers: tuple[int, int] | None = None

    def takes(self, key: str) -> bool:
        """Whether a key of the request's ``inputs`` names this input."""
        if self.numbers is None:
            return key == self.role
        role, _, number = key.rpartition(".")
        plain = number.isascii() and number.isdecimal() and len(number) < 6 and str(int(number)) == number
        return role == self.role and plain and self.numbers[0] <= int(number) <= self.numbers[1]

    @property
    def written(self) -> str:
        """The keys, for people."""
        return self.role if self.numbers is None else f"{self.role}.{self.numbers[0]} to {self.role}.{self.numbers[1]}"


@dataclass(frozen=True)
class Availability:
    """Whether the engine can run on this machine; if not, why, and what to do."""

    available: bool
    reason: str = ""
    fix: str = ""


def always_available() -> Availability:
    """For engines that need nothing but the core dependencies."""
    return Availability(True)


@dataclass(frozen=True)
class EngineInfo:
    """What ``GET /v1/engines`` says of an engine.

    entry: ``"package.module:function"``, imported on first use. warm: likewise, a function without arguments that an
    idle worker may call to have the first job start quickly (compile, load); empty when importing the entry is enough.
    by_name_only: never chosen for a request that names no engine.
    """

    task: str
    name: str
    version: str
    title: str
    summary: str
    params: type[Params]
    entry: str
    warm: str = ""
    inputs: tuple[InputSpec, ...] = ()
    device: str = "cpu"
    licence: str = "GPL-3.0-or-later"
    weights: tuple[str, ...] = ()
    availability: Callable[[], Availability] = always_available
    by_name_only: bool = False

    def load(self) -> Callable[[JobContext, Any], EngineResult]:
        """Import and return the function that does the work."""
        return _imported(self.entry)

    def warm_up(self) -> None:
        """Do ahead what the first job would wait for. A worker may leave it in the middle and call it again."""
        self.load()
        if self.warm:
            _imported(self.warm)()


def _imported(entry: str) -> Any:
    module, _, function = entry.partition(":")
    return getattr(import_module(module), function)


class JobContext(Protocol):
    """What an engine may ask of the one who runs it.

    out_dir: an empty folder; files written there become results once the engine returns.
    inputs: role -> readable local path. keep_dir: a folder of this job alone, which need not exist yet; what lies in it
    is there again when the job is tried once more after a failure, and gone when it has succeeded.
    residents: loaded models that stay for the next job of this process.
    """

    out_dir: Path
    inputs: Mapping[str, Path]
    keep_dir: Path
    residents: Residents

    def progress(self, fraction: float, message: str) -> None:
        """Say how far the job is (0 to 1) and what is being done. Raises Cancelled when it was cancelled."""

    def log(self, text: str) -> None:
        """A line for whoever wants to know more."""

    def preview(self, png: bytes) -> None:
        """A picture of the state of things, at most 256 KiB."""

    def check_cancelled(self) -> None:
        """Raise Cancelled when the job was cancelled. Call it at least every 200 ms of work."""


@dataclass(frozen=True)
class ProducedFile:
    """A file in out_dir. role: what it is for ("model", "evidence", "preview", "layout", ...)."""

    name: str
    role: str
    media_type: str


@dataclass(frozen=True)
class EngineResult:
    """What an engine hands back. data: JSON about the result (sizes, spec, warnings, words not understood).

    certainty: (level 0-5, note). sources: dictionaries as in museum-paradata/1. models: all trained models that took
    part, the chief one first, as ``Prepared.models`` and ``LoraFile`` have them: id, revision, licence, sha256 (path ->
    digest), and role and weight where they have one. sampling: scheduler, steps, guidance, ... as they were used.
    """

    files: tuple[ProducedFile, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    certainty: tuple[int, str] = (0, "Imagined by an algorithm; nothing was observed.")
    digital_source_type: str = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
    sources: tuple[Mapping[str, str], ...] = ()
    models: tuple[Mapping[str, Any], ...] = ()
    sampling: Mapping[str, Any] = field(default_factory=dict)
