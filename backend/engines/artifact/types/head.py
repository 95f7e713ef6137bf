"""Head: of a statue, on its neck, mounted on a block. The front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import box, organic
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import IntArray, Points
from ._figure import CM, cm, hair, head
from .base import ArtifactType, Zone

SIZE = (0.158, 0.206, 0.354)
FAVOUR = np.array([0.0, 0.0, 0.1, 0.25, 0.0, 0.0])


def build(rng: np.random.Generator) -> UVMesh:
    """A calm face with closed lips under a smooth cap of hair."""
    cap = hair()
    form = head(-16.5, cap)
    width = float(rng.uniform(0.97, 1.02))

    def field(p: Points) -> np.ndarray:
        return form(p / (width, 1.0, 1.0)) * min(width, 1.0)

    def region(p: Points) -> IntArray:
        return np.where(cap(p / (width, 1.0, 1.0)) < 0.1 * CM, 1, 0).astype(np.int32)

    part = organic(
        field, (-0.11, -0.11, -0.245), (0.11, 0.13, 0.15), 0.0039, regions=("head", "hair"), region_at=region,
        favour=FAVOUR, upright=(3,), symmetric=True,
    )  # fmt: skip
    block = box(cm(0, 3.4, -18.5), cm(14.5, 14.5, 8.0), 0.4 * CM)
    base = organic(block, (-0.086, -0.045, -0.24), (0.085, 0.115, -0.13), 0.006, regions=("base",))
    return assemble([part, base], size_m=SIZE)


TYPE = ArtifactType(
    "head",
    "Head",
    SIZE,
    "Life size: head height of 21.8 cm, estimate within adult percentiles; block and neck estimated",
    "marble",
    build,
    round=False,
    stretch=2.5,
    zones=(Zone("base", "field", (0.15, 0.02, 0.85, 0.16), "front", ("base",)),),
)
