"""Spearhead: a leaf-shaped bronze blade whose midrib is the end of a hollow socket, lying; the point towards +x."""

from __future__ import annotations

import numpy as np

from ....geometry.charts import shortened
from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._blades import blade
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.285, 0.052, 0.025)
SECTION = [(-1.0, 0.0), (-0.84, 0.42), (-0.7, 0.5), (0.0, 1.0), (0.7, 0.5), (0.84, 0.42), (1.0, 0.0)]


def build(rng: np.random.Generator) -> UVMesh:
    """Bevelled edges; the socket has a ribbed mouth and a hole for the peg on either side."""
    belly = about(rng, 2.6, 0.03)
    stations = [(8.4, 0.5, 0.2), (9.4, 1.35, 0.26), (11.6, 2.35, 0.3), (14.0, belly, 0.3), (18.0, 2.2, 0.27),
                (22.5, 1.35, 0.22), (26.4, 0.55, 0.13), (28.5, 0.0, 0.0)]  # fmt: skip
    leaf = blade(stations, SECTION, rows=44)
    side = profile(
        "socket", (0, 0), (1.05, 0, CORNER), (1.2, 0.12), (1.25, 0.4), (1.2, 0.68), (1.1, 0.8, CORNER), (1.08, 1.0),
        (1.14, 1.2), (1.08, 1.4, CORNER), (1.05, 2.5), (0.92, 7.0), "midrib", (0.78, 12.0), (0.6, 18.0), (0.4, 24.0),
        (0.16, 27.6), (0, 28.2),
        max_step=0.9 * CM,
    )  # fmt: skip
    bore = profile("bore", (0, -1.0), (0.92, -1.0, CORNER), (0.88, 0.0), (0.7, 6.0), (0.42, 11.5), (0, 12.2),
                   max_step=0.9 * CM)  # fmt: skip
    peg = profile("bore", (0, -2.0), (0.22, -2.0, CORNER), (0.22, 2.0, CORNER), (0, 2.0), max_step=0.01)
    pegs = lathe(peg, segments=24).turned("x", 90.0).moved((3.0 * CM, 0.0, 0.0))
    shaft = lathe(side, segments=48).turned("y", 90.0)
    cuts = [lathe(bore, segments=48).turned("y", 90.0).as_cutter(), pegs.as_cutter()]
    return assemble(shortened([leaf, shaft]), cuts=shortened(cuts), size_m=SIZE)


TYPE = ArtifactType(
    "spearhead",
    "Spearhead",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Greek",
    round=False,
    zones=(
        Zone("socket", "field", (0.04, 0.0, 0.3, 1.0), "top", ("socket",)),
        Zone("field", "field", (0.36, 0.05, 0.8, 0.95), "top", ("blade",)),
    ),
)
