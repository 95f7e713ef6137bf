"""What several types share: handles bent to the wall of a vessel, and slight variation. Lengths in centimetres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....geometry.part import Part
from ....geometry.sweep import sweep
from ....geometry.vessel import Vessel

CM = 0.01


def about(rng: np.random.Generator, value: float, spread: float = 0.03) -> float:
    """The value, varied by up to ``spread`` of itself."""
    return float(value * rng.uniform(1.0 - spread, 1.0 + spread))


def vertical_handle(
    pot: Vessel,
    low: float,
    high: float,
    bow: Sequence[tuple[float, float]],
    section: Sequence[tuple[float, float]],
    *,
    side: float = 0.0,
    squareness: float = 2.4,
) -> Part:
    """A handle in a plane through the axis, from the wall at ``low`` up to the wall at ``high`` (heights).

    bow: points (distance from the axis, height) that it passes between. section: (width, thickness) at all its points.
    side: degrees around the axis.
    """
    path = [(pot.at(low), 0.0, low), *((r, 0.0, z) for r, z in bow), (pot.at(high), 0.0, high)]
    return sweep(path, section, squareness=squareness).turned("z", side)


def loop_handle(
    pot: Vessel,
    height: float,
    spread: float,
    reach: float,
    rise: float,
    thickness: float,
    *,
    side: float = 0.0,
    flare: float = 1.35,
) -> Part:
    """A horizontal handle: a U from the wall at ``height``, ``spread`` apart, out to ``reach`` and up by ``rise``."""
    radius = pot.at(height)
    half = spread / 2.0
    root = float(np.sqrt(max(radius**2 - half**2, 0.0)))
    out = reach - thickness / 2.0 - root
    outline = [(0.0, 1.0), (0.3, 1.04), (0.72, 0.97), (0.95, 0.6), (1.0, 0.0)]
    outline += [(s, -t) for s, t in outline[-2::-1]]
    path = [(root + s * out, -t * half, height + rise * s) for s, t in outline]
    widths = [thickness * flare if k in (0, len(path) - 1) else thickness for k in range(len(path))]
    up = np.array([-rise, 0.0, out]) / np.hypot(rise, out)
    return sweep(path, [(w, w) for w in widths], up=up).turned("z", side)
