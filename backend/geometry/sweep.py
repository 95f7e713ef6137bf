"""Tubes along curves: handles, spouts, legs, loops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .curves import spline, thin
from .part import Part, Sheet, grid_faces, part_from_sheets
from .typing import FloatArray, Points

SIDES = 22
TIGHTEST = 0.85
"""How far a section may reach towards the planes of those near it: beyond them the tube would fold into itself."""
NEAR = 16
"""Sections before and after that count as near."""


def sweep(
    path: FloatArray | Sequence[Sequence[float]],
    section: Sequence[tuple[float, float]],
    *,
    up: Sequence[float] | Sequence[Sequence[float]] = (0.0, 1.0, 0.0),
    region: str = "handle",
    squareness: float = 2.0,
    sides: int = SIDES,
    unit: float = 0.01,
    max_step: float = 0.006,
) -> Part:
    """A closed tube along a smooth curve through ``path`` (k, 3), in ``unit`` metres.

    section: (width, thickness) of the tube at each point of the path, or one for all; width lies along ``up``, a
    direction never parallel to the path: one for all, or one at each point of the path. squareness: exponent of the
    section's superellipse, 2 = ellipse. Where a bend is tighter than the tube is thick, the section is cut off inside.
    """
    control = np.asarray(path, dtype=np.float64) * unit
    sizes = np.asarray(section if len(section) > 1 else list(section) * len(control), dtype=np.float64) * unit
    curve = spline(np.hstack([control, sizes]))
    if len(curve) == 2:
        curve = np.linspace(curve[0], curve[1], 33)
    upward = _spread(np.asarray(up, dtype=np.float64), len(curve))
    kept = thin(curve[:, :3], max_step, max_turn=np.radians(8.0))
    curve, upward = curve[kept], upward[kept]
    centre, half = curve[:, :3], np.maximum(curve[:, 3:], 1e-5) / 2.0
    along, across, normal = _frames(centre, upward)
    ring, share = _section(float(half[:, 0].mean()), float(half[:, 1].mean()), squareness, sides)
    offset = (half[:, 1:] * ring[None, :, 0])[..., None] * normal[:, None]
    offset += (half[:, :1] * ring[None, :, 1])[..., None] * across[:, None]
    space = centre[:, None] + _held_back(offset, centre, along)
    space[:, -1] = space[:, 0]
    girth = np.linalg.norm(np.diff(space, axis=1), axis=2).sum(axis=1)
    v = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(centre, axis=0), axis=1))])
    uv = np.stack([(share - 0.5) * girth[:, None], np.broadcast_to(v[:, None], (len(v), sides + 1))], axis=2)
    faces = grid_faces(len(v), sides + 1)
    tube = Sheet(space.reshape(-1, 3), uv.reshape(-1, 2), faces, np.zeros(len(faces), dtype=np.int32))
    ends = [_end(space[0, :-1], centre[0], False), _end(space[-1, :-1], centre[-1], True)]
    return part_from_sheets([tube, *ends], (region,), 50.0)


def _spread(up: FloatArray, count: int) -> FloatArray:
    """(count, 3) directions, evenly between those of one point of the path and the next, from (3,) or (k, 3)."""
    given = np.atleast_2d(up)
    at = np.linspace(0.0, len(given) - 1.0, count)
    return np.stack([np.interp(at, np.arange(len(given)), column) for column in given.T], axis=1)


def _frames(centre: Points, up: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors along the path, across it, as near ``up`` as can be, and normal to both; path x normal = across."""
    along = np.gradient(centre, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    normal = np.cross(up, along)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return along, np.cross(along, normal), normal


def _held_back(offset: FloatArray, centre: Points, along: FloatArray) -> FloatArray:
    """Offsets (rows, k, 3) of the sections, metres, cut off before the planes of the sections that a bend brings near.

    centre, along: (rows, 3) places and unit normals of those planes.
    """
    offset = offset.copy()
    for apart in range(1, min(NEAR, len(centre) - 1) + 1):
        for sign, here, there in ((1.0, slice(None, -apart), slice(apart, None)),
                                  (-1.0, slice(apart, None), slice(None, -apart))):  # fmt: skip
            normal = sign * along[there]
            room = np.einsum("rx,rx->r", centre[there] - centre[here], normal)
            level = np.einsum("rx,rx->r", normal, along[here])
            within = normal - level[:, None] * along[here]
            slope = np.einsum("rx,rx->r", within, within)
            # Sections that are turned away by more than a right angle belong to the other leg of a bend.
            near = (room > 0.0) & (sign * level > 0.0) & (slope > 1e-12)
            beyond = np.einsum("rkx,rx->rk", offset[here], within) - TIGHTEST * room[:, None]
            back = np.where(near[:, None], np.maximum(beyond, 0.0), 0.0) / np.maximum(slope, 1e-12)[:, None]
            offset[here] -= back[..., None] * within[:, None]
    return offset


def _section(half_width: float, half_thickness: float, squareness: float, sides: int) -> tuple[FloatArray, FloatArray]:
    """(sides + 1, 2) unit section (thickness, width) sampled evenly along its outline, and the share of it passed."""
    angle = np.linspace(0.0, 2.0 * np.pi, 64 * sides + 1)
    cosine, sine = np.cos(angle), np.sin(angle)
    power = 2.0 / squareness
    dense = np.stack([np.sign(cosine) * np.abs(cosine) ** power, np.sign(sine) * np.abs(sine) ** power], axis=1)
    steps = np.linalg.norm(np.diff(dense, axis=0) * (half_thickness, half_width), axis=1)
    passed = np.concatenate([[0.0], np.cumsum(steps)])
    share = np.linspace(0.0, 1.0, sides + 1)
    ring = np.stack([np.interp(share * passed[-1], passed, dense[:, k]) for k in (0, 1)], axis=1)
    ring[-1] = ring[0]
    return ring, share


def _end(ring: Points, centre: FloatArray, forward: bool) -> Sheet:
    """The flat end of a tube as a fan."""
    count = len(ring)
    points = np.vstack([ring, centre])
    first, second = ring[0] - centre, ring[count // 4] - centre
    a = first / np.linalg.norm(first)
    b = second - a * (second @ a)
    b /= np.linalg.norm(b)
    uv = np.stack([(points - centre) @ a, (points - centre) @ b], axis=1)
    index = np.arange(count)
    after = (index + 1) % count
    hub = np.full(count, count)
    faces = np.stack([index, after, hub] if forward else [after, index, hub], axis=1).astype(np.int32)
    return Sheet(points, uv if forward else uv * (-1.0, 1.0), faces, np.zeros(count, dtype=np.int32))
