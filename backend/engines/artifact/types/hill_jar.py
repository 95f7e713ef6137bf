"""Hill jar: a cylindrical Han jar on three feet under a lid shaped like mountains. Closed, so it is solid."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.typing import FloatArray
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.222, 0.222, 0.29)
RANGES = (
    (19.3, 23.4, 9, 0.0, 0.1),
    (20.8, 25.6, 7, 0.5, 0.17),
    (22.8, 27.8, 5, 0.25, 0.25),
    (24.8, 29.6, 3, 0.0, 0.28),
)
"""Foot, top (centimetres), number, turn and reach (share of the radius) of the mountains of each range."""


def _peaks(angle: FloatArray, height: FloatArray) -> FloatArray:
    """Pointed mountains in front of each other: each narrows upwards and stands off the cone."""
    factor = np.ones(angle.shape)
    for foot, top, count, phase, reach in RANGES:
        up = (height / CM - foot) / (top - foot)
        off = np.abs((angle * count / (2.0 * np.pi) + phase) % 1.0 - 0.5) * 2.0
        inside = np.clip(1.8 * (1.0 - off / np.maximum(1.0 - up, 0.05)), 0.0, 1.0)
        factor = np.maximum(factor, 1.0 + reach * inside * np.clip(1.5 * up + 0.15, 0.0, 1.0) * (up > 0.0))
    return factor


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
        max_step=0.55 * CM,
    )  # fmt: skip
    body = lathe(jar, radius_factor=_peaks, segments=126)
    return assemble([body], attached=[_foot(side) for side in (-90.0, 30.0, 150.0)], size_m=SIZE)


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
