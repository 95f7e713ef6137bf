"""Where compiled functions are kept: a folder of its own for each state of the code that is compiled.

numba looks whether the file of a function has changed, not whether the functions that it calls in other files have:
after an update old machine code would run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from functools import cache
from pathlib import Path

CODE = Path(__file__).resolve().parent
DIGITS = 12
KEPT_S = 86400.0
"""How long a folder that no start has touched is kept: a server with other code may still use it."""


@cache
def code_digest(folder: Path = CODE) -> str:
    """Names the state of the Python files below a folder that use numba, by their paths and contents."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py"), key=lambda p: p.relative_to(folder).as_posix()):
        content = path.read_bytes()
        if b"numba" in content:
            found.update(f"{path.relative_to(folder).as_posix()}\n{len(content)}\n".encode())
            found.update(content)
    return found.hexdigest()[:DIGITS]


def made_ready(folder: Path) -> None:
    """Make the folder, and remove those beside it that belong to other states of the code and were left long ago."""
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for other in folder.parent.iterdir():
        with contextlib.suppress(OSError):  # another program may have removed it
            if other.is_dir() and time.time() - other.stat().st_mtime > KEPT_S:
                shutil.rmtree(other, ignore_errors=True)
