"""Torso: a male trunk without head, arms and lower legs, as antiquity left many; on a block. The front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import (
    Field,
    chain,
    difference,
    ellipsoid,
    half_space,
    intersection,
    mirrored,
    organic,
    rounded_cone,
    union,
)
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import IntArray, Points
from ._body import plinth
from ._figure import CM, cm, tube
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.48, 0.30, 0.917)
FAVOUR = np.array([0.0, 0.0, 0.15, 0.2, 0.0, 0.0])


def _trunk(waist: float) -> Field:
    """From the thighs to the stump of the neck; z = 0 is the middle of the thighs, the shoulders at 70 cm."""
    trunk = tube([(9, 9.5, 7.0, 1.2), (14, 13.4, 9.4, 1.4), (20, 15.6, 10.8, 1.4), (28, 15.6, 10.5, 1.2),
                  (36, 14.4, 10.0, 0.8), (42, waist, 9.4, 0.5), (50, 15.0, 10.2, 0.3), (58, 16.6, 11.2, 0.3),
                  (64, 17.2, 11.0, 0.6), (69, 15.0, 8.6, 1.2)])  # fmt: skip
    shoulders = mirrored(chain([cm(0, 2.0, 70.0), cm(9.0, 2.0, 69.0), cm(17.5, 1.6, 65.8)], cm(6.0, 5.6, 5.4)))
    arm = rounded_cone(cm(17.6, 1.6, 65.0), cm(21.0, 2.4, 44.0), 5.2 * CM, 4.4 * CM)
    arm = mirrored(intersection(arm, half_space(cm(19.6, 0, 53.0), (0.15, 0, -1)), smooth=0.3 * CM))
    thigh = mirrored(rounded_cone(cm(7.9, 0.8, 18.0), cm(8.0, -0.2, -6.0), 8.6 * CM, 7.4 * CM))
    neck = rounded_cone(cm(0, 2.4, 68.0), cm(0, 0.8, 84.0), 5.8 * CM, 5.2 * CM)
    body = union(union(trunk, shoulders, thigh, smooth=5.0 * CM), neck, smooth=4.0 * CM)
    breast = mirrored(ellipsoid(cm(7.6, -6.0, 61.5), cm(8.2, 4.9, 5.2), (0, 0, 14)))
    seat = mirrored(ellipsoid(cm(7.6, 7.4, 18.0), cm(8.0, 6.6, 8.4)))
    blade = mirrored(ellipsoid(cm(8.6, 8.0, 60.0), cm(6.0, 4.0, 8.0)))
    body = union(union(body, breast, seat, blade, smooth=3.2 * CM), arm, smooth=2.2 * CM)
    middle = chain([cm(0, -12.6, 62.0), cm(0, -11.6, 48.0), cm(0, -11.4, 34.0)], cm(0.9, 0.8, 0.6))
    spine = chain([cm(0, 12.6, 62.0), cm(0, 11.2, 46.0), cm(0, 12.4, 32.0)], cm(1.0, 1.1, 0.9))
    groin = mirrored(chain([cm(15.5, -8.5, 32.0), cm(8.5, -11.6, 23.5), cm(2.5, -12.2, 17.5)], cm(0.6, 0.8, 0.7)))
    navel = ellipsoid(cm(0, -10.4, 38.0), cm(0.9, 1.2, 1.1))
    return difference(body, middle, spine, groin, navel, smooth=2.4 * CM)


def build(rng: np.random.Generator) -> UVMesh:
    """Quiet anatomy, plain breaks at neck, upper arms and thighs."""
    top, low = half_space(cm(0, 0, 77.5), (0, -0.12, 1)), half_space(cm(0, 0, 0), (0, 0, -1))
    form = intersection(_trunk(about(rng, 13.8, 0.02)), top, low, smooth=0.3 * CM)
    block = plinth(38.0, 30.0, 14.0, 0.5)
    part = organic(
        union(form, block, smooth=0.3 * CM), (-0.28, -0.20, -0.16), (0.28, 0.21, 0.80), 0.0105,
        regions=("body", "base"), region_at=_region, favour=FAVOUR, symmetric=True,
    )  # fmt: skip
    return assemble([part], size_m=SIZE)


def _region(p: Points) -> IntArray:
    return (p[:, 2] < 0.7 * CM).astype(np.int32)


TYPE = ArtifactType(
    "torso",
    "Torso",
    SIZE,
    "Life size from thighs to neck, on a block; estimate",
    "marble",
    build,
    round=False,
    stretch=2.5,
    zones=(Zone("base", "field", (0.15, 0.01, 0.85, 0.13), "front", ("base",)),),
)
