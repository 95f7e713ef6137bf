"""Panel: flat work without a frame, upright. The front (-y) is one undistorted chart."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, slab
from ....geometry.solid import assemble
from .base import ArtifactType, Zone

SIZE = (0.60, 0.02, 0.80)


def build(rng: np.random.Generator) -> UVMesh:
    """A thin board with square edges; the back gets a quarter of the front's texels."""
    del rng
    board = slab(
        rectangle(60.0, 80.0), [(0.0, 0.0), (0.0, 2.0)], regions=("back", "side", "front"), densities=(0.5, 0.7, 1.0)
    )
    return assemble([board.turned("x", 90.0)], size_m=SIZE)


TYPE = ArtifactType(
    "panel", "Panel (flat work)", SIZE, "Typical of museum examples, estimate", "wood", build, round=False, flat=True,
    zones=(Zone("field", "field", (0.04, 0.03, 0.96, 0.97), "front", ("front",)),),
)
