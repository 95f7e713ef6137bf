"""Vase: a baluster with a high round shoulder, a short neck and a flared mouth."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.17, 0.17, 0.30)


def build(rng: np.random.Generator) -> UVMesh:
    """Spreading foot, slender waist, shoulder at two thirds, waisted neck."""
    neck, waist = about(rng, 3.3, 0.05), about(rng, 4.7, 0.04)
    outer = profile(
        "base", (0, 0.9), (4.8, 0.9), (5.2, 0, CORNER),
        "foot", (5.9, 0, CORNER), (5.85, 0.7, CORNER), (5.3, 1.9),
        "body", (waist, 4.6), (5.4, 9.2), (7.2, 14.4), (8.5, 19.0), (7.9, 22.4), (5.2, 24.2),
        "shoulder", (neck + 0.35, 25.1),
        "neck", (neck, 26.4), (3.7, 28.3),
        "rim", (4.9, 29.5), (5.2, 29.7),
        max_step=1.1 * CM,
    )  # fmt: skip
    return assemble([vessel(outer, 0.45 * CM, 1.6 * CM).body], size_m=SIZE)


TYPE = ArtifactType(
    "vase",
    "Vase",
    SIZE,
    "Typical of museum examples, estimate",
    "porcelain",
    build,
    zones=(
        Zone("neck", "band", (0.85, 0.96), regions=("neck", "shoulder")),
        Zone("shoulder", "band", (0.73, 0.83), regions=("body", "shoulder")),
        Zone("frieze", "band", (0.34, 0.71), regions=("body",)),
        Zone("lower", "band", (0.12, 0.3), regions=("body",)),
        Zone("foot", "band", (0.0, 0.06), regions=("foot",)),
    ),
)
