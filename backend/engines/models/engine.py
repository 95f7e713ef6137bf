"""Pulls and verifies models as jobs: progress, cancelling, retries and durability are those of every job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...models import licences
from ...models.catalogue import Model
from ...models.pulling import Watch, pull
from ...models.store import Located, ModelStore
from ...models.verifying import verify
from ..base import EngineResult, JobContext
from .info import PullParams, VerifyParams

_CERTAINTY = (0, "A model was fetched or looked at; nothing was made.")


def pull_models(context: JobContext, params: PullParams) -> EngineResult:
    """Have all that ``params.model`` stands for on this machine. ``data``: what lies where."""
    store = ModelStore()

    def one(model: Model, watch: Watch) -> dict[str, Any]:
        pulled = pull(store, model, watch, params.accept_licence)
        return {**_described(pulled.located), "fetched_bytes": pulled.fetched_bytes}

    models = store.catalogue.meant(params.model)
    for model in models:
        if not params.accept_licence:
            # Every licence is looked at before the first byte is fetched.
            licences.require(store.places.folder, store.catalogue.licence(model), model)
    return _each(context, models, params.model, one)


def verify_models(context: JobContext, params: VerifyParams) -> EngineResult:
    """Look at every byte of all that ``params.model`` stands for. ``data``: hashes, and which could not be compared."""
    store = ModelStore()

    def one(model: Model, watch: Watch) -> dict[str, Any]:
        verified = verify(store, model, watch)
        return {**_described(verified.located), "not_compared": list(verified.unknown)}

    return _each(context, store.catalogue.meant(params.model), params.model, one)


@dataclass(frozen=True)
class _Part:
    """The share of a job's progress that one of its models has."""

    context: JobContext
    start: float
    share: float

    def progress(self, fraction: float, message: str) -> None:
        """As a job's."""
        self.context.progress(self.start + self.share * fraction, message)

    def check_cancelled(self) -> None:
        """As a job's."""
        self.context.check_cancelled()


def _each(
    context: JobContext, models: Sequence[Model], name: str, work: Callable[[Model, Watch], Mapping[str, Any]]
) -> EngineResult:
    total, done, told = sum(model.size_bytes for model in models), 0, []
    for model in models:
        told.append(dict(work(model, _Part(context, done / total, model.size_bytes / total))))
        context.log(f"{model.title}: {told[-1]['folder']}")
        done += model.size_bytes
    return EngineResult((), data={"model": name, "models": told}, certainty=_CERTAINTY)


def _described(located: Located) -> dict[str, Any]:
    return {
        "id": located.model.id,
        "hub": located.model.hub,
        "revision": located.revision,
        "licence": located.model.licence,
        "origin": located.origin,
        "folder": str(located.folder),
        "files": [vars(file) for file in located.files],
    }
