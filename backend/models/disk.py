"""Space on the disk of the models' folder."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BadInput, StorageFull

RESERVE_BYTES = 512 << 20
"""Left free for everything else on that disk."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


def free_bytes(folder: Path) -> int:
    """What is free where this folder is, or will be."""
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), None)
    return shutil.disk_usage(there).free if there is not None else 0


def check_space(folder: Path, wanted: int) -> None:
    """Raise StorageFull unless so many bytes, and a reserve, are free."""
    free = free_bytes(folder)
    if wanted and free < wanted + RESERVE_BYTES:
        raise StorageFull(
            f"{gigabytes(wanted)} are needed on the disk of {folder}, and {gigabytes(free)} are free.",
            "Free some space, or choose a models folder on another disk.",
        )


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the disk says into StorageFull or BadInput."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(
                f"The disk of {folder} is full.", "Free some space, or choose a models folder on another disk."
            ) from error
        raise BadInput(
            f"The models folder {folder} cannot be written to ({error.strerror}).", "Choose one you may write to."
        ) from error


def gigabytes(size: float) -> str:
    """A size for people: GB of 10^9 bytes, as disks are sold, or MB below one."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
