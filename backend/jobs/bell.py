"""Tells whoever waits that something happened, at once and across threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

Listener = Callable[[], None]
EVERYTHING = ""


class Bell:
    """Rings for one job, or for any. Listeners are called on the ringing thread and must return at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Listener]] = {}

    def listen(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call listener whenever topic (a job's id, or EVERYTHING) rings. Returns what ends that."""
        with self._lock:
            self._listeners.setdefault(topic, set()).add(listener)

        def forget() -> None:
            with self._lock:
                listeners = self._listeners.get(topic, set())
                listeners.discard(listener)
                if not listeners:
                    self._listeners.pop(topic, None)

        return forget

    def ring(self, topic: str = EVERYTHING) -> None:
        """Something happened to this job (or to none in particular)."""
        with self._lock:
            called = list(self._listeners.get(EVERYTHING, ()))
            if topic != EVERYTHING:
                called += self._listeners.get(topic, ())
        for listener in called:
            listener()

    def ring_all(self) -> None:
        """Wake every listener, whatever it waits for: the server ends."""
        with self._lock:
            called = [listener for listeners in self._listeners.values() for listener in listeners]
        for listener in called:
            listener()
