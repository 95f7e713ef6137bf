"""Cat: seated upright, the tail laid along its right side, on a low plinth; it looks to the front (-y)."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import Field, box, chain, difference, ellipsoid, mirrored, organic, union
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._figure import CM, cm
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.17, 0.25, 0.332)
FAVOUR = np.array([0.1, 0.1, 0.0, 0.1, 0.0, 0.0])


def _body(chest: float) -> Field:
    """Trunk, haunches and legs of a cat of 31 cm to the ears' tips."""
    trunk = chain([cm(0, 5.2, 7.5), cm(0, 3.6, 11.5), cm(0, 1.4, 15.8), cm(0, -1.0, 20.2)], cm(6.0, 5.5, 4.8, 3.7))
    breast = ellipsoid(cm(0, -1.8, 16.4), cm(chest, 4.0, 6.0), (-8, 0, 0))
    haunch = mirrored(ellipsoid(cm(4.0, 4.2, 5.6), cm(3.2, 6.4, 5.9), (-12, 0, 0)))
    belly = ellipsoid(cm(0, 4.0, 3.4), cm(4.4, 6.4, 4.4))
    body = union(trunk, breast, haunch, belly, smooth=2.6 * CM)
    hind = mirrored(chain([cm(4.9, 1.0, 1.5), cm(4.6, -6.2, 1.2)], cm(1.8, 1.45)))
    fore = mirrored(chain([cm(2.4, -2.8, 16.5), cm(2.05, -5.0, 9.5), cm(1.95, -5.7, 2.0)], cm(2.5, 1.8, 1.4)))
    paw = mirrored(ellipsoid(cm(1.95, -6.9, 1.1), cm(1.6, 2.4, 1.4)))
    legs = union(fore, paw, smooth=0.8 * CM)
    return union(union(body, legs, smooth=1.2 * CM), hind, smooth=0.9 * CM)


def _head() -> Field:
    """A rounded head with pricked ears, almond eyes and a small muzzle."""
    neck = chain([cm(0, -1.2, 20.0), cm(0, -2.2, 24.6)], cm(3.9, 3.1))
    skull = ellipsoid(cm(0, -3.2, 26.0), cm(3.45, 3.7, 3.0))
    cheek = mirrored(ellipsoid(cm(1.7, -4.3, 25.0), cm(1.8, 1.9, 1.5)))
    muzzle = ellipsoid(cm(0, -6.5, 24.9), cm(1.45, 1.4, 1.15))
    nose = chain([cm(0, -5.9, 27.2), cm(0, -7.5, 25.5)], cm(0.5, 0.5))
    head = union(union(neck, skull, cheek, smooth=1.6 * CM), muzzle, nose, smooth=1.1 * CM)
    lower, upper = (ellipsoid(cm(1.75, -5.5, 26.5 + s), cm(1.15, 0.85, 0.95), (0, 20, 30)) for s in (-0.4, 0.4))
    ear = chain([cm(2.1, -2.2, 27.6), cm(2.5, -2.0, 30.0), cm(2.75, -1.8, 31.4)], cm(1.5, 0.95, 0.35))
    hollow = chain([cm(2.15, -3.5, 28.8), cm(2.6, -2.9, 30.6)], cm(0.75, 0.35))
    ears = mirrored(difference(ear, hollow, smooth=0.35 * CM))
    eyes = mirrored(union(lower, upper))
    return union(union(head, ears, smooth=0.9 * CM), eyes, smooth=0.15 * CM)


def build(rng: np.random.Generator) -> UVMesh:
    """A slender, quiet cat without collar or earrings."""
    plinth = box(cm(0, 1.6, -0.5), cm(17.0, 25.0, 2.0), 0.25 * CM)
    body = union(union(_body(about(rng, 4.2, 0.04)), _head(), smooth=2.2 * CM), plinth, smooth=0.15 * CM)
    cat = organic(
        body, (-0.10, -0.13, -0.025), (0.10, 0.16, 0.325), 0.0041, regions=("body", "base"),
        region_at=lambda p: (p[:, 2] < 0.55 * CM).astype(np.int32), favour=FAVOUR, symmetric=True,
    )  # fmt: skip
    path = [cm(0.0, 8.0, 2.4), cm(-3.2, 10.8, 1.5), cm(-5.6, 9.8, 1.4), cm(-6.8, 6.5, 1.3), cm(-6.9, 1.0, 1.2),
            cm(-6.2, -5.4, 1.0)]  # fmt: skip
    # No hollow stays shut in between the tail, the haunch and the plinth.
    under = [cm(-4.6, 8.8, 0.7), cm(-5.6, 6.0, 0.7), cm(-5.7, 1.0, 0.7), cm(-5.2, -5.0, 0.6)]
    laid = union(
        chain(path, cm(1.4, 1.3, 1.25, 1.15, 1.05, 0.8)), chain(under, cm(1.2, 1.3, 1.2, 0.9)), smooth=0.4 * CM
    )  # fmt: skip
    tail = organic(laid, (-0.09, -0.08, -0.01), (0.03, 0.135, 0.04), 0.0038, regions=("body",))
    return assemble([cat, tail], size_m=SIZE)


TYPE = ArtifactType(
    "cat",
    "Seated cat",
    SIZE,
    "Typical of Egyptian bronzes of the Late Period, estimate",
    "bronze",
    build,
    culture="Egyptian",
    round=False,
    stretch=2.5,
    zones=(Zone("base", "field", (0.08, 0.004, 0.92, 0.045), "front", ("base",)),),
)
