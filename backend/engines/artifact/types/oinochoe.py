"""Oinochoe: a wine jug whose mouth is pinched into three lobes, to pour a thin stream."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import Points
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from ._greek import bands, bent
from .base import ArtifactType, Zone

SIZE = (0.182, 0.168, 0.284)
TOP = 28.4
SIDE = 0.7
"""A little off the wall's meridian, so that no edge of the strap lies on an edge of the wall."""
SPOUT = np.pi
PINCH_LOW, PINCH_HIGH = 20.2 * CM, 25.2 * CM


def _pinched(points: Points) -> Points:
    """The mouth pressed in and down on both sides of the spout, which is drawn out; the handle's side stays round."""
    share = np.clip((points[:, 2] - PINCH_LOW) / (PINCH_HIGH - PINCH_LOW), 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    away = np.abs(np.arctan2(points[:, 1], points[:, 0]))
    off = np.degrees(SPOUT - away)
    dent, spout = np.exp(-(((off - 62.0) / 25.0) ** 2)), np.exp(-((off / 34.0) ** 2))
    factor = 1.0 + share * (0.16 * spout - 0.46 * dent)
    lowered = points[:, 2] - 0.7 * CM * share * dent
    # On the axis there is no angle, and nothing to lower.
    lowered = np.where(np.hypot(points[:, 0], points[:, 1]) < 1e-9, points[:, 2], lowered)
    return np.column_stack([points[:, 0] * factor, points[:, 1] * factor, lowered])


def build(rng: np.random.Generator) -> UVMesh:
    """Ovoid body on a ring foot, narrow neck; the strap handle rises above the mouth."""
    neck, foot = about(rng, 3.2, 0.03), about(rng, 4.6, 0.03)
    outer = profile(
        "base", (0, 0.7), (foot - 1.2, 0.7), (foot - 0.8, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot + 0.2, 0.6), (foot - 0.2, 1.2, CORNER),
        "body", (5.4, 3.4), (7.6, 8.0), (8.4, 13.0), (7.4, 16.8),
        "shoulder", (5.0, 19.0), (neck + 0.5, 19.8, CORNER),
        "neck", (neck, 20.8), (neck + 0.2, 22.6), (4.3, 24.6),
        "rim", (5.0, 25.4), (5.1, 25.8),
        max_step=0.95 * CM,
    )  # fmt: skip
    pot = bent(vessel(outer, 0.4 * CM, 1.5 * CM, fillet=0.7 * CM), _pinched)
    bow = [(8.6, 18.6), (9.4, 22.6), (8.6, 26.6), (6.9, 28.0), (5.4, 26.9)]
    strap = [(3.2, 1.2), (2.5, 1.05), (2.3, 1.0), (2.2, 0.95), (2.3, 0.95), (2.6, 0.95), (3.0, 1.0)]
    handle = vertical_handle(pot, 15.8, 25.2, bow, strap, side=SIDE, squareness=3.0)
    return assemble([pot.body], attached=[handle], plug=pot.plug, size_m=SIZE)


TYPE = ArtifactType(
    "oinochoe",
    "Oinochoe (trefoil jug)",
    SIZE,
    "Height of Metropolitan Museum of Art 21.88.159 (28.4 cm); widths typical, estimate",
    "terracotta",
    build,
    culture="Greek",
    zones=(
        *bands(TOP, neck=(20.0, 23.0), shoulder=(17.0, 19.6), frieze=(7.5, 16.5), lower=(1.3, 6.0), foot=(0.0, 1.2)),
        Zone("field", "window", (7.5 / TOP, 16.5 / TOP, 180.0, 230.0)),
    ),
)
