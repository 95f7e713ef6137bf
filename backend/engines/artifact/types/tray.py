"""Tray: a small cosmetic tray of wood with a hollow and a pan."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import ellipse, rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.137, 0.045, 0.014)


def build(rng: np.random.Generator) -> UVMesh:
    """A rounded board with one long and one round hollow."""
    length = about(rng, 7.6, 0.04)
    board = slab(rectangle(13.7, 4.5, 1.1), rounded_edge(1.4, 0.28), regions=("base", "side", "top"))
    hollow_edge = [(0.75, 0.55), (0.3, 0.65), (0.08, 0.9), (0.0, 1.3), (0.0, 1.6)]
    regions = ("interior", "interior", "interior")
    long = slab(
        rectangle(length, 3.4, 0.95) + np.array([-2.3, 0.0]), hollow_edge, regions=regions, densities=(1.0, 1.0, 0.1)
    )
    pan = slab(ellipse(3.5, 3.4) + np.array([4.4, 0.0]), hollow_edge, regions=regions, densities=(1.0, 1.0, 0.1))
    return assemble([board], cuts=[long.as_cutter(), pan.as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "tray",
    "Cosmetic tray",
    SIZE,
    "Typical of museum examples, estimate",
    "wood",
    build,
    culture="Egyptian",
    round=False,
    zones=(
        Zone("border", "band", (0.25, 0.75), regions=("side",)),
        Zone("field", "field", (0.62, 0.1, 0.70, 0.9), "top", regions=("top",)),
    ),
)
