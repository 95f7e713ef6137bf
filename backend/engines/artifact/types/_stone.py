"""What works of stone share: blocks, mouldings, spirals. Lengths in centimetres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....geometry.part import Part
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.typing import FloatArray

Triple = tuple[float, float, float]


def block(
    low: Triple,
    high: Triple,
    region: str | tuple[str, str, str] = "body",
    *,
    bevel: float = 0.0,
    hidden: tuple[float, float] = (1.0, 1.0),
    max_step: float = 1e6,
) -> Part:
    """An upright block between two corners. hidden: texel densities of its lower and its upper face."""
    size = np.subtract(high, low)
    names = (region, region, region) if isinstance(region, str) else region
    rings = rounded_edge(float(size[2]), bevel, 2, low[2]) if bevel else [(0.0, low[2]), (0.0, high[2])]
    outline = rectangle(float(size[0]), float(size[1])) + 0.5 * np.add(low, high)[:2]
    return slab(outline, rings, regions=names, densities=(hidden[0], 1.0, hidden[1]), max_step=max_step)


def moulding(
    section: Sequence[tuple[float, float]] | FloatArray,
    length: float,
    region: str | tuple[str, str, str] = "body",
    *,
    bevel: float = 0.0,
    end_density: float = 1.0,
) -> Part:
    """A section (y, z), counter-clockwise seen from +x, drawn along x and centred on x = 0."""
    names = (region, region, region) if isinstance(region, str) else region
    rings = rounded_edge(length, bevel, 2, -0.5 * length) if bevel else [(0.0, -0.5 * length), (0.0, 0.5 * length)]
    outline = np.asarray(section, dtype=np.float64)
    drawn = slab(outline, rings, regions=names, densities=(end_density, 1.0, end_density), max_step=1e6)
    # (section y, section z, along) -> (along, y, z).
    return drawn.turned("x", 90.0).turned("z", 90.0)


def upright(part: Part, front: float = 0.0) -> Part:
    """A slab that lies in x and y raised to stand in x and z; its upper face looks to the front (-y)."""
    return part.turned("x", 90.0).moved((0.0, front * 0.01, 0.0))


def spiral(
    centre: tuple[float, float], outer: float, inner: float, turns: float, start: float, *, even: float = 0.0
) -> FloatArray:
    """(n, 2) points of a spiral, clockwise from the angle ``start`` (degrees), eight a turn.

    even: 0 for a logarithmic one, 1 for one whose coils lie evenly.
    """
    count = int(np.ceil(turns * 8)) + 1
    share = np.linspace(0.0, 1.0, count)
    angle = np.radians(start) - 2.0 * np.pi * turns * share
    radius = (1.0 - even) * outer * (inner / outer) ** share + even * (outer + (inner - outer) * share)
    return np.asarray(centre) + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
