"""Obelisk: a tapering square shaft with a pyramidion, on a pedestal."""

from __future__ import annotations

import numpy as np

from ....geometry.loft import polyhedron
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ._forms import about
from ._stone import block
from .base import ArtifactType, Zone

SIZE = (0.44, 0.44, 2.40)
PEDESTAL, TIP = 30.0, 240.0


def _shaft(lower: float, upper: float, top: float) -> Part:
    """Four tapering sides and a pyramid, each face a chart."""
    square = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
    low, high = PEDESTAL - 1.0, top
    points = [(0.5 * lower * x, 0.5 * lower * y, low) for x, y in square]
    points += [(0.5 * upper * x, 0.5 * upper * y, high) for x, y in square]
    points.append((0.0, 0.0, TIP))
    sides = [(k, (k + 1) % 4, 4 + (k + 1) % 4, 4 + k) for k in range(4)]
    tips = [(4 + k, 4 + (k + 1) % 4, 8) for k in range(4)]
    names = [*["front", "right", "back", "left"], *["pyramidion"] * 4, "joint"]
    return polyhedron(points, [*sides, *tips, (3, 2, 1, 0)], names, densities=[1.0] * 8 + [0.15])


def build(rng: np.random.Generator) -> UVMesh:
    """About ten of its lower widths high, and a third narrower at the top."""
    lower = about(rng, 23.0, 0.03)
    upper = about(rng, 15.5, 0.03)
    shaft = _shaft(lower, upper, TIP - 1.15 * upper)
    pedestal = block((-18.0, -18.0, 6.0), (18.0, 18.0, PEDESTAL), "pedestal", bevel=0.4, max_step=12.0)
    step = block((-22.0, -22.0, 0.0), (22.0, 22.0, 7.0), ("base", "foot", "foot"), bevel=0.5, max_step=12.0)
    return assemble([step, pedestal, shaft], size_m=SIZE)


def _column(facing: str, name: str) -> Zone:
    return Zone(name, "field", (0.33, 0.14, 0.67, 0.90), facing, regions=(facing,))  # type: ignore[arg-type]


TYPE = ArtifactType(
    "obelisk",
    "Obelisk",
    SIZE,
    "Slenderness of Egyptian obelisks (nine to eleven lower widths high); height estimated",
    "granite",
    build,
    culture="Egyptian",
    round=False,
    zones=(
        _column("front", "field"),
        _column("back", "back"),
        _column("left", "left"),
        _column("right", "right"),
        Zone("lip", "band", (0.93, 0.975), regions=("pyramidion",)),
        Zone("foot", "band", (0.04, 0.115), regions=("pedestal",)),
    ),
)
