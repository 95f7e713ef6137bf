"""Runs one engine once and leaves a checked result behind. The worker process and the CLI do it in the same way."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..engines.base import EngineInfo, EngineResult, Params, ProducedFile
from ..engines.catalogue import checked_params
from ..engines.diffusion.residents import Residents
from ..errors import BackendError, BadInput, Cancelled, TooLarge
from ..paradata import InputFact, build_paradata, input_facts, sha256_of
from .files import RESULT_NAME, storage_errors
from .records import StoredFile, iso_time

RESULT_SCHEMA = "museum-result/1"
RESULT_FILE = "result.json"
MAX_PREVIEW_BYTES = 256 * 1024


class Reporter(Protocol):
    """Where a running job's news go."""

    def progress(self, fraction: float, message: str) -> None:
        """How far it is, 0 to 1, and what is being done."""

    def log(self, text: str) -> None:
        """A line for whoever wants to know more."""

    def preview(self, png: bytes) -> None:
        """A picture of the state of things."""

    def cancelled(self) -> bool:
        """Whether it was asked to stop."""


@dataclass(frozen=True)
class Outcome:
    """A finished result. files: everything in the folder, ``result.json`` last; data: what the engine said."""

    files: tuple[StoredFile, ...]
    data: Mapping[str, Any]


class RunningJob:
    """The JobContext that engines see."""

    def __init__(
        self, out_dir: Path, inputs: Mapping[str, Path], keep_dir: Path, residents: Residents, reporter: Reporter
    ) -> None:
        self.out_dir = out_dir
        self.inputs = inputs
        self.keep_dir = keep_dir
        self.residents = residents
        self._reporter = reporter

    def progress(self, fraction: float, message: str) -> None:
        """Say how far the job is. Raises Cancelled."""
        self.check_cancelled()
        self._reporter.progress(min(max(float(fraction), 0.0), 1.0), message)

    def log(self, text: str) -> None:
        """Say something to whoever wants to know more."""
        self._reporter.log(text)

    def preview(self, png: bytes) -> None:
        """Show the state of things; pictures above 256 KiB are not sent."""
        if len(png) <= MAX_PREVIEW_BYTES:
            self._reporter.preview(png)

    def check_cancelled(self) -> None:
        """Raise Cancelled when the job was cancelled."""
        if self._reporter.cancelled():
            raise Cancelled


def execute(
    info: EngineInfo,
    values: Mapping[str, Any],
    inputs: Mapping[str, Path],
    out_dir: Path,
    reporter: Reporter,
    max_result_bytes: int,
    keep_dir: Path | None = None,
    residents: Residents | None = None,
) -> Outcome:
    """Run the engine into the empty folder out_dir and write ``result.json`` there.

    inputs: role -> readable path. keep_dir: what the caller gives again when it tries once more, and deletes when it
    does not; None when it never will. residents: models that former jobs loaded; None when there are none. Raises
    BackendError for what a user can act on, Cancelled, and whatever else the engine raises.
    """
    started, clock = time.time(), time.monotonic()
    params = checked_params(info, values)
    check_roles(info, inputs)
    with storage_errors(), _kept(keep_dir) as kept:
        job = RunningJob(out_dir, inputs, kept, residents or Residents(), reporter)
        result = info.load()(job, params)
    job.check_cancelled()
    facts = input_facts(inputs)
    files = tuple(_checked_file(out_dir, file) for file in result.files)
    _check_total(files, max_result_bytes)
    path = out_dir / RESULT_FILE
    duration = round(time.monotonic() - clock, 6)
    _write_json(path, _result_json(info, params, facts, result, files, iso_time(started), duration))
    listed = StoredFile(RESULT_FILE, "result", "application/json", sha256_of(path), path.stat().st_size)
    return Outcome((*files, listed), dict(result.data))


@contextmanager
def _kept(keep_dir: Path | None) -> Iterator[Path]:
    if keep_dir is not None:
        yield keep_dir
        return
    with tempfile.TemporaryDirectory(prefix="museum-kept-") as folder:
        yield Path(folder)


def check_roles(info: EngineInfo, inputs: Mapping[str, Any]) -> None:
    """Raise BadInput for a missing input, or one that the engine does not know."""
    roles = sorted(spec.written for spec in info.inputs)
    takes = f"It takes {', '.join(roles)}." if roles else "Leave out the inputs."
    for role in inputs:
        if not any(spec.takes(role) for spec in info.inputs):
            raise BadInput(f'The engine {info.name} takes no input "{role}".', takes)
    for spec in info.inputs:
        if spec.required and not any(map(spec.takes, inputs)):
            raise BadInput(
                f'The engine {info.name} needs the input "{spec.role}".', f"Give a file: {spec.description}"
            )


def _result_json(
    info: EngineInfo,
    params: Params,
    facts: list[InputFact],
    result: EngineResult,
    files: tuple[StoredFile, ...],
    created: str | None,
    duration_s: float,
) -> dict[str, Any]:
    return {
        "schema": RESULT_SCHEMA,
        "task": info.task,
        "engine": info.name,
        "files": [file.to_json() for file in files],
        "data": dict(result.data),
        "paradata": build_paradata(info, params, facts, result, created, duration_s),
    }


def _checked_file(out_dir: Path, file: ProducedFile) -> StoredFile:
    """What the engine says it wrote, if it did. Raises BackendError: an engine's fault, not the user's."""
    path = out_dir / file.name
    if not RESULT_NAME.fullmatch(file.name) or file.name == RESULT_FILE:
        raise _faulty(f"The engine named a result {file.name!r}, which is no plain file name.")
    if path.is_symlink() or not path.is_file():
        raise _faulty(f"The engine did not write {file.name}.")
    size = path.stat().st_size
    if size == 0:
        raise _faulty(f"The engine wrote an empty {file.name}.")
    return StoredFile(file.name, file.role, file.media_type, sha256_of(path), size)


def _faulty(sentence: str) -> BackendError:
    return BackendError(sentence, "Retry; if it happens again, report it with the job's parameters.")


def _check_total(files: tuple[StoredFile, ...], max_result_bytes: int) -> None:
    total = sum(file.size for file in files)
    if total > max_result_bytes:
        raise TooLarge(
            f"The result has {total / 2**20:,.0f} MiB, more than the {max_result_bytes / 2**20:,.0f} MiB allowed.",
            "Ask for a smaller result, or raise the limit in the server's settings.",
        )


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        raise _faulty(f"The engine described its result in a way that is not JSON ({error}).") from error
    with storage_errors():
        path.write_text(text + "\n", encoding="utf-8")
