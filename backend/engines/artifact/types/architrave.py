"""Architrave: a block of an Ionic or Corinthian entablature with fasciae, bead and reel, egg and dart, and a fillet."""

from __future__ import annotations

import numpy as np

from ....geometry.loft import loft
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (1.20, 0.46, 0.50)
EGGS = 12
ROWS_PER_EGG = 10
CORNERS = (0, 1, 2, 3)


def _front(share: float, step: float) -> tuple[list[tuple[float, float]], list[str]]:
    """The front (y, z) from the top down, where along the repeat of the eggs (0..1) it is cut, and its regions."""
    across = abs(2.0 * share - 1.0)  # 0 in the middle of an egg, 1 between two
    up = np.linspace(1.0, 0.0, 8)
    wide = 0.76 * np.sqrt(np.clip(1.0 - (1.0 - up) ** 2.2, 0.0, 1.0)) + 0.02
    egg = np.sqrt(np.clip(1.0 - (across / wide) ** 2, 0.0, 1.0))
    dart = np.clip(1.0 - abs(across - 1.0) / 0.13, 0.0, 1.0) * up
    bulge = np.maximum(egg, dart) * np.sin(np.pi * np.clip(up, 0.04, 0.96))
    eggs = [(-17.9 - 2.6 * np.sin(0.5 * np.pi * u) - 1.3 * b, 35.4 + 5.2 * u) for u, b in zip(up, bulge, strict=True)]
    bead = 0.55 + 0.75 * np.sqrt(max(1.0 - (across / 0.72) ** 2, 0.0)) if across < 0.72 else 1.05 * (across > 0.8)
    beads = [(-17.4 - bead * np.sin(a), 34.2 + 0.9 * np.cos(a)) for a in np.linspace(0.0, np.pi, 6)]
    down = [(-23.0, 50.0), (-23.0, 46.8), (-22.4, 45.6), (-21.2, 44.2), (-21.2, 41.2), (-20.6, 41.0)]
    fasciae = [(-17.3, 33.0), (-17.3, step + 11.0), (-16.1, step + 10.7), (-16.1, step), (-14.9, step - 0.3)]
    names = ["cornice"] * 6 + ["ovolo"] * 8 + ["beads"] * 6 + ["fascia"] * 5
    return [*down, *eggs, *beads, *fasciae], names


def build(rng: np.random.Generator) -> UVMesh:
    """Drawn along x; the front is -y."""
    step = about(rng, 10.0, 0.06)
    half = 60.0
    count = EGGS * ROWS_PER_EGG + 1
    rings = []
    for x, share in zip(np.linspace(-half, half, count), np.arange(count) % ROWS_PER_EGG / ROWS_PER_EGG, strict=True):
        front, _ = _front(float(share), step)
        section = np.array([(-14.9, 0.0), (23.0, 0.0), (23.0, 50.0), *front])
        rings.append(np.insert(section, 0, x, axis=1))
    space: FloatArray = np.array(rings) * 0.01
    body = loft(space, "body", sectors=CORNERS, crease_degrees=30.0)
    return assemble([body], size_m=SIZE)


TYPE = ArtifactType(
    "architrave",
    "Architrave fragment",
    SIZE,
    "Typical of museum examples, estimate",
    "marble",
    build,
    culture="Roman",
    round=False,
    zones=(
        Zone("border", "field", (0.0, 0.93, 1.0, 1.0)),
        Zone("frieze", "field", (0.0, 0.44, 1.0, 0.655)),
        Zone("lower", "field", (0.0, 0.01, 1.0, 0.19)),
    ),
)
