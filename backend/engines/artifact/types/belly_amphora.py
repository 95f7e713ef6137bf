"""Belly amphora: neck and body in one curve, two handles from the shoulder to below the lip."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from ._greek import bands, pictures
from .base import ArtifactType

SIZE = (0.42, 0.405, 0.611)
TOP = 61.1


def build(rng: np.random.Generator) -> UVMesh:
    """Type A: foot in two degrees, flaring mouth, flanged strap handles."""
    neck, belly = about(rng, 9.3), about(rng, 31.0, 0.015)
    outer = profile(
        "base", (0, 1.6), (8.0, 1.4), (9.6, 0, CORNER),
        "foot", (11.9, 0, CORNER), (12.3, 1.4), (12.0, 2.8, CORNER),
        (10.9, 3.1, CORNER), (10.5, 4.3), (8.7, 5.0, CORNER),
        "body", (11.2, 9.4), (16.8, 19.0), (20.2, belly), (19.6, 38.6), (15.9, 46.2),
        "neck", (11.2, 51.8), (neck, 55.2), (neck + 0.3, 57.2, CORNER),
        "rim", (11.0, 57.9), (12.2, 59.7), (12.4, 61.0),
        max_step=1.8 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.8 * CM, 5.8 * CM, max_step=0.03)
    strap = [(4.6, 1.7), (3.9, 1.4), (3.6, 1.3), (3.6, 1.3), (3.8, 1.3), (4.2, 1.4)]
    bow = [(19.8, 46.4), (20.3, 51.0), (17.6, 55.0), (13.0, 56.4)]
    handles = [vertical_handle(pot, 42.6, 56.4, bow, strap, side=side, squareness=5.0) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "belly_amphora",
    "Belly amphora",
    SIZE,
    "Height of Vatican Museums 16757, signed by Exekias (61.1 cm); widths typical, estimate",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(TOP, lip=(57.8, 61.1), neck=(51.0, 57.0), frieze=(20.0, 48.0), lower=(5.4, 14.0), foot=(0.0, 5.0)),
        *pictures(TOP, 20.0, 48.0, 128.0),
    ),
)
