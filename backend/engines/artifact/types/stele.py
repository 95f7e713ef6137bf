"""Stele: an upright slab with a rounded top, on a base."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from ._forms import about
from .base import ArtifactType

SIZE = (0.58, 0.26, 1.25)


def _arched(bottom: float, top: float, low: float, high: float, rise: float) -> FloatArray:
    """Outline of a slab (x, height) that narrows from ``bottom`` to ``top`` and ends in an arch of ``rise``."""
    angle = np.linspace(0.0, np.pi, 33)
    arch = np.stack([0.5 * top * np.cos(angle), high - rise + rise * np.sin(angle)], axis=1)
    return np.vstack([[(-0.5 * bottom, low), (0.5 * bottom, low)], arch])


def build(rng: np.random.Generator) -> UVMesh:
    """A tapering shaft with a sunk field; the front is -y."""
    top, rise = about(rng, 42.0, 0.03), about(rng, 17.0, 0.12)
    shaft = slab(_arched(47.0, top, 10.0, 125.0, rise), rounded_edge(14.0, 0.8), regions=("back", "side", "front"))
    field = slab(
        _arched(38.0, top - 8.0, 24.0, 119.5, rise - 3.0),
        [(0.8, 12.9), (0.2, 13.1), (0.0, 15.0)],
        regions=("field", "field", "field"),
    )
    base = slab(rectangle(58.0, 26.0), rounded_edge(15.0, 1.0), regions=("base", "foot", "foot"))
    upright = [part.turned("x", 90.0).moved((0.0, 0.07, 0.0)) for part in (shaft, field)]
    return assemble([base, upright[0]], cuts=[upright[1].as_cutter()], size_m=SIZE)


TYPE = ArtifactType("stele", "Stele", SIZE, "Typical of museum examples, estimate", "limestone", build, round=False)
