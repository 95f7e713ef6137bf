"""Alabastron: a long perfume flask with a round bottom and a broad flat lip, named after the stone it copies."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.vessel import Vessel, vessel
from ._forms import CM, about
from ._greek import bands
from .base import ArtifactType

SIZE = (0.059, 0.057, 0.175)
TOP = 17.5


def _lug(pot: Vessel, side: float) -> Part:
    """A small tongue on the wall, thicker below."""
    line = ((12.9, 0.0), (12.1, 0.2), (11.1, 0.28), (10.6, 0.0))
    path = [(pot.at(height) + out, 0.0, height) for height, out in line]
    return sweep(path, [(0.5, 0.4), (0.7, 0.5), (0.95, 0.6), (0.8, 0.5)]).turned("z", side)


def build(rng: np.random.Generator) -> UVMesh:
    """Bag-shaped, drawn in to a short neck; two lugs."""
    belly, neck = about(rng, 2.85, 0.02), about(rng, 0.95, 0.04)
    outer = profile(
        "body", (0, 0), (1.3, 0.3), (2.4, 1.6), (belly, 4.4), (2.7, 8.6), (2.25, 12.8),
        "shoulder", (1.75, 14.5), (1.15, 15.3, CORNER),
        "neck", (neck, 15.7), (neck + 0.05, 16.6, CORNER),
        "rim", (2.1, 16.8, CORNER), (2.25, 17.05), (2.1, 17.3, CORNER), (0.94, 17.32, CORNER), (0.92, 17.36),
        max_step=0.7 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.3 * CM, 0.7 * CM, max_step=0.008)
    lugs = [_lug(pot, side) for side in (0.0, 180.0)]
    return assemble([pot.body], attached=lugs, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "alabastron",
    "Alabastron (perfume flask)",
    SIZE,
    "Typical of museum examples, estimate",
    "alabaster",
    build,
    culture="Greek",
    zones=bands(
        TOP, lip=(16.7, 17.5), neck=(15.4, 16.6), shoulder=(13.2, 15.2), frieze=(4.6, 13.0), lower=(0.6, 4.2)
    ),
)
