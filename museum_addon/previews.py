"""Pictures of jobs as icons for panels. Drawing asks for what is there; what is missing is loaded by a timer."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import bpy
import bpy.utils.previews

MAX_ICONS = 128
"""How many are kept: each takes about 0.3 MB."""
MAX_WANTED = 256
LOADS_A_TURN = 8
TURN_S = 0.05


def nowhere(_job_id: str) -> Path | None:
    """Until it is known where pictures lie."""
    return None


class Previews:
    """Preview pictures of jobs. The one that was not looked at for longest leaves when there are too many.

    find: where the picture of a job lies, None where there is none. changed: called when pictures have come.
    """

    def __init__(
        self,
        find: Callable[[str], Path | None] = nowhere,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.find = find
        self.changed = changed
        self._icons: Any = None
        self._used: dict[str, None] = {}
        self._wanted: dict[str, None] = {}
        self._absent: set[str] = set()
        self._seconds = count(1)
        # Blender knows a timer by the function object, and every access to a method makes a new one.
        self._timer = self._tick

    def show(self, job_id: str, path: Path) -> None:
        """Use the picture at path for the job from now on."""
        if self._icons is None:
            self._icons = bpy.utils.previews.new()
        self.forget(job_id)
        if path.name.startswith("."):
            # Blender keeps thumbnails by path and second of change: two previews of one second would look alike.
            with contextlib.suppress(OSError):
                changed = int(path.stat().st_mtime) + next(self._seconds)
                os.utime(path, (changed, changed))
        self._icons.load(job_id, str(path), "IMAGE")
        self._used[job_id] = None
        while len(self._used) > MAX_ICONS:
            self.forget(next(iter(self._used)))

    def forget(self, job_id: str) -> None:
        """Give the memory of the job's picture back, if it has one."""
        self._wanted.pop(job_id, None)
        self._absent.discard(job_id)
        self._used.pop(job_id, None)
        if self._icons is not None and job_id in self._icons:
            del self._icons[job_id]

    def icon(self, job_id: str) -> int:
        """The icon's number for the layout, 0 without a picture. Reads nothing; one that lies somewhere comes."""
        picture = self._icons.get(job_id) if self._icons is not None else None
        if picture is not None:
            self._used[job_id] = self._used.pop(job_id, None)
            return int(picture.icon_id)
        if job_id and job_id not in self._absent and len(self._wanted) < MAX_WANTED:
            self._wanted[job_id] = None
            if not bpy.app.timers.is_registered(self._timer):
                bpy.app.timers.register(self._timer, first_interval=TURN_S)
        return 0

    def load_wanted(self) -> bool:
        """Load some of what was asked for and is missing. Answers whether more is wanted."""
        came = False
        for job_id in list(self._wanted)[:LOADS_A_TURN]:
            del self._wanted[job_id]
            path = self.find(job_id)
            if path is None:
                self._absent.add(job_id)
            else:
                self.show(job_id, path)
                came = True
        if came:
            self.changed()
        return bool(self._wanted)

    def look_again(self) -> None:
        """Pictures that were missing may have come."""
        self._absent.clear()

    def __len__(self) -> int:
        """How many pictures are kept."""
        return len(self._icons) if self._icons is not None else 0

    def close(self) -> None:
        """Give the pictures' memory back."""
        if bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.unregister(self._timer)
        if self._icons is not None:
            bpy.utils.previews.remove(self._icons)
        self._icons = None
        self._used.clear()
        self._wanted.clear()
        self._absent.clear()

    def _tick(self) -> float | None:
        return TURN_S if self.load_wanted() else None
