"""Coin: a struck disc with a raised rim, lying."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.019, 0.019, 0.0026)


def build(rng: np.random.Generator) -> UVMesh:
    """Both faces slightly hollow within a rounded rim, a gentle swelling where the image stands."""
    rim, swell = about(rng, 0.82, 0.02), about(rng, 0.035, 0.3)
    side = profile(
        "base", (0, 0.055 - swell), (0.3, 0.058 - swell), (0.62, 0.06), (rim - 0.03, 0.06, CORNER), (rim, 0.015),
        "rim", (0.87, 0), (0.92, 0.03), (0.95, 0.13), (0.92, 0.23), (0.87, 0.26),
        "body", (rim, 0.245), (rim - 0.03, 0.2, CORNER), (0.62, 0.2), (0.3, 0.202 + swell), (0, 0.205 + swell),
        max_step=0.05 * CM,
    )  # fmt: skip
    return assemble([lathe(side, crease_degrees=60.0)], size_m=SIZE)


TYPE = ArtifactType(
    "coin", "Coin", SIZE, "Gold stater, typical of museum examples, estimate", "gold", build,
    zones=(
        Zone("centre", "ring", (0.0, 0.68), "top", ("body",)),
        Zone("field", "field", (0.17, 0.17, 0.83, 0.83), "top", ("body",)),
        Zone("back", "field", (0.17, 0.17, 0.83, 0.83), "bottom", ("base",)),
        Zone("border", "ring", (0.7, 0.86), "top", ("body",)),
    ),
)
