"""Aryballos: an athlete's round oil flask with a disc for a lip and one small handle."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from ._greek import bands, pictures
from .base import ArtifactType

SIZE = (0.0585, 0.0585, 0.064)
TOP = 6.4
SIDE = 0.7
"""A little off the wall's meridian, so that no edge of the strap lies on an edge of the wall."""


def build(rng: np.random.Generator) -> UVMesh:
    """Corinthian: a globe, a short neck, a broad flat disc, a strap from its edge to the shoulder."""
    belly, neck = about(rng, 2.7, 0.03), about(rng, 0.72, 0.05)
    outer = profile(
        "base", (0, 0.2), (0.5, 0.15), (0.75, 0, CORNER),
        "body", (1.05, 0.07), (2.25, 0.95), (2.92, belly), (2.4, 4.2),
        "shoulder", (1.6, 4.85), (0.85, 5.15, CORNER),
        "neck", (neck, 5.35), (neck + 0.05, 5.7, CORNER),
        "rim", (1.8, 5.8, CORNER), (1.95, 6.02), (1.8, 6.25, CORNER), (0.72, 6.27, CORNER), (0.7, 6.3),
        max_step=0.28 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.24 * CM, 0.4 * CM, fillet=0.5 * CM, max_step=0.004)
    strap = [(1.7, 0.42), (1.5, 0.34), (1.4, 0.32), (1.5, 0.34)]
    handle = vertical_handle(pot, 4.4, 6.0, [(2.66, 5.05), (2.42, 5.8)], strap, side=SIDE, squareness=3.4)
    return assemble([pot.body], attached=[handle], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "aryballos",
    "Aryballos (oil flask)",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(TOP, lip=(5.75, 6.4), shoulder=(4.3, 5.15), frieze=(1.5, 4.2), lower=(0.15, 1.3)),
        *pictures(TOP, 1.5, 4.2, 150.0)[:1],
    ),
)
