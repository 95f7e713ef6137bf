"""Yuhuchun: a pear-shaped bottle with a slender neck and a flared mouth."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.152, 0.152, 0.29)


def build(rng: np.random.Generator) -> UVMesh:
    """One S-curve from a low full belly over a slender neck to a trumpet mouth; short foot."""
    neck, foot = about(rng, 1.85, 0.05), about(rng, 4.3, 0.03)
    outer = profile(
        "base", (0, 0.9), (foot - 0.9, 0.9), (foot - 0.6, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot - 0.1, 0.7), (foot - 0.25, 1.3, CORNER),
        "body", (5.6, 2.4), (7.4, 5.8), (7.4, 9.2), (5.8, 13.0), (3.8, 16.4),
        "neck", (2.5, 19.4), (neck, 22.4), (2.05, 25.4), (3.1, 27.9),
        "rim", (3.9, 28.8),
        max_step=1.1 * CM,
    )  # fmt: skip
    return assemble([vessel(outer, 0.38 * CM, 1.5 * CM).body], size_m=SIZE)


TYPE = ArtifactType(
    "yuhuchun",
    "Yuhuchun (pear-shaped vase)",
    SIZE,
    "Typical of museum examples, estimate",
    "porcelain",
    build,
    culture="Chinese",
    zones=(
        Zone("lip", "band", (0.94, 0.985), regions=("neck", "rim")),
        Zone("neck", "band", (0.66, 0.9), regions=("neck", "body")),
        Zone("shoulder", "band", (0.5, 0.63), regions=("body",)),
        Zone("frieze", "band", (0.2, 0.48), regions=("body",)),
        Zone("lower", "band", (0.055, 0.17), regions=("body",)),
        Zone("foot", "band", (0.0, 0.045), regions=("foot",)),
    ),
)
