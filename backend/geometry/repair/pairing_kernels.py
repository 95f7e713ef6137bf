"""Compiled loops that tell which faces of a soup of triangles are neighbours, and turn them the same way."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..typing import BoolArray, Faces, FloatArray, IntArray, Points

CROWD = 64
"""Faces at one edge that are looked at; more than these stay apart."""
AGAINST = 2.0 * np.pi
"""What it costs to pair two faces of which one would have to be turned over."""
BIAS = 0.1


@njit(cache=True)
def _around(points: Points, faces: Faces, h: int) -> tuple[float, float, float]:
    """Direction from an edge's line to the third corner of the face, unit, at right angles to the edge."""
    f, k = h // 3, h % 3
    a, b, c = faces[f, k], faces[f, (k + 1) % 3], faces[f, (k + 2) % 3]
    ex, ey, ez = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
    wx, wy, wz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
    length = ex * ex + ey * ey + ez * ez
    along = (wx * ex + wy * ey + wz * ez) / length if length > 0.0 else 0.0
    wx, wy, wz = wx - along * ex, wy - along * ey, wz - along * ez
    size = np.sqrt(wx * wx + wy * wy + wz * wz)
    if size == 0.0:
        return 0.0, 0.0, 0.0
    return wx / size, wy / size, wz / size


@njit(cache=True)
def _angles(points: Points, faces: Faces, members: IntArray, angle: FloatArray, sign: FloatArray) -> None:
    """Angle of each half-edge's face about the edge, seen along it from its lower vertex, and which way it runs."""
    f, k = members[0] // 3, members[0] % 3
    low, high = min(faces[f, k], faces[f, (k + 1) % 3]), max(faces[f, k], faces[f, (k + 1) % 3])
    x, y, z = (points[high, 0] - points[low, 0], points[high, 1] - points[low, 1], points[high, 2] - points[low, 2])
    size = np.sqrt(x * x + y * y + z * z)
    if size > 0.0:
        x, y, z = x / size, y / size, z / size
    ux, uy, uz = _around(points, faces, members[0])
    vx, vy, vz = y * uz - z * uy, z * ux - x * uz, x * uy - y * ux
    for n in range(len(members)):
        wx, wy, wz = _around(points, faces, members[n])
        angle[n] = np.arctan2(wx * vx + wy * vy + wz * vz, wx * ux + wy * uy + wz * uz)
        f, k = members[n] // 3, members[n] % 3
        sign[n] = 1.0 if faces[f, k] == low else -1.0


@njit(cache=True)
def pair_crowds(points: Points, faces: Faces, order: IntArray, first: IntArray, last: IntArray, twin: IntArray) -> None:
    """Pair the half-edges of edges at which more than two faces meet, in place; those without a partner keep -1.

    order: half-edges (3 face + k) sorted by edge. first, last: the ranges of the edges concerned. Faces that go on
    most evenly and are turned the same way are paired first; of two ways as even the one that encloses less.
    """
    angle, sign = np.empty(CROWD), np.empty(CROWD)
    cost = np.empty((CROWD, CROWD))
    for e in range(len(first)):
        members = order[first[e] : min(last[e], first[e] + CROWD)]
        count = len(members)
        _angles(points, faces, members, angle, sign)
        for i in range(count):
            for j in range(count):
                within = (sign[i] * (angle[i] - angle[j])) % (2.0 * np.pi)
                other = min(within, 2.0 * np.pi - within)
                cost[i, j] = abs(within - np.pi) + BIAS * within
                if sign[i] == sign[j]:
                    cost[i, j] = abs(other - np.pi) + AGAINST
        for _ in range(count // 2):
            best, a, b = np.inf, -1, -1
            for i in range(count):
                for j in range(i + 1, count):
                    if twin[members[i]] < 0 and twin[members[j]] < 0 and cost[i, j] < best:
                        best, a, b = cost[i, j], i, j
            if a >= 0:
                twin[members[a]], twin[members[b]] = members[b], members[a]


@njit(cache=True)
def turn_alike(faces: Faces, twin: IntArray, label: IntArray, turned: BoolArray) -> int:
    """Number the connected parts in ``label`` (m,) and say which faces to turn over, so that each part is turned one
    way; where that cannot be (a Moebius strip), the pair is cut. label: holds -1 before. Returns how many parts.
    """
    stack = np.empty(len(faces), dtype=np.int32)
    parts = 0
    for seed in range(len(faces)):
        if label[seed] >= 0:
            continue
        stack[0], depth = seed, 1
        label[seed] = parts
        while depth > 0:
            depth -= 1
            f = stack[depth]
            for k in range(3):
                h = 3 * f + k
                t = twin[h]
                if t < 0:
                    continue
                g, j = t // 3, t % 3
                same = faces[f, k] == faces[g, j]
                if label[g] < 0:
                    label[g] = parts
                    turned[g] = turned[f] != same
                    stack[depth] = g
                    depth += 1
                elif (turned[g] != turned[f]) != same:
                    twin[h], twin[t] = -1, -1
        parts += 1
    return parts


@njit(cache=True)
def _root(parent: IntArray, at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


@njit(cache=True)
def fans(faces: Faces, twin: IntArray) -> IntArray:
    """(3 m,) for each corner the lowest-numbered corner of its fan: corners that hang together around a vertex.

    faces: all turned one way. A vertex at which several fans meet is several vertices.
    """
    parent = np.arange(3 * len(faces), dtype=np.int32)
    for h in range(3 * len(faces)):
        t = twin[h]
        if t > h:
            f, k, g, j = h // 3, h % 3, t // 3, t % 3
            for one, other in ((3 * f + k, 3 * g + (j + 1) % 3), (3 * f + (k + 1) % 3, 3 * g + j)):
                a, b = _root(parent, one), _root(parent, other)
                if a < b:
                    parent[b] = a
                elif b < a:
                    parent[a] = b
    for corner in range(len(parent)):
        parent[corner] = _root(parent, corner)
    return parent


@njit(cache=True)
def inside_parity(points: Points, faces: Faces, label: IntArray, part: int, place: FloatArray, way: FloatArray) -> int:
    """How many faces of the other parts a ray meets (Moeller and Trumbore 1997)."""
    met = 0
    for f in range(len(faces)):
        if label[f] == part:
            continue
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        e1, e2 = points[b] - points[a], points[c] - points[a]
        p = np.cross(way, e2)
        det = np.dot(e1, p)
        if abs(det) < 1e-300:
            continue
        s = place - points[a]
        u = np.dot(s, p) / det
        if u < 0.0 or u > 1.0:
            continue
        q = np.cross(s, e1)
        v = np.dot(way, q) / det
        if v >= 0.0 and u + v <= 1.0 and np.dot(e2, q) / det > 0.0:
            met += 1
    return met
