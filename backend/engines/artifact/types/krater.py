"""Bell krater: a wide bowl for mixing wine, shaped like an upturned bell."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, loop_handle
from .base import ArtifactType

SIZE = (0.41, 0.38, 0.36)


def build(rng: np.random.Generator) -> UVMesh:
    """Bell body on a disc foot, two upturned horizontal handles."""
    waist, stem = about(rng, 15.6, 0.02), about(rng, 5.0)
    outer = profile(
        "base", (0, 2.0), (4.0, 1.6), (7.0, 0, CORNER),
        "foot", (9.0, 0, CORNER), (9.2, 0.9), (8.9, 1.7, CORNER), (6.4, 2.3), (stem, 3.6), (5.2, 5.2, CORNER),
        "body", (8.6, 6.6), (13.2, 11.2), (waist - 0.3, 18.0), (waist, 24.0), (16.6, 30.0), (18.2, 33.4, CORNER),
        "rim", (18.9, 34.0), (18.95, 35.0), (18.5, 35.7),
        max_step=1.5 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.75 * CM, 6.6 * CM)
    handles = [loop_handle(pot, 19.5, 11.5, 20.5, 5.4, 2.1, side=side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "krater", "Bell krater", SIZE, "Typical of museum examples, estimate", "terracotta", build, culture="Greek"
)
