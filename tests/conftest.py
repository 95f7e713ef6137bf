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
    """A Python that has the backend's packages: MUSEUM_BACKEND_PYTHON, or the one that dev.py makes."""
    python = Path(os.environ.get("MUSEUM_BACKEND_PYTHON") or _default_python())
    if not python.is_file():
        pytest.skip(f"No environment for the backend: {python} is missing; `python3 dev.py test` makes it.")
    return python.absolute()


@pytest.fixture(scope="session")
def adopt_environment(backend_python: Path) -> Callable[[Path], None]:
    """Make a data folder whose embedded backend counts as installed: its environment is the given one."""
    from museum_addon.client.environment import InstallPlan, write_record
    from museum_addon.paths import DataPaths

    question = "import sys; print(sys.prefix); print(*sys.version_info[:3])"
    answer = subprocess.run([backend_python, "-c", question], capture_output=True, text=True, check=True).stdout
    prefix, version = answer.splitlines()

    def adopt(data_folder: Path) -> None:
        paths = DataPaths(data_folder)
        paths.backend.mkdir(parents=True, exist_ok=True)
        if not paths.environment.exists():
            paths.environment.symlink_to(prefix, target_is_directory=True)
        plan = InstallPlan.for_extension(paths, ROOT, None)
        write_record(plan, tuple(int(part) for part in version.split()))

    return adopt


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
