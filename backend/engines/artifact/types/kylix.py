"""Kylix: a shallow drinking cup on a stem."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, loop_handle
from ._greek import bands, pictures
from .base import ArtifactType, Zone

SIZE = (0.39, 0.305, 0.136)
TOP = 13.6


def build(rng: np.random.Generator) -> UVMesh:
    """One sweep from foot to lip, two horizontal handles that rise to the rim."""
    stem, foot = about(rng, 1.35), about(rng, 5.9)
    outer = profile(
        "base", (0, 2.6), (1.4, 1.4), (4.6, 0, CORNER),
        "foot", (foot - 0.2, 0, CORNER), (foot, 0.35), (foot - 0.2, 0.75, CORNER), (3.0, 1.2), (1.7, 2.3), (stem, 4.0),
        (1.7, 5.2), (3.2, 5.9),
        "body", (7.0, 6.8), (11.4, 8.6), (14.0, 10.7), (14.9, 12.3),
        "rim", (15.2, 13.0),
        max_step=1.2 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.38 * CM, 6.0 * CM)
    handles = [loop_handle(pot, 9.8, 9.4, 19.5, 3.3, 1.2, side=side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "kylix",
    "Kylix (drinking cup)",
    SIZE,
    "Munich, Antikensammlungen 2044, signed by Exekias: height 13.6 cm, diameter 30.5 cm; handles estimated",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(TOP, lip=(12.5, 13.6), frieze=(7.6, 12.4), lower=(6.2, 7.4), foot=(0.0, 1.1)),
        *pictures(TOP, 7.6, 12.4, 128.0),
        # Shares of half the smaller extent, which is the bowl's radius.
        Zone("centre", "ring", (0.0, 0.42), "top", ("interior",)),
        Zone("border", "ring", (0.42, 0.5), "top", ("interior",)),
    ),
)
