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
        # Round numbers differ in their upper bits only, which a product alone leaves up there (Steele et al. 2014,
        # Fast splittable pseudorandom number generators, figure 15).
        key = (key ^ column ^ (column >> np.uint64(32))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        key ^= key >> np.uint64(31)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    if (bits[first[inverse]] != bits).any():
        _, first, inverse = np.unique(bits, axis=0, return_index=True, return_inverse=True)
        inverse = inverse.ravel()
    return first[inverse].astype(np.int32)


def corner_normals(points: Points, faces: Faces, crease: float) -> FloatArray:
    """(m, 3, 3) unit normals at corners: the mean over the faces around that turn by less than ``crease`` radians.

    Weighted by angle (Thuermer and Wuethrich 1998, Computing vertex normals from polygonal facets). Vertices at one
    place count as one.
    """
    return _corner_normals(points, weld(points)[faces], float(np.cos(crease)))


@njit(cache=True)
def angle_at(points: FloatArray, here: int, one: int, other: int) -> float:
    """The angle at a corner between two edges, radians; 0 when an edge has no length. points: (n, 3)."""
    dot, s, t = 0.0, 0.0, 0.0
    for axis in range(3):
        a = points[one, axis] - points[here, axis]
        b = points[other, axis] - points[here, axis]
        dot += a * b
        s += a * a
        t += b * b
    if s == 0.0 or t == 0.0:
        return 0.0
    return float(np.arccos(min(1.0, max(-1.0, dot / np.sqrt(s * t)))))


@njit(cache=True)
def _flat_normals(points: Points, faces: Faces) -> FloatArray:
    """(m, 3) unit normal of each face, 0 where it has no area."""
    flat = np.zeros((len(faces), 3))
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        size = np.sqrt(x * x + y * y + z * z)
        if size > 0.0:
            flat[f, 0], flat[f, 1], flat[f, 2] = x / size, y / size, z / size
    return flat


@njit(cache=True)
def _corners_around(faces: Faces, count: int) -> tuple[IntArray, IntArray]:
    """Corners (3 face + k) sorted by vertex, and (count + 1,) where each vertex's begin."""
    start = np.zeros(count + 1, dtype=np.int32)
    for f in range(len(faces)):
        for k in range(3):
            start[faces[f, k] + 1] += 1
    for i in range(count):
        start[i + 1] += start[i]
    fill = start.copy()
    around = np.zeros(3 * len(faces), dtype=np.int32)
    for f in range(len(faces)):
        for k in range(3):
            around[fill[faces[f, k]]] = 3 * f + k
            fill[faces[f, k]] += 1
    return around, start


@njit(cache=True)
def _corner_normals(points: Points, faces: Faces, least: float) -> FloatArray:
    flat = _flat_normals(points, faces)
    around, start = _corners_around(faces, len(points))
    angles = np.zeros((len(faces), 3))
    for f in range(len(faces)):
        for k in range(3):
            angles[f, k] = angle_at(points, faces[f, k], faces[f, (k + 1) % 3], faces[f, (k + 2) % 3])
    out = np.zeros((len(faces), 3, 3))
    for f in range(len(faces)):
        for k in range(3):
            x, y, z = 0.0, 0.0, 0.0
            for at in range(start[faces[f, k]], start[faces[f, k] + 1]):
                g = around[at] // 3
                if flat[f, 0] * flat[g, 0] + flat[f, 1] * flat[g, 1] + flat[f, 2] * flat[g, 2] >= least:
                    weight = angles[g, around[at] % 3]
                    x += weight * flat[g, 0]
                    y += weight * flat[g, 1]
                    z += weight * flat[g, 2]
            size = np.sqrt(x * x + y * y + z * z)
            if size > 0.0:
                out[f, k, 0], out[f, k, 1], out[f, k, 2] = x / size, y / size, z / size
            else:
                out[f, k] = flat[f]
    return out
