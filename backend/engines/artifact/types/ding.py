"""Ding: a ritual cauldron on three legs."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.vessel import vessel
from ._forms import CM, about
from .base import ArtifactType

SIZE = (0.206, 0.206, 0.25)


def _leg(spread: float, side: float) -> Part:
    path = [(5.6, 0, 9.8), (spread - 0.5, 0, 6.0), (spread - 0.2, 0, 3.0), (spread, 0, 0)]
    section = [(3.2, 3.2), (2.6, 2.6), (2.15, 2.15), (2.3, 2.3)]
    return sweep(path, section, region="leg", up=(0, 1, 0)).turned("z", side)


def _ear(side: float) -> Part:
    """An upright loop that stands on the rim."""
    path = [(9.5, -2.3, 19.4), (9.55, -2.4, 21.6), (9.6, -1.9, 23.8), (9.6, 0, 24.5)]
    path += [(x, -y, z) for x, y, z in path[-2::-1]]
    return sweep(path, [(0.95, 1.15)], region="handle", up=(1, 0, 0), squareness=4.0).turned("z", side)


def build(rng: np.random.Generator) -> UVMesh:
    """Round-bottomed bowl with an everted rim, upright ears, column legs."""
    belly, spread = about(rng, 9.1, 0.02), about(rng, 6.5, 0.03)
    outer = profile(
        "body", (0, 7.8), (3.4, 8.2), (7.0, 10.2), (belly - 0.1, 14.2), (belly - 0.4, 18.4, CORNER),
        "rim", (10.0, 19.1, CORNER), (10.2, 19.4), (10.2, 19.9),
        max_step=0.9 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.5 * CM, 8.4 * CM)
    legs = [_leg(spread, side) for side in (-90.0, 30.0, 150.0)]
    return assemble([pot.body], attached=[*legs, _ear(0.0), _ear(180.0)], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "ding", "Ding (tripod cauldron)", SIZE, "Typical of museum examples, estimate", "bronze", build, culture="Chinese"
)
