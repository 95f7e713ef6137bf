"""Burial mask: sheet gold beaten over a face, standing on its edge; the front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import Field, difference, ellipsoid, half_space, intersection, mirrored, organic, union
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import IntArray, Points
from ._face import CM, Expression, face
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.27, 0.0677, 0.25)
FAVOUR = np.array([0.0, 0.0, 0.25, 0.25, 0.0, 0.0])
WIDER, FLATTER = 1.3, 0.62


def build(rng: np.random.Generator) -> UVMesh:
    """A broad flat face with closed eyes, thin lips and a full beard; ears laid out flat on the sheet around it."""
    look = Expression(about(rng, -0.1, 0.5), True, (about(rng, 2.5, 0.05), 0.0), 0.15, 0.8)
    beard = ellipsoid((0, -2.4 * CM, -6.6 * CM), (5.6 * CM, 3.4 * CM, 4.4 * CM))
    beaten = _beaten(union(face(look), beard, smooth=1.2 * CM))
    ear = mirrored(
        difference(
            ellipsoid((10.4 * CM, -0.5 * CM, 1.2 * CM), (1.1 * CM, 0.75 * CM, 2.6 * CM), (0, 6, -14)),
            ellipsoid((10.4 * CM, -1.3 * CM, 1.5 * CM), (0.5 * CM, 0.6 * CM, 1.5 * CM), (0, 6, -14)),
            smooth=0.3 * CM,
        )
    )
    sheet = intersection(
        ellipsoid((0, 0, 0.2 * CM), (12.7 * CM, 9.0 * CM, 11.9 * CM)), half_space((0, -0.35 * CM, 0), (0, -1, 0))
    )
    front = union(union(beaten, sheet, smooth=1.1 * CM), ear, smooth=0.35 * CM)
    front = intersection(front, half_space((0, 1.0 * CM, 0), (0, 1, 0)))
    hollow = _beaten(
        union(
            ellipsoid((0, 2.6 * CM, 3.0 * CM), (6.9 * CM, 6.2 * CM, 7.4 * CM)),
            ellipsoid((0, 2.0 * CM, -3.6 * CM), (5.2 * CM, 5.4 * CM, 5.6 * CM)),
            smooth=2.0 * CM,
        )
    )
    mask = difference(front, hollow, smooth=0.3 * CM)

    def region(p: Points) -> IntArray:
        inside = (hollow(p) < 0.2 * CM) | (p[:, 1] > 0.85 * CM)
        rim = np.hypot(p[:, 0] / 12.6, (p[:, 2] - 0.2 * CM) / 11.9) > 0.86 * CM
        return np.where(inside, 0, np.where(rim, 2, 1)).astype(np.int32)

    part = organic(
        mask, (-0.135, -0.075, -0.125), (0.135, 0.02, 0.13), 0.0045, regions=("back", "face", "rim"), region_at=region,
        favour=FAVOUR, upright=(3,), densities={"back": 0.85}, symmetric=True,
    )  # fmt: skip
    return assemble([part], size_m=SIZE)


def _beaten(form: Field) -> Field:
    """A form as it comes out of sheet metal laid over it: broader and flatter. Distances stay on the safe side."""
    return lambda p: FLATTER * form(p / (WIDER, FLATTER, 1.0))


TYPE = ArtifactType(
    "burial_mask",
    "Burial mask",
    SIZE,
    "Mask of Agamemnon, Athens, National Archaeological Museum 624: about 25 cm high and 27 cm wide; depth estimated",
    "gold",
    build,
    culture="Mycenaean",
    round=False,
    zones=(Zone("field", "field", (0.0, 0.0, 1.0, 1.0), "front", ("face",)),),
)
