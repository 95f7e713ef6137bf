"""Lekythos: a slender oil flask."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from .base import ArtifactType

SIZE = (0.104, 0.104, 0.31)


def build(rng: np.random.Generator) -> UVMesh:
    """Cylindrical body, sharp shoulder, narrow neck with a cup mouth, one handle."""
    neck, waist = about(rng, 1.15, 0.05), about(rng, 4.9, 0.02)
    outer = profile(
        "base", (0, 0.5), (2.2, 0.4), (2.6, 0, CORNER),
        "foot", (3.6, 0, CORNER), (3.7, 0.5), (3.6, 1.3, CORNER), (2.2, 1.6, CORNER),
        "body", (1.9, 2.2), (2.7, 3.6), (4.3, 8.0), (waist, 13.0), (5.2, 19.2), (5.15, 20.4), (4.7, 21.2),
        "shoulder", (3.2, 22.0), (1.9, 22.6, CORNER),
        "neck", (neck, 23.6), (neck + 0.05, 25.6), (1.6, 26.8, CORNER),
        "rim", (2.0, 27.2), (2.7, 28.8), (3.1, 30.4), (3.0, 30.9),
        max_step=1.0 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.35 * CM, 2.8 * CM, fillet=0.2 * CM)
    bow = [(4.7, 24.4), (4.4, 26.4), (2.9, 27.0)]
    strap = [(1.7, 0.8), (1.35, 0.65), (1.3, 0.6), (1.35, 0.65), (1.6, 0.7)]
    handle = vertical_handle(pot, 21.4, 26.2, bow, strap)
    return assemble([pot.body], attached=[handle], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "lekythos",
    "Lekythos (oil flask)",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Greek",
)
