"""Painting: a canvas in a moulded frame, upright. The canvas (front, -y) is one undistorted chart."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, slab
from ....geometry.solid import assemble
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.88, 0.074, 1.08)
WIDTH, HEIGHT, RAIL = 88.0, 108.0, 11.0
MOULDING = [(0.0, 0.0), (0.0, 3.2), (0.5, 4.2), (1.2, 4.5), (1.9, 4.2), (2.3, 4.6), (3.4, 6.6), (4.4, 7.4), (5.4, 7.4),
            (6.3, 6.7), (8.6, 4.8), (9.1, 4.6), (9.5, 4.9), (10.1, 4.9), (10.5, 4.4), (RAIL, 4.0)]  # fmt: skip


def build(rng: np.random.Generator) -> UVMesh:
    """A frame with cyma, hollow and sight edge around a canvas that lies behind it."""
    rail = about(rng, RAIL, 0.05)
    moulding = [(inset * rail / RAIL, height) for inset, height in MOULDING]
    frame = slab(
        rectangle(WIDTH, HEIGHT), moulding, regions=("back", "side", "frame"), densities=(0.5, 0.7, 0.8), max_step=30.0
    )
    # What is cut out leaves the canvas as its own floor.
    sight = rectangle(WIDTH - 2.0 * rail + 0.3, HEIGHT - 2.0 * rail + 0.3)
    room = slab(sight, [(0.0, 2.9), (0.0, 9.0)], regions=("front", "frame", "frame"), densities=(1.0, 0.7, 0.05))
    upright = [part.turned("x", 90.0) for part in (frame, room)]
    return assemble([upright[0]], cuts=[upright[1].as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "painting",
    "Framed painting",
    SIZE,
    "Typical of museum examples, estimate",
    "canvas",
    build,
    materials={"frame": "gilded_wood", "side": "gilded_wood", "back": "wood"},
    supports=("wood", "textile", "paper", "copper"),
    culture="European",
    round=False,
    zones=(
        Zone("field", "field", (0.125, 0.102, 0.875, 0.898), "front", ("front",)),
        Zone("border", "field", (0.0, 0.0, 1.0, 1.0), "front", ("frame",)),
    ),
)
