"""Scarab: a carved beetle on a flat oval base, pierced lengthwise."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import (
    Field,
    capsule,
    chain,
    difference,
    ellipsoid,
    half_space,
    intersection,
    mirrored,
    organic,
    sphere,
    union,
)
from ....geometry.mesh import UVMesh
from ....geometry.slab import ellipse, rounded_edge, slab
from ....geometry.solid import assemble
from ._egypt import centimetres, within
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.0130, 0.0180, 0.0085)


def _back() -> Field:
    """Wing cases with the line between them, and the thorax."""
    cases = intersection(
        ellipsoid((0, 0.2, 0.33), (0.58, 0.66, 0.52)), half_space((0, -0.17, 0), (0, -1, 0)), smooth=0.03
    )
    thorax = intersection(
        ellipsoid((0, -0.22, 0.33), (0.55, 0.42, 0.47)), half_space((0, -0.21, 0), (0, 1, 0)), smooth=0.03
    )
    along = np.radians(np.linspace(-36.0, 78.0, 8))
    seam = chain([(0.0, 0.2 + 0.66 * np.sin(a), 0.335 + 0.52 * np.cos(a)) for a in along], [0.036] * 8)
    shoulder = chain([(0.16, -0.12, 0.81), (0.31, 0.02, 0.80), (0.44, -0.12, 0.66)], [0.035] * 3)
    lines = union(within(seam, (-0.15, -0.3, 0.3), (0.15, 1.0, 0.95), 0.1), mirrored(shoulder))
    return union(difference(cases, lines, smooth=0.015), thorax, smooth=0.02)


def _head() -> Field:
    """Head, eyes and the toothed shield before it."""
    head = ellipsoid((0, -0.62, 0.33), (0.27, 0.2, 0.2))
    shield = union(
        ellipsoid((0, -0.73, 0.26), (0.36, 0.13, 0.09)),
        *(sphere((x, -0.83 + 0.4 * x * x, 0.25), 0.052) for x in (-0.24, -0.08, 0.08, 0.24)),
        smooth=0.03,
    )
    return union(head, shield, mirrored(sphere((0.25, -0.58, 0.38), 0.08)), smooth=0.02)


def _legs() -> Field:
    """Three pairs, folded against the sides."""
    fore = chain([(0.40, -0.28, 0.34), (0.52, -0.44, 0.30), (0.38, -0.68, 0.24)], [0.075, 0.07, 0.055])
    middle = chain([(0.50, -0.10, 0.34), (0.58, -0.12, 0.30), (0.58, 0.22, 0.24)], [0.07, 0.065, 0.05])
    hind = chain([(0.50, 0.24, 0.34), (0.56, 0.36, 0.30), (0.36, 0.72, 0.24)], [0.075, 0.07, 0.055])
    return mirrored(union(fore, middle, hind))


def build(rng: np.random.Generator) -> UVMesh:
    """Lies on its base, its head to the front (-y)."""
    bore = about(rng, 0.06, 0.1)
    legs = within(_legs(), (-0.75, -0.85, 0.06), (0.75, 0.9, 0.52), 0.1)
    head = within(_head(), (-0.5, -1.0, 0.0), (0.5, -0.25, 0.62), 0.1)
    belly = ellipsoid((0, 0.0, 0.26), (0.52, 0.76, 0.2))
    beetle = intersection(union(_back(), belly, legs, head, smooth=0.02), half_space((0, 0, 0.12), (0, 0, -1)))
    hole = within(capsule((0, -1.2, 0.33), (0, 1.2, 0.33), bore), (-0.2, -1.3, 0.1), (0.2, 1.3, 0.55), 0.1)
    back = organic(
        centimetres(difference(beetle, hole, smooth=0.01)),
        (-0.0071, -0.0096, 0.0002),
        (0.0071, 0.0096, 0.0092),
        0.00031,
        regions=("back",),
    )
    plate = slab(ellipse(1.30, 1.80), rounded_edge(0.2, 0.03, 2), regions=("base", "side", "joint"), max_step=1e6)
    return assemble([plate, back], size_m=SIZE)


TYPE = ArtifactType(
    "scarab",
    "Scarab",
    SIZE,
    "Typical of museum examples, estimate",
    "faience",
    build,
    culture="Egyptian",
    round=False,
    zones=(
        Zone("field", "field", (0.14, 0.10, 0.86, 0.90), "bottom", regions=("base",)),
        Zone("border", "band", (0.04, 0.22), regions=("side",)),
        Zone("back", "field", (0.15, 0.05, 0.85, 0.55), "top", regions=("back",)),
    ),
)
