"""Organic solids: signed distance functions with smooth unions, turned into parts with charts.

A field is a function from points (n, 3) in metres to (n,) signed distances, negative inside. Formulas after Quilez,
Distance functions (https://iquilezles.org/articles/distfunctions/); the smooth unions are his polynomial ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from skimage.measure import marching_cubes

from ..errors import GeometryError
from .charts import AXES, charted
from .part import Part
from .typing import Faces, FloatArray, IntArray, Points

Field = Callable[[Points], FloatArray]
Vector = Sequence[float]

COARSE = 4
"""Fine cells along the edge of a block of which only those near the surface are evaluated finely."""
CRUMB = 0.02
FOLDED = 0.1
"""Cosine between a face and the mean of those around one of its corners, below which the surface folds over there."""
REACH = 1.35
"""How far from exact a field may be: a block is looked at when the surface could be within this many half diagonals."""


def sphere(centre: Vector, radius: float) -> Field:
    """A ball."""
    middle = np.asarray(centre, dtype=np.float64)
    return lambda p: _length(p - middle) - radius


def ellipsoid(centre: Vector, radii: Vector, turn: Vector = (0.0, 0.0, 0.0)) -> Field:
    """An ellipsoid (distance exact to first order); turn: degrees about x, then y, then z, about its centre."""
    middle, radius, axes = np.asarray(centre, dtype=np.float64), np.asarray(radii, dtype=np.float64), rotation(turn)

    def field(p: Points) -> FloatArray:
        local = (p - middle) @ axes
        near = _length(local / radius)
        slope = _length(local / radius**2)
        return np.where(slope > 1e-12, near * (near - 1.0) / np.maximum(slope, 1e-12), -float(radius.min()))

    return field


def capsule(start: Vector, end: Vector, radius: float) -> Field:
    """A rod with round ends."""
    return rounded_cone(start, end, radius, radius)


def rounded_cone(start: Vector, end: Vector, first: float, last: float) -> Field:
    """A rod with round ends that tapers from radius ``first`` to ``last``; exact where the taper is slight."""
    a = np.asarray(start, dtype=np.float64)
    along = np.asarray(end, dtype=np.float64) - a
    squared = max(float(along @ along), 1e-30)

    def field(p: Points) -> FloatArray:
        local = p - a
        share = np.clip(local @ along / squared, 0.0, 1.0)
        return _length(local - share[:, None] * along) - (first + share * (last - first))

    return field


def chain(path: Sequence[Vector], radii: Sequence[float]) -> Field:
    """Rounded cones from point to point: limbs, brows, tails, locks of hair."""
    pairs = zip(path[:-1], path[1:], radii[:-1], radii[1:], strict=True)
    return union(*(rounded_cone(a, b, r, s) for a, b, r, s in pairs))


def box(centre: Vector, size: Vector, rounding: float = 0.0, turn: Vector = (0.0, 0.0, 0.0)) -> Field:
    """A box of this outer size with rounded edges; turn: degrees about x, then y, then z, about its centre."""
    middle, axes = np.asarray(centre, dtype=np.float64), rotation(turn)
    half = 0.5 * np.asarray(size, dtype=np.float64) - rounding

    def field(p: Points) -> FloatArray:
        off = np.abs((p - middle) @ axes) - half
        return _length(np.maximum(off, 0.0)) + np.minimum(off.max(axis=1), 0.0) - rounding

    return field


def torus(centre: Vector, ring: float, tube: float, turn: Vector = (0.0, 0.0, 0.0)) -> Field:
    """A ring about the z axis, turned; ring: radius of the tube's middle line."""
    middle, axes = np.asarray(centre, dtype=np.float64), rotation(turn)

    def field(p: Points) -> FloatArray:
        local = (p - middle) @ axes
        return np.hypot(np.hypot(local[:, 0], local[:, 1]) - ring, local[:, 2]) - tube

    return field


def half_space(point: Vector, outward: Vector) -> Field:
    """Everything behind a plane through ``point``."""
    normal = np.asarray(outward, dtype=np.float64) / np.linalg.norm(outward)
    offset = float(np.asarray(point, dtype=np.float64) @ normal)
    return lambda p: p @ normal - offset


def union(*fields: Field, smooth: float = 0.0) -> Field:
    """All of them together; smooth: metres over which they flow into each other."""
    return lambda p: reduce(lambda a, b: smooth_min(a, b, smooth), (f(p) for f in fields))


def difference(body: Field, *cutters: Field, smooth: float = 0.0) -> Field:
    """The body without the cutters; smooth: metres over which the edges are rounded."""
    return lambda p: reduce(lambda a, b: -smooth_min(-a, b, smooth), (f(p) for f in cutters), body(p))


def intersection(*fields: Field, smooth: float = 0.0) -> Field:
    """What is in all of them."""
    return lambda p: reduce(lambda a, b: -smooth_min(-a, -b, smooth), (f(p) for f in fields))


def offset(field: Field, by: float) -> Field:
    """The field grown (or, with a negative number, shrunk) by this many metres."""
    return lambda p: field(p) - by


def mirrored(field: Field) -> Field:
    """What lies at x >= 0 on both sides of the plane x = 0."""
    return lambda p: field(np.column_stack([np.abs(p[:, 0]), p[:, 1:]]))


def local(field: Field, centre: Vector, radius: float, margin: float = 0.02) -> Field:
    """A detail that lies within a ball: further off than ``margin`` only the distance to the ball is computed."""
    middle = np.asarray(centre, dtype=np.float64)

    def near(p: Points) -> FloatArray:
        away = _length(p - middle) - radius
        close = away < margin
        away[close] = field(p[close])
        return away

    return near


def smooth_min(a: FloatArray, b: FloatArray, smooth: float) -> FloatArray:
    """The lesser of two distances, blended where they differ by less than ``smooth``."""
    if smooth <= 0.0:
        return np.minimum(a, b)
    near = np.maximum(smooth - np.abs(a - b), 0.0) / smooth
    return np.minimum(a, b) - near * near * (0.25 * smooth)


def rotation(degrees: Vector) -> FloatArray:
    """(3, 3) rotation about x, then y, then z, for column vectors."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    about_x = np.array([(1, 0, 0), (0, cx, -sx), (0, sx, cx)])
    about_y = np.array([(cy, 0, sy), (0, 1, 0), (-sy, 0, cy)])
    about_z = np.array([(cz, -sz, 0), (sz, cz, 0), (0, 0, 1)])
    return about_z @ about_y @ about_x


def _length(vectors: FloatArray) -> FloatArray:
    """(n,) lengths of (n, 3) vectors; several times faster than numpy's own norm."""
    return np.sqrt(np.einsum("ij,ij->i", vectors, vectors))


def organic(
    field: Field,
    low: Vector,
    high: Vector,
    step: float,
    *,
    regions: tuple[str, ...] = ("body",),
    region_at: Callable[[Points], IntArray] | None = None,
    directions: FloatArray = AXES,
    favour: FloatArray | None = None,
    densities: dict[str, float] | None = None,
    upright: tuple[int, ...] = (),
    crease_degrees: float = 60.0,
    symmetric: bool = False,
) -> Part:
    """A part from a signed distance field within the box from ``low`` to ``high``, which must hold it entirely, metres.

    step: size of the cells, metres; a ball of radius r has about 25 (r / step)^2 faces. region_at: points (m, 3) in the
    middle of the faces -> (m,) index into ``regions``. symmetric: the field is the same on both sides of x = 0 and the
    box lies evenly about it, so that half is computed. The rest as in ``charts.charted``. Raises GeometryError for a
    field that is empty or reaches out of the box.
    """
    room = (np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64))
    points, faces = surface_of(field, *room, step, symmetric)
    middle = points[faces].mean(axis=1)
    region = np.zeros(len(faces), dtype=np.int32) if region_at is None else region_at(middle).astype(np.int32)
    return charted(
        points, faces, region, regions, directions=directions, favour=favour, densities=densities, upright=upright,
        crease_degrees=crease_degrees,
    )  # fmt: skip


def surface_of(
    field: Field, low: FloatArray, high: FloatArray, step: float, symmetric: bool = False
) -> tuple[Points, Faces]:
    """Points (n, 3) and outward faces (m, 3) of the field's zero surface: marching cubes, then moved onto the surface.

    Lewiner et al. 2003, Efficient implementation of marching cubes' cases with topological guarantees.
    """
    if symmetric:
        low = low.copy()
        low[0] = -0.5 * step * COARSE * _cells(low, high, step)[0]
    values = _sampled(field, low, high, step, symmetric)
    outside = (values[[0, -1]].min(), values[:, [0, -1]].min(), values[:, :, [0, -1]].min())
    if values.min() >= 0.0 or min(outside) <= 0.0:
        raise GeometryError("A form is empty or larger than its room.", "Report this type of artifact as a defect.")
    # Cells that the surface just grazes would give needles.
    graze = 0.12 * step
    values = np.where(np.abs(values) < graze, np.where(values < 0.0, -graze, graze), values)
    vertices, faces, _, _ = marching_cubes(values.astype(np.float32), 0.0)
    found = vertices.astype(np.float64) * step + low
    points = _unfolded(found, _settled(field, found, step), faces)
    points, faces = _without_crumbs(points, faces.astype(np.int32))
    corners = points[faces]
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum()
    return points, faces if volume > 0.0 else np.ascontiguousarray(faces[:, ::-1])


def _without_crumbs(points: Points, faces: Faces) -> tuple[Points, Faces]:
    """The surface without pieces of less than CRUMB of its faces: splinters where forms meet."""
    links = np.vstack([faces[:, :2], faces[:, 1:]])
    graph = coo_array((np.ones(len(links), dtype=np.int8), links.T), (len(points),) * 2)
    piece = connected_components(graph, directed=False)[1][faces[:, 0]]
    kept = faces[np.bincount(piece)[piece] >= CRUMB * len(faces)]
    used, index = np.unique(kept, return_inverse=True)
    return points[used], index.reshape(-1, 3).astype(np.int32)


def _sampled(field: Field, low: FloatArray, high: FloatArray, step: float, symmetric: bool) -> FloatArray:
    """Values on a grid of ``step`` from ``low``; only their sign is right in cells that the surface does not touch.

    Cells of COARSE steps are halved again and again where the surface may be near.
    """
    cells = _cells(low, high, step)
    size = step * COARSE
    nodes = np.argwhere(np.ones(cells + 1, dtype=bool))
    values = field(nodes * size + low).reshape(cells + 1)
    ends = (slice(None, -1), slice(1, None))
    while size > 1.5 * step:
        corners = [values[i, j, k] for i in ends for j in ends for k in ends]
        near = np.abs(np.stack(corners)).min(axis=0) < REACH * 0.5 * np.sqrt(3.0) * size
        fine = near.repeat(2, 0).repeat(2, 1).repeat(2, 2)
        wanted = np.zeros(np.array(fine.shape) + 1, dtype=bool)
        for i in ends:
            for j in ends:
                for k in ends:
                    wanted[i, j, k] |= fine
        size *= 0.5
        values = values[np.ix_(*(np.minimum((np.arange(n) + 1) // 2, (n - 1) // 2) for n in wanted.shape))]
        middle = wanted.shape[0] // 2
        if symmetric:
            wanted[:middle] = False
        values[wanted] = field(np.argwhere(wanted) * size + low)
        if symmetric:
            values[:middle] = values[: -middle - 1 : -1] if middle else values[:0]
    return values


def _cells(low: FloatArray, high: FloatArray, step: float) -> IntArray:
    """(3,) numbers of coarse cells that fill the box."""
    return np.maximum(np.ceil((high - low) / (step * COARSE) - 1e-9), 1).astype(np.int32)


def _settled(field: Field, points: Points, step: float) -> Points:
    """The points moved onto the surface by Newton steps along the gradient, none further than half a cell."""
    small = 0.02 * step
    value = field(points)
    slope = np.stack([field(points + shift) - value for shift in np.eye(3) * small], axis=1) / small
    direction = slope / np.maximum(np.einsum("ij,ij->i", slope, slope), 0.25)[:, None]
    for again in (True, False):
        move = direction * value[:, None]
        length = np.linalg.norm(move, axis=1, keepdims=True)
        points = points - move * np.minimum(1.0, 0.4 * step / np.maximum(length, 1e-30))
        value = field(points) if again else value
    return points


def _unfolded(before: Points, after: Points, faces: Faces) -> Points:
    """The points moved from ``before`` to ``after``, less far where the surface would fold over there.

    Newton's steps overshoot in creases, and in gaps no wider than a cell, whose two sides would pass each other.
    """
    share = np.ones((len(before), 1))
    points = after
    for left in (0.5, 0.0):
        flat = _normals(points, faces)
        mean: FloatArray = np.stack(
            [np.bincount(faces.ravel(), np.repeat(flat[:, k], 3), len(points)) for k in range(3)], axis=1
        ).astype(np.float64)
        level = np.einsum("fkx,fx->fk", mean[faces], flat) / np.maximum(_length(mean), 1e-30)[faces]
        folded = level.min(axis=1) < FOLDED
        if not folded.any():
            break
        share[np.unique(faces[folded])] *= left
        points = before + share * (after - before)
    return points


def _normals(points: Points, faces: Faces) -> FloatArray:
    a, b, c = points[faces[:, 0]], points[faces[:, 1]], points[faces[:, 2]]
    across = np.cross(b - a, c - a)
    normals: FloatArray = across / np.maximum(_length(across), 1e-30)[:, None]
    return normals
