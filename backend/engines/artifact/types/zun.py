"""Zun: a wide-mouthed wine vessel of three storeys, foot, belly and trumpet neck, divided by flanges."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._bronzes import flange
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.288, 0.288, 0.388)


def build(rng: np.random.Generator) -> UVMesh:
    """Four flanges run from the foot over the belly and up the neck, almost to the lip."""
    belly, neck = about(rng, 10.6, 0.02), about(rng, 8.5, 0.03)
    outer = profile(
        "base", (0, 8.6), (5.6, 8.4), (7.4, 7.2), (8.0, 3.6), (8.7, 1.2), (9.2, 0, CORNER),
        "foot", (9.9, 0, CORNER), (9.9, 1.3, CORNER), (9.4, 1.5, CORNER), (8.7, 4.2), (8.4, 8.0, CORNER),
        (8.2, 8.1, CORNER), (8.2, 8.8, CORNER),
        "body", (8.8, 9.0, CORNER), (belly - 0.3, 11.4), (belly, 13.8), (belly - 0.7, 16.6),
        (8.9, 18.9, CORNER), (8.4, 19.0, CORNER), (8.4, 19.7, CORNER),
        "neck", (neck, 19.8, CORNER), (neck + 0.2, 23.0), (9.3, 27.6), (11.2, 33.0), (13.2, 36.8),
        "rim", (14.38, 38.4),
        max_step=1.1 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.5 * CM, 9.6 * CM, segments=84)
    sides = (-90.0, 0.0, 90.0, 180.0)
    spans = ((1.7, 7.9, 1.35, 3), (9.1, 18.8, 1.5, 4), (19.9, 35.6, 1.35, 6))
    flanges = [
        flange(pot.at, low, high, reach, 0.55, side=side, teeth=teeth)
        for low, high, reach, teeth in spans
        for side in sides
    ]
    return assemble([pot.body], attached=flanges, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "zun",
    "Zun (wine vessel)",
    SIZE,
    "He zun, Baoji Bronzeware Museum: 38.8 cm high, mouth 28.8 cm across",
    "bronze",
    build,
    culture="Chinese",
    zones=(
        Zone("neck", "band", (0.52, 0.93), regions=("neck",)),
        Zone("frieze", "band", (0.24, 0.48), regions=("body",)),
        Zone("foot", "band", (0.045, 0.2), regions=("foot",)),
    ),
)
