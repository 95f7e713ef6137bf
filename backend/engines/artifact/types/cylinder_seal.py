"""Cylinder seal: a small cylinder of stone, pierced lengthwise for a string."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.015, 0.015, 0.028)


def build(rng: np.random.Generator) -> UVMesh:
    """Slightly waisted, as many Akkadian seals are; the hole was drilled from both ends and is narrowest inside."""
    hole, waist = about(rng, 0.19, 0.08), about(rng, 0.725, 0.01)
    outline = profile(
        "base", (hole + 0.05, 0, CORNER), (0.70, 0, CORNER),
        "body", (0.735, 0.012), (0.75, 0.045, CORNER), (waist, 1.4), (0.75, 2.755, CORNER), (0.735, 2.788),
        (0.70, 2.8, CORNER),
        "top", (hole + 0.05, 2.8, CORNER),
        "hole", (hole, 2.72), (hole - 0.03, 1.45), (hole, 0.08), (hole + 0.05, 0, CORNER),
        max_step=0.0012,
    )  # fmt: skip
    return assemble([lathe(outline, segments=96)], size_m=SIZE)


TYPE = ArtifactType(
    "cylinder_seal",
    "Cylinder seal",
    SIZE,
    "Typical of museum examples (2 to 4 cm high), estimate",
    "basalt",
    build,
    culture="Mesopotamian",
    zones=(
        Zone("frieze", "band", (0.09, 0.91), regions=("body",)),
        Zone("lip", "band", (0.925, 0.975), regions=("body",)),
        Zone("foot", "band", (0.025, 0.075), regions=("body",)),
    ),
)
