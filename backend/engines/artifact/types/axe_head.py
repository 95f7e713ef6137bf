"""Axe head: cast bronze with a flaring blade and a tube for the shaft, lying; the cutting edge towards +x."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._blades import blade
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.17, 0.085, 0.036)
SECTION = [(-1.0, 0.0), (-0.99, 0.6), (-0.9, 0.86), (-0.74, 0.8), (-0.6, 0.84), (0.0, 1.0), (0.6, 0.84), (0.74, 0.8),
           (0.9, 0.86), (0.99, 0.6), (1.0, 0.0)]  # fmt: skip


def build(rng: np.random.Generator) -> UVMesh:
    """The blade widens to a bowed edge; ribs around both ends of the tube; a butt of three knobs behind."""
    flare = about(rng, 4.2, 0.03)
    stations = [(0.6, 2.5, 1.35), (2.6, 2.1, 1.15), (5.0, 2.0, 0.95), (8.0, 2.5, 0.66), (10.4, 3.4, 0.36),
                (11.9, flare, 0.02)]  # fmt: skip
    bit = blade(stations, SECTION, rows=36, bow=1.4, crease_degrees=25.0)
    side = profile(
        "socket", (0, -3.6), (1.5, -3.6, CORNER), (1.75, -3.5), (1.8, -3.25), (1.75, -3.0), (1.55, -2.9, CORNER),
        (1.52, 0), (1.55, 2.9, CORNER), (1.75, 3.0), (1.8, 3.25), (1.75, 3.5), (1.5, 3.6, CORNER), (0, 3.6),
        max_step=0.6 * CM,
    )  # fmt: skip
    tube = lathe(side, segments=64).turned("x", 90.0)
    hole = profile("bore", (0, -4.0), (1.18, -4.0, CORNER), (1.05, 4.0, CORNER), (0, 4.0), max_step=1.0 * CM)
    knob = profile("butt", (0, 0.8), (0.75, 0.9), (0.6, 1.7), (0.5, 2.2), (0.72, 2.75), (0.62, 3.3), (0, 3.55),
                   max_step=0.3 * CM)  # fmt: skip
    butt = lathe(knob, segments=32).turned("y", -90.0)
    knobs = [butt.moved((0.0, y * CM, 0.0)) for y in (-2.1, 0.0, 2.1)]
    cord = sweep([(-1.3, -2.6, 0), (-1.95, -1.3, 0), (-2.0, 0, 0), (-1.95, 1.3, 0), (-1.3, 2.6, 0)], [(0.9, 0.7)],
                 up=(0, 0, 1), region="butt")  # fmt: skip
    bore = lathe(hole, segments=64).turned("x", 90.0)
    return assemble([bit, tube, cord, *knobs], cuts=[bore.as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "axe_head",
    "Axe head",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Luristan",
    round=False,
    zones=(
        Zone("field", "field", (0.42, 0.3, 0.8, 0.7), "top", ("blade",)),
        Zone("back", "field", (0.2, 0.3, 0.58, 0.7), "bottom", ("blade",)),
        Zone("socket", "field", (0.14, 0.1, 0.34, 0.9), "top", ("socket",)),
    ),
)
