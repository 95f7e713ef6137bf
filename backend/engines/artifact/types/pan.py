"""Pan: a wide shallow water basin on a ring foot with two ears."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.vessel import vessel
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.545, 0.473, 0.162)


def _ear(root: float, side: float) -> Part:
    """An upright loop that grows out of the wall below the rim and bends up beside it."""
    path = [(root, -4.0, 9.4), (24.2, -4.0, 9.0), (25.8, -4.1, 10.6), (26.3, -3.9, 13.6), (26.5, -2.4, 15.3)]
    path.append((26.5, 0, 15.5))
    path += [(x, -y, z) for x, y, z in path[-2::-1]]
    # The leg leaves the wall level and turns upwards: no one direction lies across all of it.
    up = [(-0.1, 0, 1), (-0.3, 0, 1), (-0.9, 0, 0.5), (-1, 0, 0), (-1, 0, -0.35)]
    up += [(-1, 0, -0.35), *up[::-1]]
    return sweep(path, [(1.3, 1.5)], up=up, squareness=3.6, max_step=0.012).turned("z", side)


def build(rng: np.random.Generator) -> UVMesh:
    """Nearly upright wall, flat everted rim, high foot ring."""
    foot, wall = about(rng, 16.2, 0.02), about(rng, 21.8, 0.01)
    outer = profile(
        "base", (0, 4.9), (13.0, 4.8), (14.6, 4.0), (foot - 1.1, 1.4), (foot - 0.6, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot, 0.9, CORNER), (foot - 0.4, 1.0), (15.3, 2.8), (15.1, 5.2, CORNER),
        "body", (18.0, 6.0), (20.6, 7.6), (wall, 10.4), (22.2, 13.4, CORNER),
        "rim", (23.2, 13.6), (23.6, 13.9),
        max_step=1.6 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.5 * CM, 5.8 * CM)
    ears = [_ear(pot.at(9.4) - 0.4, side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=ears, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "pan",
    "Pan (water basin)",
    SIZE,
    "Shi Qiang pan, Baoji Bronzeware Museum: 16.2 cm high, mouth 47.3 cm across; width over the ears estimated",
    "bronze",
    build,
    culture="Chinese",
    zones=(
        Zone("frieze", "band", (0.48, 0.8), regions=("body",)),
        Zone("foot", "band", (0.075, 0.31), regions=("foot",)),
        Zone("centre", "ring", (0.0, 0.8), "top", ("interior",)),
    ),
)
