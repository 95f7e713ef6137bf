"""Corinthian capital: two tiers of acanthus, volutes at the corners, a concave abacus."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import about
from ._orders import corinthian_capital
from .base import ArtifactType, Zone

SIZE = (0.707, 0.707, 0.51)


def build(rng: np.random.Generator) -> UVMesh:
    """As high as the lower diameter of its column, 50 cm (Vitruvius IV.1.11)."""
    parts = corinthian_capital(width=about(rng, 1.0, 0.03))
    return assemble(parts, size_m=SIZE)


TYPE = ArtifactType(
    "corinthian_capital",
    "Corinthian capital",
    SIZE,
    "Proportions of Vitruvius IV.1.11-12 (as high as the column's lower diameter, diagonal of the abacus twice that); "
    "diameter of 50 cm estimated",
    "marble",
    build,
    culture="Roman",
    zones=(
        Zone("border", "band", (0.94, 1.0), regions=("abacus",)),
        Zone("foot", "band", (0.02, 0.05), regions=("bell",)),
    ),
)
