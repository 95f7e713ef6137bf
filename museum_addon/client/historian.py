"""The file of generations, ``<data>/history.jsonl``, and the thread that reads and writes it.

Several Blenders write to one file, so each line is added under a lock; nothing that stands there is ever changed.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import MuseumError
from ..core.history import RESULT, Generation, read_lines, to_line
from ..core.jobs import Job, JobState
from ..paths import DataPaths
from .commands import start_thread
from .downloads import already_there, check_declared
from .exclusive import exclusive
from .failures import disk_failure
from .fetching import read_result
from .messages import HistoryRead, HistoryTrouble, Message, ResultReady

MAX_READ_BYTES = 32 * 1024 * 1024
LOCK_SECONDS = 10.0
LOCK_WAIT_SECONDS = 0.02
MAX_RESULT_BYTES = 4 * 1024**3
CHECK_FOLDER = "Check the data folder in the preferences, then look again."


class HistoryFile:
    """The lines on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = path.with_suffix(".lock")

    def append(self, entries: Iterable[Generation]) -> None:
        """Add a line for each. Raises OSError, also when others hold the file for too long."""
        lines = []
        for entry in entries:
            try:
                lines.append(to_line(entry))
            except ValueError:
                continue  # a job that no line can hold is still with the backend
        if not lines:
            return
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            with exclusive(self._lock) as held:
                if held:
                    self._write(b"".join(lines))
                    return
            if time.monotonic() > deadline:
                raise TimeoutError("other programs hold the file")
            time.sleep(LOCK_WAIT_SECONDS)

    def read(self) -> tuple[tuple[Generation, ...], int]:
        """The entries, newest first, and how many lines are none; of a long file the newest part. Raises OSError."""
        try:
            with self.path.open("rb") as stream:
                size = stream.seek(0, os.SEEK_END)
                start = max(size - MAX_READ_BYTES, 0)
                stream.seek(start)
                data = stream.read()
        except FileNotFoundError:
            return (), 0
        if start:
            data = data.partition(b"\n")[2]
        return read_lines(data)

    def _write(self, data: bytes) -> None:
        """In one go, behind whole lines: one that was cut off by a crash is ended first."""
        with self.path.open("a+b") as stream:
            if stream.seek(0, os.SEEK_END):
                stream.seek(-1, os.SEEK_END)
                if stream.read(1) != b"\n":
                    data = b"\n" + data
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())


@dataclass(frozen=True)
class _Read:
    """Read the file."""


@dataclass(frozen=True)
class _Append:
    """Add lines."""

    entries: tuple[Generation, ...]


@dataclass(frozen=True)
class _Find:
    """Look for a result on this computer."""

    entry: Generation
    found: Callable[[ResultReady], None]
    missing: Callable[[], None]


class Historian:
    """Works off orders on a thread of its own, with or without a backend; what it has to say is in ``messages``."""

    def __init__(self, paths: DataPaths) -> None:
        self.paths = paths
        self.messages: queue.Queue[Message] = queue.Queue()
        self._file = HistoryFile(paths.history)
        self._orders: queue.Queue[_Read | _Append | _Find | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def read(self) -> None:
        """Read the file; answers HistoryRead or HistoryTrouble."""
        self._put(_Read())

    def append(self, entries: Iterable[Generation]) -> None:
        """Remember these; answers HistoryTrouble when they cannot be written."""
        self._put(_Append(tuple(entries)))

    def find(self, entry: Generation, found: Callable[[ResultReady], None], missing: Callable[[], None]) -> None:
        """Look for an entry's files on this computer; calls one of the two, on the thread."""
        self._put(_Find(entry, found, missing))

    def close(self, timeout: float = 2.0) -> None:
        """End the thread once it has written what it was given, waiting at most so many seconds."""
        if self._thread is not None:
            self._orders.put(None)
            self._thread.join(timeout)
            self._thread = None

    def _put(self, order: _Read | _Append | _Find) -> None:
        self._orders.put(order)
        if self._thread is None:
            self._thread = start_thread("history", self._run)

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            match order:
                case _Find(entry, found, missing):
                    ready = local_result(entry, self.paths)
                    if ready is not None:
                        found(ready)
                    else:
                        missing()
                case _:
                    self._file_order(order)

    def _file_order(self, order: _Read | _Append) -> None:
        try:
            if isinstance(order, _Append):
                self._file.append(order.entries)
            else:
                entries, skipped = self._file.read()
                for entry in entries:
                    entry.prepare()
                self.messages.put(HistoryRead(entries, skipped))
        except OSError as error:
            if isinstance(order, _Append):
                failure = disk_failure(error, "The history")
                self.messages.put(HistoryTrouble(failure.message, failure.fix))
            else:
                cause = error.strerror or type(error).__name__
                self.messages.put(HistoryTrouble(f"The history cannot be read: {cause}.", CHECK_FOLDER))


def local_result(entry: Generation, paths: DataPaths) -> ResultReady | None:
    """An entry's result if all of it lies on this computer, with the right checksums; else None."""
    if not any(file.name == RESULT for file in entry.files):
        return None
    try:
        folder = paths.result_folder(entry.id)
        for file in entry.files:
            check_declared(file, MAX_RESULT_BYTES)
            if not already_there(file, folder / file.name):
                return None
        files = {file.name: folder / file.name for file in entry.files}
        return ResultReady(job_of(entry), read_result(files), files, requested=True)
    except (ValueError, MuseumError):
        return None


def job_of(entry: Generation) -> Job:
    """The job of an entry, as far as it is remembered."""
    params = {"prompt": entry.prompt, **entry.params} if entry.prompt else dict(entry.params)
    return Job(
        id=entry.id, task=entry.task, engine=entry.engine, state=JobState.SUCCEEDED, label=entry.title, progress=1.0,
        finished=entry.when, params=params, inputs=entry.inputs, results=entry.files,
    )  # fmt: skip
