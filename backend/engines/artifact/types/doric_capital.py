"""Doric capital: annulets, echinus and abacus on the fluted neck of its shaft."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.loft import faint
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import about
from ._orders import arrised, doric_capital
from .base import ArtifactType, Zone

SIZE = (1.02, 1.02, 0.58)
FLUTES = 20


def build(rng: np.random.Generator) -> UVMesh:
    """With the topmost part of the shaft, which the Greeks cut from the same block."""
    neck, stump = about(rng, 37.0, 0.03), 15.0
    outline = profile(
        "base", (0, -stump), (neck + 0.5, -stump, CORNER),
        "neck", (neck + 0.5, -stump + 0.2, CORNER), (neck + 0.1, -4.0, CORNER), (neck, -0.6, CORNER),
        (neck - 0.6, 0.3, CORNER),
        "joint", (0, 0.3),
        max_step=2.0,
    )  # fmt: skip
    shaft = lathe(outline, segments=FLUTES * 10, radius_factor=arrised(FLUTES, 0.06, -0.006))
    return assemble([faint(shaft, "joint"), *doric_capital(neck, 102.0, 43.0, segments=192)], size_m=SIZE)


TYPE = ArtifactType(
    "doric_capital",
    "Doric capital",
    SIZE,
    "Proportions of Greek capitals of the fifth century BCE; size of half the Parthenon's (abacus about 2 m), estimate",
    "limestone",
    build,
    culture="Greek",
    zones=(
        Zone("lip", "band", (0.71, 0.99), regions=("abacus",)),
        Zone("shoulder", "band", (0.38, 0.66), regions=("echinus",)),
        Zone("foot", "band", (0.02, 0.24), regions=("neck",)),
    ),
)
