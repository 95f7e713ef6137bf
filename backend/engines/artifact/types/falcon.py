"""Falcon: standing upright with folded wings on a plinth, seen from its side; it looks to the left (-x)."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import Field, box, chain, ellipsoid, mirrored, organic, union
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._animal import in_profile
from ._figure import CM, cm
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.25, 0.12, 0.309)
FAVOUR = np.array([0.2, 0.2, 0.0, 0.0, 0.0, 0.0])


def _bird(breast: float) -> Field:
    """Body leaning forward, wings folded over the tail, a flat-crowned head; the front is -y."""
    body = ellipsoid(cm(0, 0.4, 14.6), cm(4.7, breast, 9.6), (24, 0, 0))
    back = chain([cm(0, 0.2, 20.0), cm(0, 4.2, 12.0), cm(0, 8.6, 4.2)], cm(4.0, 3.8, 1.6))
    tail = box(cm(0, 9.0, 3.6), cm(4.4, 1.5, 10.0), 0.6 * CM, (24, 0, 0))
    neck = chain([cm(0, -2.0, 19.5), cm(0, -3.9, 24.0)], cm(4.3, 3.2))
    trunk = union(union(body, back, neck, smooth=3.0 * CM), tail, smooth=1.6 * CM)
    wing = mirrored(ellipsoid(cm(3.5, 3.0, 12.4), cm(1.8, 3.9, 11.0), (25, 0, -4)))
    thigh = mirrored(ellipsoid(cm(2.5, -1.6, 8.0), cm(2.3, 2.9, 4.8), (-6, 0, 0)))
    return union(union(trunk, wing, smooth=0.7 * CM), thigh, smooth=1.2 * CM)


def _head() -> Field:
    skull = ellipsoid(cm(0, -4.6, 25.2), cm(3.1, 3.9, 2.8), (-6, 0, 0))
    beak = chain([cm(0, -7.4, 25.4), cm(0, -9.0, 24.8), cm(0, -9.5, 23.5)], cm(1.4, 0.95, 0.35))
    eye = mirrored(ellipsoid(cm(2.45, -6.1, 25.6), cm(0.7, 0.95, 0.62), (0, 0, 28)))
    brow = mirrored(chain([cm(1.6, -7.5, 26.4), cm(2.5, -6.2, 26.7), cm(2.9, -4.6, 26.5)], cm(0.4, 0.45, 0.3)))
    head = union(union(skull, beak, smooth=0.9 * CM), brow, smooth=0.6 * CM)
    return union(head, eye, smooth=0.12 * CM)


def _feet() -> Field:
    shank = chain([cm(2.5, -2.2, 5.6), cm(2.5, -2.8, 1.0)], cm(1.25, 1.1))
    ends = (cm(2.5, -7.0, 0.5), cm(4.4, -6.0, 0.5), cm(0.9, -6.2, 0.5), cm(2.7, 0.2, 0.5))
    toes = [chain([cm(2.5, -2.8, 0.9), end], cm(0.95, 0.6)) for end in ends]
    return mirrored(union(shank, *toes, smooth=0.5 * CM))


def build(rng: np.random.Generator) -> UVMesh:
    """A plain bird of prey without crown or markings."""
    bird = union(_bird(about(rng, 4.6, 0.03)), _head(), smooth=1.8 * CM)
    plinth = box(cm(0, 1.4, -1.25), cm(12.0, 25.0, 3.0), 0.3 * CM)
    form = union(union(bird, _feet(), smooth=0.9 * CM), plinth, smooth=0.12 * CM)
    part = organic(
        form, (-0.07, -0.125, -0.035), (0.07, 0.155, 0.295), 0.0038, regions=("body", "base"),
        region_at=lambda p: (p[:, 2] < 0.3 * CM).astype(np.int32), favour=FAVOUR, symmetric=True,
    )  # fmt: skip
    return assemble([in_profile(part)], size_m=SIZE)


TYPE = ArtifactType(
    "falcon",
    "Standing falcon",
    SIZE,
    "Typical of Egyptian bronzes of the Late Period, estimate",
    "bronze",
    build,
    culture="Egyptian",
    round=False,
    stretch=2.5,
    zones=(Zone("base", "field", (0.06, 0.01, 0.94, 0.085), "front", ("base",)),),
)
