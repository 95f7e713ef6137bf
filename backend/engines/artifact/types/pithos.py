"""Pithos: a storage jar as tall as a man's chest, with rope bands and rows of handles, as in Minoan magazines."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, Profile, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.typing import FloatArray
from ....geometry.vessel import Vessel, vessel
from ._forms import CM, about
from ._greek import bands
from .base import ArtifactType

SIZE = (0.73, 0.73, 1.15)
TOP = 115.0
ROPES = (14.0, 40.0, 62.0, 84.0)
STRANDS = 20
STEPS = 8


def _rope(pot: Vessel, height: float, thickness: float = 1.7) -> Part:
    """A twisted cord laid around the wall."""
    radius = pot.at(height) + 0.7
    turn = np.linspace(0.0, 2.0 * np.pi, STEPS + 1)
    points = np.stack([radius + thickness * np.cos(turn), height + thickness * np.sin(turn)], axis=1) * CM
    points[-1] = points[0]
    ring = Profile(points, np.zeros(STEPS, dtype=np.int32), ("rope",))

    def twisted(angle: FloatArray, level: FloatArray) -> FloatArray:
        slant = 0.9 * (level / CM - height) / thickness
        return 1.0 + 0.4 / radius * np.cos(STRANDS * angle + slant)

    return lathe(ring, segments=4 * STRANDS, radius_factor=twisted)


def _strap(pot: Vessel, low: float, high: float, side: float) -> Part:
    """A stout handle between two heights."""
    rise = high - low
    path = [
        (pot.at(low), 0.0, low), (pot.at(low + 0.12 * rise) + 3.4, 0.0, low + 0.1 * rise),
        (pot.at(0.5 * (low + high)) + 5.6, 0.0, 0.5 * (low + high)),
        (pot.at(high - 0.12 * rise) + 3.4, 0.0, high - 0.1 * rise), (pot.at(high), 0.0, high),
    ]  # fmt: skip
    section = [(7.0, 3.0), (5.6, 2.7), (5.0, 2.6), (5.6, 2.7), (7.0, 3.0)]
    return sweep(path, section, sides=14, max_step=0.03, squareness=2.4).turned("z", side)


def build(rng: np.random.Generator) -> UVMesh:
    """Barrel on a narrow flat base, thick rolled rim, four handles near the rim and four near the base."""
    base, mouth = about(rng, 17.5), about(rng, 23.0, 0.02)
    outer = profile(
        "base", (0, 1.0), (base - 2.5, 1.0), (base - 1.5, 0, CORNER),
        "body", (base, 0.6), (base + 2.8, 12.0), (28.4, 36.0), (34.4, 60.0), (34.6, 80.0), (29.6, 98.0),
        (mouth + 0.8, 106.0, CORNER),
        "neck", (mouth, 107.4), (mouth + 0.2, 109.4, CORNER),
        "rim", (mouth + 2.4, 110.2), (mouth + 3.2, 112.4), (mouth + 2.0, 114.8),
        max_step=6.0 * CM,
    )  # fmt: skip
    pot = vessel(outer, 2.2 * CM, 3.4 * CM, max_step=0.05)
    ropes = [_rope(pot, height) for height in ROPES]
    sides = (45.0, 135.0, 225.0, 315.0)
    handles = [_strap(pot, low, high, side) for low, high in ((18.0, 32.0), (88.0, 100.0)) for side in sides]
    return assemble([pot.body], attached=[*ropes, *handles], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "pithos",
    "Pithos (storage jar)",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Minoan",
    zones=bands(
        TOP, lip=(109.8, 115.0), shoulder=(86.0, 102.0), frieze=(64.0, 82.0), border=(40.0, 60.0), lower=(16.0, 36.0),
        foot=(1.0, 12.0),
    ),
)  # fmt: skip
