"""Seated figure: cross-legged, hands in the lap, on a low base, as Buddhas sit. The front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import ellipsoid, organic, union
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import IntArray, Points
from ._body import arms_in_lap, hands_in_lap, plinth, seated_body
from ._figure import CM, cm, hair, head, raised
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.86, 0.56, 0.95)
FACE = 70.6
FAVOUR = np.array([0.0, 0.0, 0.15, 0.2, 0.0, 0.0])
REGIONS = ("robe", "hands", "base")


def build(rng: np.random.Generator) -> UVMesh:
    """A robe without pattern, a calm face, hair gathered in a low knot on the crown."""
    block = plinth(86.0, 56.0, 9.0, -8.0)
    hands = hands_in_lap()
    body = union(union(seated_body(about(rng, 0.4, 0.2)), arms_in_lap(), smooth=1.6 * CM), hands, smooth=0.5 * CM)

    def region(p: Points) -> IntArray:
        return np.where(p[:, 2] < 0.7 * CM, 2, np.where(hands(p) < 0.15 * CM, 1, 0)).astype(np.int32)

    figure = organic(
        union(body, block, smooth=0.3 * CM), (-0.46, -0.39, -0.10), (0.46, 0.23, 0.65), 0.0132, regions=REGIONS,
        region_at=region, favour=FAVOUR, symmetric=True,
    )  # fmt: skip
    knot = ellipsoid(cm(0, 2.8, 11.8), cm(4.6, 4.9, 4.0))
    cap, up = union(hair(), knot, smooth=1.6 * CM), (0.0, 0.0, FACE * CM)
    top = organic(
        raised(head(-19.0, cap), up), (-0.10, -0.11, FACE * CM - 0.27), (0.10, 0.13, FACE * CM + 0.18), 0.0062,
        regions=("head", "hair"), region_at=lambda p: (cap(p - up) < 0.1 * CM).astype(np.int32), symmetric=True,
    )  # fmt: skip
    return assemble([figure, top], size_m=SIZE)


TYPE = ArtifactType(
    "seated_figure",
    "Seated figure, cross-legged",
    SIZE,
    "Life size on a low base; estimate. Statuettes are smaller",
    "bronze",
    build,
    round=False,
    stretch=2.5,
    zones=(Zone("base", "field", (0.04, 0.01, 0.96, 0.085), "front", ("base",)),),
)
