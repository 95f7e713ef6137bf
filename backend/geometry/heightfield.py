"""Reliefs: a face whose height is a function of the place within an outline, closed at the back (masks, plaques)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import shapely
from scipy.spatial import Delaunay

from ..errors import GeometryError
from .charts import AXES, charted
from .part import Part
from .typing import Faces, FloatArray, IntArray

Height = Callable[[FloatArray, FloatArray], FloatArray]
"""(x, y), both (n,) metres -> (n,) metres."""

FAVOUR = np.array([0.0, 0.0, 0.0, 0.0, 0.3, 0.3])


def heightfield(
    outline: FloatArray,
    front: Height,
    back: Height | float,
    step: float,
    *,
    holes: Sequence[FloatArray] = (),
    regions: tuple[str, str, str] = ("back", "side", "front"),
    densities: tuple[float, float, float] = (1.0, 1.0, 1.0),
    region_at: Callable[[FloatArray, FloatArray], IntArray] | None = None,
    more_regions: tuple[str, ...] = (),
    crease_degrees: float = 40.0,
) -> Part:
    """The closed part between the heights ``back`` and ``front`` (z) over an outline (k, 2) in x and y, metres.

    holes: outlines that are cut right through. step: size of the faces, metres. region_at: (x, y) of faces of the front
    -> index into (*regions, *more_regions). Lies on its back, like a slab; turned("x", 90) makes it stand, facing -y.
    Raises GeometryError where the front is not above the back.
    """
    area = shapely.Polygon(_even(outline, step), [_even(hole, step) for hole in holes])
    flat, triangles = _triangulated(area, step)
    x, y = flat.T
    top = front(x, y)
    bottom = np.full(len(flat), float(back)) if isinstance(back, int | float) else back(x, y)
    if not (top > bottom).all():
        raise GeometryError("A relief is thinner than nothing.", "Report this type of artifact as a defect.")
    border = _border(triangles)
    n = len(flat)
    points = np.vstack([np.column_stack([flat, bottom]), np.column_stack([flat, top])])
    a, b = border.T
    walls = np.vstack([np.stack([a, b, b + n], axis=1), np.stack([a, b + n, a + n], axis=1)])
    faces = np.vstack([triangles[:, ::-1], walls, triangles + n]).astype(np.int32)
    region = np.repeat(np.arange(3, dtype=np.int32), [len(triangles), len(walls), len(triangles)])
    if region_at is not None:
        middle = flat[triangles].mean(axis=1)
        region[-len(triangles) :] = region_at(middle[:, 0], middle[:, 1])
    names = (*regions, *more_regions)
    wanted = dict(zip(regions, densities, strict=True)) | dict.fromkeys(more_regions, densities[2])
    return charted(
        points, faces, region, names, directions=AXES, favour=FAVOUR, densities=wanted, upright=(4,),
        crease_degrees=crease_degrees,
    )  # fmt: skip


def _even(outline: FloatArray, step: float) -> FloatArray:
    """The outline with no edge longer than ``step``."""
    ring = shapely.segmentize(shapely.Polygon(outline).exterior, step)
    return shapely.get_coordinates(ring)


def _triangulated(area: shapely.Polygon, step: float) -> tuple[FloatArray, Faces]:
    """Points (n, 2) and counter-clockwise triangles (m, 3) that fill the area: its corners and a triangular grid."""
    border = np.vstack([shapely.get_coordinates(ring)[:-1] for ring in (area.exterior, *area.interiors)])
    low_x, low_y, high_x, high_y = area.bounds
    rows = np.arange(low_y, high_y + step, step * 0.5 * np.sqrt(3.0))
    half = np.arange(0.0, 0.5 * (high_x - low_x) + step, step)
    even = np.concatenate([-half[:0:-1], half]) + 0.5 * (low_x + high_x)
    lines = [np.column_stack([even + 0.5 * step * (k % 2), np.full(len(even), y)]) for k, y in enumerate(rows)]
    grid = np.vstack(lines)
    room = area.buffer(-0.55 * step)
    grid = grid[shapely.contains_xy(room, grid[:, 0], grid[:, 1])]
    points = np.vstack([border, grid])
    triangles = Delaunay(points).simplices.astype(np.int32)
    a, b, c = (points[triangles[:, k]] for k in range(3))
    twice = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    triangles = np.where((twice > 0.0)[:, None], triangles, triangles[:, ::-1])
    middle = (a + b + c) / 3.0
    inside = shapely.contains_xy(area, middle[:, 0], middle[:, 1]) & (np.abs(twice) > 1e-7 * step**2)
    return points, triangles[inside]


def _border(triangles: Faces) -> IntArray:
    """(k, 2) the edges that belong to one triangle only, in its direction."""
    edges = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2)
    count = int(triangles.max()) + 1
    forward = edges[:, 0].astype(np.int64) * count + edges[:, 1]
    backward = edges[:, 1].astype(np.int64) * count + edges[:, 0]
    return edges[~np.isin(forward, backward)]
