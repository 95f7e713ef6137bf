"""Mirror: a cast bronze disc, its decorated back upwards, with a boss to hold it by."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.16, 0.16, 0.014)


def build(rng: np.random.Generator) -> UVMesh:
    """Raised rim, two ridges, a pierced domed boss; the polished face is slightly convex."""
    ridge, boss = about(rng, 4.6, 0.05), about(rng, 1.05, 0.06)
    disc = profile(
        "face", (0, 0), (4.0, 0.03), (7.6, 0.14, CORNER),
        "rim", (8.0, 0.2, CORNER), (8.0, 0.62, CORNER), (7.9, 0.68, CORNER), (6.9, 0.58, CORNER),
        "body", (6.7, 0.36, CORNER), (ridge + 0.35, 0.34, CORNER), (ridge + 0.22, 0.48), (ridge, 0.5),
        (ridge - 0.22, 0.48, CORNER),
        (ridge - 0.35, 0.34, CORNER), (2.5, 0.33, CORNER), (2.4, 0.42), (2.2, 0.43), (2.1, 0.34, CORNER),
        (boss, 0.33, CORNER),
        "boss", (boss, 0.75), (0.8 * boss, 1.15), (0, 1.4),
        max_step=0.8 * CM,
    )  # fmt: skip
    cord = sweep([(-2.0, 0, 0.72), (2.0, 0, 0.72)], [(0.36, 0.42)], region="boss")
    return assemble([lathe(disc)], cuts=[cord.as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "mirror",
    "Bronze mirror",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Chinese",
    zones=(
        Zone("centre", "ring", (0.15, 0.26), "top", ("body",)),
        Zone("field", "ring", (0.32, 0.52), "top", ("body",)),
        Zone("frieze", "ring", (0.62, 0.83), "top", ("body",)),
        Zone("border", "ring", (0.865, 0.985), "top", ("rim",)),
    ),
)
