"""Teapot: a low round pot with a short spout, an ear-shaped handle and a lid with a knob, which is on: it is solid."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.186, 0.112, 0.104)


def build(rng: np.random.Generator) -> UVMesh:
    """Spout towards +x with an open mouth, handle towards -x."""
    foot, knob = about(rng, 3.1, 0.04), about(rng, 0.85, 0.06)
    pot = profile(
        "base", (0, 0.3), (foot - 0.6, 0.3), (foot - 0.4, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot + 0.05, 0.45, CORNER),
        "body", (4.5, 1.2), (5.5, 3.4), (5.4, 4.8), (4.4, 6.7), (3.7, 7.25, CORNER), (3.65, 7.5, CORNER),
        "groove", (3.4, 7.5, CORNER), (3.4, 7.65, CORNER),
        "lid", (3.72, 7.66, CORNER), (3.72, 7.95), (3.3, 8.3), (1.9, 8.75), (0.65, 8.95, CORNER),
        (0.55, 9.2), (knob, 9.65), (knob - 0.05, 10.0), (0.5, 10.3), (0, 10.4),
        max_step=0.55 * CM,
    )  # fmt: skip
    line = [(3.9, 0, 3.2), (6.2, 0, 4.0), (7.6, 0, 5.4), (8.7, 0, 7.2)]
    spout = sweep(line, [(2.8, 2.9), (1.9, 2.1), (1.35, 1.4), (1.1, 1.1)], region="spout")
    mouth = [(7.2, 0, 4.9), (8.0, 0, 6.0), (9.15, 0, 7.95)]
    bore = sweep(mouth, [(0.55, 0.55), (0.7, 0.7), (0.75, 0.75)], region="interior", sides=16)
    path = [(-4.4, 0, 6.3), (-6.6, 0, 7.6), (-8.6, 0, 6.9), (-8.9, 0, 4.8), (-7.4, 0, 2.9), (-4.7, 0, 2.3)]
    handle = sweep(path, [(1.3, 1.1), (1.1, 0.9), (1.1, 0.85), (1.05, 0.8), (1.0, 0.75), (1.1, 0.8)])
    return assemble([lathe(pot)], attached=[spout, handle], cuts=[bore.as_cutter("spout")], size_m=SIZE)


TYPE = ArtifactType(
    "teapot",
    "Teapot",
    SIZE,
    "Typical of museum examples, estimate",
    "stoneware",
    build,
    culture="Chinese",
    round=False,
    zones=(
        Zone("frieze", "band", (0.19, 0.57), regions=("body",)),
        Zone("shoulder", "band", (0.58, 0.69), regions=("body",)),
        Zone("lid", "band", (0.745, 0.85), regions=("lid",)),
    ),
)
