"""Sarcophagus: a stone coffin without its lid."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, slab
from ....geometry.solid import assemble
from ._forms import about
from .base import ArtifactType

SIZE = (2.05, 0.68, 0.60)


def build(rng: np.random.Generator) -> UVMesh:
    """A chest with a moulded foot and rim, hollowed out."""
    wall, inset = about(rng, 8.0, 0.06), about(rng, 2.2, 0.08)
    chest = slab(
        rectangle(205.0, 68.0),
        [
            (0.4, 0), (0, 0.4), (0, 5.2), (0.3, 5.8), (inset - 0.4, 7.2), (inset, 8.6),
            (inset, 50.2), (inset - 0.5, 51.6), (0.5, 53.4), (0, 54.2), (0, 59.6), (0.4, 60),
        ],
        regions=("base", "body", "rim"),
        max_step=16.0,
    )  # fmt: skip
    hollow = slab(
        rectangle(205.0 - 2 * wall, 68.0 - 2 * wall, 3.0),
        [(1.5, 12.0), (0.4, 12.4), (0.0, 13.5), (0.0, 62.0)],
        regions=("interior", "interior", "interior"),
        max_step=16.0,
    )
    return assemble([chest], cuts=[hollow.as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "sarcophagus",
    "Sarcophagus",
    SIZE,
    "Typical of museum examples, estimate",
    "marble",
    build,
    culture="Roman",
    round=False,
)
