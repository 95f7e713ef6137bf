"""Crown: a circlet with fleurons and stones, standing."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.slab import slab
from ....geometry.solid import assemble
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.207, 0.207, 0.155)
TALL = [(-1.25, 4.0), (1.25, 4.0), (0.62, 5.6), (0.5, 7.0), (1.35, 6.9), (2.15, 7.5), (2.5, 8.7), (2.1, 9.7),
        (1.35, 9.6), (1.5, 8.7), (0.75, 8.7), (1.1, 10.2), (1.55, 11.6), (1.2, 13.4), (0.0, 15.5)]  # fmt: skip
LOW = [(-0.95, 4.0), (0.95, 4.0), (0.4, 5.4), (0.38, 6.4), (0.95, 7.0), (1.05, 7.9), (0.55, 8.7), (0.0, 9.5)]


def build(rng: np.random.Generator) -> UVMesh:
    """Four fleurs-de-lys and four low leaves between them; a moulded band with oval and round stones."""
    reach = about(rng, 1.0, 0.02)
    band = profile(
        "rim", (9.5, 0.25), (9.75, 0.0), (10.0, 0.4), (9.95, 0.8), "body", (9.78, 0.95, CORNER), (9.78, 4.05, CORNER),
        "rim", (9.95, 4.2), (10.0, 4.6), (9.75, 4.9), (9.5, 4.6, CORNER), "inside", (9.5, 0.25),
        max_step=0.8 * CM,
    )  # fmt: skip
    leaves, stones = [], []
    for k in range(8):
        half = np.array(TALL if k % 2 == 0 else LOW) * (reach, 1.0)
        left = half[2:-1][::-1] * (-1.0, 1.0)
        leaf = slab(np.vstack([half, left]), [(0.05, -0.17), (0.0, -0.1), (0.0, 0.1), (0.05, 0.17)],
                    regions=("leaf", "leaf", "leaf"), max_step=3.0)  # fmt: skip
        leaves.append(leaf.turned("x", 90.0).moved((0.0, -9.68 * CM, 0.0)).turned("z", 45.0 * k))
        gem = profile("gem", (0, -0.3), (0.78, -0.3, CORNER), (0.8, 0.05), (0.66, 0.25, CORNER), (0.6, 0.22),
                      (0.42, 0.46), (0, 0.56), max_step=0.3 * CM, unit=CM * (1.15 if k % 2 == 0 else 0.8))  # fmt: skip
        stone = lathe(gem, segments=24).turned("x", 90.0).moved((0.0, -9.72 * CM, 2.5 * CM))
        stones.append(stone.turned("z", 45.0 * k))
    return assemble([lathe(band, segments=96), *leaves, *stones], size_m=SIZE)


TYPE = ArtifactType(
    "crown",
    "Crown",
    SIZE,
    "Typical of museum examples, estimate",
    "gold",
    build,
    culture="European",
    round=False,
    zones=(
        Zone("border", "band", (0.06, 0.27), regions=("body",)),
        Zone("field", "band", (0.32, 0.98), regions=("leaf",)),
    ),
)
