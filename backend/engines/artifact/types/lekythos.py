"""Lekythos: a slender oil flask."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from ._greek import bands
from .base import ArtifactType, Zone

SIZE = (0.104, 0.104, 0.31)
TOP = 31.0


def build(rng: np.random.Generator) -> UVMesh:
    """Cylindrical body, sharp shoulder, narrow neck with a cup mouth, one handle."""
    neck, waist = about(rng, 1.1, 0.05), about(rng, 4.9, 0.02)
    outer = profile(
        "base", (0, 0.5), (2.2, 0.4), (2.6, 0, CORNER),
        "foot", (3.6, 0, CORNER), (3.7, 0.5), (3.6, 1.3, CORNER), (2.2, 1.6, CORNER),
        "body", (2.0, 2.2), (3.0, 3.8), (4.5, 7.6), (waist + 0.1, 12.0), (5.2, 19.6), (5.15, 20.5, CORNER),
        "shoulder", (4.8, 20.9), (3.3, 21.9), (1.7, 22.6, CORNER),
        "neck", (neck, 23.4), (neck + 0.05, 26.2), (1.45, 27.2, CORNER),
        "rim", (2.1, 27.6), (2.55, 28.8), (2.75, 30.0), (3.1, 30.85),
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
    zones=(
        *bands(
            TOP, lip=(27.2, 31.0), neck=(22.8, 27.0), shoulder=(20.6, 22.5), frieze=(8.0, 18.9), border=(19.0, 20.4),
            lower=(2.2, 7.6), foot=(0.0, 1.5),
        ),
        # The picture faces away from the handle and runs far around.
        Zone("field", "window", (8.0 / TOP, 18.9 / TOP, 180.0, 240.0)),
    ),
)  # fmt: skip
