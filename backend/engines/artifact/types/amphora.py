"""Neck amphora: a storage jar with two handles from shoulder to neck."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from .base import ArtifactType

SIZE = (0.285, 0.27, 0.42)


def build(rng: np.random.Generator) -> UVMesh:
    """Ovoid body, echinus mouth, strap handles."""
    neck, belly = about(rng, 5.4), about(rng, 25.0, 0.02)
    outer = profile(
        "base", (0, 0.8), (4.6, 0.8), (5.0, 0, CORNER),
        "foot", (6.3, 0, CORNER), (6.9, 0.7), (6.7, 1.7), (5.0, 2.3, CORNER),
        "body", (6.6, 5.2), (10.6, 13.0), (13.4, belly - 1.5), (12.6, 29.5), (9.0, 33.2), (neck + 0.6, 34.4, CORNER),
        "neck", (neck, 36.0), (neck + 0.3, 39.2, CORNER),
        "rim", (7.0, 40.0), (7.5, 41.2), (7.2, 41.9),
        max_step=1.2 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.6 * CM, 2.6 * CM)
    strap = [(3.4, 1.5), (2.8, 1.2), (2.6, 1.2), (2.7, 1.2), (3.2, 1.3)]
    bow = [(13.3, 33.6), (11.9, 38.0), (8.4, 39.6)]
    handles = [vertical_handle(pot, 30.0, 38.6, bow, strap, side=side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "amphora", "Neck amphora", SIZE, "Typical of museum examples, estimate", "terracotta", build, culture="Greek"
)
