"""Oil lamp: a closed bowl with a filling hole, a nozzle for the wick and a ring handle."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType

SIZE = (0.12, 0.074, 0.0465)


def build(rng: np.random.Generator) -> UVMesh:
    """Nozzle towards +x, handle towards -x."""
    hole = about(rng, 0.55, 0.08)
    body = profile(
        "base", (0, 0.25), (1.9, 0.25), (2.0, 0, CORNER),
        "foot", (2.3, 0, CORNER), (2.4, 0.3, CORNER),
        "body", (3.2, 0.9), (3.7, 1.7), (3.4, 2.5), (2.9, 2.85, CORNER),
        "discus", (2.65, 2.9), (2.4, 2.65, CORNER), (1.4, 2.45), (hole, 2.4, CORNER),
        "rim", (hole - 0.1, 2.28), (hole, 2.15, CORNER),
        "interior", (1.8, 2.2), (2.9, 2.1), (3.3, 1.6), (2.8, 1.0), (1.8, 0.65), (0, 0.6),
        max_step=0.5 * CM,
    )  # fmt: skip
    inside = profile(
        "interior", (0, 0.45), (2.0, 0.5), (3.1, 1.0), (3.5, 1.7), (3.0, 2.3), (0, 2.35), max_step=0.5 * CM
    )
    spout = [(2.2, 0, 1.35), (3.6, 0, 1.5), (5.2, 0, 1.75), (6.3, 0, 1.85), (6.85, 0, 1.85)]
    nozzle = sweep(
        spout, [(3.4, 1.9), (2.9, 1.8), (2.3, 1.6), (2.1, 1.45), (0.9, 0.8)], region="nozzle", squareness=2.6
    )
    bore = sweep([(2.6, 0, 1.4), (4.0, 0, 1.6), (5.9, 0, 1.8)], [(1.3, 0.9), (1.0, 0.7), (0.8, 0.6)], region="interior")
    wick = lathe(
        profile("interior", (0, 1.7), (0.5, 1.7, CORNER), (0.5, 3.2, CORNER), (0, 3.2), max_step=0.01), segments=48
    )
    ring = sweep(
        [(-3.1, 0, 1.5), (-4.5, 0, 2.0), (-4.75, 0, 3.4), (-4.0, 0, 4.35), (-3.1, 0, 3.9), (-2.75, 0, 2.5)],
        [(1.0, 0.75), (0.8, 0.65), (0.75, 0.6), (0.75, 0.6), (0.8, 0.6), (1.0, 0.7)],
    )
    cuts = [bore.as_cutter(), wick.moved((0.059, 0.0, 0.0)).as_cutter()]
    return assemble([lathe(body)], attached=[nozzle, ring], plug=lathe(inside), cuts=cuts, size_m=SIZE)


TYPE = ArtifactType(
    "lamp", "Oil lamp", SIZE, "Typical of museum examples, estimate", "terracotta", build, culture="Roman", round=False
)
