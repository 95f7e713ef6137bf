"""Carpet: a knotted pile with fringes at both ends, lying."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, slab
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from .base import ArtifactType, Zone

SIZE = (1.26, 1.98, 0.011)
TASSELS = 42


def _comb(width: float, length: float, fringe: float, lie: float) -> FloatArray:
    """Outline of the ground weave: warps in tassels that hang out of both ends, no two alike."""
    step = width / TASSELS
    end = []
    for k in range(TASSELS):
        left, lean = -0.5 * width + k * step, 0.13 * step * np.sin(2.3 * k + lie)
        reach = 0.5 * length + fringe * (0.88 + 0.1 * np.sin(5.1 * k + 1.0) + 0.02 * (k == 5))
        root = 0.5 * length + 0.8
        end += [(left + 0.06 * step, root), (left + 0.16 * step + lean, reach), (left + 0.84 * step + lean, reach),
                (left + 0.94 * step, root)]  # fmt: skip
    lower = np.array(end)
    return np.vstack([lower * (1.0, -1.0), lower[::-1]])


def build(rng: np.random.Generator) -> UVMesh:
    """A border of pile round the corners, fringes that lie as they fell."""
    lie = float(rng.uniform(0.0, 6.0))
    ground = slab(
        _comb(125.0, 180.0, 9.0, lie), [(0.0, 0.0), (0.0, 0.35)], regions=("base", "side", "fringe"),
        densities=(0.5, 0.5, 1.0), max_step=20.0,
    )  # fmt: skip
    pile = slab(
        rectangle(126.0, 180.0, 0.9), [(0.0, 0.0), (0.0, 0.8), (0.3, 1.1)], regions=("base", "side", "front"),
        densities=(0.5, 0.5, 1.0),
    )  # fmt: skip
    return assemble([ground, pile], size_m=SIZE)


TYPE = ArtifactType(
    "carpet",
    "Carpet",
    SIZE,
    "Typical of museum examples, estimate",
    "textile",
    build,
    culture="Persian",
    round=False,
    zones=(
        Zone("field", "field", (0.2, 0.18, 0.8, 0.82), "top", ("front",)),
        Zone("border", "field", (0.02, 0.06, 0.98, 0.94), "top", ("front",)),
        Zone("centre", "ring", (0.0, 0.45), "top", ("front",)),
        Zone("lower", "field", (0.0, 0.0, 1.0, 1.0), "top", ("fringe",)),
    ),
)
