"""Compiled loops of posing: sums of directions (what pose, shape and face add to a body), and skinning.

One thread each. numpy's product is as fast on an idle machine, but its threads wait for each other, and beside a
rendering Blender its median was 30 ms where this one's was 0.4 (207 x 20,670, float32, two busy cores).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Real = NDArray[np.floating[Any]]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def add_directions(base: Real, amounts: Real, directions: Real) -> Real:
    """``base + amounts @ directions``. base: (n,); amounts: (m,); directions: (m, n), all of one precision.

    The small ones are summed by themselves: added one by one to metres, float32 would lose four times as much.
    """
    out = np.zeros_like(base)
    count, width = directions.shape
    whole = count - count % 3
    for i in range(0, whole, 3):
        a, b, c = amounts[i], amounts[i + 1], amounts[i + 2]
        for j in range(width):
            out[j] += a * directions[i, j] + b * directions[i + 1, j] + c * directions[i + 2, j]
    for i in range(whole, count):
        a = amounts[i]
        for j in range(width):
            out[j] += a * directions[i, j]
    for j in range(width):
        out[j] += base[j]
    return out


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def skin_vertices(vertices: Real, transforms: Real, joints: NDArray[np.int32], values: Real, translation: Real) -> Real:
    """Each vertex moved by the weighted sum of its joints' transforms, then by the translation.

    vertices: (V, 3); transforms: (J, 3, 4); joints, values: (V, K), places of value 0 being unused; translation: (3,).
    """
    out = np.empty_like(vertices)
    blended = np.empty((3, 4), vertices.dtype)
    for v in range(len(vertices)):
        blended[:] = 0
        for k in range(joints.shape[1]):
            value = values[v, k]
            if value != 0:
                joint = joints[v, k]
                for row in range(3):
                    for column in range(4):
                        blended[row, column] += value * transforms[joint, row, column]
        x, y, z = vertices[v, 0], vertices[v, 1], vertices[v, 2]
        for row in range(3):
            moved = blended[row, 0] * x + blended[row, 1] * y + blended[row, 2] * z + blended[row, 3]
            out[v, row] = moved + translation[row]
    return out


def compile_kernels() -> None:
    """Compile, or load from numba's cache, both loops in both precisions."""
    for kind in (np.float32, np.float64):
        ones = np.ones((3, 3), kind)
        add_directions(ones[0], ones[0], ones)
        skin_vertices(ones, np.ones((1, 3, 4), kind), np.zeros((3, 1), np.int32), np.ones((3, 1), kind), ones[0])
