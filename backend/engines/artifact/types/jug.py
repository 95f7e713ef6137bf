"""Jug: a pouring vessel with one handle and a round mouth."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from ._greek import bands
from .base import ArtifactType, Zone

SIZE = (0.155, 0.132, 0.235)
TOP = 23.5


def build(rng: np.random.Generator) -> UVMesh:
    """Egg-shaped body; a strap handle rises from the shoulder a little above the rim and back to it."""
    neck, foot = about(rng, 2.5, 0.04), about(rng, 3.9, 0.04)
    outer = profile(
        "base", (0, 0.5), (foot - 0.8, 0.5), (foot - 0.5, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot + 0.1, 0.7), (foot - 0.4, 1.1, CORNER),
        "body", (5.0, 3.2), (6.4, 7.4), (6.5, 11.0), (4.9, 14.6), (3.0, 16.6),
        "neck", (neck, 18.2), (2.7, 20.0), (3.5, 21.4),
        "rim", (3.9, 22.0),
        max_step=0.9 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.4 * CM, 1.1 * CM)
    bow = [(8.0, 16.2), (7.6, 20.4), (5.9, 22.9), (4.5, 22.9)]
    strap = [(2.8, 1.15), (2.2, 1.0), (2.1, 0.95), (2.1, 0.95), (2.2, 0.95), (2.6, 0.95)]
    handle = vertical_handle(pot, 12.6, 21.7, bow, strap)
    return assemble([pot.body], attached=[handle], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "jug",
    "Jug",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    zones=(
        *bands(
            TOP, lip=(21.2, 22.4), neck=(16.8, 20.8), shoulder=(13.6, 16.4), frieze=(6.0, 13.2), lower=(1.2, 5.0),
            foot=(0.0, 1.1),
        ),
        Zone("field", "window", (6.0 / TOP, 13.2 / TOP, 180.0, 230.0)),
    ),
)  # fmt: skip
