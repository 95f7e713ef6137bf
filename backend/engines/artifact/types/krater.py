"""Bell krater: a wide bowl for mixing wine, shaped like an upturned bell."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from ._greek import bands, curling_handle, pictures
from .base import ArtifactType

SIZE = (0.464, 0.454, 0.41)
TOP = 41.0


def build(rng: np.random.Generator) -> UVMesh:
    """Bell body on a short stem and a disc foot, two small upturned handles, an overhanging lip."""
    waist, stem = about(rng, 18.0, 0.015), about(rng, 6.4, 0.02)
    outer = profile(
        "base", (0, 2.4), (5.0, 2.0), (8.4, 0, CORNER),
        "foot", (10.9, 0, CORNER), (11.2, 1.2), (10.9, 2.5, CORNER), (8.4, 3.0), (stem, 4.8), (6.5, 6.0, CORNER),
        "body", (10.2, 7.4), (15.2, 11.6), (waist - 0.4, 18.4), (waist, 25.6), (18.9, 32.6), (20.9, 37.4, CORNER),
        "rim", (22.2, 38.0), (22.7, 39.4), (22.2, 40.8),
        max_step=1.6 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.85 * CM, 7.4 * CM, max_step=0.03)
    run = [(1.8, 0.9), (3.8, 3.2), (5.2, 6.2), (5.6, 7.6)]
    handles = [curling_handle(pot, 20.6, 11.0, run, 2.2, side=side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "krater",
    "Bell krater",
    SIZE,
    "Metropolitan Museum of Art 28.57.23: height 41 cm, mouth 45.4 cm; handles estimated",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(TOP, lip=(37.6, 41.0), neck=(34.0, 37.0), frieze=(14.5, 33.5), lower=(6.6, 12.0), foot=(0.0, 5.8)),
        *pictures(TOP, 14.5, 33.5, 136.0),
    ),
)
