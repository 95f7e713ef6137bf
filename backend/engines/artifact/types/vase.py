"""Vase: pear-shaped, with a flaring neck."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from .base import ArtifactType

SIZE = (0.17, 0.17, 0.30)


def build(rng: np.random.Generator) -> UVMesh:
    """One curve from a ring foot over a low belly to a trumpet mouth."""
    neck, foot = about(rng, 2.4, 0.06), about(rng, 4.9, 0.04)
    outer = profile(
        "base", (0, 0.9), (foot - 0.9, 0.9), (foot - 0.7, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot - 0.1, 0.8), (foot - 0.3, 1.5),
        "body", (5.6, 2.8), (8.1, 7.2), (8.1, 11.2), (5.4, 16.4),
        "neck", (3.2, 20.6), (neck, 24.2), (2.9, 27.4), (4.1, 29.3),
        "rim", (4.5, 29.7),
        max_step=1.1 * CM,
    )  # fmt: skip
    return assemble([vessel(outer, 0.45 * CM, 1.6 * CM).body], size_m=SIZE)


TYPE = ArtifactType("vase", "Vase", SIZE, "Typical of museum examples, estimate", "porcelain", build)
