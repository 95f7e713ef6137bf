"""Finds a Python from which the backend's environment can be made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import InstallError
from .processes import clean_environment, window_options

SUPPORTED = ((3, 11), (3, 12), (3, 13))
SUPPORTED_TEXT = "3.11, 3.12 or 3.13"
PROBE_SECONDS = 20.0
PROBE = """
import importlib.util, json, struct, sys, sysconfig
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "usable": struct.calcsize("P") == 8 and not sysconfig.get_config_var("Py_GIL_DISABLED")
        and sys.implementation.name == "cpython",
    "venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that ran. usable: 64 bit CPython with the usual ABI; venv: it can make environments."""

    path: Path
    version: tuple[int, int, int]
    usable: bool
    venv: bool

    @property
    def supported(self) -> bool:
        """Whether lock files exist for it."""
        return self.usable and self.version[:2] in SUPPORTED


def probe(path: Path) -> Interpreter | None:
    """Run an interpreter and ask what it is; None when it does not run."""
    try:
        done = subprocess.run(
            [str(path), "-I", "-c", PROBE],
            capture_output=True,
            timeout=PROBE_SECONDS,
            env=clean_environment(),
            check=True,
            stdin=subprocess.DEVNULL,
            **window_options(),
        )
        answer = json.loads(done.stdout)
        major, minor, patch = answer["version"]
        return Interpreter(path, (major, minor, patch), bool(answer["usable"]), bool(answer["venv"]))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError, RecursionError):
        return None


def find_python(preferred: Path | None = None) -> Interpreter:
    """The interpreter to use. Raises InstallError that says which one to install.

    preferred: the user's choice; it is taken or refused, never replaced by another.
    """
    if preferred is not None:
        return _checked(preferred)
    without_venv: Interpreter | None = None
    for path in candidates():
        found = probe(path)
        if found is None or not found.supported:
            continue
        if found.venv:
            return found
        without_venv = without_venv or found
    if without_venv is not None:
        raise _no_venv(without_venv)
    raise InstallError(
        f"No Python {SUPPORTED_TEXT} was found on this computer.",
        "Install Python 3.13 from python.org (on Linux: from your distribution), or name one in the preferences.",
    )


def _checked(path: Path) -> Interpreter:
    found = probe(path)
    if found is None:
        raise InstallError(
            f"The Python named in the preferences does not run: {path}.",
            f"Choose the program file of a Python {SUPPORTED_TEXT}, or leave the field empty.",
        )
    if not found.supported:
        version = ".".join(map(str, found.version))
        raise InstallError(
            f"The Python named in the preferences is version {version}"
            + ("." if found.usable else ", of a kind that the backend's packages are not built for."),
            f"Choose a 64-bit Python {SUPPORTED_TEXT}, or leave the field empty.",
        )
    if not found.venv:
        raise _no_venv(found)
    return found


def _no_venv(found: Interpreter) -> InstallError:
    name = f"python{found.version[0]}.{found.version[1]}"
    return InstallError(
        f"The Python at {found.path} cannot make environments: its venv part is missing.",
        f'Install it (on Debian and Ubuntu: "sudo apt install {name}-venv"), or choose another in the preferences.',
    )


def candidates() -> Iterator[Path]:
    """Where a Python may be, likeliest first, each once."""
    seen: set[Path] = set()
    for path in _all_candidates():
        # Not resolved: an environment's interpreter is a link, and works only under its own name.
        if path not in seen and path.is_file():
            seen.add(path)
            yield path


def _all_candidates() -> Iterator[Path]:
    if sys.executable:
        yield Path(sys.executable)
    versions = [f"{major}.{minor}" for major, minor in reversed(SUPPORTED)]
    for name in [*(f"python{version}" for version in versions), "python3", "python"]:
        found = shutil.which(name)
        if found:
            yield Path(found)
    if sys.platform == "win32":
        yield from _windows_candidates(versions)
    else:
        folders = [Path("/usr/bin"), Path("/usr/local/bin"), Path("/opt/homebrew/bin")]
        folders += [Path(f"/Library/Frameworks/Python.framework/Versions/{version}/bin") for version in versions]
        yield from (folder / f"python{version}" for folder in folders for version in versions)
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
        for version in versions:
            yield from sorted(pyenv.glob(f"{version}.*/bin/python{version}"), reverse=True)


def _windows_candidates(versions: list[str]) -> Iterator[Path]:
    launcher = shutil.which("py")
    for version in versions:
        if launcher:
            try:
                done = subprocess.run(
                    [launcher, f"-{version}", "-c", "import sys; print(sys.executable)"],
                    capture_output=True,
                    text=True,
                    timeout=PROBE_SECONDS,
                    check=True,
                    **window_options(),
                )
                yield Path(done.stdout.strip())
            except (OSError, subprocess.SubprocessError):
                pass  # this version is not installed
        short = version.replace(".", "")
        for base in ("LOCALAPPDATA", "ProgramFiles"):
            folder = os.environ.get(base)
            if folder:
                inner = Path(folder, "Programs", "Python") if base == "LOCALAPPDATA" else Path(folder)
                yield inner / f"Python{short}" / "python.exe"
