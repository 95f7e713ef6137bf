"""Running a command in one of the environments."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from museum_addon.client.processes import clean_environment

ROOT = Path(__file__).resolve().parents[1]


def run(python: Path, command: list[str], backend: Path | None = None) -> int:
    """Run something in an environment, in the checkout's root; returns its exit status.

    backend: the interpreter of the backend's environment, for whatever starts a server.
    """
    sys.stdout.flush()
    return subprocess.run([os.fspath(python), *command], cwd=ROOT, env=_environment(backend), check=False).returncode


class Beside:
    """Commands that run one after the other while something else goes on; what they say goes to files.

    commands: (interpreter, arguments, log). As a context manager: leaving ends whatever still runs.
    """

    def __init__(self, commands: Sequence[tuple[Path, list[str], Path]], backend: Path | None = None) -> None:
        self._commands, self._backend = commands, backend
        self._statuses: list[int] = []
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Beside:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._ended = True
            running = self._running
        if running is not None and running.poll() is None:
            running.terminate()
        self._thread.join()

    def wait(self) -> list[int]:
        """The exit statuses of all, once they have ended."""
        self._thread.join()
        return self._statuses

    def _run(self) -> None:
        for python, command, log in self._commands:
            with log.open("wb") as file:
                with self._lock:
                    if self._ended:
                        return
                    self._running = subprocess.Popen(
                        [os.fspath(python), *command], cwd=ROOT, env=_environment(self._backend), stdout=file,
                        stderr=subprocess.STDOUT,
                    )  # fmt: skip
                self._statuses.append(self._running.wait())


def _environment(backend: Path | None) -> dict[str, str]:
    return clean_environment({"MUSEUM_BACKEND_PYTHON": str(backend)} if backend is not None else {})
