"""Hu: a tall pear-shaped wine jar with two ring handles held by masks."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, Profile, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.vessel import vessel
from ._bronzes import block, raised_line
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.283, 0.268, 0.385)
LEAN = 30.0


def _ring(side: float) -> Part:
    """A ring that hangs against the shoulder, joined where it touches the belly."""
    angle = np.linspace(0.0, 2.0 * np.pi, 13)
    circle = np.stack([2.7 + 0.42 * np.cos(angle), 0.42 * np.sin(angle)], axis=1)
    circle[-1] = circle[0]
    hoop = lathe(Profile(circle * CM, np.zeros(12, dtype=np.int32), ("handle",)), segments=40).turned("y", 90.0)
    return hoop.turned("y", -6.3).moved((13.4 * CM, 0.0, 18.6 * CM)).turned("z", side)


def _mask(side: float) -> Part:
    """The animal mask, a stepped plate on the shoulder, and its nose that holds the ring."""
    plate = block(1.7, 4.8, 3.6, bevel=0.4).turned("y", -LEAN)
    return plate.moved((11.5 * CM, 0.0, 20.5 * CM)).turned("z", side)


def _nose(side: float) -> Part:
    peg = [(10.2, 0, 22.6), (12.2, 0, 22.4), (13.3, 0, 21.6), (13.7, 0, 20.7)]
    return sweep(peg, [(1.8, 1.5), (1.6, 1.4), (1.4, 1.3), (1.1, 0.9)], sides=14).turned("z", side + 0.4)


def build(rng: np.random.Generator) -> UVMesh:
    """Ring foot, full belly, long neck with an upright lip; raised lines part neck, shoulder and belly."""
    belly, neck = about(rng, 13.3, 0.01), about(rng, 5.6, 0.03)
    outer = profile(
        "base", (0, 3.2), (6.6, 3.0), (7.3, 2.0), (7.8, 0, CORNER),
        "foot", (8.9, 0, CORNER), (8.9, 1.4, CORNER), (8.5, 1.6), (8.1, 3.4, CORNER),
        "body", (9.6, 5.2), (12.4, 9.6), (belly, 14.4), (12.5, 18.6), (9.9, 23.0),
        "shoulder", (7.6, 26.0),
        "neck", (6.0, 29.4), (neck, 32.4), (6.2, 35.6), (6.7, 36.4, CORNER),
        "rim", (7.0, 36.5, CORNER), (7.05, 38.3),
        max_step=1.3 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.5 * CM, 4.2 * CM, segments=72)
    lines = [raised_line(pot, z, 0.7, 0.16) for z in (9.6, 16.8, 25.4, 30.6)]
    fittings = [part(side) for side in (0.0, 180.0) for part in (_mask, _nose, _ring)]
    return assemble([pot.body], attached=[*lines, *fittings], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "hu",
    "Hu (wine jar)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Chinese",
    zones=(
        Zone("neck", "band", (0.81, 0.94), regions=("neck",)),
        Zone("shoulder", "band", (0.455, 0.645), regions=("body", "shoulder")),
        Zone("frieze", "band", (0.265, 0.42), regions=("body",)),
        Zone("foot", "band", (0.04, 0.085), regions=("foot",)),
    ),
)
