"""Dagger: a triangular bronze blade, riveted to a hilt cast with it, lying; the point towards +x."""

from __future__ import annotations

import numpy as np

from ....geometry.charts import shortened
from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.slab import rounded_edge, slab
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._blades import blade
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.33, 0.068, 0.02)
SECTION = [(-1.0, 0.0), (-0.8, 0.3), (-0.34, 0.5), (-0.26, 0.56), (-0.18, 0.9), (0.0, 1.0), (0.18, 0.9), (0.26, 0.56),
           (0.34, 0.5), (0.8, 0.3), (1.0, 0.0)]  # fmt: skip


def build(rng: np.random.Generator) -> UVMesh:
    """Blade with a rounded midrib, omega-shaped hilt plate with five rivets, oval grip, crescent pommel."""
    width = about(rng, 2.9, 0.04)
    stations = [(10.5, width, 0.42), (12.5, width * 0.97, 0.42), (18.0, 2.25, 0.4), (25.0, 1.45, 0.34),
                (30.5, 0.72, 0.22), (33.0, 0.0, 0.0)]  # fmt: skip
    iron = blade(stations, SECTION, rows=44)
    turn = np.radians(np.linspace(-62.0, 62.0, 15))
    arch = np.stack([12.1 - 1.7 * np.cos(turn), 1.15 * np.sin(turn)], axis=1)[::-1]
    outline = np.vstack([[(8.6, -1.0), (9.6, -1.5), (10.4, -2.9), (11.1, -3.15), (12.0, -3.0)], arch[::-1],
                         [(12.0, 3.0), (11.1, 3.15), (10.4, 2.9), (9.6, 1.5), (8.6, 1.0)]])  # fmt: skip
    plate = slab(outline, rounded_edge(1.3, 0.12, start=-0.65), regions=("guard", "guard", "guard"))
    grip = sweep(
        [(1.0, 0, 0), (3.0, 0, 0), (5.2, 0, 0), (7.4, 0, 0), (9.4, 0, 0)],
        [(2.0, 1.25), (2.15, 1.4), (2.5, 1.6), (2.15, 1.4), (2.0, 1.25)],
    )
    moon = sweep(
        [(1.9, -3.1, 0), (0.9, -2.5, 0), (0.65, -1.2, 0), (0.7, 0, 0), (0.65, 1.2, 0), (0.9, 2.5, 0), (1.9, 3.1, 0)],
        [(0.9, 0.4), (1.6, 1.0), (1.85, 1.3), (2.0, 1.4), (1.85, 1.3), (1.6, 1.0), (0.9, 0.4)],
        up=(0.0, 0.0, 1.0), region="pommel", squareness=2.5,
    )  # fmt: skip
    head = profile("guard", (0, -0.88), (0.2, -0.82), (0.34, -0.6, CORNER), (0.34, 0.6, CORNER), (0.2, 0.82), (0, 0.88),
                   max_step=0.2 * CM)  # fmt: skip
    rivet = lathe(head, segments=20)
    places = [(11.1, -2.35), (10.0, -1.3), (9.7, 0.0), (10.0, 1.3), (11.1, 2.35)]
    rivets = [rivet.moved((x * CM, y * CM, 0.0)) for x, y in places]
    return assemble(shortened([iron, plate, grip, moon, *rivets]), size_m=SIZE)


TYPE = ArtifactType(
    "dagger",
    "Dagger",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Mycenaean",
    round=False,
    zones=(
        Zone("field", "field", (0.4, 0.3, 0.88, 0.7), "top", ("blade",)),
        Zone("handle", "field", (0.04, 0.2, 0.3, 0.8), "top", ("handle",)),
        Zone("guard", "field", (0.28, 0.02, 0.38, 0.98), "top", ("guard",)),
    ),
)
