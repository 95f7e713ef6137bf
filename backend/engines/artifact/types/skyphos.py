"""Skyphos: a deep two-handled drinking cup."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, loop_handle
from ._greek import bands, pictures
from .base import ArtifactType

SIZE = (0.24, 0.16, 0.125)
TOP = 12.5


def build(rng: np.random.Generator) -> UVMesh:
    """Steep wall on a ring foot, horizontal loops just below the rim."""
    foot, belly = about(rng, 5.0, 0.04), about(rng, 7.6, 0.02)
    outer = profile(
        "base", (0, 0.7), (foot - 0.9, 0.7), (foot - 0.6, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot + 0.25, 0.55), (foot - 0.1, 1.15, CORNER),
        "body", (5.7, 2.4), (belly - 0.7, 5.4), (belly + 0.1, 9.2), (7.95, 11.6),
        "rim", (8.0, 12.3),
        max_step=0.9 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.36 * CM, 1.1 * CM, fillet=0.8 * CM)
    handles = [loop_handle(pot, 10.5, 7.4, 12.0, 0.9, 1.1, side=side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "skyphos",
    "Skyphos (two-handled cup)",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(TOP, lip=(11.2, 12.5), frieze=(3.4, 11.0), lower=(1.2, 3.2), foot=(0.0, 1.1)),
        *pictures(TOP, 3.4, 11.0, 124.0),
    ),
)
