"""Theatre mask: tragic or comic, standing on its edge; hollow, with holes for eyes and mouth. The front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import (
    Field,
    difference,
    ellipsoid,
    half_space,
    intersection,
    mirrored,
    offset,
    organic,
    smooth_min,
    union,
)
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray, IntArray, Points
from ._face import CM, EYES, Expression, face
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.187, 0.1104, 0.2464)
FAVOUR = np.array([0.0, 0.0, 0.25, 0.25, 0.0, 0.0])


def build(rng: np.random.Generator) -> UVMesh:
    """Raised brows and a gaping mouth; the onkos, a high roll of locks, frames the face."""
    look = Expression(about(rng, 0.75, 0.2), False, (about(rng, 2.3, 0.06), about(rng, 1.35, 0.08)), -0.55, 1.2)
    locks = _locks()
    front = union(face(look), locks, smooth=0.35 * CM)
    hollow = union(
        ellipsoid((0, 2.2 * CM, 3.6 * CM), (7.2 * CM, 6.4 * CM, 6.8 * CM)),
        ellipsoid((0, 2.2 * CM, -2.6 * CM), (5.6 * CM, 6.2 * CM, 6.2 * CM)),
        smooth=2.0 * CM,
    )
    eyes = mirrored(ellipsoid((3.1 * CM, -5.5 * CM, EYES * CM), (1.15 * CM, 6.0 * CM, 0.72 * CM), (0, -6, 0)))
    mask = difference(intersection(front, half_space((0, 2.2 * CM, 0), (0, 1, 0))), hollow, eyes, smooth=0.25 * CM)

    def region(p: Points) -> IntArray:
        inside = (offset(hollow, 0.25 * CM)(p) < 0.0) | (p[:, 1] > 2.0 * CM)
        return np.where(inside, 0, np.where(locks(p) < 0.15 * CM, 2, 1)).astype(np.int32)

    part = organic(
        mask, (-0.122, -0.115, -0.112), (0.122, 0.04, 0.172), 0.0044, regions=("back", "face", "hair"),
        region_at=region, favour=FAVOUR, upright=(3,), densities={"back": 0.85}, symmetric=True,
    )  # fmt: skip
    return assemble([part], size_m=SIZE)


def _locks() -> Field:
    """The onkos: a roll of hair that frames the face, waved into two rows of locks."""
    roll = ellipsoid((0, 1.0 * CM, 4.6 * CM), (9.3 * CM, 4.6 * CM, 10.6 * CM))
    cheeks = ellipsoid((0, 1.2 * CM, -1.5 * CM), (8.4 * CM, 2.8 * CM, 6.5 * CM))

    def field(p: Points) -> FloatArray:
        x, z = np.abs(p[:, 0]) / 9.3, (p[:, 2] - 1.0 * CM) / 14.0
        ring = np.hypot(x, z) / CM
        angle = np.arctan2(z, x)
        waves = np.sqrt(0.02 + np.cos(15.0 * angle) ** 2) * (0.62 + 0.38 * np.cos(26.0 * (ring - 0.97)))
        return smooth_min(roll(p), cheeks(p), 1.5 * CM) - 0.5 * CM * (waves - 0.5)

    return field


TYPE = ArtifactType(
    "theatre_mask",
    "Theatre mask",
    SIZE,
    "Typical of museum examples, estimate",
    "terracotta",
    build,
    culture="Greek",
    round=False,
    zones=(Zone("field", "field", (0.15, 0.05, 0.85, 0.66), "front", ("face",)),),
)
