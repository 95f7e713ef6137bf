"""Tubes along curves: handles, spouts, legs, loops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .curves import spline, thin
from .part import Part, Sheet, grid_faces, part_from_sheets
from .typing import FloatArray, Points

SIDES = 22


def sweep(
    path: FloatArray | Sequence[Sequence[float]],
    section: Sequence[tuple[float, float]],
    *,
    up: Sequence[float] = (0.0, 1.0, 0.0),
    region: str = "handle",
    squareness: float = 2.0,
    sides: int = SIDES,
    unit: float = 0.01,
    max_step: float = 0.006,
) -> Part:
    """A closed tube along a smooth curve through ``path`` (k, 3), in ``unit`` metres.

    section: (width, thickness) of the tube at each point of the path, or one for all; width lies along ``up``, a
    direction never parallel to the path. squareness: exponent of the section's superellipse, 2 = ellipse.
    """
    control = np.asarray(path, dtype=np.float64) * unit
    sizes = np.asarray(section if len(section) > 1 else list(section) * len(control), dtype=np.float64) * unit
    curve = spline(np.hstack([control, sizes]))
    if len(curve) == 2:
        curve = np.linspace(curve[0], curve[1], 33)
    curve = curve[thin(curve[:, :3], max_step, max_turn=np.radians(8.0))]
    centre, half = curve[:, :3], np.maximum(curve[:, 3:], 1e-5) / 2.0
    across, normal = _frames(centre, np.asarray(up, dtype=np.float64))
    ring, share = _section(float(half[:, 0].mean()), float(half[:, 1].mean()), squareness, sides)
    space = (
        centre[:, None]
        + (half[:, 1:] * ring[None, :, 0])[..., None] * normal[:, None]
        + (half[:, :1] * ring[None, :, 1])[..., None] * across[:, None]
    )
    space[:, -1] = space[:, 0]
    girth = np.linalg.norm(np.diff(space, axis=1), axis=2).sum(axis=1)
    v = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(centre, axis=0), axis=1))])
    uv = np.stack([(share - 0.5) * girth[:, None], np.broadcast_to(v[:, None], (len(v), sides + 1))], axis=2)
    faces = grid_faces(len(v), sides + 1)
    tube = Sheet(space.reshape(-1, 3), uv.reshape(-1, 2), faces, np.zeros(len(faces), dtype=np.int32))
    ends = [_end(space[0, :-1], centre[0], False), _end(space[-1, :-1], centre[-1], True)]
    return part_from_sheets([tube, *ends], (region,), 50.0)


def _frames(centre: Points, up: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vectors across the path, as near ``up`` as can be, and normal to both; path x normal = across."""
    along = np.gradient(centre, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    normal = np.cross(up, along)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return np.cross(along, normal), normal


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
