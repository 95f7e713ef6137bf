"""Spouted jar: a squat jar with a short spout and a handle opposite."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from .base import ArtifactType, Zone

SIZE = (0.193, 0.1265, 0.131)


def build(rng: np.random.Generator) -> UVMesh:
    """Spout towards +x, open into the inside; loop handle towards -x."""
    foot, neck = about(rng, 3.4, 0.05), about(rng, 3.4, 0.04)
    outer = profile(
        "base", (0, 0.4), (foot - 0.7, 0.4), (foot - 0.5, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot + 0.1, 0.5, CORNER),
        "body", (4.9, 2.0), (6.2, 4.8), (6.0, 7.4), (4.4, 9.7), (neck + 0.3, 10.4, CORNER),
        "neck", (neck, 11.2), (3.6, 12.2),
        "rim", (4.0, 12.8),
        max_step=0.8 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.38 * CM, 0.9 * CM)
    line = [(4.4, 0, 6.0), (6.4, 0, 7.2), (8.4, 0, 9.2), (9.8, 0, 11.0)]
    spout = sweep(line, [(3.4, 3.4), (2.7, 2.7), (1.8, 1.8), (1.6, 1.6)], region="spout")
    bore = sweep(
        [(4.2, 0, 5.88), *line[1:3], (10.4, 0, 11.75)],
        [(2.0, 2.0), (1.7, 1.7), (1.1, 1.1), (1.0, 1.0)],
        region="interior",
    )
    handle = vertical_handle(
        pot,
        5.4,
        9.2,
        [(7.6, 5.6), (8.5, 7.6), (7.2, 9.6)],
        [(1.6, 1.0), (1.2, 0.85), (1.1, 0.8), (1.2, 0.85), (1.5, 0.9)],
        side=180.0,
    )
    return assemble([pot.body], attached=[spout, handle], plug=pot.plug, cuts=[bore.as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "spouted_jar",
    "Spouted jar",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    round=False,
    zones=(
        Zone("neck", "band", (0.8, 0.93), regions=("neck",)),
        Zone("shoulder", "band", (0.6, 0.76), regions=("body",)),
        Zone("frieze", "band", (0.3, 0.57), regions=("body",)),
    ),
)
