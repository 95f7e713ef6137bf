"""What the cast bronzes of ancient China share: flanges, raised lines, blocks and studs. Lengths in centimetres."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....geometry.curves import Profile
from ....geometry.lathe import lathe
from ....geometry.part import Part
from ....geometry.slab import rectangle, slab
from ....geometry.typing import FloatArray
from ....geometry.vessel import Vessel
from ._forms import CM

NOTCH = 0.2


def plate(outline: FloatArray, thickness: float, region: str = "flange") -> Part:
    """An upright plate in the plane of x and z: outline (k, 2) in (x, z), counter-clockwise, half on each side of y."""
    flat = slab(outline, [(0.0, -0.5 * thickness), (0.0, 0.5 * thickness)], regions=(region,) * 3, max_step=4.0)
    return flat.turned("x", 90.0)


def flange(
    wall: Callable[[float], float],
    low: float,
    high: float,
    reach: float,
    thickness: float,
    *,
    side: float = 0.0,
    teeth: int = 3,
) -> Part:
    """A notched flange that stands off a wall between two heights.

    wall: the distance from the axis at a height at which the flange should end, e.g. Vessel.at. reach: how far it
    stands off that. side: degrees around the axis. teeth: pieces between notches.
    """
    step = (high - low) / teeth
    outside: list[tuple[float, float]] = []
    for k in range(teeth):
        a = low + k * step
        b = a + step * (1.0 - NOTCH)
        outside += [(wall(z) + reach, z) for z in np.linspace(a, b, 4)]
        if k < teeth - 1:
            outside += [(wall(z) + 0.55 * reach, z) for z in (b, a + step)]
    inside = [(wall(z), z) for z in np.linspace(outside[-1][1], low, 2 * teeth + 2)]
    return plate(np.array(outside + inside), thickness).turned("z", side)


def raised_line(pot: Vessel, height: float, width: float = 0.5, proud: float = 0.18, region: str = "body") -> Part:
    """A thin raised line all around a vessel (a bowstring band)."""
    low, high = height - 0.5 * width, height + 0.5 * width
    points = np.array(
        [
            (pot.at(low), low),
            (pot.at(low) + 0.5 * pot.wall / CM, low),
            (pot.at(low) + 0.5 * pot.wall / CM + proud, low + 0.25 * width),
            (pot.at(high) + 0.5 * pot.wall / CM + proud, high - 0.25 * width),
            (pot.at(high) + 0.5 * pot.wall / CM, high),
            (pot.at(high), high),
            (pot.at(low), low),
        ]
    )
    return lathe(Profile(points * CM, np.zeros(6, dtype=np.int32), (region,)))


def block(width: float, depth: float, height: float, *, bevel: float = 0.1, region: str = "handle") -> Part:
    """A block about the z axis on the floor, its edges slightly softened."""
    edges = [(bevel, 0.0), (0.0, bevel), (0.0, height - bevel), (bevel, height)]
    return slab(rectangle(width, depth), edges, regions=(region,) * 3, max_step=50.0)
