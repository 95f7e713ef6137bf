"""Bi: a flat jade disc with a hole in its centre, lying."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.18, 0.18, 0.009)


def build(rng: np.random.Generator) -> UVMesh:
    """Even thickness, a narrow raised border along both edges on both faces, the field between them sunk.

    The Erya has the jade of a bi twice as wide as its hole, so that the hole is a fifth of the disc.
    """
    hole = about(rng, 1.85, 0.04)
    ring = profile(
        "base", (hole + 0.06, 0, CORNER), (hole + 0.34, 0, CORNER), (hole + 0.42, 0.08, CORNER), (8.5, 0.08, CORNER),
        (8.58, 0, CORNER), (8.93, 0, CORNER),
        "rim", (9.0, 0.08, CORNER), (9.0, 0.82, CORNER), (8.93, 0.9, CORNER),
        "body", (8.58, 0.9, CORNER), (8.5, 0.82, CORNER), (hole + 0.42, 0.82, CORNER), (hole + 0.34, 0.9, CORNER),
        (hole + 0.06, 0.9, CORNER),
        "hole", (hole, 0.84, CORNER), (hole - 0.04, 0.45), (hole, 0.06, CORNER), (hole + 0.06, 0),
        max_step=0.8 * CM,
    )  # fmt: skip
    return assemble([lathe(ring)], size_m=SIZE)


TYPE = ArtifactType(
    "bi",
    "Bi disc",
    SIZE,
    "Typical of museum examples, estimate; the hole as the Erya has it, half as wide as the jade",
    "jade",
    build,
    culture="Chinese",
    zones=(
        Zone("field", "ring", (0.27, 0.935), "top", ("body",)),
        Zone("field", "ring", (0.27, 0.935), "bottom", ("base",)),
    ),
)
