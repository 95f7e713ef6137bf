"""Sword: a bronze jian, lying; the point towards +x."""

from __future__ import annotations

import numpy as np

from ....geometry.charts import shortened
from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.slab import slab
from ....geometry.solid import assemble
from ._blades import blade
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.557, 0.054, 0.034)
SECTION = [(-1.0, 0.0), (-0.86, 0.3), (-0.5, 0.62), (-0.14, 0.84), (0.0, 1.0), (0.14, 0.84), (0.5, 0.62), (0.86, 0.3),
           (1.0, 0.0)]  # fmt: skip


def build(rng: np.random.Generator) -> UVMesh:
    """A blade with a midrib that narrows in two steps to the point, a bow-shaped guard, a grip with two rings."""
    waist = about(rng, 1.86, 0.03)
    stations = [(8.0, 2.25, 0.46), (12.0, 2.3, 0.46), (26.0, 2.15, 0.44), (38.0, waist, 0.4), (44.0, waist, 0.37),
                (49.5, 1.5, 0.31), (53.5, 0.85, 0.2), (55.7, 0.0, 0.0)]  # fmt: skip
    iron = blade(stations, SECTION, rows=64)
    outline = np.array([(6.9, -1.3), (8.3, -2.1), (9.5, -2.7), (9.9, -2.5), (9.15, -1.2), (8.7, 0.0), (9.15, 1.2),
                        (9.9, 2.5), (9.5, 2.7), (8.3, 2.1), (6.9, 1.3)])  # fmt: skip
    rings = [(0.18, -0.95), (0.05, -0.8), (0.0, -0.6), (0.0, 0.6), (0.05, 0.8), (0.18, 0.95)]
    guard = slab(outline, rings, regions=("guard", "guard", "guard"))
    side = profile(
        "pommel", (0, 0.35), (0.7, 0.3, CORNER), (0.75, 0.1, CORNER), (1.6, 0, CORNER), (1.7, 0.15), (1.66, 0.4),
        (1.05, 0.75), (0.62, 1.2),
        "handle", (0.58, 2.1), (0.66, 2.9, CORNER), (0.95, 3.0), (0.98, 3.3), (0.95, 3.6), (0.7, 3.7, CORNER),
        (0.72, 4.4), (0.74, 5.1, CORNER), (1.02, 5.2), (1.05, 5.5), (1.02, 5.8), (0.78, 5.9, CORNER),
        (0.85, 7.2, CORNER), (0, 7.4),
        max_step=0.4 * CM,
    )  # fmt: skip
    grip = lathe(side, segments=48).turned("y", 90.0)
    return assemble(shortened([iron, guard, grip]), size_m=SIZE)


TYPE = ArtifactType(
    "sword",
    "Sword (jian)",
    SIZE,
    "Sword of Goujian, Hubei Provincial Museum: 55.7 cm long, blade 4.6 cm wide; guard and pommel estimated",
    "bronze",
    build,
    culture="Chinese",
    round=False,
    zones=(
        Zone("field", "field", (0.2, 0.12, 0.84, 0.88), "top", ("blade",)),
        Zone("guard", "field", (0.12, 0.0, 0.18, 1.0), "top", ("guard",)),
        Zone("handle", "field", (0.02, 0.2, 0.12, 0.8), "top", ("handle",)),
        Zone("pommel", "ring", (0.1, 1.0), "left", ("pommel",)),
    ),
)
