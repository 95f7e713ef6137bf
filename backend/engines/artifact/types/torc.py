"""Torc: three twisted rods with knobbed ends, lying; the opening faces the front (-y)."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.loft import loft
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.1786, 0.188, 0.036)
RADIUS, GAP = 8.1, 0.32
ROD, APART = 0.42, 0.42
ROWS, SIDES = 241, 10


def _strands(twists: float) -> FloatArray:
    """(rows, 36, 3) sections of three rods that touch, turning as they go along the ring; metres."""
    turn = np.linspace(-0.5 * np.pi + GAP, 1.5 * np.pi - GAP, ROWS)
    around = np.linspace(0.0, 2.0 * np.pi, 3 * SIDES, endpoint=False)
    # Seen from the middle between them the outer rod reaches out to d cos a + sqrt(r^2 - d^2 sin^2 a).
    off = (around + np.pi / 3.0) % (2.0 * np.pi / 3.0) - np.pi / 3.0
    reach = APART * np.cos(off) + np.sqrt(ROD**2 - (APART * np.sin(off)) ** 2)
    angle = around + np.linspace(0.0, 2.0 * np.pi * twists, ROWS)[:, None]
    # Ahead lies along the ring: counter-clockwise about it is from the outside to below.
    out, up = RADIUS + reach * np.cos(angle), -reach * np.sin(angle)
    return np.stack([out * np.cos(turn)[:, None], out * np.sin(turn)[:, None], up], axis=2) * CM


def build(rng: np.random.Generator) -> UVMesh:
    """The rods wind around each other all the way; buffers with collars close the ends."""
    twists = about(rng, 8.0, 0.06)
    seams = [SIDES // 2 + k * SIDES for k in range(3)]
    rods = loft(_strands(twists), "body", sectors=seams, breaks=range(ROWS // 6, ROWS - 1, ROWS // 6), end_density=0.1)
    turn = (-0.5 * np.pi + GAP, 1.5 * np.pi - GAP)
    side = profile(
        "terminal", (0, -0.6), (1.0, -0.55, CORNER), (1.15, -0.35), (1.0, -0.1, CORNER), (0.85, 0.1), (1.3, 0.55),
        (1.75, 1.2), (1.78, 1.55), (1.5, 1.95), (0.8, 2.18), (0, 2.25), max_step=0.25 * CM,
    )  # fmt: skip
    knob = lathe(side, segments=48)
    ends = []
    for angle, tip in ((turn[0], 1.0), (turn[-1], -1.0)):
        # The knob's axis (z) is laid along the ring, towards the opening.
        laid = knob.turned("x", 90.0 * tip).turned("z", float(np.degrees(angle)))
        ends.append(laid.moved((RADIUS * CM * np.cos(angle), RADIUS * CM * np.sin(angle), 0.0)))
    return assemble([rods, *ends], size_m=SIZE)


TYPE = ArtifactType(
    "torc",
    "Torc",
    SIZE,
    "Typical of museum examples, estimate",
    "gold",
    build,
    culture="Celtic",
    round=False,
    zones=(Zone("field", "field", (0.2, 0.0, 0.8, 0.14), "top", ("terminal",)),),
)
