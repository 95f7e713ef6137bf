"""Fangding: a rectangular ritual cauldron on four legs."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.shell import rectangle_ring, rings, shell
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ._bronzes import flange, plate
from ._forms import CM, about
from .base import ArtifactType, Zone

# Drawn in centimetres of the Houmuwu ding, the largest that is known; most stand about 25 cm high.
HOUMUWU = (1.12, 0.792, 1.33)
HEIGHT = 0.25
SIZE = (HEIGHT * HOUMUWU[0] / HOUMUWU[2], HEIGHT * HOUMUWU[1] / HOUMUWU[2], HEIGHT)
WALL = 3.2
FLOOR, NECK, RIM = 46.0, 98.0, 105.0


def _leg(x: float, y: float) -> Part:
    column = profile(
        "leg", (0, 0), (9.6, 0, CORNER), (9.6, 1.4, CORNER), (8.6, 3.6), (8.2, 12.0), (8.8, 24.0), (9.4, 28.0, CORNER),
        (9.9, 28.4, CORNER), (9.9, 30.0, CORNER), (9.4, 30.4, CORNER), (10.2, 44.0), (10.2, 47.6, CORNER), (0, 47.6),
        max_step=4.0 * CM,
    )  # fmt: skip
    return lathe(column, segments=40).moved((x * CM, y * CM, 0.0))


def _ear(x: float) -> Part:
    """An upright loop on the middle of a short side."""
    path = [(x, -12.0, RIM - 1.0), (x, -12.4, 118.0), (x, -10.6, 127.6), (x, -5.2, 130.2), (x, 0, 130.4)]
    path += [(px, -y, z) for px, y, z in path[-2::-1]]
    return sweep(path, [(6.4, 5.6)], up=(1, 0, 0), squareness=6.0, max_step=0.04)


def _corner_flange(half: tuple[float, float], turn: float, low: float, high: float) -> Part:
    """A flange that stands off a vertical edge of the box, in the diagonal."""
    made = flange(lambda z: -1.4 - 1.3 * _taper(z), low, high, 5.6, 2.4, teeth=6)
    return made.turned("z", turn).moved((half[0] * CM, half[1] * CM, 0.0))


def _middle_flange(low: float, high: float) -> Part:
    foot, top = -_taper(low), -_taper(high)
    return plate(np.array([(foot - 1.6, low), (foot + 3.4, low), (top + 3.4, high), (top - 1.6, high)]), 2.4)


def _taper(z: float) -> float:
    """How much narrower each half is than the rim's at this height."""
    return 5.2 * (RIM - z) / (RIM - FLOOR)


def build(rng: np.random.Generator) -> UVMesh:
    """Box that tapers downwards, flat everted rim, upright ears, column legs, flanges at edges and middles."""
    width, depth = about(rng, 102.1, 0.005), about(rng, 69.9, 0.005)
    heights = [FLOOR, FLOOR + 3.0, 60.0, 73.0, 86.0, NECK, RIM - 4.0, RIM - 4.0, RIM]
    grow = [-2.0 * _taper(z) for z in heights[:-2]] + [9.2, 9.6]
    radii = [2.0] * 7 + [3.0] * 2
    outer = rings(
        [rectangle_ring(width + g, depth + g, r, corner=2) for g, r in zip(grow, radii, strict=True)], heights
    )
    inside = [FLOOR + WALL, FLOOR + 5.0, 60.0, 73.0, 86.0, NECK, RIM - 5.0, RIM - 3.0, RIM]
    narrow = [-2.0 * _taper(z) - 2.0 * WALL for z in inside[:-2]] + [-2.0 * WALL] * 2
    inner = rings([rectangle_ring(width + g, depth + g, 1.4, corner=2) for g in narrow], inside)
    regions = ["body"] * 6 + ["rim"] * 2
    box = shell(outer, regions, inner, lip=0.0, borders=(1, 9, 17, 25))
    half = (0.5 * width, 0.5 * depth)
    legs = [_leg(x * (half[0] - 11.6), y * (half[1] - 11.6)) for x in (-1, 1) for y in (-1, 1)]
    diagonal = [(1, 1, 45.0), (-1, 1, 135.0), (-1, -1, 225.0), (1, -1, 315.0)]
    flanges = [_corner_flange((x * half[0], y * half[1]), turn, FLOOR + 2.0, RIM - 5.0) for x, y, turn in diagonal]
    for low, high in ((FLOOR + 2.5, 57.0), (88.0, RIM - 4.6)):
        for turn, reach in ((0.0, half[0]), (90.0, half[1]), (180.0, half[0]), (270.0, half[1])):
            flanges.append(_middle_flange(low, high).moved((reach * CM, 0.0, 0.0)).turned("z", turn))
    ears = [_ear(x) for x in (-0.5 * width, 0.5 * width)]
    return assemble([box.body], attached=[*legs, *flanges, *ears], plug=box.plug, size_m=SIZE)


BODY = ("body",)
TYPE = ArtifactType(
    "fangding",
    "Fangding (square cauldron)",
    SIZE,
    "Height typical of museum examples, estimate; proportions of the Houmuwu ding, National Museum of China"
    " (133 cm high, 112 cm long, 79.2 cm wide)",
    "bronze",
    build,
    culture="Chinese",
    round=False,
    zones=(
        Zone("neck", "band", (0.66, 0.755), regions=BODY),
        Zone("lower", "band", (0.355, 0.425), regions=BODY),
        Zone("field", "field", (0.14, 0.44, 0.86, 0.65), "front", BODY),
        Zone("field", "field", (0.14, 0.44, 0.86, 0.65), "back", BODY),
        Zone("field", "field", (0.16, 0.44, 0.84, 0.65), "left", BODY),
        Zone("field", "field", (0.16, 0.44, 0.84, 0.65), "right", BODY),
    ),
)
