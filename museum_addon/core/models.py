"""What the extension knows of models and the engines that need them: ``GET /v1/models``, read defensively."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import UnexpectedAnswer
from .jobs import Job, JobState
from .requests import JobRequest

TASK = "models"
PULL, VERIFY = "pull", "verify"
RESERVE_BYTES = 512 << 20
"""What the backend leaves free on the disk of the models' folder."""
# The backend says how a download goes as "1.2 GB of 6.8 GB, 45 MB/s, 2 min left (file)".
SPEED = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) (GB|MB|kB)/s")
UNITS: Mapping[str, float] = {"GB": 1e9, "MB": 1e6, "kB": 1e3}
ADDRESS = re.compile(r"https?://[^\s,;)]+")


@dataclass(frozen=True)
class Licence:
    """terms: what it asks for. accept: whether it has to be agreed to; accepted: whether nothing stands in the way."""

    id: str
    title: str
    terms: str
    url: str
    accept: bool
    accepted: bool


@dataclass(frozen=True)
class Model:
    """A model of the catalogue, and how it is with it where the backend runs.

    state: "ready", "partial", "damaged" or "absent". origin: "pulled", "folder", "cache", or empty. bytes_here: of its
    files, also of unfinished ones.
    """

    id: str
    title: str
    size_bytes: int
    licence: Licence
    state: str = "absent"
    bytes_here: int = 0
    origin: str = ""
    folder: str = ""
    hub: str = ""
    pinned: bool = True
    gated: bool = False
    notes: str = ""
    problem: str = ""
    fix: str = ""

    @property
    def missing_bytes(self) -> int:
        """What has still to come, bytes; sizes of the catalogue may be about right only."""
        return 0 if self.state == "ready" else max(self.size_bytes - self.bytes_here, 0)


@dataclass(frozen=True)
class Use:
    """An engine and the models that it works with. models, optional: their ids. memory_gb: of a graphics card, for
    the quickest plan and for the one that needs least.
    """

    id: str
    title: str
    task: str
    engine: str
    models: tuple[str, ...]
    optional: tuple[str, ...] = ()
    memory_gb: tuple[float, float] = (0.0, 0.0)
    notes: str = ""
    ready: bool = False


@dataclass(frozen=True)
class Listing:
    """The answer of ``GET /v1/models``. token: where the backend found one, never what it is."""

    folder: str = ""
    free_bytes: int = 0
    offline: bool = False
    hub: str = ""
    token: str = ""
    models: tuple[Model, ...] = ()
    uses: tuple[Use, ...] = ()

    @classmethod
    def from_json(cls, data: Any) -> Listing:
        """Read the answer. Raises UnexpectedAnswer when it is not one."""
        try:
            return cls(
                str(data["folder"]), int(data["free_bytes"]), bool(data["offline"]), str(data["hub"]),
                str(data["token"]), tuple(map(_model, data["models"])), tuple(map(_use, data["uses"])),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise UnexpectedAnswer(
                f"The backend described its models in a way this version does not understand ({error!r}).",
                "Update the extension and the backend to the same version.",
            ) from error

    def model(self, name: str) -> Model | None:
        """The model of this id."""
        return next((model for model in self.models if model.id == name), None)

    def use(self, name: str) -> Use | None:
        """The use of this id."""
        return next((use for use in self.uses if use.id == name), None)

    def meant(self, name: str) -> tuple[Model, ...]:
        """The models that the name of a model or of a use stands for, as the backend pulls them."""
        use = self.use(name)
        names = use.models if use is not None else (name,)
        return tuple(model for model in map(self.model, names) if model is not None)

    def extras(self, use: Use) -> tuple[Model, ...]:
        """The models that an engine can do without."""
        return tuple(model for model in map(self.model, use.optional) if model is not None)

    def users(self, model: Model) -> tuple[Use, ...]:
        """The engines that work with a model."""
        return tuple(use for use in self.uses if model.id in (*use.models, *use.optional))

    def alone(self) -> tuple[Model, ...]:
        """Models that no engine asks for by a use of its own."""
        return tuple(model for model in self.models if not self.users(model))


@dataclass(frozen=True)
class Standing:
    """How it is with all models that a name stands for. state: as of a model. missing: bytes still to come."""

    state: str
    size: int
    here: int
    missing: int


def standing(models: Iterable[Model]) -> Standing:
    """The models taken together; one that is damaged is what matters most."""
    known = tuple(models)
    size = sum(model.size_bytes for model in known)
    missing = sum(model.missing_bytes for model in known)
    states = {model.state for model in known}
    if "damaged" in states:
        state = "damaged"
    elif states <= {"ready"}:
        state = "ready"
    else:
        state = "partial" if any(model.bytes_here for model in known) else "absent"
    return Standing(state, size, size if state == "ready" else max(size - missing, 0), missing)


def licences(models: Iterable[Model]) -> tuple[Licence, ...]:
    """Each licence once, those that ask for consent first."""
    found = {model.licence.id: model.licence for model in models}
    return tuple(sorted(found.values(), key=lambda licence: not licence.accept))


def unaccepted(models: Iterable[Model], agreed: Iterable[str] = ()) -> tuple[Licence, ...]:
    """Licences that ask for consent and did not get it. agreed: ids that the user ticked since."""
    given = set(agreed)
    return tuple(one for one in licences(models) if one.accept and not one.accepted and one.id not in given)


def lacks_room(listing: Listing, missing: int) -> bool:
    """Whether so many bytes, and what is left free for everything else, do not fit on the disk of the models."""
    return missing > 0 and listing.free_bytes < missing + RESERVE_BYTES


def pull_request(name: str, title: str, accept_licence: bool) -> JobRequest:
    """Ask for a model, or for all that an engine needs."""
    return JobRequest(TASK, PULL, {"model": name, "accept_licence": accept_licence}, title)


def verify_request(name: str, title: str) -> JobRequest:
    """Have every byte of a model looked at."""
    return JobRequest(TASK, VERIFY, {"model": name}, title)


@dataclass(frozen=True)
class Pace:
    """How a download goes. done, total: bytes of all that was asked for. speed: bytes a second, 0 when not known.
    left_s: seconds, None when not known.
    """

    done: float
    total: float
    speed: float = 0.0
    left_s: float | None = None


def pace(job: Job, total: int) -> Pace | None:
    """How the job gets on; None before bytes come: then its message says what it does. total: bytes."""
    found = SPEED.search(job.message)
    if found is None or job.state is not JobState.RUNNING:
        return None
    speed = float(found[1]) * UNITS[found[2]]
    done = job.progress * total
    return Pace(done, total, speed, (total - done) / speed if speed > 0 else None)


def newest(jobs: Iterable[Job]) -> dict[str, Job]:
    """Model or use -> the job that was asked for last."""
    found: dict[str, Job] = {}
    for job in sorted(jobs, key=lambda job: job.created):
        found[model_of(job)] = job
    return found


def model_of(job: Job) -> str:
    """What the job fetches or looks at."""
    return str(job.params.get("model", ""))


def address_in(text: str) -> str:
    """The first web address of a sentence, without the mark that ends the sentence; empty when there is none."""
    found = ADDRESS.search(text)
    return found[0].rstrip(".") if found else ""


def bytes_text(size: float) -> str:
    """A size for people: GB of 10^9 bytes, as disks are sold, or MB below one."""
    if size >= 1e9:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _model(data: Mapping[str, Any]) -> Model:
    licence = data["licence"]
    return Model(
        id=str(data["id"]),
        title=str(data["title"]),
        size_bytes=int(data["size_bytes"]),
        licence=Licence(
            id=str(licence["id"]),
            title=str(licence["title"]),
            terms=str(licence["terms"]),
            url=str(licence["url"]),
            accept=bool(licence["accept"]),
            accepted=bool(licence["accepted"]),
        ),
        state=str(data["state"]),
        bytes_here=int(data["bytes_here"]),
        origin=str(data["origin"]),
        folder=str(data["folder"]),
        hub=str(data["hub"]),
        pinned=bool(data["pinned"]),
        gated=bool(data["gated"]),
        notes=str(data["notes"] or ""),
        problem=str(data["problem"] or ""),
        fix=str(data["fix"] or ""),
    )


def _use(data: Mapping[str, Any]) -> Use:
    plans = [float(data["memory"][name] or 0.0) for name in ("full", "model_offload", "sequential_offload")]
    used = [plan for plan in plans if plan > 0.0]
    return Use(
        id=str(data["id"]),
        title=str(data["title"]),
        task=str(data["task"]),
        engine=str(data["engine"]),
        models=tuple(dict.fromkeys(map(str, data["models"].values()))),
        optional=tuple(dict.fromkeys(map(str, data["optional"].values()))),
        memory_gb=(used[0], used[-1]) if used else (0.0, 0.0),
        notes=str(data["notes"] or ""),
        ready=bool(data["ready"]),
    )
