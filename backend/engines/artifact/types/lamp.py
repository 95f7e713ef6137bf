"""Oil lamp: a closed bowl with a sunken discus, a filling hole, a nozzle for the wick and a ring handle."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.104, 0.074, 0.0465)


def _knob(x: float, y: float) -> Part:
    """A volute beside the nozzle, as a small turned disc."""
    outline = profile(
        "nozzle", (0, 1.4), (0.5, 1.4, CORNER), (0.6, 1.6), (0.62, 2.4), (0.52, 2.58, CORNER), (0.32, 2.46),
        (0.22, 2.62), (0, 2.68),
        max_step=0.4 * CM,
    )  # fmt: skip
    return lathe(outline, segments=32).moved((x * CM, y * CM, 0.0))


def build(rng: np.random.Generator) -> UVMesh:
    """Nozzle towards +x, handle towards -x, both equally far from the axis of the discus."""
    hole = about(rng, 0.5, 0.08)
    body = profile(
        "base", (0, 0.25), (1.9, 0.25), (2.0, 0, CORNER),
        "foot", (2.3, 0, CORNER), (2.4, 0.3, CORNER),
        "body", (3.2, 0.9), (3.7, 1.7), (3.5, 2.4),
        "shoulder", (3.05, 2.75, CORNER), (2.92, 2.95), (2.78, 2.8, CORNER), (2.66, 2.95), (2.5, 2.82, CORNER),
        "discus", (2.4, 2.62, CORNER), (1.4, 2.46), (hole, 2.44, CORNER),
        "rim", (hole - 0.1, 2.3), (hole, 2.15, CORNER),
        "interior", (1.8, 2.2), (2.9, 2.1), (3.3, 1.6), (2.8, 1.0), (1.8, 0.65), (0, 0.6),
        max_step=0.5 * CM,
    )  # fmt: skip
    inside = profile(
        "interior", (0, 0.45), (2.0, 0.5), (3.1, 1.0), (3.5, 1.7), (3.0, 2.3), (0, 2.35), max_step=0.5 * CM
    )
    spout = [(2.2, 0, 1.35), (3.6, 0, 1.5), (4.4, 0, 1.6), (4.95, 0, 1.65), (5.2, 0, 1.65)]
    nozzle = sweep(
        spout, [(2.9, 1.9), (2.4, 1.75), (2.3, 1.6), (1.7, 1.35), (0.8, 0.8)], region="nozzle", squareness=2.6
    )
    channel = [(2.6, 0, 1.4), (3.6, 0, 1.5), (4.5, 0, 1.62)]
    bore = sweep(channel, [(1.3, 0.9), (1.1, 0.7), (0.8, 0.6)], region="interior")
    wick = lathe(
        profile("interior", (0, 1.6), (0.5, 1.6, CORNER), (0.5, 3.2, CORNER), (0, 3.2), max_step=0.01), segments=48
    )
    ring = sweep(
        [(-3.1, 0, 1.5), (-4.5, 0, 1.9), (-4.8, 0, 3.3), (-4.0, 0, 4.35), (-3.1, 0, 3.9), (-2.85, 0, 2.5)],
        [(1.1, 0.8), (0.9, 0.7), (0.85, 0.65), (0.85, 0.6), (0.9, 0.6), (1.1, 0.7)],
    )
    cuts = [bore.as_cutter(), wick.moved((0.0435, 0.0, 0.0)).as_cutter()]
    joined = [nozzle, ring, _knob(3.6, 1.02), _knob(3.6, -1.02)]
    return assemble([lathe(body)], attached=joined, plug=lathe(inside), cuts=cuts, size_m=SIZE)


TYPE = ArtifactType(
    "lamp",
    "Oil lamp",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Roman",
    round=False,
    zones=(
        Zone("centre", "ring", (0.17, 0.63), "top", ("discus",)),
        Zone("border", "ring", (0.84, 0.98), "top", ("body", "shoulder")),
    ),
)
