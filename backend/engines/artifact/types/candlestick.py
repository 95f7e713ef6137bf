"""Candlestick: a turned shaft between a broad foot and a socket."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import CM, about
from ._greek import bands
from .base import ArtifactType

SIZE = (0.14, 0.14, 0.235)
TOP = 23.5


def build(rng: np.random.Generator) -> UVMesh:
    """A drip tray at mid-height, two knops, a hole for the candle."""
    shaft, knop = about(rng, 1.15, 0.06), about(rng, 2.1, 0.06)
    outline = profile(
        "base", (0, 1.6), (4.0, 1.2), (6.2, 0, CORNER),
        "foot", (6.8, 0, CORNER), (7.0, 0.5), (6.7, 1.0, CORNER), (5.0, 1.7), (3.0, 3.4), (shaft + 0.3, 5.6, CORNER),
        "shaft", (knop, 6.4), (shaft + 0.2, 7.3, CORNER), (shaft, 9.4), (shaft + 0.2, 11.4, CORNER),
        "tray", (3.0, 11.7), (4.6, 12.5), (4.75, 12.9), (4.5, 12.95, CORNER), (3.0, 12.4), (shaft + 0.25, 12.3, CORNER),
        "shaft", (shaft, 14.0), (shaft + 0.15, 16.2, CORNER), (knop - 0.1, 17.1), (shaft + 0.2, 18.0, CORNER),
        "socket", (1.5, 18.5), (1.75, 20.4), (1.8, 22.0, CORNER), (2.3, 22.6), (2.4, 23.2), (2.2, 23.5, CORNER),
        "rim", (1.4, 23.4, CORNER), "interior", (1.15, 22.8), (1.05, 20.4, CORNER), (0, 20.2),
        max_step=0.8 * CM,
    )  # fmt: skip
    return assemble([lathe(outline)], size_m=SIZE)


TYPE = ArtifactType(
    "candlestick",
    "Candlestick",
    SIZE,
    "Typical of museum examples, estimate",
    "porcelain",
    build,
    zones=bands(TOP, lip=(22.0, 23.5), neck=(18.4, 21.6), frieze=(13.0, 16.4), lower=(7.2, 11.4), foot=(0.0, 4.6)),
)
