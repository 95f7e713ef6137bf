"""Stele: an upright slab with a rounded top, on a base."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from ._forms import about
from ._stone import upright
from .base import ArtifactType, Zone

SIZE = (0.58, 0.24, 1.25)


def _arched(bottom: float, top: float, low: float, high: float, rise: float) -> FloatArray:
    """Outline of a slab (x, height) that narrows from ``bottom`` to ``top`` and ends in an arch of ``rise``."""
    angle = np.linspace(0.0, np.pi, 33)
    arch = np.stack([0.5 * top * np.cos(angle), high - rise + rise * np.sin(angle)], axis=1)
    return np.vstack([[(-0.5 * bottom, low), (0.5 * bottom, low)], arch])


def _tapering(bottom: float, top: float, low: float, high: float) -> FloatArray:
    return 0.5 * np.array([(-bottom, 2 * low), (bottom, 2 * low), (top, 2 * high), (-top, 2 * high)])


def build(rng: np.random.Generator) -> UVMesh:
    """A tapering shaft; a picture under the arch and a field for writing are sunk a little. The front is -y."""
    top, rise = about(rng, 42.0, 0.03), about(rng, 19.0, 0.06)
    shaft = slab(_arched(46.0, top, 8.0, 125.0, rise), rounded_edge(13.0, 0.5), regions=("back", "side", "front"))
    edge = [(0.35, 12.45), (0.1, 12.55), (0.0, 14.0)]
    sunk = ("field", "field", "field")
    writing = slab(_tapering(40.0, top - 4.0, 22.0, 82.0), edge, regions=sunk, densities=(1.0, 1.0, 0.1))
    lunette = slab(
        _arched(top - 3.6, top - 5.0, 85.5, 122.3, rise - 2.4),
        edge,
        regions=("lunette", "lunette", "lunette"),
        densities=(1.0, 1.0, 0.1),
    )
    base = slab(rectangle(58.0, 24.0), rounded_edge(12.0, 0.6), regions=("base", "foot", "foot"))
    shaft, writing, lunette = (upright(part, 6.5) for part in (shaft, writing, lunette))
    return assemble([base, shaft], cuts=[writing.as_cutter(), lunette.as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "stele",
    "Stele",
    SIZE,
    "Typical of museum examples, estimate",
    "limestone",
    build,
    round=False,
    zones=(
        Zone("field", "field", (0.18, 0.19, 0.82, 0.64), regions=("field",)),
        Zone("shoulder", "field", (0.18, 0.70, 0.82, 0.96), regions=("lunette",)),
        Zone("lower", "field", (0.12, 0.11, 0.88, 0.16), regions=("front",)),
        Zone("back", "field", (0.18, 0.14, 0.82, 0.84), "back", regions=("back",)),
        Zone("foot", "band", (0.015, 0.08), regions=("foot",)),
    ),
)
