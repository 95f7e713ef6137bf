"""How a prompt was understood: the ``data`` of an interpretation, read so that nothing odd in it can do harm."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

SURE = 0.6
"""From here on a field counts as understood; below, it is a guess."""


@dataclass(frozen=True)
class FieldReading:
    """What one field was understood as.

    values: canonical names, or one colour or number as text. certainty: 0 to 1. source: asked, words, record, typical
    or inferred; empty when it does not say. words: those of the prompt that said so.
    """

    values: tuple[str, ...] = ()
    certainty: float = 0.0
    source: str = ""
    words: tuple[str, ...] = ()

    @property
    def metres(self) -> float:
        """The value of a length; 0 when it is none."""
        return _number(self.values[0]) if self.values else 0.0

    @property
    def is_sure(self) -> bool:
        """Whether it was said, rather than guessed."""
        return bool(self.values) and self.certainty >= SURE


@dataclass(frozen=True)
class Finding:
    """Something that could not have been made there and then. alternative: the nearest that could, or empty."""

    claim: str
    problem: str
    reason: str
    source: str
    alternative: str


@dataclass(frozen=True)
class Reading:
    """fields: by name. warnings: without those that say a finding again."""

    fields: Mapping[str, FieldReading] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    not_understood: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def of(self, name: str) -> FieldReading:
        """One field; an empty one when nothing is said of it."""
        return self.fields.get(name, FieldReading())


@lru_cache(maxsize=8)
def parse(text: str) -> Reading:
    """The reading in a JSON text. What is not as expected is left out; nothing is raised."""
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return Reading()
    if not isinstance(data, Mapping):
        return Reading()
    spec = data.get("spec")
    fields = spec.items() if isinstance(spec, Mapping) else ()
    findings = tuple(found for entry in _list(data.get("chronology")) if (found := _finding(entry)) is not None)
    return Reading(
        fields={name: _field(entry) for name, entry in fields if isinstance(entry, Mapping)},
        findings=findings,
        not_understood=tuple(_texts(data.get("not_understood"))),
        warnings=tuple(
            warning for warning in _texts(data.get("warnings"))
            if not any(found.claim in warning and found.problem in warning for found in findings)
        ),
    )  # fmt: skip


def _field(entry: Mapping[str, Any]) -> FieldReading:
    value = entry.get("value")
    source = entry.get("source")
    return FieldReading(
        values=tuple(_texts(value if isinstance(value, list) else [value])),
        certainty=min(max(_number(entry.get("confidence")), 0.0), 1.0),
        source=source if isinstance(source, str) else "",
        words=tuple(_texts(entry.get("words"))),
    )


def _finding(entry: Any) -> Finding | None:
    if not isinstance(entry, Mapping):
        return None
    parts = {name: " ".join(_texts([entry.get(name)])) for name in Finding.__dataclass_fields__}
    return Finding(**parts) if parts["problem"] else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> Iterator[str]:
    """The texts and numbers in a list, each on one line."""
    for one in _list(value):
        if isinstance(one, str | int | float) and not isinstance(one, bool):
            text = " ".join(str(one).split())
            if text:
                yield text


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0
