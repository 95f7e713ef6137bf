"""Necklace: beads that grow towards the middle and drop pendants, laid out in a loop; the middle at the front (-y)."""

from __future__ import annotations

import numpy as np

from ....geometry.charts import shortened
from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM
from .base import ArtifactType, Zone

SIZE = (0.192, 0.251, 0.0142)
BEADS = 38


def build(rng: np.random.Generator) -> UVMesh:
    """Barrel beads between discs on one thread; seven drops hang from collars around the middle."""
    turn = np.linspace(0.5 * np.pi, 2.5 * np.pi, 241)
    reach = 11.0 * np.where(np.sin(turn) > 0, 0.92, 1.0)
    loop = np.column_stack([9.0 * np.cos(turn), reach * np.sin(turn), 0.0 * turn])
    size = 0.36 + 0.36 * np.cos(np.pi * (np.arange(BEADS) + 0.5 - 0.5 * BEADS) / BEADS) ** 2
    size = size * rng.uniform(0.97, 1.03, BEADS)
    # Beads are as long as they are thick; the thread shows a little between them.
    passed = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(loop, axis=0), axis=1))])
    edge = np.concatenate([[0.0], np.cumsum(size)]) / size.sum() * passed[-1]
    share = np.array([0.0, 0.08, 0.2, 0.35, 0.5, 0.65, 0.8, 0.92])
    barrel = np.array([0.42, 0.5, 0.86, 0.98, 1.0, 0.98, 0.86, 0.5])
    place = (edge[:-1, None] + share * np.diff(edge)[:, None]).ravel()[:-1]
    thick = 2.0 * (size[:, None] * barrel).ravel()[:-1]
    path = np.column_stack([np.interp(place, passed, loop[:, k]) for k in range(3)])
    section = [(float(t), float(t)) for t in thick]
    strand = sweep(path, section, up=(0, 0, 1), region="bead", sides=14, max_step=0.0013)
    half = [(0.5, 0.4), (0.35, 0.8), (0, 0.9)]
    clasp = profile("spacer", *[(r, -z) for r, z in half[::-1]], *half, max_step=0.2 * CM)
    close = lathe(clasp, segments=24).turned("y", 90.0).moved((0.0, 11.0 * 0.92 * CM, 0.0))
    sizes = (0.7, 0.82, 0.92, 1.15, 0.92, 0.82, 0.7)
    drops = [_drop(angle, s) for angle, s in zip(range(-126, -53, 12), sizes, strict=True)]
    return assemble(shortened([strand, close, *drops], 0.6), size_m=SIZE)


def _drop(angle: float, size: float) -> Part:
    """A pendant in the shape of a small amphora, lying, its neck in the strand."""
    side = profile(
        "pendant", (0, 0.0), (0.2, 0.05, CORNER), (0.22, 0.7), (0.34, 0.9, CORNER), (0.24, 1.0, CORNER), (0.3, 1.25),
        (0.52, 1.75), (0.5, 2.15), (0.26, 2.6), (0.14, 2.75, CORNER), (0.2, 2.86), (0.12, 2.98), (0, 3.0),
        max_step=0.4 * CM, unit=CM * size,
    )  # fmt: skip
    t = np.radians(angle)
    outward = float(np.degrees(np.arctan2(np.sin(t) / 11.0, np.cos(t) / 9.0)))
    place = (9.0 * CM * np.cos(t), 11.0 * CM * np.sin(t), 0.0)
    return lathe(side, segments=24).turned("y", 90.0).turned("z", outward).moved(place)


TYPE = ArtifactType(
    "necklace",
    "Necklace",
    SIZE,
    "Typical of museum examples, estimate",
    "gold",
    build,
    culture="Greek",
    round=False,
    zones=(Zone("field", "field", (0.2, 0.0, 0.8, 0.3), "top", ("pendant",)),),
)
