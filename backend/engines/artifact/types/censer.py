"""Censer: a low round incense burner on three small feet, with two loops on its rim."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.vessel import vessel
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.152, 0.152, 0.125)


def _foot(side: float) -> Part:
    """A foot like a nipple."""
    shape = profile(
        "leg", (0, 0), (0.55, 0, CORNER), (0.75, 0.3), (1.05, 1.2), (1.6, 2.1), (1.9, 3.0, CORNER), (0, 3.0),
        max_step=0.6 * CM,
    )  # fmt: skip
    return lathe(shape, segments=36).moved((4.1 * CM, 0.0, 0.0)).turned("z", side)


def _loop(side: float) -> Part:
    """An upright loop, bent slightly outwards."""
    path = [(6.0, -1.75, 8.9), (6.05, -1.85, 10.6), (6.3, -1.5, 11.9), (6.4, 0, 12.2)]
    path += [(x, -y, z) for x, y, z in path[-2::-1]]
    return sweep(path, [(0.75, 0.75)], up=(1, 0, 0), squareness=2.4).turned("z", side)


def build(rng: np.random.Generator) -> UVMesh:
    """Compressed globular body, short waisted neck, everted lip."""
    belly, neck = about(rng, 7.45, 0.015), about(rng, 5.75, 0.02)
    outer = profile(
        "body", (0, 1.3), (2.6, 1.45), (5.2, 2.4), (belly, 4.6), (7.0, 6.4), (neck + 0.25, 7.5, CORNER),
        "neck", (neck, 7.8), (neck + 0.05, 8.6),
        "rim", (6.35, 9.2), (6.6, 9.45),
        max_step=0.7 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.38 * CM, 1.8 * CM, segments=84)
    attached = [_foot(side) for side in (-90.0, 30.0, 150.0)] + [_loop(0.0), _loop(180.0)]
    return assemble([pot.body], attached=attached, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "censer",
    "Censer (tripod incense burner)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Chinese",
    zones=(
        Zone("frieze", "band", (0.24, 0.56), regions=("body",)),
        Zone("neck", "band", (0.6, 0.71), regions=("neck",)),
    ),
)
