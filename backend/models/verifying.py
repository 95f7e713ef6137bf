"""Looks at every byte of a model that lies here: right size, right hash, nothing that could run code."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import DamagedModel, UnsafeModel
from . import safety
from .catalogue import Model
from .digest import digest_of
from .disk import gigabytes
from .hub import RemoteFile
from .pulling import Watch
from .store import RECORD, HeldFile, Located, ModelStore


@dataclass(frozen=True)
class Verified:
    """located: with the hashes of all files. unknown: those whose hash was counted and could not be compared."""

    located: Located
    unknown: tuple[str, ...]


def verify(store: ModelStore, model: Model, watch: Watch) -> Verified:
    """Look at every byte. Raises DamagedModel, UnsafeModel, Unavailable (not here), and what ``watch`` raises."""
    located = store.required(model.id)
    if located.origin == "pulled":
        _check_surplus(located)
    # The catalogue speaks of its own revision; an earlier one is held against its record.
    same = located.revision in ("", model.revision)
    known = {needed.path: needed.sha256 for needed in model.files if needed.sha256 and same}
    total, done = max(sum(file.size for file in located.files), 1), 0
    seen: list[HeldFile] = []
    unknown: list[str] = []
    for file in located.files:
        watch.progress(done / total, f"{gigabytes(done)} of {gigabytes(total)} ({file.path})")
        expected = known.get(file.path) or file.sha256
        sha256 = _looked_at(located, file, expected, watch)
        if not expected:
            unknown.append(file.path)
        done += file.size
        seen.append(replace(file, sha256=sha256))
    return Verified(replace(located, files=tuple(seen)), tuple(unknown))


def _looked_at(located: Located, file: HeldFile, expected: str, watch: Watch) -> str:
    """The file's hash, once nothing is wrong with it."""
    name = located.model.id
    fix = f"Download it again: `backend models remove {name}`, then `backend models pull {name}`."
    place = located.folder.joinpath(*safety.checked_path(file.path).parts)
    try:
        safety.check_file(place, file.path)
        known = RemoteFile(file.path, file.size, expected)
        sha256 = digest_of(place, known, lambda _count: watch.check_cancelled()).sha256
    except OSError as error:
        raise DamagedModel(
            f"{place} cannot be read ({error.strerror}).", "Check the disk and its permissions."
        ) from error
    if expected and sha256 != expected:
        raise DamagedModel(f"{file.path} of {located.model.title} has changed: its hash is another one.", fix)
    return sha256


def _check_surplus(located: Located) -> None:
    """Nothing may lie in a pulled model's folder that was not pulled."""
    listed = {file.path for file in located.files}
    for place in sorted(located.folder.rglob("*")):
        path = place.relative_to(located.folder).as_posix()
        if place.is_file() and path not in listed and path != RECORD:
            raise UnsafeModel(f"{path} lies in the folder of {located.model.title} and is no part of it.", "Delete it.")
