"""Canopic jar: a jar for the entrails with a lid in the shape of a human head. Closed, so it is solid."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.implicit import ellipsoid, intersection, organic, union
from ....geometry.lathe import lathe
from ....geometry.loft import faint
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import IntArray, Points
from ._egypt import centimetres, flat_below, wigged_head
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.165, 0.165, 0.365)
RIM = 24.4
SCALE = 2.05


def _region(points: Points) -> IntArray:
    return np.where(points[:, 2] < 0.01 * (RIM + 0.36), 1, 0).astype(np.int32)


def build(rng: np.random.Generator) -> UVMesh:
    """High shoulders, narrow foot; the head looks to the front (-y)."""
    shoulder, foot = about(rng, 8.25, 0.01), about(rng, 5.4, 0.04)
    outline = profile(
        "base", (0, 0), (foot - 0.3, 0, CORNER),
        "body", (foot, 0.3), (foot + 0.7, 5.0), (7.2, 11.0), (8.0, 15.5), (shoulder, 18.6),
        "shoulder", (7.9, 21.2), (6.9, 23.0), (6.15, 23.7, CORNER),
        "rim", (6.1, 24.15, CORNER), (5.8, 24.2, CORNER), (5.8, 24.5, CORNER),
        "lid", (6.1, 24.55, CORNER), (6.15, 24.9, CORNER), (5.6, 25.4, CORNER),
        "joint", (0, 25.4),
        max_step=0.008,
    )  # fmt: skip
    jar = faint(lathe(outline, segments=80), "joint")
    collar = ellipsoid((0, 0, 15.6), (2.65, 2.45, 2.4))
    form = intersection(union(wigged_head(16.4), collar, smooth=0.5), flat_below(16.0))
    head = organic(
        centimetres(form, SCALE, RIM + 0.35 - 16.0 * SCALE),
        (-0.06, -0.06, 0.235),
        (0.06, 0.06, 0.375),
        0.0031,
        regions=("head", "joint"),
        region_at=_region,
        densities={"joint": 0.15},
    )
    return assemble([jar, head], size_m=SIZE)


TYPE = ArtifactType(
    "canopic_jar",
    "Canopic jar",
    SIZE,
    "Typical of museum examples, estimate",
    "alabaster",
    build,
    culture="Egyptian",
    zones=(
        Zone("field", "window", (0.17, 0.54, -90.0, 62.0), regions=("body",)),
        Zone("frieze", "band", (0.10, 0.50), regions=("body",)),
        Zone("shoulder", "band", (0.56, 0.64), regions=("shoulder",)),
        Zone("lid", "band", (0.74, 0.99), regions=("head",)),
    ),
)
