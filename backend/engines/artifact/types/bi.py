"""Bi: a flat jade disc with a hole in its centre, lying."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import CM, about
from .base import ArtifactType

SIZE = (0.18, 0.18, 0.011)


def build(rng: np.random.Generator) -> UVMesh:
    """Even thickness, softened edges, a slightly bevelled hole."""
    hole = about(rng, 2.1, 0.05)
    ring = profile(
        "base", (hole + 0.12, 0), (5.5, 0), (8.8, 0.03, CORNER),
        "rim", (8.95, 0.15), (9.0, 0.55), (8.95, 0.95), (8.8, 1.07, CORNER),
        "body", (5.5, 1.1), (hole + 0.12, 1.1, CORNER),
        "hole", (hole, 0.98), (hole - 0.08, 0.55), (hole, 0.12), (hole + 0.12, 0),
        max_step=0.8 * CM,
    )  # fmt: skip
    return assemble([lathe(ring)], size_m=SIZE)


TYPE = ArtifactType("bi", "Bi disc", SIZE, "Typical of museum examples, estimate", "jade", build, culture="Chinese")
