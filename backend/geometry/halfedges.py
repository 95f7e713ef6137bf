"""Which faces meet along which edges, also where a mesh is not a manifold.

Half-edge 3 f + k runs from corner k of face f to its next corner; corners are numbered alike.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .typing import BoolArray, Faces, FloatArray, IntArray, Points


def twins(faces: Faces, normals: FloatArray, groups: IntArray) -> IntArray:
    """(3m,) the half-edge that runs the other way along each edge, -1 where the surface ends.

    faces: (m, 3) with one number for each place. normals: (m, 3). groups: (m,) polygon of each face. Where more than
    two faces meet, those of one polygon are joined first, then those that continue each other most smoothly. Faces
    that are wound against each other are never joined, so that no chart is mirrored half-way.
    """
    start = faces.ravel().astype(np.int64)
    end = faces[:, (1, 2, 0)].ravel().astype(np.int64)
    key = np.minimum(start, end) * (int(faces.max()) + 1) + np.maximum(start, end)
    return _paired(np.argsort(key, kind="stable").astype(np.int32), key, start, end, normals, groups)


@njit(cache=True, nogil=True)
def _paired(
    order: IntArray, key: IntArray, start: IntArray, end: IntArray, normals: FloatArray, groups: IntArray
) -> IntArray:
    twin = np.full(len(key), -1, dtype=np.int32)
    first = 0
    while first < len(order):
        last = first + 1
        while last < len(order) and key[order[last]] == key[order[first]]:
            last += 1
        for i in range(first, last):
            h = order[i]
            if twin[h] >= 0 or start[h] == end[h]:
                continue
            best, chosen = -np.inf, -1
            for j in range(i + 1, last):
                other = order[j]
                if twin[other] >= 0 or start[other] != end[h] or other // 3 == h // 3:
                    continue
                f, g = h // 3, other // 3
                fit = 4.0 if groups[f] == groups[g] else 0.0
                for axis in range(3):
                    fit += normals[f, axis] * normals[g, axis]
                if fit > best:
                    best, chosen = fit, other
            if chosen >= 0:
                twin[h], twin[chosen] = chosen, h
        first = last
    return twin


@njit(cache=True, nogil=True)
def face_frames(points: Points, faces: Faces) -> tuple[FloatArray, FloatArray]:
    """(m, 3) unit normals, 0 where a face has no area, and (m,) areas."""
    normals, areas = np.zeros((len(faces), 3)), np.zeros(len(faces))
    for f in range(len(faces)):
        a, b, c = points[faces[f, 0]], points[faces[f, 1]], points[faces[f, 2]]
        x = (b[1] - a[1]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[1] - a[1])
        y = (b[2] - a[2]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[2] - a[2])
        z = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        size = np.sqrt(x * x + y * y + z * z)
        areas[f] = 0.5 * size
        if size > 0.0:
            normals[f, 0], normals[f, 1], normals[f, 2] = x / size, y / size, z / size
    return normals, areas


@njit(cache=True, nogil=True)
def root(parent: IntArray, i: int) -> int:
    """The representative of i's set; shortens the way to it."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def unite(parent: IntArray, i: int, j: int) -> None:
    """Make one set of i's and j's."""
    a, b = root(parent, i), root(parent, j)
    parent[max(a, b)] = min(a, b)


@njit(cache=True, nogil=True)
def joined(twin: IntArray, label: IntArray) -> IntArray:
    """(m,) pieces that hang together across edges between faces of equal ``label``, numbered in order of faces."""
    count = len(twin) // 3
    parent = np.arange(count).astype(np.int32)
    for h in range(len(twin)):
        t = twin[h]
        if t > h and label[h // 3] == label[t // 3]:
            unite(parent, h // 3, t // 3)
    number = np.full(count, -1, dtype=np.int32)
    out = np.empty(count, dtype=np.int32)
    found = 0
    for f in range(count):
        r = root(parent, f)
        if number[r] < 0:
            number[r] = found
            found += 1
        out[f] = number[r]
    return out


@njit(cache=True, nogil=True)
def chart_corners(twin: IntArray, chart: IntArray, order: IntArray) -> tuple[IntArray, IntArray]:
    """(m, 3) number of the texture vertex at each corner, and (k,) a corner at each texture vertex.

    Corners are one vertex when the faces between them are of one chart. Numbered in ``order`` of the faces, so that
    those of a chart follow each other when the order is by chart.
    """
    parent = np.arange(len(twin)).astype(np.int32)
    for h in range(len(twin)):
        t = twin[h]
        if t > h and chart[h // 3] == chart[t // 3]:
            after_h = h - 2 if h % 3 == 2 else h + 1
            after_t = t - 2 if t % 3 == 2 else t + 1
            unite(parent, h, after_t)
            unite(parent, after_h, t)
    number = np.full(len(twin), -1, dtype=np.int32)
    corners = np.empty((len(twin) // 3, 3), dtype=np.int32)
    at = np.empty(len(twin), dtype=np.int32)
    found = 0
    for f in order:
        for k in range(3):
            r = root(parent, 3 * f + k)
            if number[r] < 0:
                number[r] = found
                at[found] = 3 * f + k
                found += 1
            corners[f, k] = number[r]
    return corners, at[:found].copy()


def chart_borders(twin: IntArray, chart: IntArray) -> BoolArray:
    """(3m,) half-edges at which a chart ends."""
    faces = np.arange(len(twin)) // 3
    return (twin < 0) | (chart[faces] != chart[np.maximum(twin, 0) // 3])
