"""Bust: head and draped shoulders on a turned socle. The front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.implicit import Field, chain, ellipsoid, mirrored, organic, union
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._body import draped
from ._figure import CM, cm, hair, head, raised, tube
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.438, 0.228, 0.714)
FACE = 58.5
FAVOUR = np.array([0.0, 0.0, 0.15, 0.2, 0.0, 0.0])


def _garment(depth: float) -> Field:
    """Shoulders and breast under drapery with folds around the neck, ending in a curve below; depth of folds: cm."""
    chest = tube([(13, 6.5, 5.0, 1.0), (17, 10.5, 7.5, 0.6), (22, 14.0, 9.6, 0.4), (28, 16.4, 10.8, 0.4),
                  (34, 17.0, 10.8, 0.6), (39, 15.0, 9.0, 1.2)])  # fmt: skip
    shoulders = mirrored(chain([cm(0, 2.0, 41.5), cm(8.5, 1.8, 40.2), cm(16.5, 1.6, 35.6)], cm(7.0, 6.4, 5.8)))
    collar = ellipsoid(cm(0, 2.2, 42.6), cm(8.2, 7.2, 4.4), (12, 0, 0))
    body = union(chest, union(shoulders, collar, smooth=3.0 * CM), smooth=5.0 * CM)
    return draped(body, 50.0, 11.0, depth)


def build(rng: np.random.Generator) -> UVMesh:
    """A calm face over a plain mantle."""
    garment = organic(
        _garment(about(rng, 0.4, 0.2)), (-0.26, -0.17, 0.11), (0.26, 0.17, 0.53), 0.0102, regions=("robe",),
        favour=FAVOUR, symmetric=True,
    )  # fmt: skip
    cap, up = hair(), (0.0, 0.0, FACE * CM)
    top = organic(
        raised(head(-19.0, cap), up), (-0.10, -0.11, FACE * CM - 0.27), (0.10, 0.13, FACE * CM + 0.15), 0.0054,
        regions=("head", "hair"), region_at=lambda p: (cap(p - up) < 0.1 * CM).astype(np.int32), symmetric=True,
    )  # fmt: skip
    outline = profile(
        "base", (0, 0), (11.0, 0, CORNER), (11.0, 2.6, CORNER), (10.2, 2.9, CORNER),
        (8.6, 4.2), (6.4, 6.4), (5.9, 8.6), (6.8, 10.8), (8.2, 11.8, CORNER), (8.2, 13.0, CORNER), (6.0, 14.0, CORNER),
        (0, 14.6),
        max_step=0.008,
    )  # fmt: skip
    socle = lathe(outline, segments=64).moved((0.0, 0.01, 0.0))
    return assemble([garment, top, socle], size_m=SIZE)


TYPE = ArtifactType(
    "bust",
    "Bust",
    SIZE,
    "Life size to the middle of the breast, on a socle; estimate",
    "marble",
    build,
    round=False,
    stretch=2.5,
    zones=(Zone("base", "band", (0.0, 0.035), regions=("base",)),),
)
