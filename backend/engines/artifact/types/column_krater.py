"""Column krater: a mixing bowl with two pairs of columns that carry plates at the rim."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.vessel import Vessel, vessel
from ._forms import CM, about
from ._greek import bands, pictures
from .base import ArtifactType

SIZE = (0.465, 0.418, 0.46)
TOP = 46.0


def _handle(pot: Vessel, side: float) -> tuple[Part, ...]:
    """Two columns from the shoulder to a plate that lengthens the rim."""
    columns = []
    for across in (-4.4, 4.4):
        root = float(np.sqrt(pot.at(32.0) ** 2 - across**2))
        line = ((root, 32.0), (root + 1.6, 34.0), (20.5, 37.4), (20.6, 40.6), (20.6, 44.4))
        path = [(x, across, z) for x, z in line]
        columns.append(sweep(path, [(3.0, 3.0), (2.6, 2.6), (2.3, 2.3), (2.2, 2.2), (2.5, 2.5)]).turned("z", side))
    plate = slab(
        rectangle(5.9, 14.0, 0.9), rounded_edge(2.5, 0.5, start=43.4), regions=("handle", "handle", "handle")
    ).moved((20.3 * CM, 0.0, 0.0))
    return (*columns, plate.turned("z", side))


def build(rng: np.random.Generator) -> UVMesh:
    """Broad ovoid body on an echinus foot, short neck, flat overhanging rim."""
    belly, neck = about(rng, 20.9, 0.01), about(rng, 14.7, 0.02)
    outer = profile(
        "base", (0, 1.6), (7.0, 1.4), (9.2, 0, CORNER),
        "foot", (11.0, 0, CORNER), (11.5, 1.0), (10.8, 2.4), (8.0, 3.5, CORNER),
        "body", (10.6, 7.0), (16.2, 14.6), (20.2, 22.6), (belly, 28.0), (19.2, 33.2),
        "shoulder", (15.8, 36.8, CORNER),
        "neck", (neck, 38.2), (neck, 43.2, CORNER),
        "rim", (19.2, 43.4, CORNER), (19.6, 44.5), (19.2, 45.5, CORNER), (16.5, 45.6, CORNER), (16.3, 45.9),
        max_step=1.7 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.85 * CM, 4.6 * CM, max_step=0.03)
    handles = [part for side in (0.0, 180.0) for part in _handle(pot, side)]
    return assemble([pot.body], attached=handles, plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "column_krater",
    "Column krater",
    SIZE,
    "Louvre E 635, the krater of Eurytios: height 46 cm, width 46.5 cm",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(
            TOP, lip=(43.3, 46.0), neck=(37.6, 43.0), shoulder=(34.8, 36.8), frieze=(16.5, 34.4), lower=(3.8, 11.0),
            foot=(0.0, 3.6),
        ),
        *pictures(TOP, 16.5, 34.4, 124.0),
    ),
)  # fmt: skip
