"""Compiled loops that lay triangles into a hole."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..typing import FloatArray, IntArray, Points

SPREAD = 0.05
"""How much the length of edges counts beside area: in a flat hole all ways to lay triangles have the same area."""


@njit(cache=True)
def _cost(loop: Points, i: int, j: int, k: int) -> float:
    ax, ay, az = loop[j, 0] - loop[i, 0], loop[j, 1] - loop[i, 1], loop[j, 2] - loop[i, 2]
    bx, by, bz = loop[k, 0] - loop[i, 0], loop[k, 1] - loop[i, 1], loop[k, 2] - loop[i, 2]
    cx, cy, cz = bx - ax, by - ay, bz - az
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    edges = ax * ax + ay * ay + az * az + bx * bx + by * by + bz * bz + cx * cx + cy * cy + cz * cz
    return 0.5 * np.sqrt(x * x + y * y + z * z) + SPREAD * edges


@njit(cache=True)
def least_triangles(loop: Points) -> IntArray:
    """(n - 2, 3) rows of ``loop`` (n, 3): the triangles over a closed line that cost least.

    Dynamic programming (Barequet and Sharir 1995, Filling gaps in the boundary of a polyhedron, section 3), with area
    and evenness as the cost.
    """
    count = len(loop)
    cost = np.zeros((count, count))
    cut = np.zeros((count, count), dtype=np.int32)
    for span in range(2, count):
        for i in range(count - span):
            k = i + span
            best, at = np.inf, i + 1
            for j in range(i + 1, k):
                total = cost[i, j] + cost[j, k] + _cost(loop, i, j, k)
                if total < best:
                    best, at = total, j
            cost[i, k], cut[i, k] = best, at
    out = np.empty((count - 2, 3), dtype=np.int32)
    stack = np.empty((count, 2), dtype=np.int32)
    stack[0, 0], stack[0, 1], depth, done = 0, count - 1, 1, 0
    while depth > 0:
        depth -= 1
        i, k = stack[depth, 0], stack[depth, 1]
        if k - i < 2:
            continue
        j = cut[i, k]
        out[done, 0], out[done, 1], out[done, 2] = i, j, k
        done += 1
        stack[depth, 0], stack[depth, 1] = i, j
        stack[depth + 1, 0], stack[depth + 1, 1] = j, k
        depth += 2
    return out


@njit(cache=True)
def border_loops(following: IntArray, starts: IntArray) -> tuple[IntArray, IntArray]:
    """Closed lines through vertices, one after another, and where each begins (with the end).

    following: (n,) the vertex after each at a border, -1 for those that lie at none. starts: the vertices at borders.
    """
    line = np.empty(len(starts), dtype=np.int32)
    first = np.empty(len(starts) + 1, dtype=np.int32)
    seen = np.zeros(len(following), dtype=np.bool_)
    done, loops = 0, 0
    for start in starts:
        if seen[start]:
            continue
        first[loops] = done
        loops += 1
        at = start
        while at >= 0 and not seen[at]:
            seen[at] = True
            line[done] = at
            done += 1
            at = following[at]
    first[loops] = done
    return line[:done], first[: loops + 1]


@njit(cache=True)
def shortest_cut(loop: FloatArray) -> tuple[int, int]:
    """Two rows of a long closed line (n, 3), at least a quarter of it apart, that lie nearest to each other."""
    count = len(loop)
    step = max(1, count // 512)
    best, one, other = np.inf, 0, count // 2
    for i in range(0, count, step):
        for j in range(i + count // 4, min(count, i + count - count // 4), step):
            x, y, z = loop[j, 0] - loop[i, 0], loop[j, 1] - loop[i, 1], loop[j, 2] - loop[i, 2]
            length = x * x + y * y + z * z
            if length < best:
                best, one, other = length, i, j
    return one, other
