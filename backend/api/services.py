"""What the routes work with: one object a server, handed to the app when it is made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..jobs.bell import Bell
from ..jobs.files import FileStore
from ..jobs.runner import Runner
from ..jobs.store import JobStore
from ..settings import Settings
from .survey import DeviceSurvey


class Presence:
    """Counts those who listen to all events: an embedded server stays while someone does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners = 0
        self._left_at: float | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Someone listens inside this block."""
        with self._lock:
            self._listeners += 1
        try:
            yield
        finally:
            with self._lock:
                self._listeners -= 1
                self._left_at = time.monotonic()

    def alone_since(self, start: float) -> tuple[float, bool] | None:
        """Since when nobody listens (monotonic clock) and whether anybody ever has; None when someone does."""
        with self._lock:
            if self._listeners:
                return None
            return (start, False) if self._left_at is None else (self._left_at, True)


@dataclass
class Services:
    """A running server's parts. stop: end the server; its argument says whether to end running jobs at once."""

    settings: Settings
    tokens: tuple[str, ...]
    store: JobStore
    files: FileStore
    runner: Runner
    bell: Bell
    stop: Callable[[bool], None]
    presence: Presence = field(default_factory=Presence)
    survey: DeviceSurvey = field(default_factory=DeviceSurvey)
    started: float = field(default_factory=time.monotonic)
    closing: threading.Event = field(default_factory=threading.Event)
