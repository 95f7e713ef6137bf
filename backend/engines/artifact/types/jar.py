"""Jar: a globular storage jar with a short neck."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from ._greek import bands
from .base import ArtifactType

SIZE = (0.29, 0.29, 0.30)
TOP = 30.0


def build(rng: np.random.Generator) -> UVMesh:
    """Broad shoulder, flat base, rolled rim."""
    foot, neck = about(rng, 6.6, 0.05), about(rng, 6.4, 0.04)
    outer = profile(
        "base", (0, 0.4), (foot - 1.2, 0.4), (foot - 0.8, 0, CORNER),
        "body", (foot, 0.15), (10.2, 6.0), (13.8, 13.0), (14.5, 18.6), (12.4, 24.0), (8.2, 26.6),
        (neck + 0.5, 27.2, CORNER),
        "neck", (neck, 27.8), (neck + 0.2, 28.6, CORNER),
        "rim", (7.1, 29.0), (7.3, 29.5), (7.0, 29.9),
        max_step=1.3 * CM,
    )  # fmt: skip
    return assemble([vessel(outer, 0.65 * CM, 1.2 * CM, fillet=0.8 * CM).body], size_m=SIZE)


TYPE = ArtifactType(
    "jar",
    "Jar",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    zones=bands(
        TOP, lip=(28.6, 30.0), neck=(27.2, 28.6), shoulder=(22.0, 26.8), frieze=(10.0, 21.6), lower=(1.0, 8.5)
    ),
)
