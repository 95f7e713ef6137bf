"""Gu: a slender trumpet-mouthed wine beaker."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._bronzes import flange
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.165, 0.165, 0.30)


def build(rng: np.random.Generator) -> UVMesh:
    """Trumpet mouth, a slight swelling in the middle, high hollow foot on a step; flanges on middle and foot."""
    middle, foot = about(rng, 2.75, 0.04), about(rng, 4.5, 0.03)
    outer = profile(
        "base", (0, 9.4), (1.5, 9.2), (2.1, 8.0), (2.8, 4.0), (foot - 0.8, 1.3), (foot - 0.5, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot, 1.3, CORNER), (foot - 0.3, 1.35, CORNER), (3.45, 3.6), (2.8, 6.8),
        (2.5, 9.2, CORNER), (2.35, 9.3, CORNER), (2.35, 9.7, CORNER),
        "body", (middle - 0.15, 9.8, CORNER), (middle, 11.5), (middle - 0.15, 13.4, CORNER),
        (2.35, 13.5, CORNER), (2.35, 13.9, CORNER),
        "neck", (2.5, 14.0, CORNER), (2.75, 17.0), (3.5, 21.5), (4.9, 25.6), (6.9, 28.6),
        "rim", (8.2, 29.75),
        max_step=0.8 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.32 * CM, 10.2 * CM, segments=84)
    sides = (-90.0, 0.0, 90.0, 180.0)
    flanges = [flange(pot.at, 9.85, 13.35, 0.7, 0.32, side=side) for side in sides]
    flanges += [flange(pot.at, 1.5, 9.1, 0.7, 0.32, side=side, teeth=5) for side in sides]
    return assemble([pot.body], attached=flanges, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "gu",
    "Gu (wine beaker)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Chinese",
    zones=(
        Zone("neck", "band", (0.47, 0.9), regions=("neck",)),
        Zone("frieze", "band", (0.325, 0.45), regions=("body",)),
        Zone("foot", "band", (0.05, 0.305), regions=("foot",)),
    ),
)
