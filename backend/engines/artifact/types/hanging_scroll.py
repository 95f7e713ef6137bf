"""Hanging scroll: a picture in its mounting, with stave, cord and roller, as it hangs. The front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.charts import shortened
from ....geometry.curves import CORNER, ControlPoint, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, slab
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._blades import flipped
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.58, 0.034, 1.86)


def build(rng: np.random.Generator) -> UVMesh:
    """Picture and mounting lie a little before each other; two ribbons hang over the heaven."""
    high = about(rng, 96.0, 0.02)
    mount = slab(
        rectangle(50.0, 173.0), [(0.0, -0.25), (0.0, 0.25)], regions=("back", "side", "mount"),
        densities=(0.5, 0.5, 0.8),
    ).turned("x", 90.0).moved((0.0, 0.0, 0.883))  # fmt: skip
    picture = slab(
        rectangle(40.0, high), [(0.0, 0.0), (0.0, 0.4)], regions=("back", "side", "front"), densities=(0.1, 0.5, 1.0)
    ).turned("x", 90.0).moved((0.0, 0.0, 0.86))  # fmt: skip
    knob: list[ControlPoint] = [
        (0, 29.0), (1.45, 29.0, CORNER), (1.6, 28.8), (1.62, 28.2), (1.3, 27.4), (1.0, 26.6), (1.15, 25.4, CORNER)]
    side = profile(
        "knob", *flipped(knob), "roller", (1.7, -25.2, CORNER), (1.7, 25.2, CORNER),
        "knob", *knob[::-1],
        max_step=6.0 * CM,
    )  # fmt: skip
    roller = lathe(side, segments=40).turned("y", 90.0).moved((0.0, 0.0, 1.7 * CM))
    stave = sweep([(-25.4, 0, 174.6), (25.4, 0, 174.6)], [(1.5, 1.7)], region="stave", max_step=0.06, squareness=2.6)
    cord = sweep([(-14.0, 0, 174.9), (-9.0, 0, 178.6), (-3.0, 0, 183.4), (0, 0, 185.7), (3.0, 0, 183.4),
                  (9.0, 0, 178.6), (14.0, 0, 174.9)], [(0.6, 0.6)], region="cord", sides=12, max_step=0.02)  # fmt: skip
    ribbons = [
        slab(rectangle(2.2, 30.0), [(0.0, 0.0), (0.0, 0.5)], regions=("ribbon",) * 3, densities=(0.1, 0.5, 1.0))
        .turned("x", 90.0)
        .moved((x, 0.0, 1.595))
        for x in (-0.09, 0.09)
    ]
    return assemble(shortened([mount, picture, roller, stave, cord, *ribbons], 1.4), size_m=SIZE)


TYPE = ArtifactType(
    "hanging_scroll",
    "Hanging scroll",
    SIZE,
    "Typical of museum examples, estimate",
    "paper",
    build,
    materials={
        "mount": "textile", "ribbon": "textile", "cord": "textile", "roller": "wood", "stave": "wood", "knob": "wood",
    },
    supports=("textile",),
    culture="Chinese",
    round=False,
    zones=(
        Zone("field", "field", (0.155, 0.205, 0.845, 0.72), "front", ("front",)),
        Zone("border", "field", (0.07, 0.03, 0.93, 0.93), "front", ("mount",)),
    ),
)
