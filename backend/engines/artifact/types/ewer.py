"""Ewer: a pear-shaped wine pot with a long curved spout, held by a strut, and a high handle."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.vessel import vessel
from ._forms import CM, about, vertical_handle
from .base import ArtifactType, Zone

SIZE = (0.277, 0.165, 0.326)


def build(rng: np.random.Generator) -> UVMesh:
    """Spout towards +x, open into the inside; strap handle towards -x."""
    neck, foot = about(rng, 2.3, 0.04), about(rng, 4.9, 0.03)
    outer = profile(
        "base", (0, 1.1), (foot - 1.0, 1.1), (foot - 0.7, 0, CORNER),
        "foot", (foot, 0, CORNER), (foot - 0.15, 0.9), (foot - 0.3, 1.7, CORNER),
        "body", (6.2, 3.2), (8.1, 7.4), (7.9, 11.0), (5.9, 16.0), (3.9, 20.0),
        "neck", (2.7, 24.0), (neck, 27.4), (2.6, 30.2),
        "rim", (3.4, 31.9), (3.6, 32.3),
        max_step=1.1 * CM,
    )  # fmt: skip
    pot = vessel(outer, 0.42 * CM, 1.8 * CM, segments=84)
    line = [(6.2, 0, 8.2), (9.4, 0, 10.6), (11.6, 0, 15.4), (12.5, 0, 20.6), (14.2, 0, 25.4), (16.4, 0, 28.0)]
    size = [(3.6, 3.4), (2.6, 2.5), (1.9, 1.8), (1.5, 1.5), (1.25, 1.25), (1.15, 1.15)]
    spout = sweep(line, size, region="spout", max_step=0.01)
    bore_line = [(5.9, 0, 7.98), *line[1:5], (17.0, 0, 28.65)]
    bore_size = [(2.2, 2.0), (1.6, 1.5), (1.1, 1.05), (0.85, 0.85), (0.75, 0.75), (0.7, 0.7)]
    bore = sweep(bore_line, bore_size, region="interior", max_step=0.012, sides=16)
    strut = [(2.0, 0, 25.0), (5.0, 0, 25.9), (8.0, 0, 23.9), (11.0, 0, 24.8), (13.8, 0, 24.3)]
    brace = sweep(strut, [(1.1, 0.6), (0.9, 0.9), (0.9, 0.8), (0.9, 0.9), (1.0, 0.6)], sides=16, max_step=0.01)
    bow = [(7.6, 12.6), (10.1, 16.0), (9.9, 21.6), (7.0, 26.6), (4.0, 27.4)]
    strap = [(2.2, 0.9), (1.7, 0.75), (1.6, 0.7), (1.6, 0.7), (1.6, 0.7), (1.7, 0.75), (2.0, 0.9)]
    handle = vertical_handle(pot, 11.0, 26.4, bow, strap, side=180.0)
    parts = [spout, brace.turned("z", 0.4), handle]
    return assemble([pot.body], attached=parts, plug=pot.plug, cuts=[bore.as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "ewer",
    "Ewer",
    SIZE,
    "Typical of museum examples, estimate",
    "porcelain",
    build,
    culture="Chinese",
    round=False,
    zones=(
        Zone("lip", "band", (0.94, 0.985), regions=("neck", "rim")),
        Zone("neck", "band", (0.64, 0.9), regions=("neck", "body")),
        Zone("shoulder", "band", (0.5, 0.61), regions=("body",)),
        Zone("frieze", "band", (0.2, 0.48), regions=("body",)),
        Zone("lower", "band", (0.06, 0.17), regions=("body",)),
        Zone("foot", "band", (0.0, 0.05), regions=("foot",)),
    ),
)
