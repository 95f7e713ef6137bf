"""Moon flask: a flattened round bottle with a short neck and two handles."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.typing import FloatArray
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.232, 0.11, 0.298)
MIDDLE = 12.6
ASKEW = 0.4
"""Degrees that handles are turned by, so that no edges of several parts fall together in one plane."""


def _disc(edge: float, half: float, region: str, step: float) -> Part:
    """A lens about the y axis, its middle at the flask's."""
    shape = profile(
        region, (0, -half), (0.4 * edge, -0.965 * half), (0.74 * edge, -0.72 * half), (0.94 * edge, -0.36 * half),
        (edge, 0), (0.94 * edge, 0.36 * half), (0.74 * edge, 0.72 * half), (0.4 * edge, 0.965 * half), (0, half),
        max_step=step * CM,
    )  # fmt: skip
    return lathe(shape, segments=80).turned("x", 90.0).moved((0.0, 0.0, MIDDLE * CM))


def _oval(angle: FloatArray, height: FloatArray) -> FloatArray:
    """The foot is an oval, as the flask is flat."""
    return 1.0 / np.hypot(np.cos(angle) / 1.3, np.sin(angle) / 0.82) + 0.0 * height


def _handle(side: float) -> Part:
    path = [(2.2, 0, 27.0), (4.3, 0, 27.2), (5.9, 0, 25.4), (5.9, 0, 23.6), (6.9, 0, 22.2), (7.4, 0, 20.9)]
    strap = [(1.7, 0.75), (1.5, 0.7), (1.5, 0.7), (1.5, 0.7), (1.8, 0.75), (2.2, 0.8)]
    return sweep(path, strap, squareness=3.2).turned("z", side + ASKEW)


def build(rng: np.random.Generator) -> UVMesh:
    """Two convex faces, cylindrical neck with a thickened lip, strap handles from neck to shoulder, oval foot."""
    edge, neck = about(rng, 11.6, 0.01), about(rng, 2.6, 0.03)
    throat = profile(
        "neck", (0, 21.5), (2.95, 21.5, CORNER), (2.85, 22.8), (neck, 24.6), (neck, 26.6), (neck + 0.15, 28.2, CORNER),
        "rim", (neck + 0.55, 28.5), (neck + 0.6, 29.2), (neck + 0.3, 29.75), (neck - 0.1, 29.7, CORNER), (0, 29.7),
        max_step=0.8 * CM,
    )  # fmt: skip
    stand = profile(
        "base", (0, 0.7), (3.2, 0.7), (3.5, 0, CORNER),
        "foot", (4.2, 0, CORNER), (4.15, 1.2), (4.1, 3.0, CORNER), (0, 3.0),
        max_step=0.9 * CM,
    )  # fmt: skip
    bore = profile(
        "interior", (0, 18.0), (neck - 0.4, 18.0, CORNER), (neck - 0.4, 28.6), (neck - 0.1, 29.8, CORNER), (0, 29.8),
        max_step=1.2 * CM,
    )  # fmt: skip
    bodies = [
        _disc(edge, 5.5, "body", 1.1),
        lathe(throat, segments=64),
        lathe(stand, radius_factor=_oval, segments=72),
        _handle(0.0),
        _handle(180.0),
    ]
    hollow = _disc(edge - 0.55, 4.95, "interior", 1.6)
    return assemble(bodies, cuts=[hollow.as_cutter(), lathe(bore, segments=48).as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "moon_flask",
    "Moon flask",
    SIZE,
    "Typical of museum examples, estimate",
    "porcelain",
    build,
    culture="Chinese",
    round=False,
    zones=(
        Zone("field", "field", (0.14, 0.14, 0.86, 0.7), "front", ("body",)),
        Zone("field", "field", (0.14, 0.14, 0.86, 0.7), "back", ("body",)),
        Zone("neck", "band", (0.83, 0.94), regions=("neck",)),
        Zone("foot", "band", (0.0, 0.06), regions=("foot",)),
    ),
)
