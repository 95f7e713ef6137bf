"""Hill jar: a cylindrical Han jar on three feet under a lid shaped like mountains. Closed, so it is solid."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.222, 0.222, 0.29)
RANGES = (
    (9, 0.0, 8.3, 18.9, 3.9, 5.6),
    (8, 20.0, 6.7, 21.4, 4.2, 4.8),
    (6, 5.0, 4.8, 23.8, 3.9, 4.2),
    (4, 40.0, 2.5, 26.0, 3.0, 2.9),
)
"""Of each range: how many mountains, degrees by which they are turned, distance from the axis, foot, height, width."""


def _mountain(turn: float, out: float, foot: float, height: float, width: float) -> Part:
    """A peak that stands off the lid's cone and leans towards its top."""
    path = [(out, 0, foot), (out + 0.25, 0, foot + 0.5 * height), (out - 0.2, 0, foot + height)]
    section = [(width, 0.62 * width), (0.66 * width, 0.5 * width), (0.5, 0.45)]
    return sweep(path, section, region="lid", sides=14, max_step=0.012).turned("z", turn)


def _foot(side: float) -> Part:
    path = [(9.0, 0, 4.6), (9.9, 0, 3.0), (9.6, 0, 1.2), (9.7, 0, 0.0)]
    return sweep(path, [(4.4, 2.6), (3.8, 2.4), (2.8, 2.2), (3.2, 2.6)], region="foot").turned("z", side)


def build(rng: np.random.Generator) -> UVMesh:
    """Straight wall with two bands, conical lid."""
    band, peak = about(rng, 6.4, 0.05), about(rng, 1.0, 0.1)
    jar = profile(
        "base", (0, 2.4), (10.2, 2.4, CORNER),
        "body", (10.7, 2.8), (10.8, 4.0, CORNER), (10.8, band, CORNER), (11.05, band + 0.2), (10.8, band + 0.4, CORNER),
        (10.8, 15.2, CORNER), (11.05, 15.4), (10.8, 15.6, CORNER), (10.8, 17.6, CORNER),
        "groove", (10.55, 17.75, CORNER), (10.55, 18.05, CORNER),
        "lid", (10.9, 18.2), (10.9, 18.8), (10.5, 19.3, CORNER), (8.4, 21.6), (5.8, 24.0), (3.5, 26.6), (1.9, 28.4),
        (peak, 28.9), (0, 29.0),
        max_step=0.9 * CM,
    )  # fmt: skip
    mountains = [
        _mountain(turn + 360.0 * k / count, out, foot, about(rng, height, 0.05), width)
        for count, turn, out, foot, height, width in RANGES
        for k in range(count)
    ]
    feet = [_foot(side) for side in (-90.0, 30.0, 150.0)]
    return assemble([lathe(jar)], attached=[*feet, *mountains], size_m=SIZE)


TYPE = ArtifactType(
    "hill_jar",
    "Hill jar",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Chinese",
    zones=(
        Zone("frieze", "band", (0.26, 0.515), regions=("body",)),
        Zone("border", "band", (0.55, 0.6), regions=("body",)),
        Zone("lid", "band", (0.67, 0.96), regions=("lid",)),
    ),
)
