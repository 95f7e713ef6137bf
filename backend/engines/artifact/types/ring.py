"""Ring: a finger ring with an engraved oval bezel, standing; the bezel looks up."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.slab import ellipse, slab
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.0228, 0.0165, 0.0262)


def build(rng: np.random.Generator) -> UVMesh:
    """A hoop that thickens towards the shoulders, a collared bezel with a stone that is slightly domed."""
    stone = about(rng, 0.52, 0.05)
    turn = np.linspace(-0.5 * np.pi, 1.5 * np.pi, 25)
    hoop = profile("body", *[(1.03 + 0.11 * np.cos(t), 0.17 * np.sin(t)) for t in turn], max_step=0.06 * CM)
    shank = lathe(hoop, segments=96).turned("x", 90.0)
    angle = np.radians(np.linspace(38.0, 142.0, 9))
    swell = np.interp(np.abs(np.degrees(angle) - 90.0), [0.0, 30.0, 52.0], [1.0, 0.7, 0.28])
    path = np.column_stack([1.06 * np.cos(angle), np.zeros(9), 1.06 * np.sin(angle)])
    shoulder = sweep(path, [(1.1 * s, 0.26 * (0.55 + 0.45 * s)) for s in swell], squareness=2.4, max_step=0.001)
    collar = slab(
        ellipse(1.3, 1.65, 64),
        [(0.28, 0.95), (0.12, 1.12), (0.0, 1.2), (0.0, 1.28), (0.05, 1.36), (0.09, 1.36), (0.1, 1.3)],
        regions=("body", "bezel", "bezel"),
    )  # fmt: skip
    profile_of_stone = profile("field", (0, 1.2), (stone, 1.2, CORNER), (stone, 1.34), (0.46, 1.4), (0.25, 1.46),
                               (0, 1.48), max_step=0.05 * CM)  # fmt: skip
    gem = lathe(profile_of_stone, segments=64, radius_factor=_oval)
    return assemble([shank, shoulder.in_region("body"), collar, gem], size_m=SIZE)


def _oval(angle: np.ndarray, height: np.ndarray) -> np.ndarray:
    """An ellipse a third longer across the finger than wide."""
    del height
    return 1.0 / np.hypot(np.cos(angle), np.sin(angle) / 1.33)


TYPE = ArtifactType(
    "ring",
    "Finger ring",
    SIZE,
    "Typical of museum examples, estimate",
    "gold",
    build,
    culture="Roman",
    round=False,
    zones=(
        Zone("field", "field", (0.3, 0.2, 0.7, 0.8), "top", ("field",)),
        Zone("border", "field", (0.1, 0.0, 0.9, 1.0), "top", ("bezel",)),
    ),
)
