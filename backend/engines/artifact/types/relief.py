"""Relief: a carved slab or fragment, upright, with a sunk field and worn, broken edges."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from .base import ArtifactType, Zone

SIZE = (0.55, 0.085, 0.70)


def _worn(outline: FloatArray, rng: np.random.Generator, depth: float) -> FloatArray:
    """The outline eaten away by up to ``depth``, smoothly, as a broken edge is."""
    count = len(outline)
    turn = 2.0 * np.pi * np.arange(count) / count
    waves = np.arange(2, 13)
    phase = rng.uniform(0.0, 2.0 * np.pi, len(waves))
    strength = rng.uniform(0.3, 1.0, len(waves)) / np.sqrt(waves)
    bite = (strength * np.sin(np.outer(turn, waves) + phase)).sum(axis=1)
    bite = (bite - bite.min()) / np.ptp(bite) * depth
    return outline - bite[:, None] * outline / np.linalg.norm(outline, axis=1, keepdims=True)


def _dense(outline: FloatArray, step: float) -> FloatArray:
    edges = np.linalg.norm(np.roll(outline, -1, axis=0) - outline, axis=1)
    closed = np.vstack([outline, outline[:1]])
    passed = np.concatenate([[0.0], np.cumsum(edges)])
    at = np.linspace(0.0, passed[-1], int(passed[-1] / step), endpoint=False)
    return np.stack([np.interp(at, passed, closed[:, k]) for k in (0, 1)], axis=1)


def build(rng: np.random.Generator) -> UVMesh:
    """The front is -y; a low ledge stands at the foot and a narrow one at the top, the sides are broken off.

    The ground is sunk by a twentieth of the depth only: in a block of great depth it must not become a trough.
    """
    outline = _worn(_dense(rectangle(55.0, 70.0, 3.0), 0.9), rng, 3.0)
    body = slab(outline, rounded_edge(8.5, 0.5), regions=("back", "side", "front"))
    field = slab(
        rectangle(70.0, 56.5, 1.0) + np.array([0.0, 0.7]),
        [(0.5, 8.05), (0.2, 8.1), (0.0, 8.3), (0.0, 9.5)],
        regions=("field", "field", "field"),
        densities=(1.0, 1.0, 0.1),
    )
    upright = [part.turned("x", 90.0) for part in (body, field)]
    return assemble(upright[:1], cuts=[upright[1].as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "relief",
    "Carved relief",
    SIZE,
    "Typical of museum examples, estimate",
    "limestone",
    build,
    round=False,
    zones=(
        Zone("field", "field", (0.08, 0.13, 0.92, 0.88), regions=("field",)),
        Zone("border", "field", (0.04, 0.92, 0.96, 0.98), regions=("front",)),
        Zone("lower", "field", (0.04, 0.02, 0.96, 0.10), regions=("front",)),
    ),
)
