"""Mosaic: a lifted panel, upright: the field of tesserae on a wider bed of mortar. The front (-y) is one chart."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.72, 0.06, 0.72)


def build(rng: np.random.Generator) -> UVMesh:
    """The bed stands out around the field by a hand's breadth, more or less."""
    side = about(rng, 67.0, 0.012)
    bed = slab(
        rectangle(72.0, 72.0, 1.6), rounded_edge(4.6, 0.9), regions=("back", "side", "side"), densities=(0.5, 0.7, 0.8)
    )
    field = slab(
        rectangle(side, side, 0.6), [(0.0, 3.0), (0.0, 5.8), (0.2, 6.0)], regions=("back", "side", "front"),
        densities=(0.1, 0.7, 1.0),
    )  # fmt: skip
    return assemble([part.turned("x", 90.0) for part in (bed, field)], size_m=SIZE)


TYPE = ArtifactType(
    "mosaic",
    "Mosaic panel",
    SIZE,
    "Typical of museum examples, estimate",
    "limestone",
    build,
    culture="Roman",
    round=False,
    zones=(
        Zone("field", "field", (0.16, 0.16, 0.84, 0.84), "front", ("front",)),
        Zone("border", "field", (0.03, 0.03, 0.97, 0.97), "front", ("front",)),
        Zone("centre", "ring", (0.0, 0.6), "front", ("front",)),
        Zone("joints", "field", (0.03, 0.03, 0.97, 0.97), "front", ("front",)),
    ),
)
