"""Pelike: a sagging storage jar, widest low down, with two handles from neck to body."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from ._greek import bands, pictures
from .base import ArtifactType

SIZE = (0.228, 0.228, 0.309)
TOP = 30.9


def build(rng: np.random.Generator) -> UVMesh:
    """One curve from the neck down to a low belly, torus lip, disc foot."""
    neck, belly = about(rng, 5.1), about(rng, 10.2, 0.03)
    outer = profile(
        "base", (0, 0.7), (5.2, 0.7), (5.6, 0, CORNER),
        "foot", (6.6, 0, CORNER), (6.85, 0.6), (6.6, 1.3, CORNER),
        "body", (8.8, 3.0), (11.0, 6.4), (11.4, belly), (10.1, 15.6), (7.7, 20.4),
        "neck", (5.6, 24.6), (neck, 27.2), (5.4, 29.2, CORNER),
        "rim", (6.3, 29.5), (6.5, 30.2), (6.2, 30.8),
        max_step=1.1 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.55 * CM, 1.5 * CM, fillet=0.9 * CM)
    strap = [(3.3, 1.3), (2.6, 1.1), (2.4, 1.0), (2.4, 1.0), (2.9, 1.1)]
    bow = [(9.6, 20.8), (9.7, 24.6), (7.7, 27.6)]
    handles = [vertical_handle(pot, 18.2, 27.8, bow, strap, side=side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "pelike",
    "Pelike",
    SIZE,
    "Metropolitan Museum of Art 56.171.43: height 30.9 cm, mouth 13 cm, foot 13.7 cm; belly estimated",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(TOP, lip=(29.3, 30.9), neck=(24.6, 29.0), frieze=(7.0, 23.0), lower=(1.4, 5.6), foot=(0.0, 1.3)),
        *pictures(TOP, 7.0, 23.0, 132.0),
    ),
)
