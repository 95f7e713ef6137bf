"""Volute krater: a mixing bowl whose handles rise over the rim and roll up like Ionic volutes."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, loop_handle
from ._greek import bands, pictures, volute
from .base import ArtifactType

SIZE = (0.394, 0.311, 0.53)
TOP = 53.0


def build(rng: np.random.Generator) -> UVMesh:
    """Ovoid body, broad neck, lip in two degrees; a loop on either shoulder carries the strap of the volute."""
    belly, neck = about(rng, 25.5, 0.015), about(rng, 11.0, 0.02)
    outer = profile(
        "base", (0, 1.8), (5.6, 1.6), (7.6, 0, CORNER),
        "foot", (9.6, 0, CORNER), (10.0, 0.9), (9.7, 2.0, CORNER), (8.9, 2.3, CORNER), (7.0, 3.2), (5.2, 5.2, CORNER),
        "body", (7.4, 8.2), (11.4, 14.8), (14.9, 21.6), (15.5, belly), (14.3, 29.6),
        "shoulder", (11.9, 32.0, CORNER),
        "neck", (neck, 33.8), (neck + 0.3, 37.6), (13.0, 41.4, CORNER),
        "rim", (14.4, 41.7, CORNER), (14.7, 42.6), (14.4, 43.3, CORNER), (15.2, 43.7), (15.5, 44.7), (15.1, 45.7),
        max_step=2.0 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.7 * CM, 6.6 * CM, segments=76, max_step=0.03)
    handles = []
    for side in (0.0, 180.0):
        handles.append(loop_handle(pot, 27.0, 8.4, 19.0, 4.6, 1.9, side=side))
        handles += volute(((17.6, 30.6), (18.5, 34.4), (18.9, 39.4), (19.1, 44.4)), (14.5, 48.3), 4.6, side=side)
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "volute_krater",
    "Volute krater",
    SIZE,
    "Metropolitan Museum of Art 24.97.25a: height to the rim 45.8 cm, mouth 31.1 cm; handles estimated",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(
            TOP, lip=(41.6, 45.8), neck=(33.4, 41.0), shoulder=(31.0, 32.6), frieze=(14.5, 30.6), lower=(5.6, 11.5),
            foot=(0.0, 5.2),
        ),
        *pictures(TOP, 14.5, 30.6, 136.0),
    ),
)  # fmt: skip
