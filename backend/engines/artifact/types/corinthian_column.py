"""Corinthian column: Attic base, 24 flutes with fillets, a capital of acanthus."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import about
from ._orders import (
    BASE_HEIGHT,
    CORINTHIAN_HEIGHT,
    DIAMETER,
    attic_base,
    corinthian_capital,
    filleted_shaft,
)
from .base import ArtifactType, Zone

HEIGHT = (9.0 - 1.0 / 3.0 + 1.0) * DIAMETER
SIZE = (0.707, 0.707, HEIGHT * 0.01)


def build(rng: np.random.Generator) -> UVMesh:
    """As an Ionic one, but for the capital, which is a whole diameter high and not a third (Vitruvius IV.1.1)."""
    top = HEIGHT - CORINTHIAN_HEIGHT
    shaft = filleted_shaft(BASE_HEIGHT, top, swell=about(rng, 0.5, 0.3))
    capital = [part.moved((0.0, 0.0, 0.01 * top)) for part in corinthian_capital(rows=15)]
    return assemble([*attic_base(), shaft, *capital], size_m=SIZE)


TYPE = ArtifactType(
    "corinthian_column",
    "Corinthian column",
    SIZE,
    "Proportions of Vitruvius IV.1 (nine and two thirds lower diameters high); lower diameter of 50 cm estimated",
    "marble",
    build,
    culture="Roman",
    zones=(
        Zone("lip", "band", (0.992, 0.9995), regions=("abacus",)),
        Zone("frieze", "band", (0.065, 0.885), regions=("shaft",)),
        Zone("lower", "band", (0.021, 0.032), regions=("base",)),
        Zone("foot", "band", (0.002, 0.016), regions=("plinth",)),
    ),
)
