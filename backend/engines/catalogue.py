"""Which engines there are. Importing this imports descriptions only: no numpy, no torch."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from ..errors import BadInput, NotFound, Unavailable
from .base import EngineInfo, Params

FAMILIES = (
    "backend.engines.artifact.info",
    "backend.engines.material.info",
    "backend.engines.texture.info",
    "backend.engines.painters.info",
    "backend.engines.pictures.info",
    "backend.engines.shapes.info",
    "backend.engines.external.info",
    "backend.engines.models.info",
    "backend.engines.diagnostic",
)
"""Modules with ``ENGINES: tuple[EngineInfo, ...]``. A new family adds one line."""


def engines() -> tuple[EngineInfo, ...]:
    """Every engine of this backend, those that cannot run here included."""
    found: list[EngineInfo] = []
    for family in FAMILIES:
        found.extend(import_module(family).ENGINES)
    return tuple(found)


def find(task: str, engine: str | None = None) -> EngineInfo:
    """The engine of this task; without a name the first that can run here.

    Raises NotFound, which names the nearest tasks or engines, and Unavailable, which says what is missing.
    """
    everything = engines()
    of_task = [info for info in everything if info.task == task]
    if not of_task:
        tasks = sorted({info.task for info in everything})
        raise NotFound(f'There is no task "{task}".', _nearest("task", task, tasks))
    if engine:
        return _named(engine, of_task)
    runnable = [info for info in of_task if not info.by_name_only and info.availability().available]
    if not runnable:
        raise _unavailable(of_task[0])
    return runnable[0]


def runnable(info: EngineInfo) -> EngineInfo:
    """The same engine. Raises Unavailable, with the reason and the fix, when it cannot run on this machine."""
    if not info.availability().available:
        raise _unavailable(info)
    return info


def checked_params(info: EngineInfo, values: Mapping[str, Any]) -> Params:
    """The engine's parameters, checked. Raises BadInput that names the first parameter that cannot be used."""
    try:
        return info.params.model_validate(dict(values))
    except ValidationError as error:
        raise _parameter_error(info, error) from error


def _named(engine: str, of_task: list[EngineInfo]) -> EngineInfo:
    for info in of_task:
        if info.name == engine:
            return info
    names = [info.name for info in of_task]
    raise NotFound(f'The task "{of_task[0].task}" has no engine "{engine}".', _nearest("engine", engine, names))


def _unavailable(info: EngineInfo) -> Unavailable:
    state = info.availability()
    return Unavailable(
        f"The engine {info.name} cannot run here: {state.reason}", state.fix or "Choose another engine of this task."
    )


def _parameter_error(info: EngineInfo, error: ValidationError) -> BadInput:
    """One sentence about the first thing that is wrong."""
    first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"])) or "the parameters"
    if first["type"] == "extra_forbidden":
        known = sorted(info.params.model_fields)
        return BadInput(f"The engine {info.name} has no parameter {name}.", _nearest("parameter", name, known))
    reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    given = "" if first["type"] == "missing" else f" (given: {_shortened(first['input'])})"
    return BadInput(f"{name}: {reason}{given}.", _what_it_takes(info, name))


def _what_it_takes(info: EngineInfo, name: str) -> str:
    """The parameter's own description as advice."""
    field = info.params.model_fields.get(name)
    if field is None or not field.description:
        return f"Correct {name}."
    return f"It takes: {field.description}"


def _shortened(value: Any, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _nearest(kind: str, wanted: str, names: Iterable[str]) -> str:
    """A sentence with the names closest to what was asked for; all of them when none is close."""
    known = list(names)
    close = difflib.get_close_matches(wanted, known, n=3, cutoff=0.4) or known
    return f"Use one of these {kind}s: {', '.join(close)}."
