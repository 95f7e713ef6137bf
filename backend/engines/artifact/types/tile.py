"""Tile: a square slab of fired clay or faience, lying face up."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.15, 0.15, 0.013)


def build(rng: np.random.Generator) -> UVMesh:
    """Softly rounded edges, a shallow sunk field."""
    margin = about(rng, 1.1, 0.1)
    body = slab(rectangle(15.0, 15.0, 0.4), rounded_edge(1.3, 0.22), regions=("base", "side", "top"))
    side = 15.0 - 2 * margin
    field = slab(
        rectangle(side, side, 0.5),
        [(0.3, 1.2), (0.12, 1.22), (0.0, 1.3), (0.0, 1.6)],
        regions=("field", "field", "field"),
        densities=(1.0, 1.0, 0.1),
    )
    return assemble([body], cuts=[field.as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "tile",
    "Tile",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    round=False,
    zones=(
        Zone("field", "field", (0.09, 0.09, 0.91, 0.91), "top", regions=("field",)),
        Zone("centre", "ring", (0.0, 0.62), "top", regions=("field",)),
    ),
)
