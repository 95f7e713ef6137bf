"""Child processes of Blender: a clean environment, no console window, and ending a whole tree, on every system."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

# What would make a child Python find Blender's modules, or another environment's, instead of its own.
DROPPED = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONUSERBASE", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what misleads a child Python, plus ``extra``."""
    kept = {name: value for name, value in os.environ.items() if name.upper() not in DROPPED}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1", **(extra or {})}


def window_options() -> dict[str, Any]:
    """Options of subprocess that keep a console window from opening (Windows)."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {}


def start_group(
    command: list[str],
    *,
    env: Mapping[str, str],
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process as the head of its own group, so that signals for Blender do not reach it. Raises OSError."""
    options: dict[str, Any]
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    else:
        options = {"start_new_session": True}
    return subprocess.Popen(
        command, env=dict(env), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=cwd, **options
    )


def end_tree(process: subprocess.Popen[bytes], grace_seconds: float = 3.0) -> None:
    """End a process made by ``start_group`` and everything that it started; returns when it is gone."""
    if process.poll() is None:
        _signal_group(process, hard=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_seconds)
    _signal_group(process, hard=True)  # also those of its children who did not listen
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], *, hard: bool) -> None:
    if sys.platform == "win32":
        taskkill = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "taskkill.exe")
        # A console program has no window to be asked politely, so /F each time.
        subprocess.run([str(taskkill), "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGTERM)
        except (ProcessLookupError, PermissionError):
            return  # all gone already
