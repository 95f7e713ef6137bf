"""Fibula: a bow brooch with spring, pin and catch plate, lying on its pin; the foot towards +x."""

from __future__ import annotations

import numpy as np

from ....geometry.charts import shortened
from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.slab import slab
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.0925, 0.0265, 0.033)


def build(rng: np.random.Generator) -> UVMesh:
    """A swelling bow with ridges, a spring of six turns about a rod, the pin in the gutter of the catch plate."""
    rise = about(rng, 3.0, 0.04)
    bow = sweep(
        [(0, 0, 0.45), (0.15, 0, 1.5), (1.0, 0, rise - 0.45), (2.4, 0, rise - 0.1), (4.0, 0, rise - 0.6), (5.2, 0, 1.5),
         (6.2, 0, 1.0), (7.4, 0, 0.85), (8.2, 0, 0.8)],
        [(0.35, 0.3), (0.6, 0.34), (1.15, 0.5), (1.35, 0.6), (1.0, 0.5), (0.62, 0.4), (0.5, 0.34), (0.45, 0.32),
         (0.5, 0.34)], region="bow", max_step=0.002,
    )  # fmt: skip
    turn = np.linspace(0.0, 2.0 * np.pi * 6.0, 97)
    coil = np.column_stack([0.42 * np.sin(turn), -1.15 + 2.3 * turn / turn[-1], 0.45 - 0.3 * np.cos(turn)])
    spring = sweep(coil, [(0.34, 0.22)], region="spring", sides=12, max_step=0.002)
    rod = sweep([(0, -1.3, 0.45), (0, 1.3, 0.45)], [(0.5, 0.5)], up=(0, 0, 1), region="spring", sides=14, max_step=0.01)
    pin = sweep([(0.0, 1.1, 0.18), (1.2, 0.75, 0.12), (3.4, 0.25, 0.13), (6.0, 0.02, 0.2), (7.6, 0.0, 0.28)],
                [(0.24, 0.24), (0.22, 0.22), (0.2, 0.2), (0.17, 0.17), (0.08, 0.08)], region="pin", sides=12,
                up=(0, 0, 1))  # fmt: skip
    outline = np.array([(5.3, 0.12), (7.9, 0.12), (8.0, 0.85), (6.3, 1.0), (5.4, 1.35)])
    plate = slab(outline, [(0.0, -0.1), (0.0, 0.1)], regions=("catch",) * 3).turned("x", 90.0)
    gutter = sweep([(5.5, 0, 0.16), (7.9, 0, 0.16)], [(0.5, 0.3)], region="catch", sides=14)
    knob = profile("bow", (0, -0.3), (0.26, -0.24, CORNER), (0.3, -0.15), (0.26, -0.05, CORNER), (0.38, 0.08),
                   (0.42, 0.25), (0.3, 0.45), (0, 0.52), max_step=0.1 * CM)  # fmt: skip
    end = lathe(knob, segments=32).turned("y", 90.0).moved((8.2 * CM, 0.0, 0.8 * CM))
    ridge = sweep([(2.0, -0.74, rise - 0.28), (2.3, -0.4, rise + 0.06), (2.4, 0, rise + 0.2), (2.3, 0.4, rise + 0.06),
                   (2.0, 0.74, rise - 0.28)], [(0.16, 0.16)], up=(1, 0, 0), region="bow", sides=10)  # fmt: skip
    parts = [bow, spring, rod, pin, plate, gutter, end, ridge, ridge.moved((0.3 * CM, 0.0, -0.02 * CM))]
    return assemble(shortened(parts, 0.7), size_m=SIZE)


TYPE = ArtifactType(
    "fibula",
    "Fibula (bow brooch)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Roman",
    round=False,
    zones=(Zone("field", "field", (0.1, 0.2, 0.62, 0.8), "top", ("bow",)),),
)
