"""Skyphos: a deep two-handled drinking cup."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, loop_handle
from .base import ArtifactType

SIZE = (0.235, 0.156, 0.125)


def build(rng: np.random.Generator) -> UVMesh:
    """Steep wall on a ring foot, horizontal loops just below the rim."""
    foot, belly = about(rng, 4.6, 0.04), about(rng, 7.4, 0.02)
    outer = profile(
        "base", (0, 0.7), (foot - 0.9, 0.7), (foot - 0.6, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot + 0.15, 0.5), (foot - 0.1, 1.0, CORNER),
        "body", (5.6, 2.4), (belly - 0.4, 5.6), (belly + 0.1, 9.2), (7.75, 11.6),
        "rim", (7.8, 12.3),
        max_step=0.9 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.36 * CM, 1.1 * CM, fillet=0.8 * CM)
    handles = [loop_handle(pot, 10.7, 6.6, 11.75, 0.5, 1.05, side=side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "skyphos",
    "Skyphos (two-handled cup)",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Greek",
)
