"""Neck amphora: a storage jar with two handles from shoulder to neck."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from ._greek import bands, pictures
from .base import ArtifactType

SIZE = (0.28, 0.273, 0.42)
TOP = 42.0


def build(rng: np.random.Generator) -> UVMesh:
    """Ovoid body drawn in to an echinus foot, offset neck, echinus mouth, strap handles."""
    neck, belly = about(rng, 5.3), about(rng, 21.5, 0.02)
    outer = profile(
        "base", (0, 1.0), (4.2, 0.9), (5.2, 0, CORNER),
        "foot", (6.4, 0, CORNER), (6.9, 0.8), (6.3, 2.0), (4.4, 2.7, CORNER),
        "body", (6.0, 5.6), (10.2, 12.6), (13.2, 19.0), (13.6, belly + 1.5), (12.6, 27.2),
        "shoulder", (9.8, 30.6), (neck + 0.8, 32.4, CORNER),
        "neck", (neck, 33.6), (neck, 36.6), (neck + 0.4, 38.6, CORNER),
        "rim", (6.6, 39.2), (7.5, 40.8), (7.5, 41.8),
        max_step=1.2 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.6 * CM, 3.3 * CM)
    strap = [(3.6, 1.6), (3.0, 1.35), (2.8, 1.3), (2.8, 1.3), (3.2, 1.3)]
    bow = [(13.2, 32.2), (12.6, 36.4), (9.0, 38.6)]
    handles = [vertical_handle(pot, 28.2, 37.9, bow, strap, side=side, squareness=3.0) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "amphora",
    "Neck amphora",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(
            TOP, lip=(38.8, 42.0), neck=(33.2, 38.4), shoulder=(28.6, 32.2), frieze=(13.5, 28.2), lower=(3.0, 9.0),
            foot=(0.0, 2.6),
        ),
        *pictures(TOP, 13.5, 28.2, 140.0),
    ),
)  # fmt: skip
