"""Where models lie on this machine: the folder of pulled ones, further folders, and the hub library's cache.

A pulled model has a folder of its own name with its files as in the repository, and a record of what they are, written
last: ``museum-model.json``. The other places are read only, and nobody has vouched for what lies there: what they hold
counts as the model when every needed file is there; ``verifying`` looks at the bytes.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ..errors import BackendError, Conflict, DamagedModel, Unavailable
from ..exclusive import try_lock
from . import safety
from .catalogue import Catalogue, Model, built_in, catalogue_of
from .disk import free_bytes, gigabytes, writing
from .places import Places, places_from

RECORD = "museum-model.json"
RECORD_SCHEMA = "museum-model/1"
Origin = Literal["pulled", "folder", "cache"]
State = Literal["ready", "partial", "damaged", "absent"]


@dataclass(frozen=True)
class HeldFile:
    """A file of a model on this machine. sha256: empty where nobody has counted it."""

    path: str
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class Located:
    """A model that can be loaded. folder: as ``from_pretrained`` takes it. revision: the commit, where it is known."""

    model: Model
    folder: Path
    origin: Origin
    revision: str
    files: tuple[HeldFile, ...]

    def provenance(self) -> dict[str, Any]:
        """What paradata say of it: id, revision, licence, and the hashes of the weights that are known."""
        weights = [file for file in self.files if file.path.endswith(safety.WEIGHTS)]
        return {
            "id": self.model.hub,
            "revision": self.revision,
            "licence": self.model.licence,
            "sha256": {file.path: file.sha256 for file in weights if file.sha256},
        }


@dataclass(frozen=True)
class Holding:
    """How it is with a model here. bytes_here: of its files, also unfinished ones. problem, fix: when damaged."""

    model: Model
    state: State
    bytes_here: int = 0
    located: Located | None = None
    problem: str = ""
    fix: str = ""


class ModelStore:
    """All of these places. Costs nothing to make; nothing is kept between calls."""

    def __init__(self, places: Places | None = None) -> None:
        self.places = places_from() if places is None else places

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is known, with what the museum's own file adds."""
        return catalogue_of(self.places.folder)

    @property
    def address(self) -> str:
        """Of the hub, or of the mirror that is set."""
        return self.places.endpoint or built_in().hub

    def folder_of(self, model: Model) -> Path:
        """Where a pulled model lies, or would."""
        return self.places.folder / model.id

    def required(self, model_id: str) -> Located:
        """The model, wherever it lies. Raises NotFound, DamagedModel, Unavailable, which says how to get it."""
        model = self.catalogue.model(model_id)
        holding = self.holding(model)
        if holding.located is not None:
            return holding.located
        if holding.state == "damaged":
            raise DamagedModel(holding.problem, holding.fix)
        there = f"{gigabytes(holding.bytes_here)} of it are here" if holding.bytes_here else "it is not on this machine"
        raise Unavailable(
            f"{model.title} is needed, and {there} ({gigabytes(model.size_bytes)} in all).",
            f"Download it in the Models panel, or with `backend models pull {model.id}`.",
        )

    def located(self, model: Model) -> Located | None:
        """The model, where it can be loaded from; None when it cannot."""
        return self.holding(model).located

    def holdings(self) -> list[Holding]:
        """How it is with each model of the catalogue."""
        return [self.holding(model) for model in self.catalogue.models]

    def holding(self, model: Model) -> Holding:
        """How it is with one model. Looks at names and sizes alone."""
        problem: BackendError | None = None
        try:
            pulled = _recorded(model, self.folder_of(model), "pulled")
        except BackendError as error:
            pulled, problem = None, error
        located = pulled or self._elsewhere(model)
        size = _bytes_below(self.folder_of(model)) if pulled is None else sum(file.size for file in pulled.files)
        if located is not None:
            return Holding(model, "ready", size or sum(file.size for file in located.files), located)
        if problem is not None:
            return Holding(model, "damaged", size, None, problem.message, problem.fix)
        return Holding(model, "partial" if size else "absent", size)

    def write_record(self, model: Model, commit: str, files: list[HeldFile]) -> Located:
        """Say that a model has come as a whole."""
        folder = self.folder_of(model)
        record = {
            "schema": RECORD_SCHEMA,
            "id": model.id,
            "hub": model.hub,
            "revision": commit,
            "licence": model.licence,
            "files": [vars(file) for file in files],
        }
        with writing(folder):
            temporary = folder / f".{RECORD}.{os.getpid()}"
            temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
            temporary.replace(folder / RECORD)
        return Located(model, folder, "pulled", commit, tuple(files))

    def remove(self, model: Model) -> int:
        """Delete a pulled model, or what has come of it. Returns the bytes that are free again.

        Raises Conflict for one that was not pulled by this program, or that is being pulled.
        """
        folder = self.folder_of(model)
        if not folder.is_dir():
            found = self._elsewhere(model)
            if found is not None:
                where = "the hub library's cache" if found.origin == "cache" else "a folder that is only read"
                raise Conflict(f"{model.title} lies in {where}: {found.folder}.", "Delete it there if you mean to.")
            return 0
        with self.held(model), writing(folder):
            size = _bytes_below(folder)
            leaving = folder.with_name(f".leaving-{model.id}-{uuid.uuid4().hex[:8]}")
            folder.rename(leaving)
            shutil.rmtree(leaving)
        return size

    @contextmanager
    def held(self, model: Model) -> Iterator[None]:
        """Keep others from pulling or removing this model. Raises Conflict when somebody does."""
        folder = self.places.folder / ".locks"
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            stream = (folder / f"{model.id}.lock").open("a+b")
        with stream:
            if not try_lock(stream):
                raise Conflict(f"{model.title} is being pulled or removed already.", "Wait until that has ended.")
            yield

    def free_bytes(self) -> int:
        """What is free on the disk of the models' folder."""
        return free_bytes(self.places.folder)

    def _elsewhere(self, model: Model) -> Located | None:
        for origin, folder, revision in self._candidates(model):
            try:
                recorded = _recorded(model, folder, origin)
            except DamagedModel:
                continue
            files = needed_files(model, folder) if recorded is None else None
            if recorded is not None:
                return recorded
            if files is not None:
                return Located(model, folder, origin, revision, files)
        return None

    def _candidates(self, model: Model) -> Iterator[tuple[Origin, Path, str]]:
        """Folders that may hold the model, with the commit where it is known."""
        owner, name = model.hub.split("/")
        for base in self.places.more:
            for below in (f"{owner}/{name}", f"{owner}--{name}", name, model.id):
                yield "folder", base / below, ""
        for base in (*self.places.more, *self.places.caches):
            kept = base / f"models--{owner}--{name}"
            origin: Origin = "cache" if base in self.places.caches else "folder"
            commit = model.revision if model.pinned else _reference(kept / "refs" / model.revision)
            if commit:
                yield origin, kept / "snapshots" / commit, commit


def _recorded(model: Model, folder: Path, origin: Origin) -> Located | None:
    """The model by the record in its folder; None without one.

    Raises DamagedModel when what lies there is something else.
    """
    try:
        said = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _damaged(model, f"its record cannot be read ({error})") from error
    try:
        files = tuple(HeldFile(str(f["path"]), int(f["size"]), str(f["sha256"])) for f in said["files"])
        revision = str(said["revision"])
        same = said["schema"] == RECORD_SCHEMA and said["hub"] == model.hub
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(model, "its record is no good") from error
    if not same:
        raise _damaged(model, "its record is that of another model")
    for file in files:
        place = safety.inside(folder, file.path)
        if not place.is_file():
            raise _damaged(model, f"{file.path} is missing")
        if place.stat().st_size != file.size:
            raise _damaged(model, f"{file.path} has {place.stat().st_size:,} bytes instead of {file.size:,}")
    if not _has_all(model, [file.path for file in files]):
        # The catalogue has come to need a file that was not asked for then: pulling adds it.
        return None
    return Located(model, folder, origin, revision, files)


def needed_files(model: Model, folder: Path) -> tuple[HeldFile, ...] | None:
    """The files of a model in a folder that somebody else filled, hidden ones left out; None when one is missing."""
    if not folder.is_dir():
        return None
    found: dict[str, int] = {}
    for needed in model.files:
        places = sorted(folder.glob(needed.path)) if needed.is_pattern else [folder / needed.path]
        sizes = {place.relative_to(folder).as_posix(): place.stat().st_size for place in places if place.is_file()}
        if not sizes or (needed.size is not None and set(sizes.values()) != {needed.size}):
            return None
        found.update(sizes)
    for path in [path for path in found if path.endswith(f"{safety.WEIGHTS}.index.json")]:
        parent, _, _ = path.rpartition("/")
        try:
            names = safety.shards((folder / path).read_bytes())
        except (OSError, ValueError):
            return None
        if not {f"{parent}/{name}" if parent else name for name in names} <= found.keys():
            return None
    return tuple(HeldFile(path, size) for path, size in sorted(found.items()))


def _has_all(model: Model, paths: list[str]) -> bool:
    return all(any(needed.fits(path) for path in paths) for needed in model.files)


def _reference(path: Path) -> str:
    """The commit that a cache's reference names; empty when there is none."""
    try:
        said = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
    return said if len(said) == 40 and set(said) <= set("0123456789abcdef") else ""


def _bytes_below(folder: Path) -> int:
    """Of a model's files, whole or not."""
    sizes = (
        [
            place.stat().st_size
            for place in folder.rglob("*")
            if place.is_file() and not place.name.startswith((".", RECORD))
        ]
        if folder.is_dir()
        else []
    )
    return sum(sizes)


def _damaged(model: Model, how: str) -> DamagedModel:
    return DamagedModel(
        f"{model.title} is damaged: {how}.",
        f"Download it again: `backend models pull {model.id}` fetches what is missing.",
    )
