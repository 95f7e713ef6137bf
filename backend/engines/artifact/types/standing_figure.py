"""Standing figure: robed, arms along the body, on a plinth. The front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import organic, union
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import IntArray, Points
from ._body import FACE, feet, hanging_arms, plinth, robe
from ._figure import CM, hair, head, raised
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.50, 0.44, 1.674)
FAVOUR = np.array([0.0, 0.0, 0.15, 0.2, 0.0, 0.0])
REGIONS = ("robe", "feet", "base")


def build(rng: np.random.Generator) -> UVMesh:
    """Plain drapery with a few folds, a calm face; seven and a third heads high."""
    block = plinth(50.0, 44.0, 8.5, -2.0)
    arms, shoes = hanging_arms(), feet()
    body = union(union(robe(about(rng, 0.8, 0.2)), arms, smooth=1.6 * CM), shoes, smooth=0.8 * CM)

    def region(p: Points) -> IntArray:
        return np.where(p[:, 2] < 0.7 * CM, 2, np.where(shoes(p) < 0.2 * CM, 1, 0)).astype(np.int32)

    figure = organic(
        union(body, block, smooth=0.3 * CM), (-0.32, -0.30, -0.10), (0.32, 0.27, 1.42), 0.0145, regions=REGIONS,
        region_at=region, favour=FAVOUR, symmetric=True,
    )  # fmt: skip
    cap, up = hair(), (0.0, 0.0, FACE * CM)
    top = organic(
        raised(head(-19.0, cap), up), (-0.10, -0.11, FACE * CM - 0.27), (0.10, 0.13, FACE * CM + 0.15), 0.0062,
        regions=("head", "hair"), region_at=lambda p: (cap(p - up) < 0.1 * CM).astype(np.int32), symmetric=True,
    )  # fmt: skip
    return assemble([figure, top], size_m=SIZE)


TYPE = ArtifactType(
    "standing_figure",
    "Standing figure",
    SIZE,
    "Life size, 7.3 heads high, on a low plinth; estimate. Statuettes are smaller",
    "marble",
    build,
    round=False,
    stretch=2.5,
    zones=(
        Zone("lower", "band", (0.07, 0.13), regions=("robe",)),
        Zone("base", "field", (0.2, 0.005, 0.8, 0.045), "front", ("base",)),
    ),
)
