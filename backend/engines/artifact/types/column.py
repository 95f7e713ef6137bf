"""Column: Doric, fluted, with echinus and abacus."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from ._forms import about
from .base import ArtifactType

SIZE = (0.60, 0.60, 3.0)
FLUTES = 20
SEGMENTS_PER_FLUTE = 8
SHAFT_TOP = 273.0


def _flutes(angle: FloatArray, height: FloatArray) -> FloatArray:
    """Shallow hollows that meet in sharp arrises, up to the neck."""
    across = (angle * FLUTES / (2.0 * np.pi)) % 1.0 * 2.0 - 1.0
    return np.where(height <= SHAFT_TOP * 0.01 + 1e-6, 1.0 - 0.055 * (1.0 - across**2), 1.0)


def build(rng: np.random.Generator) -> UVMesh:
    """Twenty flutes, a little entasis; height 5.5 lower diameters."""
    lower, upper = 27.3, about(rng, 21.2, 0.02)
    middle = 0.5 * (lower + upper) + 0.5
    outline = profile(
        "base", (0, 0), (lower, 0, CORNER),
        "shaft", (lower, 4), (middle, 140), (upper, SHAFT_TOP, CORNER),
        "capital", (upper + 0.2, SHAFT_TOP + 0.3, CORNER), (upper + 0.3, 275.5, CORNER),
        (upper + 1.0, 276.2), (26.2, 282.5),
        (29.0, 287.5), (28.8, 289.5, CORNER), (0, 289.6),
        max_step=0.2,
    )  # fmt: skip
    shaft = lathe(outline, segments=FLUTES * SEGMENTS_PER_FLUTE, radius_factor=_flutes)
    abacus = slab(rectangle(60.0, 60.0), rounded_edge(11.0, 0.4, start=289.0), regions=("abacus", "abacus", "abacus"))
    return assemble([shaft, abacus], size_m=SIZE)


TYPE = ArtifactType(
    "column",
    "Doric column",
    SIZE,
    "Slenderness of the Parthenon's columns (height about 5.5 lower diameters); height estimated",
    "marble",
    build,
    culture="Greek",
)
