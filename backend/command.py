"""What ``python -m backend run`` and ``check`` do: one job in this process, without a server."""

from __future__ import annotations

import difflib
import json
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .engines import catalogue
from .errors import BackendError, BadInput, StorageFull
from .jobs.execution import Outcome, check_roles, execute
from .jobs.files import FULL, storage_errors

log = logging.getLogger("museum.run")

MAX_RESULT_BYTES = 8 << 30
KEPT_FOLDER = "museum-kept"
"""Below the folder that the user names: that one may hold other things and is never deleted."""
CHECKED_PROMPT = "small terracotta bowl, 12 cm wide"


class _Quiet:
    """A reporter for a terminal: the log goes to standard error."""

    def progress(self, fraction: float, message: str) -> None:
        """Nobody watches."""

    def log(self, text: str) -> None:
        """A line on standard error."""
        sys.stderr.write(text + "\n")

    def preview(self, png: bytes) -> None:
        """Nobody watches."""

    def cancelled(self) -> bool:
        """A terminal interrupts instead."""
        return False


def gathered_params(file: Path | None, pairs: Sequence[str]) -> dict[str, Any]:
    """Parameters of the file, then ``k=v`` pairs over them; v is JSON, or else text. Raises BadInput."""
    params: dict[str, Any] = {}
    if file is not None:
        try:
            loaded = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(f"The parameter file {file} cannot be read ({error}).", "Give a JSON file.") from error
        if not isinstance(loaded, dict):
            raise BadInput(f"The parameter file {file} holds no JSON object.", 'Write {"name": value, ...}.')
        params.update(loaded)
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name:
            raise BadInput(f"--param {pair!r} has no value.", "Write --param name=value.")
        params[name] = _json_or_text(text)
    return params


def named_inputs(pairs: Sequence[str]) -> dict[str, Path]:
    """``name=path`` pairs. Raises BadInput for a file that cannot be read."""
    inputs = {}
    for pair in pairs:
        name, separator, path = pair.partition("=")
        if not separator or not name or not path:
            raise BadInput(f"--input {pair!r} names no file.", "Write --input name=path.")
        if not Path(path).is_file():
            raise BadInput(f"The input {name} is not there: {path}.", _nearest_file(Path(path)))
        inputs[name] = Path(path)
    return inputs


def run_into(
    task: str,
    engine: str,
    params: Mapping[str, Any],
    inputs: Mapping[str, Path],
    out: Path,
    keep: Path | None = None,
) -> dict[str, Any]:
    """Run one job and leave its files in the folder out; nothing at all when it fails. Returns what to print.

    keep: a folder in which the same command, given again after a failure, finds what was done.
    """
    kept = None if keep is None else keep / KEPT_FOLDER
    info = catalogue.runnable(catalogue.find(task, engine))
    catalogue.checked_params(info, params)
    check_roles(info, inputs)
    obstacles = [place for place in (out, *out.absolute().parents) if place.exists() and not place.is_dir()]
    if obstacles:
        raise BadInput(f"{obstacles[0]} is not a folder.", "Give --out a folder, or a name that is not taken.")
    with _beside(out) as folder:
        outcome = _guarded(info, params, inputs, folder, kept)
        with storage_errors():
            out.mkdir(parents=True, exist_ok=True)
            for file in outcome.files:
                (folder / file.name).replace(out / file.name)
    if kept is not None:
        shutil.rmtree(kept, ignore_errors=True)
    return {
        "task": info.task,
        "engine": info.name,
        "out": str(out),
        "files": [file.to_json() for file in outcome.files],
        "data": dict(outcome.data),
    }


def check() -> dict[str, Any]:
    """Make a small artifact in a folder that is thrown away: compiles and keeps what compiles, proves what works."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="museum-check-") as folder:
        params = {"prompt": CHECKED_PROMPT, "texture_size": 512}
        result = run_into("text_to_3d", "", params, {}, Path(folder) / "out")
    names = [file["name"] for file in result["files"]]
    return {"ok": True, "engine": result["engine"], "files": names, "seconds": round(time.monotonic() - started, 2)}


def _guarded(
    info: catalogue.EngineInfo,
    params: Mapping[str, Any],
    inputs: Mapping[str, Path],
    folder: Path,
    kept: Path | None,
) -> Outcome:
    """The command's one boundary: what an engine did not foresee becomes one line, with the traceback before it."""
    try:
        return execute(info, params, inputs, folder, _Quiet(), MAX_RESULT_BYTES, kept)
    except (BackendError, KeyboardInterrupt):
        raise
    except Exception as error:
        log.exception("the engine %s failed", info.name)
        raise BackendError(
            f"The engine {info.name} stopped with {type(error).__name__}: {error}",
            "Report it with the lines above and the parameters.",
        ) from error


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """An empty folder on the disk of out, which is gone afterwards."""
    parent = next(folder for folder in (out.absolute().parent, *out.absolute().parents) if folder.is_dir())
    try:
        folder = Path(tempfile.mkdtemp(prefix=".museum-", dir=parent))
    except OSError as error:
        if error.errno in FULL:
            fix = "Free some space, or give --out another place."
            raise StorageFull(f"The disk of {parent} is full.", fix) from error
        raise BadInput(f"{parent} cannot be written to.", "Give --out a folder you may write to.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _nearest_file(path: Path) -> str:
    if path.parent.is_dir():
        close = difflib.get_close_matches(path.name, [entry.name for entry in path.parent.iterdir()], n=2)
        if close:
            return f"Did you mean {' or '.join(close)}?"
    return "Check the path."
