"""The files of one request: written when they are sent, kept so that they can be sent again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from ..core.errors import InvalidRequest
from .commands import FileSource

LIST = "files.json"


class Parcel:
    """Collects what is to be uploaded, by role. Filled on one thread, sent by another."""

    def __init__(self, folder: Path) -> None:
        """folder: of this request alone; made when the first file is written."""
        self.folder = folder
        self._places: dict[str, str] = {}
        self.sources: dict[str, FileSource] = {}

    def add_file(self, role: str, path: Path) -> None:
        """A file that lies somewhere."""
        self._places[role] = str(path.resolve())
        self.sources[role] = path

    def add(self, role: str, suffix: str, write: Callable[[Path], None]) -> None:
        """A file that ``write`` writes, on the thread which sends it."""
        path = self.folder / f"{role}{suffix}"
        self._places[role] = path.name
        self.sources[role] = partial(written, path, write)

    def seal(self) -> Mapping[str, FileSource]:
        """Note what belongs to it, and answer what ``Session.submit`` takes. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / LIST).write_text(json.dumps(self._places, ensure_ascii=False), encoding="utf-8")
        return self.sources


def written(path: Path, write: Callable[[Path], None]) -> Path:
    """The file, written first unless it is there already. Raises OSError."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.part")
        write(unfinished)
        unfinished.replace(path)
    return path


def opened(folder: Path) -> dict[str, Path]:
    """The files of a request that was sent before. Raises InvalidRequest when one is not there any more."""
    fix = "Ask for it again."
    try:
        places = json.loads((folder / LIST).read_text(encoding="utf-8"))
        found = {str(role): folder / str(place) for role, place in places.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise InvalidRequest("The files of this job are not there any more.", fix) from error
    lost = [path.name for path in found.values() if not path.is_file()]
    if lost:
        raise InvalidRequest(f"A file of this job is not there any more: {lost[0]}.", fix)
    return found


def thrown_away(folder: Path) -> None:
    """Remove the folder of a request; files elsewhere stay. What cannot be removed only takes room."""
    shutil.rmtree(folder, ignore_errors=True)
