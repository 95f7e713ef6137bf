"""Kantharos: a stemmed drinking cup with two handles that loop high above the rim, the cup of Dionysos."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from ._greek import bands, pictures
from .base import ArtifactType

SIZE = (0.228, 0.155, 0.20)
TOP = 20.0
SIDES = (0.7, 180.7)
"""A little off the wall's meridians, so that no edge of a strap lies on an edge of the wall."""


def build(rng: np.random.Generator) -> UVMesh:
    """Keeled bowl with a flaring wall, strap handles from the keel up and over to the rim."""
    stem, wall = about(rng, 1.45, 0.04), about(rng, 6.3, 0.02)
    outer = profile(
        "base", (0, 1.6), (1.8, 1.2), (3.8, 0, CORNER),
        "foot", (4.6, 0, CORNER), (4.8, 0.4), (4.5, 0.85, CORNER), (2.6, 1.5), (stem, 3.0), (1.7, 4.4, CORNER),
        "lower", (3.6, 4.9), (5.7, 6.0), (6.6, 7.2, CORNER), (6.8, 7.5), (6.6, 7.8, CORNER),
        "body", (wall, 8.0, CORNER), (wall + 0.1, 10.2), (6.8, 12.8), (7.55, 14.8),
        "rim", (7.72, 15.3),
        max_step=0.9 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.36 * CM, 5.2 * CM)
    bow = [(7.6, 6.9), (9.6, 9.8), (10.8, 14.4), (11.0, 18.2), (9.9, 19.7), (8.5, 17.9)]
    strap = [(2.4, 0.9), (2.0, 0.75), (1.8, 0.65), (1.8, 0.6), (1.9, 0.6), (2.0, 0.6), (2.1, 0.65), (2.5, 0.8)]
    handles = [vertical_handle(pot, 6.3, 14.35, bow, strap, side=side, squareness=3.4) for side in SIDES]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "kantharos",
    "Kantharos (high-handled cup)",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(TOP, lip=(14.2, 15.6), frieze=(8.2, 14.0), lower=(4.6, 7.4), foot=(0.0, 1.2)),
        *pictures(TOP, 8.2, 14.0, 140.0),
    ),
)
