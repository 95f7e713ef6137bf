"""Blades: two faces that meet in edges. Along x, lying in the plane z = 0. Lengths in centimetres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....geometry.curves import CORNER, ControlPoint, spline
from ....geometry.part import Part, Sheet, grid_faces, part_from_sheets
from ....geometry.typing import Faces, FloatArray

UNIT = 0.01
Station = tuple[float, float, float]
"""Place along x, half the width, half the thickness."""


def blade(
    stations: Sequence[Station],
    section: Sequence[tuple[float, float]],
    *,
    rows: int = 40,
    bow: float = 0.0,
    region: str = "blade",
    crease_degrees: float = 12.0,
) -> Part:
    """A blade through ``stations``, smoothly; the last may have no width (a point) or no thickness (a cutting edge).

    section: (share of the half width from -1 to 1, share of the half thickness) across a face, from edge to edge; the
    edges have no thickness. bow: how far the middle of the last station reaches beyond its ends.
    """
    stop = np.array(stations, dtype=np.float64)
    dense = np.maximum(spline(stop), 0.0)
    index = np.unique(np.concatenate([np.linspace(0, len(dense) - 1, rows).round(), 32 * np.arange(len(stop))]))
    along, half, thick = dense[np.minimum(index.astype(int), len(dense) - 1)].T
    share, height = np.array(section, dtype=np.float64).T
    progress = (along - along[0]) / (along[-1] - along[0])
    x = along[:, None] + bow * (progress**2)[:, None] * (1.0 - share**2)[None]
    y, z = half[:, None] * share, thick[:, None] * height
    front = np.stack([x, y, z], axis=2) * UNIT
    back = front * (1.0, 1.0, -1.0)
    sheets = [_face(front, True), _face(back, False)]
    sheets += [_end(front[0], back[0], False), _end(front[-1], back[-1], True)]
    kept = [s for s in sheets if len(s.faces) and np.ptp(s.uv, axis=0).min() > 1e-9]
    return part_from_sheets(kept, (region,), crease_degrees)


def _face(grid: FloatArray, upper: bool) -> Sheet:
    rows, columns = grid.shape[:2]
    points = grid.reshape(-1, 3)
    faces = grid_faces(rows, columns)
    faces = faces[:, ::-1] if upper else faces
    faces = faces if _area(points, faces) * (1.0 if upper else -1.0) > 0 else faces[:, ::-1]
    # Across, lengths are measured along the surface: the edges of thick blades are steep.
    steps = np.hypot(np.diff(grid[:, :, 1], axis=1), np.diff(grid[:, :, 2], axis=1))
    across = np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))
    across -= 0.5 * across[:, -1:]
    uv = np.stack([grid[:, :, 0] * (1.0 if upper else -1.0), across], axis=2).reshape(-1, 2)
    return Sheet(points, uv, np.ascontiguousarray(faces), np.zeros(len(faces), dtype=np.int32))


def _area(points: FloatArray, faces: Faces) -> float:
    """Twice the area as seen from above, negative when the faces look down."""
    a, b, c = (points[faces[:, k], :2] for k in range(3))
    ab, ac = b - a, c - a
    return float((ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]).sum())


def _end(upper: FloatArray, lower: FloatArray, forward: bool) -> Sheet:
    """The flat end between two rows."""
    points = np.vstack([lower, upper])
    faces = grid_faces(2, len(upper))
    faces = faces if forward else faces[:, ::-1]
    uv = points[:, 1:] * ((1.0, 1.0) if forward else (-1.0, 1.0))
    return Sheet(points, uv, np.ascontiguousarray(faces), np.zeros(len(faces), dtype=np.int32), 0.6)


def flipped(points: Sequence[ControlPoint]) -> list[ControlPoint]:
    """Points of a profile with their heights turned over."""
    return [(p[0], -p[1]) if len(p) == 2 else (p[0], -p[1], CORNER) for p in points]
