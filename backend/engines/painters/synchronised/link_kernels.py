"""The compiled search for the samples of one view that show the surface points of another."""

from __future__ import annotations

import math

from numba import njit

from ....geometry.typing import Float32Array, FloatArray, IntArray

ALIKE = 0.3
"""Cosine between two normals from which they may belong to one surface."""
FACED = 0.1
"""Cosine between a surface and the way to a camera below which it is not looked for there."""
STEEPEST = 0.15
"""Surfaces steeper than this cosine are given no more room than this one."""
FLAT = 0.4
"""The most by which two points of one surface stand apart across it, as a share of their distance, and"""
LEAST = 0.1
"""as a share of a sample's side, for surfaces that bend within one."""


@njit(cache=True, nogil=True, error_model="numpy")
def meet(
    start: int,
    stop: int,
    points: Float32Array,
    normals: Float32Array,
    turn: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    position: Float32Array,
    normal: Float32Array,
    worth: Float32Array,
    spread: Float32Array,
    nearest: bool,
    reach: float,
    first: IntArray,
    shares: Float32Array,
    value: Float32Array,
) -> None:
    """Where each of the points start..stop stands in a view, and which of the four samples around show its surface.

    points, normals: (n, 3). turn: (4, 4) and lens: focal x, y and centre x, y of the view, in samples. position,
    normal, worth, spread: of ViewSurface. nearest: only the sample that the point lies in. reach: samples over which
    two points may be apart. Sets first (n,), the upper left of the four samples, row by row; shares (n, 4), which sum
    to 1; and value (n,), what the view is worth there, 0 where it does not show the point.
    """
    height, width = worth.shape
    for n in range(start, stop):
        value[n] = 0.0
        first[n] = 0
        dx, dy, dz = points[n, 0] - turn[0, 3], points[n, 1] - turn[1, 3], points[n, 2] - turn[2, 3]
        x = dx * turn[0, 0] + dy * turn[1, 0] + dz * turn[2, 0]
        y = dx * turn[0, 1] + dy * turn[1, 1] + dz * turn[2, 1]
        depth = -(dx * turn[0, 2] + dy * turn[1, 2] + dz * turn[2, 2])
        if not depth > 0.0:
            continue
        nx, ny, nz = normals[n, 0], normals[n, 1], normals[n, 2]
        if orthographic:
            facing = nx * turn[0, 2] + ny * turn[1, 2] + nz * turn[2, 2]
            scale = 1.0
        else:
            facing = -(nx * dx + ny * dy + nz * dz) / math.sqrt(dx * dx + dy * dy + dz * dz)
            scale = 1.0 / depth
        if facing < FACED:
            continue
        u = lens[2] + lens[0] * x * scale - 0.5
        v = lens[3] - lens[1] * y * scale - 0.5
        if not (-1.0 < u < width and -1.0 < v < height):
            continue
        if nearest:
            u, v = math.floor(u + 0.5), math.floor(v + 0.5)
        # The four samples lie within the view: at its border those beyond have no share.
        left = min(max(math.floor(u), 0), max(width - 2, 0))
        top = min(max(math.floor(v), 0), max(height - 2, 0))
        first[n] = top * width + left
        total, sum_value = 0.0, 0.0
        for k in range(4):
            row, col = top + (k >> 1), left + (k & 1)
            share = max(0.0, 1.0 - abs(u - col)) * max(0.0, 1.0 - abs(v - row))
            shares[n, k] = 0.0
            if not share > 0.0 or row >= height or col >= width or not worth[row, col] > 0.0:
                continue
            if not _alike(points[n], normals[n], position[row, col], normal[row, col], spread[row, col], facing, reach):
                continue
            shares[n, k] = share
            total += share
            sum_value += share * worth[row, col]
        if total > 0.0:
            for k in range(4):
                shares[n, k] /= total
            # Where samples of another surface are among the four the view has less say.
            value[n] = sum_value


@njit(cache=True, nogil=True, error_model="numpy")
def _alike(
    point: Float32Array,
    along: Float32Array,
    other: Float32Array,
    other_along: Float32Array,
    side: float,
    facing: float,
    reach: float,
) -> bool:
    """Whether two points with their normals, (3,) each, belong to one surface: they face one way, and stand no further
    apart than samples of ``side``, seen at the cosine ``facing``, do; across the surface even less.
    """
    if along[0] * other_along[0] + along[1] * other_along[1] + along[2] * other_along[2] < ALIKE:
        return False
    x, y, z = other[0] - point[0], other[1] - point[1], other[2] - point[2]
    away = math.sqrt(x * x + y * y + z * z)
    if away > reach * side / max(facing, STEEPEST):
        return False
    return abs(x * along[0] + y * along[1] + z * along[2]) <= FLAT * away + LEAST * side
