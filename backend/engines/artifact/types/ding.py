"""Ding: a ritual cauldron on three legs."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.vessel import vessel
from ._bronzes import flange
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.206, 0.206, 0.25)


def _leg(spread: float, side: float) -> Part:
    path = [(5.4, 0, 10.4), (spread - 0.2, 0, 7.4), (spread - 0.1, 0, 3.4), (spread, 0, 0)]
    section = [(3.6, 3.6), (3.0, 3.0), (2.5, 2.5), (2.8, 2.8)]
    return sweep(path, section, region="leg", up=(0, 1, 0), max_step=0.009).turned("z", side)


def _ear(side: float) -> Part:
    """An upright loop that stands on the rim."""
    path = [(9.4, -2.3, 19.2), (9.5, -2.45, 21.4), (9.6, -2.1, 23.6), (9.65, -1.1, 24.5), (9.65, 0, 24.6)]
    path += [(x, -y, z) for x, y, z in path[-2::-1]]
    return sweep(path, [(1.1, 1.3)], region="handle", up=(1, 0, 0), squareness=5.0).turned("z", side)


def build(rng: np.random.Generator) -> UVMesh:
    """Deep bowl with a round bottom, thick everted rim, upright ears, column legs, six short flanges at the neck."""
    belly, spread = about(rng, 9.2, 0.015), about(rng, 6.3, 0.03)
    outer = profile(
        "body", (0, 8.2), (3.4, 8.5), (7.0, 10.1), (belly - 0.1, 13.2), (belly - 0.1, 15.4),
        "neck", (belly - 0.45, 17.6), (belly - 0.5, 18.7, CORNER),
        "rim", (10.1, 18.9, CORNER), (10.25, 19.2), (10.2, 19.7),
        max_step=0.9 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.55 * CM, 8.8 * CM, segments=84)
    legs = [_leg(spread, side) for side in (-90.0, 30.0, 150.0)]
    flanges = [flange(pot.at, 15.2, 18.3, 0.75, 0.4, side=side, teeth=3) for side in np.arange(-90.0, 270.0, 60.0)]
    return assemble([pot.body], attached=[*legs, *flanges, _ear(0.0), _ear(180.0)], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "ding",
    "Ding (tripod cauldron)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Chinese",
    zones=(
        Zone("neck", "band", (0.6, 0.73), regions=("body", "neck")),
        Zone("frieze", "band", (0.4, 0.59), regions=("body", "neck")),
        Zone("lip", "band", (0.75, 0.8), regions=("rim",)),
    ),
)
