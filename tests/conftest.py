"""What tests of both programs share: where the checkout is, and an environment that the backend runs in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


def _default_python() -> Path:
    folder = ROOT / ".venv-backend"
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@pytest.fixture(scope="session")
def backend_python() -> Path:
    """A Python that has the backend's packages: MUSEUM_BACKEND_PYTHON, or the one that dev.py makes.

    The embedded backend of every session in the tests runs with it; nothing is installed.
    """
    python = Path(os.environ.get("MUSEUM_BACKEND_PYTHON") or _default_python())
    if not python.is_file():
        pytest.skip(f"No environment for the backend: {python} is missing; `python3 dev.py test` makes it.")
    os.environ["MUSEUM_BACKEND_PYTHON"] = str(python.absolute())
    return python.absolute()


@pytest.fixture(scope="session")
def run_backend(backend_python: Path) -> Callable[..., Path]:
    """The backend's command line: make one result below a folder and answer the folder."""

    def run(out: Path, task: str, **params: object) -> Path:
        command = [str(backend_python), "-m", "backend", "run", task, "--out", str(out)]
        for name, value in params.items():
            command += ["--param", f"{name}={value}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return out

    return run
