"""Codex: a bound volume, lying closed with the spine to the left (-x)."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import ellipse, rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.225, 0.30, 0.068)


def build(rng: np.random.Generator) -> UVMesh:
    """Boards that stand out beyond the pages, a round spine with raised bands, a hollow fore edge, two clasps."""
    bands = int(rng.integers(4, 6))
    cover = ("cover", "cover", "cover")
    low = slab(rectangle(20.8, 30.0, 0.4), rounded_edge(0.8, 0.22), regions=cover).moved((0.6 * CM, 0.0, 0.0))
    high = low.moved((0.0, 0.0, 6.0 * CM))
    turn = np.linspace(-1.0, 1.0, 17)
    rounded = np.column_stack([-9.6 - 1.1 * np.sqrt(np.maximum(1.0 - turn**2, 0.0)), 3.4 + 2.75 * turn])
    hollow = np.column_stack([10.4 - 0.7 * (1.0 - turn**2), 3.4 + 2.75 * turn])
    outline = np.vstack([hollow, rounded[::-1]])
    block = slab(outline, [(0.0, -14.5), (0.0, 14.5)], regions=("pages", "pages", "pages"), max_step=1.2)
    block = block.turned("x", 90.0)
    back = np.column_stack([-9.8 - 1.35 * np.sqrt(np.maximum(1.0 - turn**2, 0.0)), 3.4 + 3.2 * turn])
    strip = np.vstack([[(-8.9, 0.3), (-8.9, 6.5)], back[::-1]])
    spine = slab(strip, [(0.1, -14.9), (0.0, -14.7), (0.0, 14.7), (0.1, 14.9)], regions=("spine",) * 3, max_step=1.5)
    spine = spine.turned("x", 90.0)
    path = [(-9.7, 0, 0.35), (-10.6, 0, 1.2), (-11.15, 0, 3.4), (-10.6, 0, 5.6), (-9.7, 0, 6.45)]
    cord = sweep(path, [(1.0, 0.62)], region="spine", sides=14)
    raised = [cord.moved((0.0, float(y) * CM, 0.0)) for y in np.linspace(-10.2, 10.2, bands)]
    strap = [(10.2, 0, 6.55), (11.05, 0, 6.3), (11.25, 0, 5.0), (11.25, 0, 1.8), (11.05, 0, 0.5), (10.2, 0, 0.25)]
    clasp = sweep(strap, [(1.5, 0.28)], region="clasp", squareness=5.0, sides=18)
    clasps = [clasp.moved((0.0, y * CM, 0.0)) for y in (-about(rng, 8.0, 0.05), 8.0)]
    boss = slab(ellipse(2.0, 2.0, 28), [(0.0, 6.5), (0.0, 6.82), (0.3, 7.0), (0.7, 7.1)], regions=("boss",) * 3)
    places = [(-6.8, -12.6), (8.6, -12.6), (8.6, 12.6), (-6.8, 12.6)]
    bosses = [boss.moved((x * CM, y * CM, -0.003)) for x, y in places]
    return assemble([low, high, block, spine, *raised, *clasps, *bosses], size_m=SIZE)


TYPE = ArtifactType(
    "codex",
    "Codex (bound volume)",
    SIZE,
    "Typical of museum examples, estimate",
    "leather",
    build,
    materials={"pages": "paper", "clasp": "brass", "boss": "brass"},
    supports=("wood", "textile", "paper"),
    culture="European",
    round=False,
    zones=(
        Zone("field", "field", (0.24, 0.16, 0.86, 0.84), "top", ("cover",)),
        Zone("border", "field", (0.1, 0.01, 0.98, 0.99), "top", ("cover",)),
        Zone("centre", "ring", (0.0, 0.4), "top", ("cover",)),
    ),
)
