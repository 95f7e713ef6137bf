"""Running a command in one of the environments."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from museum_addon.client.processes import clean_environment

ROOT = Path(__file__).resolve().parents[1]


def run(python: Path, command: list[str], backend: Path | None = None) -> int:
    """Run something in an environment, in the checkout's root; returns its exit status.

    backend: the interpreter of the backend's environment, for whatever starts a server.
    """
    sys.stdout.flush()
    return subprocess.run([os.fspath(python), *command], cwd=ROOT, env=_environment(backend), check=False).returncode


@contextmanager
def beside(
    python: Path, command: list[str], log: Path, backend: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The same while something else goes on; what it says goes to a file. Leaving ends it, should it still run."""
    with log.open("wb") as file:
        started = subprocess.Popen(
            [os.fspath(python), *command], cwd=ROOT, env=_environment(backend), stdout=file, stderr=subprocess.STDOUT
        )
        try:
            yield started
        finally:
            if started.poll() is None:
                started.terminate()
                started.wait()


def _environment(backend: Path | None) -> dict[str, str]:
    return clean_environment({"MUSEUM_BACKEND_PYTHON": str(backend)} if backend is not None else {})
