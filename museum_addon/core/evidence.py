"""What the bytes of an evidence map say, in which colours that is shown, and which share of a texture each has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("evidence.json")
PATTERNS = ("plain", "hatched", "dots", "crossed")
SOURCE, CONFIDENCE, VIEW, NO_VIEW = range(4)
"""Rows of the table of colours: by the red, the blue, the green channel, and by the red one where no view painted."""
SHOWN = {"source": SOURCE, "confidence": CONFIDENCE, "view": VIEW}
OTHER = "empty"


@dataclass(frozen=True)
class Source:
    """One way in which a texel comes to be. first: the least value of the red channel that means it."""

    name: str
    first: int
    colour: tuple[float, float, float]
    pattern: str
    title: str
    about: str


@dataclass(frozen=True)
class Shares:
    """Texels of the charts by how they came to be; each share is one of the texels that are not empty, 0..1."""

    observed: float
    interpolated: float
    generated: float
    texels: int

    def joined(self, other: Shares) -> Shares:
        """Of two textures together."""
        total = self.texels + other.texels
        weights = (self.texels / total, other.texels / total) if total else (0.0, 0.0)
        mixed = [weights[0] * a + weights[1] * b for a, b in zip(self.values(), other.values(), strict=True)]
        return Shares(mixed[0], mixed[1], mixed[2], total)

    def values(self) -> tuple[float, float, float]:
        """The three shares."""
        return self.observed, self.interpolated, self.generated


@cache
def _table() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


@cache
def sources() -> tuple[Source, ...]:
    """The ways, the surest first; the last is "empty"."""
    return tuple(
        Source(s["name"], s["from"], rgb(s["colour"]), s["pattern"], s["title"], s["about"])
        for s in _table()["sources"]
    )


def gutter_codes() -> tuple[int, int]:
    """From where on, and below what, the red channel means the margin around charts."""
    return int(_table()["gutter_from"]), min(source.first for source in sources() if source.first)


def no_view() -> int:
    """The value of the green channel where no view painted."""
    return int(_table()["no_view"])


def rgb(code: str) -> tuple[float, float, float]:
    """(3,) sRGB in 0..1 of "#rrggbb". Raises ValueError."""
    if not re.fullmatch("#[0-9a-f]{6}", code):
        raise ValueError(f"{code} is no colour")
    return (int(code[1:3], 16) / 255.0, int(code[3:5], 16) / 255.0, int(code[5:7], 16) / 255.0)


def without_view() -> Mapping[str, tuple[float, float, float]]:
    """By the name of a source the colour of what no view painted."""
    return {name: rgb(code) for name, code in _table()["without_view"].items()}


def view_style(number: int) -> tuple[tuple[float, float, float], str]:
    """Colour and pattern of a view, counted from 0: colours come back with another pattern."""
    colours, patterns = _table()["views"], _table()["view_patterns"]
    return rgb(colours[number % len(colours)]), patterns[number // len(colours) % len(patterns)]


def confidence_colour(share: float) -> tuple[float, float, float]:
    """SRGB of a confidence, 0..1."""
    steps = np.array([rgb(code) for code in _table()["confidence"]])
    place = np.linspace(0.0, 1.0, len(steps))
    red, green, blue = (float(np.interp(share, place, steps[:, channel])) for channel in range(3))
    return red, green, blue


@cache
def lookup() -> NDArray[np.float32]:
    """(4, 256, 4) what each byte is shown as, a row for each of SOURCE, CONFIDENCE, VIEW and NO_VIEW.

    sRGB in 0..1; the last channel is the number of the pattern, over the number of patterns.
    """
    found = np.zeros((4, 256, 4), dtype=np.float32)
    grey = without_view()
    for source in reversed(sources()):
        found[SOURCE, source.first :] = (*source.colour, _coded(source.pattern))
        found[NO_VIEW, source.first :] = (*grey[source.name], _coded(source.pattern))
    for value in range(256):
        colour, pattern = view_style(value)
        found[VIEW, value] = (*colour, _coded(pattern))
        found[CONFIDENCE, value, :3] = confidence_colour(value / 255.0)
    return found


def _coded(pattern: str) -> float:
    return PATTERNS.index(pattern) / len(PATTERNS)


def shares_of(red: NDArray[np.float32]) -> Shares:
    """Counted. red: (n,) the red channel, 0..1; what is empty or a margin is left out."""
    values = np.ascontiguousarray(red)
    reached = [
        int(np.count_nonzero(values >= (source.first - 0.5) / 255.0)) for source in sources() if source.name != OTHER
    ]
    total = reached[-1]
    observed, interpolated, generated = (
        count / total if total else 0.0 for count in np.diff([0, *reached]).tolist()
    )
    return Shares(observed, interpolated, generated, total)
