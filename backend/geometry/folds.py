"""Faces that lie over each other in the plane of their chart."""

from __future__ import annotations

import numpy as np
from numba import njit

from .typing import FloatArray, IntArray

TOUCH = 1e-9
"""How far faces may reach into each other, in cells of the grid: neighbours touch, and rounding must not count."""
MOST_CELLS = 1024
"""Cells along the longer side of the grid that pairs are searched in."""


def folds(corners: FloatArray, chart: IntArray) -> IntArray:
    """(k, 2) the pairs of faces of one chart that share more of the plane than a border.

    corners: (m, 3, 2) in the plane of the face's chart, any unit. chart: (m,). Exact but for rounding: triangles are
    apart when one of their six edges has them on either side (Gottschalk et al. 1996, OBBTree).
    """
    low, high = corners.min(axis=1), corners.max(axis=1)
    room = high.max(axis=0) - low.min(axis=0)
    cell = max(float((high - low).mean()) * 1.5, float(room.max()) / MOST_CELLS, 1e-12)
    a, b, c = (corners[:, k] for k in range(3))
    twice = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    # The faces all the same way round; those without area cover nothing.
    turned = np.where((twice < 0.0)[:, None, None], corners[:, ::-1], corners)
    solid = np.flatnonzero(np.abs(twice) > TOUCH * cell * cell)
    first = np.floor((low - low.min(axis=0)) / cell).astype(np.int32)[solid]
    last = np.floor((high - low.min(axis=0)) / cell).astype(np.int32)[solid]
    pairs = _pairs(np.ascontiguousarray(turned[solid]), chart[solid], first, last, TOUCH * cell)
    return solid.astype(np.int32)[pairs]


@njit(cache=True)
def _pairs(corners: FloatArray, chart: IntArray, first: IntArray, last: IntArray, touch: float) -> IntArray:
    """Overlapping pairs among faces, by the cells first..last (m, 2) that their bounding boxes lie in."""
    count = len(corners)
    out, found = np.empty((64, 2), dtype=np.int32), 0
    if count == 0:
        return out[:0]
    columns = np.int64(last[:, 0].max()) + 1
    start = np.zeros(columns * (np.int64(last[:, 1].max()) + 1) + 1, dtype=np.int64)
    for f in range(count):
        for y in range(first[f, 1], last[f, 1] + 1):
            for x in range(first[f, 0], last[f, 0] + 1):
                start[y * columns + x + 1] += 1
    start = np.cumsum(start)
    held, filled = np.empty(start[-1], dtype=np.int32), start[:-1].copy()
    for f in range(count):
        for y in range(first[f, 1], last[f, 1] + 1):
            for x in range(first[f, 0], last[f, 0] + 1):
                cell = y * columns + x
                # Those before f that share this cell; pairs that share several are met in the lowest of them.
                for at in range(start[cell], filled[cell]):
                    g = held[at]
                    if chart[g] != chart[f] or x != max(first[f, 0], first[g, 0]) or y != max(first[f, 1], first[g, 1]):
                        continue
                    if _apart(corners[f], corners[g], touch) or _apart(corners[g], corners[f], touch):
                        continue
                    if found == len(out):
                        out = np.concatenate((out, np.empty_like(out)))
                    out[found, 0], out[found, 1] = g, f
                    found += 1
                held[filled[cell]] = f
                filled[cell] += 1
    return out[:found]


@njit(cache=True)
def _apart(one: FloatArray, other: FloatArray, touch: float) -> bool:
    """Whether an edge of the first, counter-clockwise triangle has all of the other on its outer side."""
    for k in range(3):
        x, y = one[k, 0], one[k, 1]
        dx, dy = one[(k + 1) % 3, 0] - x, one[(k + 1) % 3, 1] - y
        reach = touch * np.sqrt(dx * dx + dy * dy)
        inner = -np.inf
        for j in range(3):
            inner = max(inner, dx * (other[j, 1] - y) - dy * (other[j, 0] - x))
        if inner <= reach:
            return True
    return False
