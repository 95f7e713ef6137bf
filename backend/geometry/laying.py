"""Whether a chart lies flat without folds and without overlapping itself, and smoothing small folds out."""

from __future__ import annotations

import numpy as np
from numba import njit

from .flatten import flatten
from .typing import BoolArray, Faces, FloatArray, IntArray, Points

COLLAPSED = 0.03
"""Share of its area below which a face in the plane counts as folded."""
MENDS = 16
"""How often borders that cross are drawn in."""
NEEDLE = 1e-7
"""Area per squared edge below which a face counts as without area."""


def lay_flat(
    points: Points, faces: Faces, border: BoolArray, axis: FloatArray, rounds: int, steps: int
) -> tuple[FloatArray, BoolArray, bool]:
    """A chart in the plane at true scale; faces at which it folds or overlaps itself; whether it does either.

    points: (n, 3); faces, border: (m, 3), border at half-edges where the chart ends. axis: (3,) unit.
    """
    uv = flatten(points, faces, axis, rounds, steps)
    area = _areas(points, faces)
    edge = _fixed(len(uv), faces, border)
    for mend in range(MENDS):
        _unfold(uv, faces, edge, area)
        crossed = crossings(uv, faces, border)
        if not crossed.any():
            break
        near = _touching(faces, crossed)
        for _ in range(mend // 4):
            crossed[faces[near]] = True
            near = _touching(faces, crossed)
        _relax(uv, faces, np.flatnonzero(near), crossed, 1)
    trouble = folds(uv, faces, area) | _touching(faces, overlaps(uv, faces, border))
    return uv, trouble, bool(trouble.any())


@njit(cache=True, nogil=True)
def _fixed(count: int, faces: Faces, border: BoolArray) -> BoolArray:
    """(n,) vertices at which the chart ends."""
    fixed = np.zeros(count, dtype=np.bool_)
    for f in range(len(faces)):
        for k in range(3):
            if border[f, k]:
                fixed[faces[f, k]] = True
                fixed[faces[f, (k + 1) % 3]] = True
    return fixed


@njit(cache=True, nogil=True)
def _areas(points: Points, faces: Faces) -> FloatArray:
    """(m,) area, 0 for faces that count as without."""
    out = np.zeros(len(faces))
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        wx, wy, wz = points[c, 0] - points[b, 0], points[c, 1] - points[b, 1], points[c, 2] - points[b, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        area = 0.5 * np.sqrt(x * x + y * y + z * z)
        longest = max(ux * ux + uy * uy + uz * uz, wx * wx + wy * wy + wz * wz, vx * vx + vy * vy + vz * vz)
        out[f] = area if area > NEEDLE * longest else 0.0
    return out


@njit(cache=True, nogil=True)
def flat_areas(uv: FloatArray, faces: Faces) -> FloatArray:
    """(m,) signed area in the plane."""
    out = np.empty(len(faces))
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        out[f] = 0.5 * (
            (uv[b, 0] - uv[a, 0]) * (uv[c, 1] - uv[a, 1]) - (uv[c, 0] - uv[a, 0]) * (uv[b, 1] - uv[a, 1])
        )
    return out


def folds(uv: FloatArray, faces: Faces, area: FloatArray) -> BoolArray:
    """(m,) faces that are mirrored or have all but vanished, those without area aside."""
    found: BoolArray = (flat_areas(uv, faces) <= COLLAPSED * area) & (area > 0.0)
    return found


def _unfold(uv: FloatArray, faces: Faces, edge: BoolArray, area: FloatArray) -> None:
    """Put each vertex near a fold amid its neighbours, in rings that widen as long as folds are left (Tutte 1963).

    Vertices at the chart's edge stay, unless nothing else helps.
    """
    for rings in range(1, 9):
        folded = folds(uv, faces, area)
        if not folded.any():
            return
        active = np.zeros(len(uv), dtype=np.bool_)
        near = folded
        for _ in range(rings):
            active[faces[near]] = True
            near = _touching(faces, active)
        _relax(uv, faces, np.flatnonzero(near), active & ~edge if rings < 4 else active, 40 * rings if rings < 4 else 2)


@njit(cache=True, nogil=True)
def _touching(faces: Faces, chosen: BoolArray) -> BoolArray:
    """(m,) faces with a chosen corner."""
    near = np.zeros(len(faces), dtype=np.bool_)
    for f in range(len(faces)):
        near[f] = chosen[faces[f, 0]] or chosen[faces[f, 1]] or chosen[faces[f, 2]]
    return near


@njit(cache=True, nogil=True)
def _relax(uv: FloatArray, faces: Faces, near: IntArray, active: BoolArray, sweeps: int) -> None:
    sums = np.zeros_like(uv)
    count = np.zeros(len(uv))
    for _ in range(sweeps):
        for f in near:
            for k in range(3):
                sums[faces[f, k]] = 0.0
                count[faces[f, k]] = 0.0
        for f in near:
            for k in range(3):
                i, j = faces[f, k], faces[f, (k + 1) % 3]
                sums[i, 0], sums[i, 1], count[i] = sums[i, 0] + uv[j, 0], sums[i, 1] + uv[j, 1], count[i] + 1.0
                sums[j, 0], sums[j, 1], count[j] = sums[j, 0] + uv[i, 0], sums[j, 1] + uv[i, 1], count[j] + 1.0
        for f in near:
            for k in range(3):
                i = faces[f, k]
                if active[i]:
                    uv[i, 0], uv[i, 1] = sums[i, 0] / count[i], sums[i, 1] / count[i]


def overlaps(uv: FloatArray, faces: Faces, border: BoolArray) -> BoolArray:
    """(n,) vertices where a chart without folds covers a place twice: at borders that cross, or that wind too often.

    A map that is locally one to one is one to one when its borders are simple, apart, and only one of them runs
    counter-clockwise: the number of times that a place is covered is the winding of the borders about it.
    """
    start, end = _segments(faces, border)
    after = np.full(len(uv), -1, dtype=np.int32)
    after[start] = end
    found: BoolArray = crossings(uv, faces, border) | _superfluous(uv, start, after)
    return found


def _segments(faces: Faces, border: BoolArray) -> tuple[IntArray, IntArray]:
    """(b,) first and (b,) second vertex of each half-edge at a border."""
    return faces[border], np.roll(faces, -1, axis=1)[border]


@njit(cache=True, nogil=True)
def _superfluous(uv: FloatArray, start: IntArray, after: IntArray) -> BoolArray:
    """(n,) vertices of borders that run counter-clockwise, the largest aside; all when there is none."""
    loop = np.full(len(uv), -1, dtype=np.int32)
    sizes = np.zeros(len(start))
    for n in range(len(start)):
        i = start[n]
        while i >= 0 and loop[i] < 0:
            loop[i] = n
            j = after[i]
            if j >= 0:
                # About the loop's own start: far from the origin rounding would outweigh small loops.
                x0, y0 = uv[start[n], 0], uv[start[n], 1]
                sizes[n] += 0.5 * ((uv[i, 0] - x0) * (uv[j, 1] - y0) - (uv[j, 0] - x0) * (uv[i, 1] - y0))
            i = j
    if len(start) == 0 or sizes.max() <= 0.0:
        return np.ones(len(uv), dtype=np.bool_)
    outline = np.argmax(sizes)
    out = np.zeros(len(uv), dtype=np.bool_)
    for i in range(len(uv)):
        out[i] = loop[i] >= 0 and loop[i] != outline and sizes[loop[i]] > 1e-9 * sizes[outline]
    return out


@njit(cache=True, nogil=True)
def _side(uv: FloatArray, a: int, b: int, c: int) -> float:
    return float((uv[b, 0] - uv[a, 0]) * (uv[c, 1] - uv[a, 1]) - (uv[c, 0] - uv[a, 0]) * (uv[b, 1] - uv[a, 1]))


def crossings(uv: FloatArray, faces: Faces, border: BoolArray) -> BoolArray:
    """(n,) vertices of segments of the border that cross others; segments are met in order of their left ends."""
    start, end = _segments(faces, border)
    low = np.minimum(uv[start, 0], uv[end, 0])
    high = np.maximum(uv[start, 0], uv[end, 0])
    return _crossed(uv, start, end, low, high, np.argsort(low, kind="stable"))


@njit(cache=True, nogil=True)
def _crossed(
    uv: FloatArray, start: IntArray, end: IntArray, low: FloatArray, high: FloatArray, order: IntArray
) -> BoolArray:
    """(n,) vertices of segments that cross others. low, high: (b,) their left and right ends, order: by ``low``."""
    crossed = np.zeros(len(uv), dtype=np.bool_)
    for m in range(len(order)):
        i = order[m]
        a, b = start[i], end[i]
        top, bottom = max(uv[a, 1], uv[b, 1]), min(uv[a, 1], uv[b, 1])
        for n in range(m + 1, len(order)):
            j = order[n]
            if low[j] > high[i]:
                break
            c, d = start[j], end[j]
            if a in (c, d) or b in (c, d):
                continue
            if max(uv[c, 1], uv[d, 1]) < bottom or min(uv[c, 1], uv[d, 1]) > top:
                continue
            if _side(uv, a, b, c) * _side(uv, a, b, d) < 0.0 and _side(uv, c, d, a) * _side(uv, c, d, b) < 0.0:
                crossed[a] = crossed[b] = crossed[c] = crossed[d] = True
    return crossed


@njit(cache=True, nogil=True)
def _apart(points: Points, i: int, j: int) -> float:
    x, y, z = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1], points[j, 2] - points[i, 2]
    return np.sqrt(x * x + y * y + z * z)


@njit(cache=True, nogil=True)
def on_circle(points: Points, faces: Faces, border: BoolArray) -> FloatArray:
    """(n, 2) a disc with its border on a circle in true proportion and each other vertex amid its neighbours.

    Never folds (Tutte 1963, How to draw a graph). For polygons that may not be cut and fold otherwise.
    """
    after = np.full(len(points), -1, dtype=np.int32)
    first, length, area = -1, 0.0, 0.0
    own = _areas(points, faces)
    for f in range(len(faces)):
        area += own[f]
    for f in range(len(faces)):
        for k in range(3):
            if border[f, k]:
                i, j = faces[f, k], faces[f, (k + 1) % 3]
                after[i] = j
                length += _apart(points, i, j)
                first = i if first < 0 else min(first, i)
    uv = np.zeros((len(points), 2))
    if first < 0 or length == 0.0:
        return uv
    radius = np.sqrt(area / np.pi)
    free = np.ones(len(points), dtype=np.bool_)
    i, way = first, 0.0
    while i >= 0 and free[i]:
        free[i] = False
        turn = 2.0 * np.pi * way / length
        uv[i, 0], uv[i, 1] = radius * np.cos(turn), radius * np.sin(turn)
        if after[i] >= 0:
            way += _apart(points, i, after[i])
        i = after[i]
    _relax(uv, faces, np.arange(len(faces)), free, np.int64(200))
    return uv
