"""You: a covered wine bucket of oval section with a swing handle. Its lid is on, so it is solid."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, Profile, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.typing import FloatArray
from ._bronzes import block, flange
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.26, 0.215, 0.343)
LONG, SHORT = 1.1, 0.9
PIVOT = 17.6
ASKEW = 0.4
"""Degrees that fittings are turned by, so that no edges of several parts fall together in one plane."""


def _oval(angle: FloatArray, height: FloatArray) -> FloatArray:
    return 1.0 / np.hypot(np.cos(angle) / LONG, np.sin(angle) / SHORT) + 0.0 * height


def _bail() -> Part:
    """The handle, a flat strap from one side over the lid to the other."""
    path = [(10.9, 0, PIVOT - 1.2), (11.9, 0, 19.5), (12.0, 0, 23.0), (10.6, 0, 27.6), (7.4, 0, 31.6)]
    path += [(3.4, 0, 33.5), (0, 0, 33.9)]
    path += [(-x, y, z) for x, y, z in path[-2::-1]]
    return sweep(path, [(2.0, 0.9)], squareness=4.0, max_step=0.012)


def _pivot(side: float) -> Part:
    """The lug and the animal's head that the strap ends in."""
    lug = sweep([(7.6, 0, PIVOT), (12.6, 0, PIVOT)], [(1.7, 1.7)], sides=16)
    return lug.turned("z", side + ASKEW)


def _head(side: float) -> Part:
    return block(1.7, 3.3, 3.2, bevel=0.45).moved((11.9 * CM, 0.0, (PIVOT - 1.7) * CM)).turned("z", side - ASKEW)


def _shape(belly: float) -> Profile:
    return profile(
        "base", (0, 1.6), (6.6, 1.6), (7.2, 0, CORNER),
        "foot", (8.3, 0, CORNER), (8.3, 1.1, CORNER), (7.9, 1.2, CORNER), (7.5, 3.2, CORNER),
        "body", (9.2, 4.8), (belly - 0.1, 8.0), (belly, 10.4), (10.2, 14.0), (8.9, 17.0, CORNER),
        "neck", (8.3, 18.2), (8.1, 19.6, CORNER),
        "groove", (7.8, 19.7, CORNER), (7.8, 20.1, CORNER),
        "lid", (8.6, 20.2, CORNER), (8.65, 21.4), (8.3, 23.0, CORNER), (7.7, 23.9), (5.6, 25.4), (3.0, 26.3),
        (1.1, 26.7, CORNER), (0.9, 27.4), (1.7, 28.3), (1.75, 28.9), (1.1, 29.7), (0, 30.0),
        max_step=0.9 * CM,
    )  # fmt: skip


def build(rng: np.random.Generator) -> UVMesh:
    """Low full belly, foot ring, domed lid with a bud knob, flanges at front and back and on the lid."""
    shape = _shape(about(rng, 10.9, 0.012))
    body = lathe(shape, radius_factor=_oval, segments=88)
    flanges = []
    for side, factor in ((-90.0, SHORT), (90.0, SHORT), (0.0, LONG), (180.0, LONG)):

        def wall(z: float, factor: float = factor) -> float:
            return factor * shape.radius_at(z * CM) / CM - 0.3

        spans = [(1.3, 3.1, 2), (4.6, 16.0 if factor == LONG else 19.2, 5), (20.4, 22.9, 2)]
        flanges += [flange(wall, low, high, 1.15, 0.55, side=side, teeth=teeth) for low, high, teeth in spans]
    ends = [part(side) for side in (0.0, 180.0) for part in (_pivot, _head)]
    return assemble([body], attached=[_bail(), *ends, *flanges], size_m=SIZE)


TYPE = ArtifactType(
    "you",
    "You (wine bucket with swing handle)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Chinese",
    round=False,
    zones=(
        Zone("neck", "band", (0.5, 0.57), regions=("body", "neck")),
        Zone("frieze", "band", (0.16, 0.45), regions=("body",)),
        Zone("foot", "band", (0.035, 0.09), regions=("foot",)),
        Zone("lid", "band", (0.6, 0.67), regions=("lid",)),
    ),
)
