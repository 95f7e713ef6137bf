"""One file on its way here: goes on where it broke off, and nothing is written once it is given up."""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import DamagedModel, HubUnreachable
from . import safety
from .digest import CHUNK, Digest
from .disk import writing
from .hub import Answer, HubBusy, PartRefused, RemoteFile

PART = ".part"


@dataclass(frozen=True)
class Patience:
    """silence_s: how long the other side may say nothing. tries: how often in a row without a single byte.

    pause_s: before the second try; twice as long before each further one. longest_s: the most that a hub which asks to
    be left alone is left alone.
    """

    silence_s: float = 30.0
    tries: int = 5
    pause_s: float = 1.0
    longest_s: float = 60.0

    def before(self, attempt: int, failure: Exception | None) -> float:
        """Seconds to wait before the next attempt, the first having the number 0."""
        asked = failure.wait_s if isinstance(failure, HubBusy) else 0.0
        return max(self.pause_s * 2 ** (attempt - 1) if attempt else 0.0, min(asked, self.longest_s))


class _Given(Exception):
    """The transfer was given up."""


class Transfer:
    """``run`` on any thread; ``abandon`` and ``received`` from any other.

    opened: the answer with the bytes from a place on. target: where the file shall lie; what has come so far lies
    beside it, under the same name with ``.part``.
    """

    def __init__(self, opened: Callable[[int], Answer], file: RemoteFile, target: Path, patience: Patience) -> None:
        self.received = 0
        self.fetched = 0
        self._opened = opened
        self._file = file
        self._target = target
        self._part = target.with_name(target.name + PART)
        self._patience = patience
        self._digest = Digest(file)
        self._head = b""
        self._lock = threading.Lock()
        self._given_up = threading.Event()

    def abandon(self) -> None:
        """Nobody wants it now. When this returns nothing is written any more; what has come stays for another time."""
        with self._lock:
            self._given_up.set()

    def run(self) -> str:
        """Fetch what is missing and move the file into place. Returns its SHA-256.

        Raises HubRefused, HubUnreachable, DamagedModel, UnsafeModel, StorageFull.
        """
        try:
            with writing(self._target.parent):
                self._target.parent.mkdir(parents=True, exist_ok=True)
                stream = self._part.open("ab+")
            with stream:
                resumed = self._take_up(stream)
                self._complete(stream)
                if resumed and not self._digest.fits:
                    # What lay there was of another time, or damaged: once more from the beginning.
                    self._begin_anew(stream)
                    self._complete(stream)
            self._put_into_place()
        except _Given:
            return ""
        except DamagedModel:
            with self._lock:
                # Once it is given up the file may be somebody else's.
                if not self._given_up.is_set():
                    self._part.unlink(missing_ok=True)
            raise
        return self._digest.sha256

    def _take_up(self, stream: BinaryIO) -> bool:
        """Count what an earlier time has left; whether that is anything."""
        stream.seek(0)
        while chunk := stream.read(CHUNK):
            self._check_wanted()
            self._digest.update(chunk)
            self.received += len(chunk)
            self._look_at(chunk)
        if self.received > self._file.size:
            self._begin_anew(stream)
        return self.received > 0

    def _begin_anew(self, stream: BinaryIO) -> None:
        with self._lock:
            self._check_wanted()
            stream.truncate(0)
            self.received = 0
            self._head = b""
            self._digest = Digest(self._file)

    def _complete(self, stream: BinaryIO) -> None:
        fruitless = 0
        while self.received < self._file.size:
            before = self.received
            failure = self._attempted(stream)
            fruitless = 0 if self.received > before else fruitless + 1
            if fruitless >= self._patience.tries:
                raise HubUnreachable(
                    f"{self._file.path} does not come ({self._told(failure)}); what has come so far is kept.",
                    "Check the connection, then retry: it goes on from there.",
                )
            if self._given_up.wait(self._patience.before(fruitless, failure)):
                raise _Given

    def _attempted(self, stream: BinaryIO) -> Exception | None:
        """Take what one answer gives; what went wrong, if it may go better another time."""
        try:
            self._fetch(stream)
        except PartRefused as error:
            self._begin_anew(stream)
            return error
        except (OSError, http.client.HTTPException, HubUnreachable) as error:
            return error
        return None

    def _told(self, failure: Exception | None) -> str:
        if isinstance(failure, TimeoutError):
            return f"nothing came for {self._patience.silence_s:g} s"
        return str(failure or "it broke off").rstrip(".") or type(failure).__name__

    def _fetch(self, stream: BinaryIO) -> None:
        """Take what one answer gives."""
        with self._opened(self.received) as answer:
            if self.received and answer.status != http.client.PARTIAL_CONTENT:
                self._begin_anew(stream)
            elif self.received and not _begins_at(answer, self.received):
                raise HubUnreachable("The hub sends another part of the file than was asked for.", "Retry.")
            while self.received < self._file.size and (chunk := answer.read1(CHUNK)):
                self._take(stream, chunk)

    def _take(self, stream: BinaryIO, chunk: bytes) -> None:
        if self.received + len(chunk) > self._file.size:
            raise DamagedModel(f"{self._file.path} is longer than the hub said.", "Retry, or use another mirror.")
        with self._lock:
            self._check_wanted()
            with writing(self._target.parent):
                stream.write(chunk)
                # Nothing may be left for a later moment, when somebody else may write here.
                stream.flush()
            self._digest.update(chunk)
            self.received += len(chunk)
            self.fetched += len(chunk)
        self._look_at(chunk)

    def _look_at(self, chunk: bytes) -> None:
        """What begins as it must not is not fetched to its end."""
        enough = min(safety.HEAD_BYTES, self._file.size)
        if len(self._head) < enough:
            self._head += chunk[: enough - len(self._head)]
            if len(self._head) == enough:
                safety.check_head(self._file.path, self._head, self._file.size)

    def _put_into_place(self) -> None:
        if not self._digest.fits:
            raise DamagedModel(
                f"The bytes of {self._file.path} are not those that the hub speaks of.",
                "Retry; if it happens again, the mirror or the connection changes files on their way.",
            )
        safety.check_file(self._part, self._file.path)
        with self._lock:
            self._check_wanted()
            with writing(self._target.parent):
                with self._part.open("rb+") as stream:
                    os.fsync(stream.fileno())
                self._part.replace(self._target)

    def _check_wanted(self) -> None:
        if self._given_up.is_set():
            raise _Given


def _begins_at(answer: Answer, place: int) -> bool:
    return (answer.headers.get("Content-Range") or "").replace(" ", "").startswith(f"bytes{place}-")
