"""Log files of the installer and the embedded server: bounded, one older one kept."""

from __future__ import annotations

import contextlib
from pathlib import Path

ROTATE_BYTES = 1024 * 1024
TAIL_BYTES = 8 * 1024


def rotate(path: Path) -> None:
    """Make room for a new log when the present one has grown. Raises OSError when there can be no folder for it.

    A log that cannot be moved goes on growing: Windows refuses while another program has it open.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        if path.stat().st_size > ROTATE_BYTES:
            path.replace(path.with_name(path.name + ".1"))


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log; empty when there is none."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(stream.tell() - TAIL_BYTES, 0))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def last_line(path: Path) -> str:
    """The last line that says something, shortened."""
    lines = [line.strip() for line in tail(path).splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
