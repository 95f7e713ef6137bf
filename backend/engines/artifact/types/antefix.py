"""Antefix: a palmette at the end of a cover tile, as stood along the eaves of Greek roofs."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.slab import rounded_edge, slab
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.typing import FloatArray
from ._forms import about
from ._stone import moulding, spiral, upright
from .base import ArtifactType, Zone

SIZE = (0.21, 0.3025, 0.231)
HEART = (0.0, 8.2)


def _outline() -> FloatArray:
    """(x, z) of the plate: a base, waisted, under the fan of the palmette."""
    fan = np.radians(np.linspace(-28.0, 208.0, 41))
    reach = 10.3 + 4.6 * np.clip(np.sin(fan), 0.0, 1.0) ** 1.5
    head = np.stack([HEART[0] + reach * np.cos(fan), HEART[1] + reach * np.sin(fan)], axis=1)
    return np.vstack([[(-10.0, 0.0), (10.0, 0.0), (10.0, 2.6)], head, [(-10.0, 2.6)]])


def _petal(degrees: float, length: float) -> Part:
    """A petal as a rib that swells towards its end and is round there."""
    angle = np.radians(degrees)
    shares = [(0.16, 0.7), (0.45, 1.5), (0.70, 2.5), (0.86, 2.9), (0.95, 2.3), (0.99, 1.1), (1.0, 0.5)]
    path = [(HEART[0] + length * s * np.cos(angle), -0.13, HEART[1] + length * s * np.sin(angle)) for s, _ in shares]
    return sweep(path, [(1.7, w) for _, w in shares], region="palmette", sides=10, max_step=0.006)


def _scroll(side: float) -> Part:
    coil = spiral((4.9, 5.6), 3.0, 0.5, 1.7, 20.0, even=0.6)[::-1]
    flat = np.vstack([coil, [(7.6, 8.0), (5.2, 9.2), (1.2, 8.4)]])
    path = np.stack([side * flat[:, 0], np.full(len(flat), -0.17), flat[:, 1]], axis=1)
    return sweep(path, [(1.5, 0.9)], region="palmette", sides=8, max_step=0.02)


def _tile(length: float) -> Part:
    """The cover tile behind: half a pipe, along y."""
    turn = np.radians(np.linspace(0.0, 180.0, 19))
    outer = np.stack([8.6 * np.cos(turn), 9.0 * np.sin(turn)], axis=1)
    inner = np.stack([7.0 * np.cos(turn), 7.4 * np.sin(turn)], axis=1)[::-1]
    drawn = moulding(np.vstack([outer, inner]), length, "tile")
    return drawn.turned("z", 90.0).moved((0.0, 0.005 * length + 0.01, 0.0))


def build(rng: np.random.Generator) -> UVMesh:
    """Nine petals above two scrolls; the front is -y."""
    spread = about(rng, 24.5, 0.03)
    plate = upright(slab(_outline(), rounded_edge(2.6, 0.35, 2), regions=("back", "side", "front"), max_step=4.0), 2.6)
    petals = [_petal(90.0 + spread * k, 13.7 - 1.05 * abs(k)) for k in range(-4, 5)]
    band = moulding([(-0.9, 0.3), (1.0, 0.3), (1.0, 2.2), (-0.9, 2.2)], 19.2, "border", bevel=0.25)
    bud = profile("palmette", (0, -1.0), (2.1, -1.0, CORNER), (1.9, 0.5), (1.1, 1.1), (0, 1.25), max_step=0.5)
    heart = lathe(bud, segments=28).turned("x", 90.0).moved((0.0, 0.0, 0.01 * HEART[1]))
    return assemble([plate, heart, band, _tile(28.0), *petals, _scroll(1.0), _scroll(-1.0)], size_m=SIZE)


TYPE = ArtifactType(
    "antefix",
    "Antefix",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Greek",
    round=False,
    zones=(Zone("border", "field", (0.03, 0.02, 0.97, 0.09), regions=("border",)),),
)
