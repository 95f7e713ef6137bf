"""Smooth normals with creases."""

from __future__ import annotations

import numpy as np
from numba import njit

from .typing import Faces, FloatArray, IntArray, Points


def weld(points: Points) -> IntArray:
    """(n,) for each vertex the number of the first vertex at exactly the same place."""
    bits = np.ascontiguousarray(points + 0.0).view(np.uint64).reshape(len(points), -1)
    key = np.zeros(len(points), dtype=np.uint64)
    for column in bits.T:
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int32)


def corner_normals(points: Points, faces: Faces, crease: float) -> FloatArray:
    """(m, 3, 3) unit normal at each corner: angle-weighted over the faces around whose normal is within ``crease`` radians.

    Angle weights: Thuermer and Wuethrich 1998, Computing vertex normals from polygonal facets. Vertices at one place count as one.
    """
    return _corner_normals(points, weld(points)[faces], float(np.cos(crease)))


@njit(cache=True)
def _corner_normals(points: Points, faces: Faces, least: float) -> FloatArray:
    count = len(faces)
    flat = np.zeros((count, 3))
    angles = np.zeros((count, 3))
    for f in range(count):
        a, b, c = points[faces[f, 0]], points[faces[f, 1]], points[faces[f, 2]]
        n = np.cross(b - a, c - a)
        size = np.sqrt((n * n).sum())
        if size > 0.0:
            flat[f] = n / size
        for k in range(3):
            p = points[faces[f, k]]
            s = points[faces[f, (k + 1) % 3]] - p
            t = points[faces[f, (k + 2) % 3]] - p
            lengths = np.sqrt((s * s).sum() * (t * t).sum())
            if lengths > 0.0:
                angles[f, k] = np.arccos(min(1.0, max(-1.0, (s * t).sum() / lengths)))
    start = np.zeros(len(points) + 1, dtype=np.int64)
    for f in range(count):
        for k in range(3):
            start[faces[f, k] + 1] += 1
    start = np.cumsum(start)
    fill = start.copy()
    around = np.zeros(3 * count, dtype=np.int64)
    for f in range(count):
        for k in range(3):
            around[fill[faces[f, k]]] = 3 * f + k
            fill[faces[f, k]] += 1
    out = np.zeros((count, 3, 3))
    for f in range(count):
        for k in range(3):
            total = np.zeros(3)
            for at in range(start[faces[f, k]], start[faces[f, k] + 1]):
                g = around[at] // 3
                if (flat[f] * flat[g]).sum() >= least:
                    total += angles[g, around[at] % 3] * flat[g]
            size = np.sqrt((total * total).sum())
            out[f, k] = total / size if size > 0.0 else flat[f]
    return out
