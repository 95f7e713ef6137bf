"""Cuneiform tablet: a pillow of clay, its front flatter than its back, as scribes made them."""

from __future__ import annotations

import numpy as np

from ....geometry.loft import loft
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.062, 0.024, 0.095)
POINTS = 96


def _outline(squareness: float) -> FloatArray:
    """(n, 2) superellipse of unit half axes, evenly sampled."""
    angle = np.linspace(0.0, 2.0 * np.pi, 40 * POINTS, endpoint=False) - 0.75 * np.pi
    power = 2.0 / squareness
    cosine, sine = np.cos(angle), np.sin(angle)
    dense = np.stack([np.sign(cosine) * np.abs(cosine) ** power, np.sign(sine) * np.abs(sine) ** power], axis=1)
    steps = np.linalg.norm((np.roll(dense, -1, axis=0) - dense) * (3.1, 4.75), axis=1)
    passed = np.concatenate([[0.0], np.cumsum(steps)])[:-1]
    return dense[np.searchsorted(passed, np.linspace(0.0, steps.sum(), POINTS, endpoint=False))]


def build(rng: np.random.Generator) -> UVMesh:
    """Stands on its lower edge; the front (obverse) is -y, the back bulges more."""
    outline = _outline(about(rng, 6.5, 0.06)) * (3.1, 4.75)
    wave = rng.uniform(0.0, 2.0 * np.pi, 3)
    angle = 2.0 * np.pi * np.arange(POINTS) / POINTS
    uneven = 1.0 + 0.006 * np.sin(2.0 * angle + wave[0]) + 0.004 * np.sin(3.0 * angle + wave[1])
    rows = []
    back = [(0.12, -1.42), (0.3, -1.40), (0.5, -1.34), (0.68, -1.22), (0.82, -1.05), (0.9, -0.88)]
    rim = [(0.955, -0.66), (0.985, -0.38), (1.0, -0.05), (0.99, 0.3), (0.965, 0.55)]
    front = [(0.93, 0.72), (0.88, 0.82), (0.78, 0.9), (0.6, 0.95), (0.36, 0.975), (0.12, 0.98)]
    for scale, height in [*back, *rim, *front]:
        rows.append(np.column_stack([outline * scale * uneven[:, None], np.full(POINTS, height)]))
    corners = [k * POINTS // 4 for k in range(4)]
    spans = ["back"] * 6 + ["side"] * 4 + ["front"] * 6
    clay = loft(np.array(rows) * 0.01, spans, sectors=corners, caps=(6, 6), crease_degrees=60.0)
    return assemble([clay.turned("x", 90.0)], size_m=SIZE)


TYPE = ArtifactType(
    "cuneiform_tablet",
    "Cuneiform tablet",
    SIZE,
    "Typical of administrative tablets in museums, estimate",
    "terracotta",
    build,
    culture="Mesopotamian",
    round=False,
    zones=(
        Zone("field", "field", (0.08, 0.05, 0.92, 0.95), regions=("front",)),
        Zone("back", "field", (0.10, 0.06, 0.90, 0.94), "back", regions=("back",)),
    ),
)
