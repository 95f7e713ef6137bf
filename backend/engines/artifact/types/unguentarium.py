"""Unguentarium: a blown flask for scented oil, a long tube on a drop-shaped body."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.vessel import vessel
from ._forms import CM, about
from ._greek import bands
from .base import ArtifactType

SIZE = (0.036, 0.036, 0.153)
TOP = 15.3


def build(rng: np.random.Generator) -> UVMesh:
    """Drop-shaped body pushed in below, a slight waist, a tubular neck, a flaring rim."""
    neck, belly = about(rng, 0.78, 0.04), about(rng, 2.3, 0.06)
    outer = profile(
        "base", (0, 0.4), (0.7, 0.25), (1.15, 0, CORNER),
        "body", (1.35, 0.08), (1.75, 1.1), (1.8, belly), (1.5, 4.2), (1.0, 5.9), (neck - 0.05, 7.0),
        "neck", (neck, 8.2), (neck + 0.05, 11.5), (0.87, 14.0), (1.0, 14.6, CORNER),
        "rim", (1.22, 14.8), (1.33, 15.05), (1.28, 15.2),
        max_step=0.6 * CM,
    )  # fmt: skip
    return assemble([vessel(outer, 0.2 * CM, 0.65 * CM, max_step=0.006).body], size_m=SIZE)


TYPE = ArtifactType(
    "unguentarium",
    "Unguentarium (perfume bottle)",
    SIZE,
    "Ringling Museum of Art SN28.1119: height 15.3 cm, body 3.6 cm, rim 2.67 cm, neck 1.75 cm",
    "glass",
    build,
    culture="Roman",
    zones=bands(TOP, lip=(14.5, 15.3), neck=(7.2, 14.4), shoulder=(4.2, 7.0), frieze=(1.0, 4.0)),
)
