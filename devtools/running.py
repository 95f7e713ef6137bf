"""Running a command in one of the environments."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from museum_addon.client.processes import clean_environment

ROOT = Path(__file__).resolve().parents[1]


def run(python: Path, command: list[str], backend: Path | None = None) -> int:
    """Run something in an environment, in the checkout's root; returns its exit status.

    backend: the interpreter of the backend's environment, for whatever starts a server.
    """
    extra = {"MUSEUM_BACKEND_PYTHON": str(backend)} if backend is not None else {}
    sys.stdout.flush()
    return subprocess.run([os.fspath(python), *command], cwd=ROOT, env=clean_environment(extra), check=False).returncode
