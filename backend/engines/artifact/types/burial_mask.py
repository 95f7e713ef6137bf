"""Burial mask: sheet gold beaten over a face, standing on its edge; the front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import chain, difference, ellipsoid, half_space, intersection, mirrored, organic, union
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import IntArray, Points
from ._face import CM, Expression, face
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.27, 0.101, 0.25)
FAVOUR = np.array([0.0, 0.0, 0.25, 0.25, 0.0, 0.0])


def build(rng: np.random.Generator) -> UVMesh:
    """Closed eyes, thin lips, beard and moustache, ears laid out flat on a rim that goes all round."""
    look = Expression(about(rng, -0.1, 0.5), True, (about(rng, 2.7, 0.05), 0.0), 0.15, 0.85)
    ear = mirrored(
        difference(
            ellipsoid((8.9 * CM, -0.6 * CM, 1.2 * CM), (1.3 * CM, 0.7 * CM, 2.7 * CM), (0, 12, -20)),
            ellipsoid((8.9 * CM, -1.4 * CM, 1.5 * CM), (0.6 * CM, 0.6 * CM, 1.6 * CM), (0, 12, -20)),
            smooth=0.3 * CM,
        )
    )
    plate = ellipsoid((0, 1.2 * CM, 0.4 * CM), (12.6 * CM, 2.0 * CM, 12.2 * CM))
    beard = ellipsoid((0, -2.6 * CM, -7.4 * CM), (5.4 * CM, 3.5 * CM, 4.2 * CM))
    locks = [chain([(x * CM, (-6.3 + 0.16 * x * x) * CM, (-7.3 + 0.14 * x * x) * CM),
                    (1.12 * x * CM, (-5.2 + 0.16 * x * x) * CM, (-10.6 + 0.2 * x * x) * CM)], (0.34 * CM, 0.2 * CM))
             for x in (0.0, 0.9, 1.8, 2.7, 3.6, 4.3)]  # fmt: skip
    moustache = chain([(0.25 * CM, -6.6 * CM, -3.15 * CM), (1.9 * CM, -6.0 * CM, -3.4 * CM),
                       (3.6 * CM, -4.6 * CM, -3.0 * CM)], (0.36 * CM, 0.36 * CM, 0.16 * CM))  # fmt: skip
    hair = mirrored(union(*locks, moustache, smooth=0.1 * CM))
    front = union(union(face(look), beard, plate, smooth=1.4 * CM), hair, ear, smooth=0.3 * CM)
    front = intersection(front, half_space((0, 1.3 * CM, 0), (0, 1, 0)))
    hollow = union(
        ellipsoid((0, 2.2 * CM, 3.0 * CM), (7.1 * CM, 6.6 * CM, 7.6 * CM)),
        ellipsoid((0, 1.5 * CM, -3.6 * CM), (5.4 * CM, 5.6 * CM, 6.0 * CM)),
        smooth=2.0 * CM,
    )
    behind = hollow
    mask = difference(front, behind, smooth=0.3 * CM)

    def region(p: Points) -> IntArray:
        inside = (behind(p) < 0.2 * CM) | (p[:, 1] > 1.15 * CM)
        rim = np.hypot(p[:, 0] / 12.6, (p[:, 2] - 0.4 * CM) / 12.2) > 0.78 * CM
        return np.where(inside, 0, np.where(rim, 2, 1)).astype(np.int32)

    part = organic(
        mask, (-0.135, -0.1, -0.125), (0.135, 0.025, 0.135), 0.0041, regions=("back", "face", "rim"), region_at=region,
        favour=FAVOUR, upright=(3,), densities={"back": 0.85}, symmetric=True,
    )  # fmt: skip
    return assemble([part], size_m=SIZE)


TYPE = ArtifactType(
    "burial_mask",
    "Burial mask",
    SIZE,
    "Mask of Agamemnon, Athens, National Archaeological Museum 624: about 25 cm high and 27 cm wide; depth estimated",
    "gold",
    build,
    culture="Mycenaean",
    round=False,
    zones=(Zone("border", "field", (0.0, 0.0, 1.0, 1.0), "front", ("rim",)),),
)
