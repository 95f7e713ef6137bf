"""Ionic capital: volutes joined by a channel, an echinus of eggs, on the top of its fluted shaft."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import about
from ._orders import UPPER, filleted, ionic_capital
from .base import ArtifactType, Zone

SIZE = (0.6645, 0.5347, 0.30)


def build(rng: np.random.Generator) -> UVMesh:
    """The front is -y; the volutes hang down beside the stump of the shaft."""
    high, stump = 0.5 * UPPER, about(rng, 10.0, 0.06)
    outline = profile(
        "base", (0, -stump), (high, -stump, CORNER),
        "shaft", (high, -stump + 0.3, CORNER), *((high, -z, CORNER) for z in (4.8, 4.0, 3.4, 2.9)),
        (high, -2.2, CORNER), (high + 1.0, -0.6, CORNER), (high + 1.0, 0.4, CORNER),
        "joint", (0, 0.4),
        max_step=2.0,
    )  # fmt: skip
    shaft = lathe(outline, segments=24 * 8, radius_factor=filleted(-1.0, -0.024))
    return assemble([shaft, *ionic_capital()], size_m=SIZE)


TYPE = ArtifactType(
    "ionic_capital",
    "Ionic capital",
    SIZE,
    "Proportions of Vitruvius III.5.5-7; lower diameter of the column of 50 cm estimated",
    "marble",
    build,
    culture="Greek",
    round=False,
    zones=(
        Zone("border", "band", (0.90, 1.0), regions=("abacus",)),
        Zone("neck", "band", (0.30, 0.40), regions=("echinus",)),
        Zone("field", "field", (0.34, 0.68, 0.66, 0.86), regions=("channel",)),
    ),
)
