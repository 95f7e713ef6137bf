"""Gui: a food vessel, a round bowl on a ring foot with two handles."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._bronzes import block, flange, plate
from ._forms import CM, about, vertical_handle
from .base import ArtifactType, Zone

SIZE = (0.32, 0.222, 0.175)
ASKEW = 0.4
"""Degrees that fittings are turned by, so that no edges of several parts fall together in one plane."""


def _pendant(side: float) -> Part:
    """The tab that hangs under a handle."""
    tab = np.array([(12.2, 8.4), (12.2, 4.6), (12.7, 3.9), (14.7, 3.9), (14.7, 4.8), (14.1, 5.4), (14.1, 8.4)])
    return plate(tab, 1.7, "handle").turned("z", side + ASKEW)


def _head(side: float) -> Part:
    """The block of an animal's head at the top of a handle."""
    return block(2.8, 3.0, 2.6, bevel=0.4).moved((12.3 * CM, 0.0, 13.1 * CM)).turned("z", side + ASKEW)


def build(rng: np.random.Generator) -> UVMesh:
    """Swelling belly, short neck with a flared lip, handles with pendants, a small flange in the neck's middle."""
    belly, foot = about(rng, 10.7, 0.015), about(rng, 8.7, 0.02)
    outer = profile(
        "base", (0, 4.0), (6.0, 3.8), (7.1, 2.8), (7.5, 1.3), (foot - 0.6, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot, 1.1, CORNER), (foot - 0.35, 1.2, CORNER), (7.9, 2.6), (7.75, 3.8, CORNER),
        "body", (9.3, 5.2), (belly, 7.8), (belly - 0.1, 10.0), (9.9, 12.4, CORNER),
        "neck", (9.75, 13.4), (9.9, 15.2), (10.5, 16.6),
        "rim", (11.0, 17.2),
        max_step=0.9 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.5 * CM, 5.0 * CM, segments=84)
    bow = [(12.6, 8.1), (14.6, 8.7), (15.4, 11.0), (14.6, 13.5), (12.4, 14.4)]
    strap = [(2.0, 1.4), (2.0, 1.4), (2.0, 1.5), (1.9, 1.3), (1.9, 1.3), (2.0, 1.4), (2.2, 1.6)]
    sides = (0.0, 180.0)
    handles = [vertical_handle(pot, 8.0, 14.2, bow, strap, side=side - ASKEW, squareness=3.2) for side in sides]
    extra = [part(side) for side in sides for part in (_pendant, _head)]
    flanges = [flange(pot.at, 12.8, 15.4, 0.8, 0.5, side=side, teeth=2) for side in (-90.0, 90.0)]
    flanges += [flange(pot.at, 1.4, 3.5, 0.7, 0.5, side=side, teeth=2) for side in (-90.0, 90.0, 0.0, 180.0)]
    return assemble([pot.body], attached=[*handles, *extra, *flanges], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "gui",
    "Gui (food vessel)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Chinese",
    zones=(
        Zone("neck", "band", (0.74, 0.88), regions=("neck",)),
        Zone("frieze", "band", (0.33, 0.68), regions=("body",)),
        Zone("foot", "band", (0.075, 0.21), regions=("foot",)),
    ),
)
