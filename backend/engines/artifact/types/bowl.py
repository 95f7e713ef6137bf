"""Bowl: deep and round, on a low ring foot."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.19, 0.19, 0.085)


def build(rng: np.random.Generator) -> UVMesh:
    """A rounded wall with a slightly turned-out lip."""
    foot, belly = about(rng, 3.2, 0.05), about(rng, 7.9, 0.03)
    outer = profile(
        "base", (0, 0.7), (foot - 0.7, 0.7), (foot - 0.5, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot + 0.15, 0.9, CORNER),
        "body", (5.4, 1.8), (belly, 4.2), (9.1, 7.0), (9.35, 7.9),
        "rim", (9.5, 8.3),
        max_step=0.9 * CM,
    )  # fmt: skip
    return assemble([vessel(outer, 0.32 * CM, 1.2 * CM).body], size_m=SIZE)


TYPE = ArtifactType(
    "bowl",
    "Bowl",
    SIZE,
    "Typical of museum examples, estimate",
    "porcelain",
    build,
    zones=(
        Zone("lip", "band", (0.85, 0.97), regions=("body", "rim")),
        Zone("frieze", "band", (0.4, 0.82), regions=("body",)),
        Zone("lower", "band", (0.14, 0.36), regions=("body",)),
        Zone("foot", "band", (0.0, 0.1), regions=("foot",)),
        Zone("centre", "ring", (0.0, 0.34), "top", ("interior",)),
        Zone("border", "ring", (0.86, 0.95), "top", ("interior",)),
    ),
)
