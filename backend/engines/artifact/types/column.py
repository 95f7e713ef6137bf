"""Column: Doric, fluted, with echinus and abacus."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, ControlPoint, profile
from ....geometry.lathe import lathe
from ....geometry.loft import faint
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import about
from ._orders import arrised, doric_capital
from .base import ArtifactType, Zone

SIZE = (0.60, 0.60, 3.0)
FLUTES = 20
SEGMENTS_PER_FLUTE = 8
SHAFT_TOP = 275.0


def shaft_points(lower: float, upper: float, bottom: float, top: float) -> list[ControlPoint]:
    """A straight taper that swells by a hundredth in the middle: entasis."""
    shares = np.linspace(0.0, 1.0, 9)
    return [
        (float(lower + (upper - lower) * s + 0.04 * lower * s * (1.0 - s)), float(bottom + s * (top - bottom)), CORNER)
        for s in shares
    ]


def build(rng: np.random.Generator) -> UVMesh:
    """Twenty flutes that meet in arrises, a little entasis; height 5.5 lower diameters."""
    lower, upper = 27.4, about(rng, 21.3, 0.02)
    groove = SHAFT_TOP - 9.0
    outline = profile(
        "base", (0, 0), (lower, 0, CORNER),
        "shaft", *shaft_points(lower, upper, 0.2, groove),
        (upper - 0.5, groove + 0.3, CORNER), (upper, groove + 0.6, CORNER),
        "neck", (upper, SHAFT_TOP - 0.4, CORNER), (upper - 0.4, SHAFT_TOP + 0.2, CORNER),
        "joint", (0, SHAFT_TOP + 0.2),
        max_step=2.0,
    )  # fmt: skip
    flutes = arrised(FLUTES, 0.06, 0.01 * (SHAFT_TOP - 0.4))
    shaft = lathe(outline, segments=FLUTES * SEGMENTS_PER_FLUTE, radius_factor=flutes)
    capital = [part.moved((0.0, 0.0, 0.01 * SHAFT_TOP)) for part in doric_capital(upper, 60.0, 25.0)]
    return assemble([faint(shaft, "joint"), *capital], size_m=SIZE)


TYPE = ArtifactType(
    "column",
    "Doric column",
    SIZE,
    "Slenderness of the Parthenon's columns (height 10.43 m, about 5.5 lower diameters); height estimated",
    "marble",
    build,
    culture="Greek",
    zones=(
        Zone("lip", "band", (0.965, 0.998), regions=("abacus",)),
        Zone("shoulder", "band", (0.928, 0.962), regions=("echinus",)),
        Zone("neck", "band", (0.89, 0.914), regions=("neck",)),
        Zone("frieze", "band", (0.02, 0.88), regions=("shaft",)),
    ),
)
