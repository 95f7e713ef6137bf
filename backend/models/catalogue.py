"""The catalogue of models, as data: ``catalogue.json`` beside this file, and ``catalogue.json`` in the models' folder
for those that a museum adds or exchanges.
"""

from __future__ import annotations

import difflib
import fnmatch
import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import BadInput, NotFound

SCHEMA = "museum-models/1"
OWN_FILE = "catalogue.json"
_OURS = Path(__file__).with_name("catalogue.json")

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Licence(_Data):
    """terms: what it asks for, in a sentence. accept: whether the user has to agree before the model is fetched."""

    id: Slug
    title: str
    terms: str
    url: str
    accept: bool


class NeededFile(_Data):
    """A file of a model's repository. path: as there; with ``*`` and ``?`` for at least one file that fits.

    sha256, size: where they are known here; the hub's own figures are held against the bytes in any case.
    """

    path: str
    size: int | None = Field(None, ge=1)
    sha256: Sha256 | None = None

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for several files."""
        return any(character in self.path for character in "*?[")

    def fits(self, path: str) -> bool:
        """Whether a file of the repository is meant. ``*`` stays within a folder."""
        return path.count("/") == self.path.count("/") and fnmatch.fnmatchcase(path, self.path)


class Model(_Data):
    """One repository of the hub, or the part of it that is used.

    revision: a commit when pinned. missing: what is not known of it, in a sentence; empty when all is. size_bytes: of
    the needed files together, about. gated: whether the hub asks for a token of somebody who agreed to its terms.
    source: where these statements come from.
    """

    id: Slug
    title: str
    hub: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")
    revision: str = Field(pattern=r"^[\w./-]{1,80}$")
    pinned: bool
    missing: str = ""
    files: tuple[NeededFile, ...] = Field(min_length=1)
    size_bytes: int = Field(ge=1)
    licence: Slug
    gated: bool = False
    notes: str = ""
    source: str

    @model_validator(mode="after")
    def _pinned_to_a_commit(self) -> Model:
        is_commit = len(self.revision) == 40 and set(self.revision) <= set("0123456789abcdef")
        if self.pinned != is_commit:
            raise ValueError(f"{self.id}: a pinned model names a commit, any other says so with pinned: false")
        if not self.pinned and not self.missing:
            raise ValueError(f"{self.id}: say what is missing to pin it")
        return self


class Memory(_Data):
    """GB of a graphics card's memory that each plan takes, about. source: where the figures come from."""

    full: float = Field(gt=0)
    model_offload: float | None = Field(None, gt=0)
    sequential_offload: float | None = Field(None, gt=0)
    source: str


class Use(_Data):
    """An engine that works with models. pipeline: the diffusers class. models, optional: role -> model."""

    id: Slug
    title: str
    task: str
    engine: str
    pipeline: str
    models: dict[str, Slug]
    optional: dict[str, Slug] = Field(default_factory=dict)
    memory: Memory
    notes: str = ""


class Catalogue(_Data):
    """All of it. hub: the address that models come from when no mirror is set."""

    schema_: Literal["museum-models/1"] = Field(alias="schema")
    hub: str
    licences: tuple[Licence, ...] = ()
    models: tuple[Model, ...] = ()
    uses: tuple[Use, ...] = ()

    @model_validator(mode="after")
    def _names_that_exist(self) -> Catalogue:
        for kind, entries in (("licence", self.licences), ("model", self.models), ("use", self.uses)):
            ids = [entry.id for entry in entries]
            if len(ids) != len(set(ids)):
                raise ValueError(f"two entries of the kind {kind} have the same id")
        licences, models = {entry.id for entry in self.licences}, {entry.id for entry in self.models}
        unknown = {model.licence for model in self.models} - licences
        unknown |= {model for use in self.uses for model in (*use.models.values(), *use.optional.values())} - models
        if unknown:
            raise ValueError(f"nothing is called {', '.join(sorted(unknown))}")
        if models & {use.id for use in self.uses}:
            raise ValueError("a use and a model share an id")
        return self

    def model(self, model_id: str) -> Model:
        """Raises NotFound, which names the nearest."""
        for model in self.models:
            if model.id == model_id:
                return model
        raise NotFound(f'There is no model "{model_id[:80]}".', nearest(model_id, [model.id for model in self.models]))

    def use(self, use_id: str) -> Use:
        """Raises NotFound, which names the nearest."""
        for use in self.uses:
            if use.id == use_id:
                return use
        raise NotFound(f'Nothing called "{use_id[:80]}" uses models.', nearest(use_id, [use.id for use in self.uses]))

    def meant(self, name: str) -> tuple[Model, ...]:
        """The model of this name, or all that a use of this name cannot do without. Raises NotFound."""
        for use in self.uses:
            if use.id == name:
                return tuple(self.model(model_id) for model_id in dict.fromkeys(use.models.values()))
        for model in self.models:
            if model.id == name:
                return (model,)
        names = [*(model.id for model in self.models), *(use.id for use in self.uses)]
        raise NotFound(f'There is no model "{name[:80]}".', nearest(name, names))

    def licence(self, model: Model) -> Licence:
        """The licence of a model."""
        return next(licence for licence in self.licences if licence.id == model.licence)


@cache
def built_in() -> Catalogue:
    """What comes with the product."""
    return _checked(_OURS, _read(_OURS))


def catalogue_of(folder: Path) -> Catalogue:
    """The product's own and what the file in the models' folder adds to it. An entry of a known id takes its place: a
    museum may keep another version of a model, or one of its own where the product uses another.

    Raises BadInput for a file that is no good.
    """
    path = folder / OWN_FILE
    if not path.is_file():
        return built_in()
    ours, own = built_in().model_dump(by_alias=True, mode="json"), _read(path)
    lists = {kind: _with_own(ours[kind], _list(path, own.pop(kind, []))) for kind in ("licences", "models", "uses")}
    return _checked(path, {**ours, **own, **lists, "hub": ours["hub"]})


def _read(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _no_good(path, str(error)) from error
    if not isinstance(said, dict):
        raise _no_good(path, "it holds no JSON object")
    return said


def _with_own(ours: list[Any], own: list[Any]) -> list[Any]:
    """Ours, without those that have the id of one of theirs, and theirs."""
    taken = {entry.get("id") for entry in own if isinstance(entry, dict)}
    return [*(entry for entry in ours if entry["id"] not in taken), *own]


def _list(path: Path, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _no_good(path, "licences, models and uses are lists")
    return value


def _checked(path: Path, said: dict[str, Any]) -> Catalogue:
    try:
        return Catalogue.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _no_good(path, f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}") from error


def _no_good(path: Path, reason: str) -> BadInput:
    return BadInput(f"The catalogue of models {path} is no good: {reason.rstrip('.')}.", "Correct or delete the file.")


def nearest(wanted: str, names: list[str]) -> str:
    """A sentence with the names closest to what was asked for; all of them when none is close."""
    return f"Use one of: {', '.join(difflib.get_close_matches(wanted, names, n=3, cutoff=0.4) or names)}."
