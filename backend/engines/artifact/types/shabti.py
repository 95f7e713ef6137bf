"""Shabti: a mummiform figure with wig, beard and crossed arms that hold hoes."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import Field, chain, ellipsoid, intersection, mirrored, organic, sphere, union
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import IntArray, Points
from ._egypt import CHIN, centimetres, flat_below, rod, wigged_head, within
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.0753, 0.0541, 0.2174)


def _body(hips: float) -> Field:
    """The wrapped body from the feet to the shoulders."""
    feet = ellipsoid((0, -1.0, 0.7), (1.75, 2.1, 1.25))
    legs = chain([(0, 0.05, 0.8), (0, 0.0, 4.5), (0, 0.0, 9.0)], [1.55, 1.75, 2.0])
    wide = ellipsoid((0, 0.05, 9.6), (hips, 1.95, 4.6))
    chest = ellipsoid((0, 0.0, 13.6), (3.05, 2.0, 3.3))
    shoulders = ellipsoid((0, 0.1, 15.1), (3.45, 1.7, 1.75))
    neck = ellipsoid((0, 0.1, 16.8), (1.2, 1.2, 1.6))
    return union(feet, legs, wide, chest, shoulders, neck, smooth=1.3)


def _arms() -> Field:
    """Arms crossed on the breast, the right one on top, each hand with a hoe."""
    upper = mirrored(chain([(3.0, -0.3, 15.0), (3.05, -0.9, 13.2), (2.7, -1.35, 12.1)], [0.75, 0.72, 0.62]))
    right = chain([(-2.6, -1.35, 12.1), (-0.6, -2.05, 13.0), (1.15, -2.0, 14.0)], [0.58, 0.52, 0.46])
    left = chain([(2.6, -1.35, 12.1), (0.6, -1.75, 12.8), (-1.15, -1.8, 14.0)], [0.58, 0.5, 0.46])
    hands = union(sphere((1.3, -1.98, 14.15), 0.55), sphere((-1.3, -1.88, 14.15), 0.55))
    hoes = [
        rod([(1.35 * s, -2.35, 13.2), (1.7 * s, -2.05, 15.6), (2.2 * s, -1.95, 16.0), (2.4 * s, -1.8, 15.3)], 0.17)
        for s in (-1.0, 1.0)
    ]
    return union(union(upper, right, left, smooth=0.15), hands, *hoes, smooth=0.12)


def _region(points: Points) -> IntArray:
    z, y = points[:, 2] * 100.0, points[:, 1] * 100.0
    region = np.where((z > 11.4) & (z <= 16.4) & (y < -0.9), 1, 0)
    return np.where(z < 1e-3, 2, region).astype(np.int32)


def build(rng: np.random.Generator) -> UVMesh:
    """The front is -y."""
    arms = within(_arms(), (-4.0, -3.2, 11.0), (4.0, 1.0, 16.8), 0.3)
    form = intersection(union(_body(about(rng, 2.75, 0.03)), arms, smooth=0.2), flat_below(0.0))
    figure = organic(
        centimetres(form),
        (-0.042, -0.040, -0.006),
        (0.042, 0.030, 0.190),
        0.0023,
        regions=("body", "arms", "base"),
        region_at=_region,
    )
    beard = chain([(0, -1.6, CHIN + 0.1), (0, -2.15, 16.2), (0, -2.3, 15.5)], [0.24, 0.27, 0.32])
    head = organic(
        centimetres(union(wigged_head(14.6), beard, smooth=0.08)),
        (-0.031, -0.031, 0.132),
        (0.031, 0.028, 0.224),
        0.0015,
        regions=("head",),
    )
    return assemble([figure, head], size_m=SIZE)


TYPE = ArtifactType(
    "shabti",
    "Shabti",
    SIZE,
    "Typical of museum examples of the New Kingdom and Late Period, estimate",
    "faience",
    build,
    culture="Egyptian",
    round=False,
    zones=(
        Zone("field", "field", (0.30, 0.10, 0.70, 0.50), regions=("body",)),
        Zone("frieze", "band", (0.10, 0.50), regions=("body",)),
        Zone("back", "field", (0.32, 0.10, 0.68, 0.62), "back", regions=("body",)),
        Zone("lid", "band", (0.78, 0.98), regions=("head",)),
    ),
)
