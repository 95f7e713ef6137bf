"""Torc: three twisted rods with knobbed ends, lying; the opening faces the front (-y)."""

from __future__ import annotations

import numpy as np

from ....geometry.charts import shortened
from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.1786, 0.188, 0.036)
RADIUS, GAP = 8.1, 0.32


def build(rng: np.random.Generator) -> UVMesh:
    """The rods wind around each other all the way; buffers with collars close the ends."""
    twists = about(rng, 8.0, 0.06)
    turn = np.linspace(-0.5 * np.pi + GAP, 1.5 * np.pi - GAP, 150)
    share = np.linspace(0.0, 1.0, len(turn))
    rods = []
    for start in (0.0, 2.0 * np.pi / 3.0, 4.0 * np.pi / 3.0):
        phase = start + 2.0 * np.pi * twists * share
        radius = RADIUS + 0.42 * np.cos(phase)
        path = np.column_stack([radius * np.cos(turn), radius * np.sin(turn), 0.42 * np.sin(phase)])
        rods.append(sweep(path, [(0.84, 0.84)], up=(0, 0, 1), region="body", sides=10, max_step=0.009))
    circle = RADIUS * np.column_stack([np.cos(turn), np.sin(turn), 0.0 * turn])
    rods.append(sweep(circle, [(0.6, 0.6)], up=(0, 0, 1), region="body", sides=8, max_step=0.02))
    side = profile(
        "terminal", (0, -0.6), (1.0, -0.55, CORNER), (1.15, -0.35), (1.0, -0.1, CORNER), (0.85, 0.1), (1.3, 0.55),
        (1.75, 1.2), (1.78, 1.55), (1.45, 2.0), (0.9, 2.15, CORNER), (0.8, 2.05), (0, 2.0), max_step=0.25 * CM,
    )  # fmt: skip
    knob = lathe(side, segments=48)
    ends = []
    for angle, tip in ((turn[0], 1.0), (turn[-1], -1.0)):
        # The knob's axis (z) is laid along the ring, towards the opening.
        laid = knob.turned("x", 90.0 * tip).turned("z", float(np.degrees(angle)))
        ends.append(laid.moved((RADIUS * CM * np.cos(angle), RADIUS * CM * np.sin(angle), 0.0)))
    return assemble(shortened([*rods, *ends], 0.7), size_m=SIZE)


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
