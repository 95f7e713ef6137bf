"""Ionic column: Attic base, 24 flutes with fillets, volutes."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._forms import about
from ._orders import BASE_HEIGHT, DIAMETER, IONIC_HEIGHT, attic_base, filleted_shaft, ionic_capital
from .base import ArtifactType, Zone

HEIGHT = 9.0 * DIAMETER
SIZE = (1.38 * DIAMETER * 0.01, 1.38 * DIAMETER * 0.01, HEIGHT * 0.01)


def build(rng: np.random.Generator) -> UVMesh:
    """Nine lower diameters high (Vitruvius IV.1.8)."""
    top = HEIGHT - IONIC_HEIGHT
    shaft = filleted_shaft(BASE_HEIGHT, top, swell=about(rng, 0.5, 0.3))
    capital = [part.moved((0.0, 0.0, 0.01 * top)) for part in ionic_capital()]
    return assemble([*attic_base(), shaft, *capital], size_m=SIZE)


TYPE = ArtifactType(
    "ionic_column",
    "Ionic column",
    SIZE,
    "Proportions of Vitruvius III.5 and IV.1.8 (nine lower diameters high); lower diameter of 50 cm estimated",
    "marble",
    build,
    culture="Greek",
    zones=(
        Zone("lip", "band", (0.992, 0.9995), regions=("abacus",)),
        Zone("frieze", "band", (0.07, 0.94), regions=("shaft",)),
        Zone("lower", "band", (0.022, 0.034), regions=("base",)),
        Zone("foot", "band", (0.002, 0.017), regions=("plinth",)),
    ),
)
