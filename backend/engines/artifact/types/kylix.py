"""Kylix: a shallow drinking cup on a stem."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, loop_handle
from .base import ArtifactType

SIZE = (0.385, 0.30, 0.13)


def build(rng: np.random.Generator) -> UVMesh:
    """One sweep from foot to lip, two horizontal handles that rise to the rim."""
    stem, foot = about(rng, 1.35), about(rng, 5.9)
    outer = profile(
        "base", (0, 2.6), (1.4, 1.4), (4.6, 0, CORNER),
        "foot", (foot - 0.2, 0, CORNER), (foot, 0.35), (foot - 0.2, 0.75, CORNER), (3.0, 1.2), (1.7, 2.3), (stem, 4.0),
        (1.7, 5.2), (3.2, 5.9),
        "body", (7.0, 6.7), (11.2, 8.4), (13.8, 10.5), (14.7, 11.9),
        "rim", (14.95, 12.4),
        max_step=1.2 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.38 * CM, 6.0 * CM)
    handles = [loop_handle(pot, 9.6, 9.6, 19.25, 2.9, 1.15, side=side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "kylix", "Kylix (drinking cup)", SIZE, "Typical of museum examples, estimate", "terracotta", build, culture="Greek"
)
