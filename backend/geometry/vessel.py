"""Hollow vessels: an outer profile, a wall of even thickness, a rounded lip, and handles that stop inside the wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from ..errors import GeometryError
from .curves import Profile, thin
from .lathe import SEGMENTS, lathe
from .part import Part
from .typing import FloatArray

LIP_STEPS = 6
ON_AXIS = 1e-7


@dataclass(frozen=True)
class Vessel:
    """outer: the profile from the axis below the foot to the lip. body: the hollow part. plug: its inside, up to the
    middle of the wall; whatever is joined to the vessel must stay out of it. wall: metres.
    """

    outer: Profile
    body: Part
    plug: Part
    wall: float

    def at(self, height: float, unit: float = 0.01) -> float:
        """Where something that is joined to the wall at this height should end: the middle of the wall, in ``unit``."""
        return (self.outer.radius_at(height * unit) - 0.5 * self.wall) / unit


def vessel(
    outer: Profile,
    wall: float,
    floor: float,
    *,
    fillet: float | None = None,
    segments: int = SEGMENTS,
    max_step: float = 0.012,
) -> Vessel:
    """A vessel from its outer profile (axis to lip).

    wall: thickness, metres. floor: height of the inside's lowest point, metres. fillet: radius of the inside's concave
    corners, metres, the wall's thickness by default. Raises GeometryError when no inside is left.
    """
    inner = _inside(outer, wall, floor, wall if fillet is None else fillet)
    hollow = outer.joined(_lip(outer.points, inner[0], wall), _interior(inner, max_step))
    middle = _inside(outer, 0.5 * wall, floor - 0.5 * wall, 0.2 * wall)
    kept = middle[thin(middle, 2.0 * max_step, max_turn=np.radians(12.0))]
    top = np.array([[0.0, kept[0, 1]]])
    plug = np.vstack([kept[::-1], top])
    plain = Profile(plug, np.zeros(len(plug) - 1, dtype=np.int32), ("interior",))
    return Vessel(outer, lathe(hollow, segments=segments), lathe(plain, segments=segments), wall)


def _inside(outer: Profile, offset: float, floor: float, fillet: float) -> FloatArray:
    """(n, 2) dense profile of the inside, from the lip down to the axis."""
    lip = outer.points[-1]
    along = lip - outer.points[-2]
    along /= np.linalg.norm(along)
    beyond = lip + along * 4.0 * (offset + fillet)
    right = np.vstack([outer.points, beyond])
    section = shapely.Polygon(np.vstack([right, (right * (-1.0, 1.0))[::-1]])).buffer(0.0)
    low, high = floor - offset, float(right[:, 1].max()) + 1.0
    width = float(right[:, 0].max()) + 1.0
    section = section.intersection(shapely.box(-width, low, width, high))
    room = section.buffer(-(offset + fillet), quad_segs=24).buffer(fillet, quad_segs=24)
    room = max(getattr(room, "geoms", [room]), key=lambda g: g.area)
    if room.is_empty:
        raise GeometryError("The vessel's wall is thicker than the vessel.", "Make the wall thinner.")
    ring = shapely.segmentize(shapely.geometry.polygon.orient(room).exterior, 0.15 * offset + 1e-4)
    points = shapely.get_coordinates(ring)[:-1]
    inner_lip = lip + offset * np.array([-along[1], along[0]])
    right_half = points[:, 0] > ON_AXIS
    begin = int(np.flatnonzero(right_half & ~np.roll(right_half, 1))[0])
    points = np.roll(points, -begin, axis=0)
    end = int(np.argmin(np.linalg.norm(points - inner_lip, axis=1)))
    points = points[:end][::-1]
    bottom = np.array([[0.0, float(points[-1, 1])]])
    return np.vstack([inner_lip[None], points, bottom])


def _lip(outer: FloatArray, inner_lip: FloatArray, wall: float) -> Profile:
    """The half circle from the outer to the inner wall."""
    lip = outer[-1]
    along = lip - outer[-2]
    along /= np.linalg.norm(along)
    middle, half = 0.5 * (lip + inner_lip), 0.5 * (lip - inner_lip)
    angle = np.linspace(0.0, np.pi, LIP_STEPS + 1)[:, None]
    points = middle + np.cos(angle) * half + np.sin(angle) * along * 0.5 * wall
    points[0], points[-1] = lip, inner_lip
    return Profile(points, np.zeros(LIP_STEPS, dtype=np.int32), ("rim",))


def _interior(inner: FloatArray, max_step: float) -> Profile:
    kept = inner[thin(inner, max_step, max_turn=np.radians(14.0))]
    return Profile(kept, np.zeros(len(kept) - 1, dtype=np.int32), ("interior",))
