"""Shield: a round hoplite shield, set up; the front is -y, armband and grip are behind."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, slab
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.90, 0.103, 0.90)


def build(rng: np.random.Generator) -> UVMesh:
    """A deep bowl with an offset rim; inside, the porpax across the middle and the antilabe near the rim."""
    depth = about(rng, 9.6, 0.04)
    side = profile(
        "inside", (0, depth - 0.9), (14.0, depth - 1.2), (27.0, depth - 3.2), (34.5, depth - 6.0), (38.0, 0.5, CORNER),
        "rim", (39.0, -0.45, CORNER), (44.6, -0.45), (45.0, -0.1), (44.9, 0.3), (44.4, 0.5, CORNER), (40.2, 0.75),
        (39.3, 1.0, CORNER),
        "front", (38.4, 2.0), (35.4, depth - 4.4), (27.6, depth - 1.9), (14.5, depth - 0.3), (0, depth),
        max_step=2.2 * CM,
    )  # fmt: skip
    bowl = lathe(side, segments=128)
    arch = [(0, -11.0, depth - 1.4), (0, -8.0, depth - 4.2), (0, 0, depth - 6.2), (0, 8.0, depth - 4.2),
            (0, 11.0, depth - 1.4)]  # fmt: skip
    porpax = sweep(arch, [(9.0, 0.5), (9.5, 0.45), (10.5, 0.45), (9.5, 0.45), (9.0, 0.5)], up=(1.0, 0.0, 0.0),
                   squareness=6.0, max_step=0.02)  # fmt: skip
    pad = rectangle(10.0, 4.0, 0.6)
    ends = [
        slab(pad + np.array([0.0, y]), [(0.0, depth - 2.6), (0.0, depth - 0.9)], regions=("handle",) * 3)
        for y in (-12.0, 12.0)
    ]
    grip = sweep([(33.0, -6.0, depth - 5.0), (32.0, -4.0, 1.4), (31.6, 0, 0.9), (32.0, 4.0, 1.4),
                  (33.0, 6.0, depth - 5.0)], [(1.6, 1.2)], up=(1.0, 0.0, 0.0), sides=14, max_step=0.02)  # fmt: skip
    upright = [part.turned("x", 90.0) for part in (bowl, porpax, *ends, grip)]
    return assemble(upright, size_m=SIZE)


TYPE = ArtifactType(
    "shield",
    "Shield (hoplon)",
    SIZE,
    "Hoplite shields were 80 to 100 cm wide; estimate",
    "bronze",
    build,
    culture="Greek",
    round=False,
    zones=(
        Zone("field", "ring", (0.0, 0.74), "front", ("front",)),
        Zone("centre", "ring", (0.0, 0.4), "front", ("front",)),
        Zone("border", "ring", (0.87, 1.0), "front", ("rim", "front")),
    ),
)
