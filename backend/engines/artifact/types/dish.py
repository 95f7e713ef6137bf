"""Dish: wide and shallow with a flat rim."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.33, 0.33, 0.05)


def build(rng: np.random.Generator) -> UVMesh:
    """A low well, a curved cavetto, a wide flange."""
    foot, well = about(rng, 8.2, 0.04), about(rng, 12.6, 0.02)
    outer = profile(
        "base", (0, 0.8), (foot - 0.8, 0.8), (foot - 0.5, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot + 0.25, 0.8, CORNER),
        "body", (10.4, 1.3), (well, 3.2), (well + 0.6, 4.0),
        "rim", (14.2, 4.35), (16.2, 4.6), (16.45, 4.65),
        max_step=1.4 * CM,
    )  # fmt: skip
    return assemble([vessel(outer, 0.42 * CM, 1.3 * CM).body], size_m=SIZE)


TYPE = ArtifactType(
    "dish",
    "Dish",
    SIZE,
    "Typical of museum examples, estimate",
    "porcelain",
    build,
    zones=(
        Zone("centre", "ring", (0.0, 0.62), "top", ("interior",)),
        Zone("frieze", "ring", (0.65, 0.76), "top", ("interior",)),
        Zone("border", "ring", (0.8, 0.98), "top", ("interior", "rim")),
        Zone("lower", "band", (0.3, 0.8), regions=("body",)),
    ),
)
