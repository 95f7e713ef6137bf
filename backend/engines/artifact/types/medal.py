"""Medal: a cast disc with a moulded edge and a loop to hang it by, lying."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, ControlPoint, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._blades import flipped
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.062, 0.0739, 0.0063)


def build(rng: np.random.Generator) -> UVMesh:
    """Both faces lie within an edge of fillet and bead; a barrel on top holds a ring."""
    field = about(rng, 0.17, 0.08)
    half: list[ControlPoint] = [
        (0, field), (1.8, field), (2.5, field, CORNER), (2.58, 0.24), (2.66, 0.24), (2.74, field, CORNER),
            (2.8, field, CORNER), (2.88, 0.3), (3.02, 0.29)]  # fmt: skip
    side = profile(
        "base", *flipped(half),
        "rim", (3.1, 0.0),
        "front", *half[::-1],
        max_step=0.22 * CM,
    )  # fmt: skip
    barrel = profile("loop", (0, -0.45), (0.22, -0.42), (0.26, -0.25), (0.26, 0.25), (0.22, 0.42), (0, 0.45),
                     max_step=0.2 * CM)  # fmt: skip
    turn = np.linspace(-0.5 * np.pi, 1.5 * np.pi, 17)
    hoop = profile("loop", *[(0.46 + 0.11 * np.cos(t), 0.11 * np.sin(t)) for t in turn], max_step=0.1 * CM)
    loop = lathe(hoop, segments=48).moved((0.0, 3.72 * CM, 0.0))
    stalk = sweep([(0, 2.95, 0), (0, 3.4, 0)], [(0.5, 0.4)], up=(1.0, 0.0, 0.0), region="loop", sides=16)
    top = lathe(barrel, segments=32).turned("y", 90.0).moved((0.0, 3.28 * CM, 0.0))
    return assemble([lathe(side), stalk, top, loop], size_m=SIZE)


TYPE = ArtifactType(
    "medal",
    "Medal",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="European",
    round=False,
    zones=(
        Zone("field", "field", (0.15, 0.126, 0.85, 0.713), "top", ("front",)),
        Zone("back", "field", (0.15, 0.287, 0.85, 0.874), "bottom", ("base",)),
    ),
)
