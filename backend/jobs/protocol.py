"""JSON lines between the runner and its worker processes, and a guard for the stream they travel on."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from typing import IO, Any

NOT_AHEAD = "--not-ahead"
"""An argument of the worker: compile nothing while there is no job."""
IDLE_OPTION = "--models-idle-s="
"""An argument of the worker, with seconds behind it: when models that nobody uses leave the memory."""


class Wire:
    """Writes messages, one line each, from any thread."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, kind: str, **members: Any) -> None:
        """Write one message. Raises OSError or ValueError when the other side is gone."""
        line = json.dumps({"type": kind, **members}) + "\n"
        with self._lock:
            self._stream.write(line)
            self._stream.flush()


def parse(line: str) -> Mapping[str, Any] | None:
    """The message on this line, or None when it is not one."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) and isinstance(message.get("type"), str) else None


def guard_stdout() -> IO[str]:
    """Keep the real standard output for the caller; whatever else writes to it, C libraries included, goes to stderr.

    Returns the real one, UTF-8, lines ending in a line feed on every platform.
    """
    real = os.dup(1)
    sys.stdout.flush()
    os.dup2(2, 1)
    return os.fdopen(real, "w", encoding="utf-8", newline="\n")


def guard_stdin() -> IO[str]:
    """Keep the real standard input for the caller and give everybody else an empty one.

    On Windows a library that looks at standard input while a thread reads from it waits until that read returns:
    with the descriptor replaced there is nothing to wait for.
    """
    real = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return os.fdopen(real, "r", encoding="utf-8", newline="\n")
