"""Hydria: a water jar with two handles to lift it and one to pour."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, loop_handle, vertical_handle
from ._greek import FRONT, bands
from .base import ArtifactType, Zone

SIZE = (0.39, 0.288, 0.466)
TOP = 46.6


def build(rng: np.random.Generator) -> UVMesh:
    """Full shoulder, narrow neck; horizontal handles left and right, the vertical one behind."""
    neck, shoulder = about(rng, 4.9), about(rng, 14.4, 0.02)
    outer = profile(
        "base", (0, 1.4), (4.4, 1.2), (5.8, 0, CORNER),
        "foot", (7.2, 0, CORNER), (7.7, 0.9), (7.0, 2.0), (5.0, 2.8, CORNER),
        "body", (6.6, 5.2), (10.4, 13.0), (13.8, 21.6), (shoulder, 26.2), (13.6, 29.0),
        "shoulder", (10.8, 31.4), (6.0, 33.4, CORNER),
        "neck", (neck, 35.6), (neck, 39.6), (6.2, 42.4, CORNER),
        "rim", (7.6, 43.0), (8.0, 44.0), (7.6, 44.8),
        max_step=1.8 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.6 * CM, 3.2 * CM)
    lifting = [loop_handle(pot, 24.0, 11.0, 19.5, 4.6, 2.0, side=side) for side in (0.0, 180.0)]
    bow = [(13.8, 37.8), (12.9, 42.8), (9.9, 45.8), (8.0, 44.9)]
    pouring = vertical_handle(
        pot, 31.0, 43.6, bow, [(3.2, 1.6), (2.8, 1.4), (2.7, 1.4), (2.8, 1.4), (3.0, 1.3), (3.6, 1.3)], side=90.0
    )
    return assemble([pot.body], attached=[*lifting, pouring], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "hydria",
    "Hydria",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(
            TOP, lip=(42.4, 45.0), neck=(34.4, 41.0), shoulder=(29.4, 33.2), frieze=(12.0, 28.4), lower=(3.0, 10.0),
            foot=(0.0, 2.7),
        ),
        # One picture on the body and one on the shoulder; behind is the handle.
        Zone("field", "window", (12.0 / TOP, 28.4 / TOP, FRONT, 118.0)),
    ),
)  # fmt: skip
