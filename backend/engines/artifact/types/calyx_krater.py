"""Calyx krater: a mixing bowl like the cup of a flower, its handles low on the bowl and curling up."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from ._greek import bands, curling_handle, pictures
from .base import ArtifactType

SIZE = (0.551, 0.551, 0.457)
TOP = 45.7


def build(rng: np.random.Generator) -> UVMesh:
    """Foot in two degrees, bulging cul, a concave wall that flares to an overhanging lip."""
    wall, stem = about(rng, 20.6, 0.015), about(rng, 7.6, 0.03)
    outer = profile(
        "base", (0, 2.2), (8.0, 1.8), (11.0, 0, CORNER),
        "foot", (14.0, 0, CORNER), (14.4, 1.5), (14.0, 3.0, CORNER), (12.4, 3.3, CORNER), (11.9, 4.4, CORNER),
        (9.2, 5.2), (stem, 6.9, CORNER),
        "cul", (10.4, 8.4), (16.0, 10.8), (19.8, 14.4), (21.2, 18.4, CORNER), (21.5, 19.0), (21.1, 19.6, CORNER),
        "body", (wall, 20.2, CORNER), (wall, 26.0), (wall + 1.3, 33.0), (25.0, 40.6, CORNER),
        "rim", (26.8, 41.3), (27.55, 43.2), (27.1, 45.5),
        max_step=1.9 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.95 * CM, 8.2 * CM, max_step=0.03)
    run = [(3.0, 0.2), (6.2, 1.8), (8.2, 5.0), (8.5, 9.0), (7.9, 12.2)]
    handles = [curling_handle(pot, 12.6, 15.0, run, 2.6, side=side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "calyx_krater",
    "Calyx krater",
    SIZE,
    "The calyx krater of Euphronios and Euxitheos, Cerveteri: height 45.7 cm, diameter 55.1 cm",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(TOP, lip=(41.2, 45.7), frieze=(20.4, 40.2), lower=(8.0, 18.8), foot=(0.0, 6.8)),
        *pictures(TOP, 20.4, 40.2, 150.0),
    ),
)
