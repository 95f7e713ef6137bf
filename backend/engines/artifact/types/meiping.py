"""Meiping: a Chinese vase with a small mouth and broad shoulders, for a spray of plum blossom."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.21, 0.21, 0.35)


def build(rng: np.random.Generator) -> UVMesh:
    """Round shoulder, a long taper to the foot."""
    foot, waist = about(rng, 5.8, 0.04), about(rng, 6.4, 0.04)
    outer = profile(
        "base", (0, 0.7), (foot - 1.0, 0.7), (foot - 0.8, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot + 0.1, 0.6),
        "body", (waist - 0.2, 5.0), (7.4, 12.0), (9.4, 20.0), (10.5, 26.0), (9.4, 30.6), (5.8, 32.6),
        (3.0, 33.2, CORNER),
        "neck", (2.35, 33.7), (2.4, 34.2),
        "rim", (3.0, 34.6), (3.05, 34.9),
        max_step=1.2 * CM,
    )  # fmt: skip
    return assemble([vessel(outer, 0.5 * CM, 1.4 * CM, fillet=0.4 * CM).body], size_m=SIZE)


TYPE = ArtifactType(
    "meiping",
    "Meiping vase",
    SIZE,
    "Typical of museum examples, estimate",
    "celadon",
    build,
    culture="Chinese",
    zones=(
        Zone("shoulder", "band", (0.79, 0.94), regions=("body",)),
        Zone("frieze", "band", (0.36, 0.76), regions=("body",)),
        Zone("lower", "band", (0.03, 0.3), regions=("body",)),
    ),
)
