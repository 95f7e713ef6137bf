"""What Greek and Roman vessels share: zones by height, curling handles, volutes, bent mouths. In centimetres."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.part import Part
from ....geometry.sweep import sweep
from ....geometry.typing import Points
from ....geometry.vessel import Vessel
from ._forms import CM
from .base import Zone

FRONT, BACK = -90.0, 90.0
SPIRAL_STEP_DEGREES = 30.0


def bands(top: float, **heights: tuple[float, float]) -> tuple[Zone, ...]:
    """Bands all around a vessel that is ``top`` high, handles included: name = (low, high), heights."""
    return tuple(Zone(name, "band", (low / top, high / top)) for name, (low, high) in heights.items())


def pictures(top: float, low: float, high: float, width: float) -> tuple[Zone, ...]:
    """The pictures of sides A (in front) and B (behind), each ``width`` degrees wide, between the handles."""
    return (
        Zone("field", "window", (low / top, high / top, FRONT, width)),
        Zone("back", "window", (low / top, high / top, BACK, width)),
    )


def curling_handle(
    pot: Vessel,
    height: float,
    spread: float,
    run: Sequence[tuple[float, float]],
    thickness: float,
    *,
    side: float = 0.0,
    flare: float = 1.3,
) -> Part:
    """A U-shaped handle whose two legs, ``spread`` apart, follow ``run``: (way out, way up) from the wall at
    ``height``; the last two points of the run are the shoulders and the crown of the arch.
    """
    half = spread / 2.0
    root = float(np.sqrt(max(pot.at(height) ** 2 - half**2, 0.0)))
    legs = [(root + out, half, height + up) for out, up in ((0.0, 0.0), *run[:-2])]
    (shoulder_out, shoulder_up), (crown_out, crown_up) = run[-2:]
    legs.append((root + shoulder_out, 0.82 * half, height + shoulder_up))
    crown = (root + crown_out, 0.0, height + crown_up)
    path = [(x, -y, z) for x, y, z in legs] + [crown] + legs[::-1]
    widths = [thickness * (flare if k in (0, len(path) - 1) else 1.0) for k in range(len(path))]
    return sweep(path, [(w, w) for w in widths], up=(-1.0, 0.0, 1.0)).turned("z", side)


def volute(
    stem: Sequence[tuple[float, float]],
    centre: tuple[float, float],
    radius: float,
    *,
    turns: float = 1.8,
    width: float = 5.0,
    thickness: float = 1.15,
    side: float = 0.0,
) -> tuple[Part, ...]:
    """A strap that follows ``stem`` (distance from the axis, height) upwards, rolls inwards about ``centre`` in an
    Archimedean spiral, and is closed between its turns by a sunken web with an eye.
    """
    angle = np.radians(np.arange(0.0, 360.0 * turns + 1.0, SPIRAL_STEP_DEGREES))
    shrunk = radius * (1.0 - 0.8 * angle / angle[-1])
    roll = [
        (centre[0] + r * np.cos(a), 0.0, centre[1] + r * np.sin(a)) for a, r in zip(angle, shrunk, strict=True)
    ]
    path = [(x, 0.0, z) for x, z in stem] + roll
    strap = sweep(path, [(width, thickness)], squareness=5.0, max_step=0.02, sides=16)
    pitch = radius * 0.8 / turns
    web = _disc(radius - 0.9 * pitch, 0.55 * width)
    eye = _disc(0.3 * radius, 1.08 * width)
    at = (centre[0] * CM, 0.0, centre[1] * CM)
    return tuple(part.turned("z", side) for part in (strap, web.moved(at), eye.moved(at)))


def _disc(radius: float, width: float) -> Part:
    """A disc that stands in the plane of x and z."""
    half = 0.5 * width
    outline = profile(
        "handle", (0, -half), (radius - 0.15, -half, CORNER), (radius, 0.15 - half, CORNER),
        (radius, half - 0.15, CORNER), (radius - 0.15, half, CORNER), (0, half),
        max_step=1.2 * CM,
    )  # fmt: skip
    return lathe(outline, segments=32).turned("x", 90.0)


def bent(pot: Vessel, move: Callable[[Points], Points]) -> Vessel:
    """The vessel with its body and its inside moved alike, points in metres; the same place must stay one place."""
    body = replace(pot.body, points=move(pot.body.points))
    return replace(pot, body=body, plug=replace(pot.plug, points=move(pot.plug.points)))
