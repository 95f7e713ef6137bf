"""Compiled loops of the drivers: directions of rays, water running down, values at texels."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ..geometry.texel_kernels import weights_at
from ..geometry.typing import Faces, Float32Array, FloatArray, IntArray, Points, TexCoords, Vectors


@njit(cache=True, nogil=True)
def rays(
    points: Points,
    normals: Vectors,
    inner: Points,
    axis: Vectors,
    count: int,
    lift: float,
    start: int,
    stop: int,
    origin: Float32Array,
    direction: Float32Array,
) -> None:
    """``count`` rays from each of the vertices start..stop, spread about ``axis`` in proportion to the cosine.

    Written to origin and direction, ((stop - start) * count, 3). They start ``lift`` above the surface, a little
    towards the middle of the vertex's faces (``inner``), so that a vertex in a corner is not inside its other wall.
    The spread is a Hammersley set, turned about the axis by an angle that belongs to the place.
    """
    for i in range(start, stop):
        ax, ay, az = axis[i, 0], axis[i, 1], axis[i, 2]
        # An orthonormal basis (Duff et al. 2017, Building an orthonormal basis, revisited).
        sign = 1.0 if az >= 0.0 else -1.0
        a = -1.0 / (sign + az)
        b = ax * ay * a
        ux, uy, uz = 1.0 + sign * ax * ax * a, sign * b, -sign * ax
        vx, vy, vz = b, sign + ay * ay * a, -ay
        turn = math.sin(points[i, 0] * 12989.8 + points[i, 1] * 78233.0 + points[i, 2] * 37719.0) * 43758.5453
        turn -= math.floor(turn)
        for k in range(count):
            bits, radical, base = k, 0.0, 0.5
            while bits > 0:
                radical += base * (bits & 1)
                bits >>= 1
                base *= 0.5
            angle = 2.0 * math.pi * (radical + turn)
            share = (k + 0.5) / count
            radius, height = math.sqrt(share), math.sqrt(1.0 - share)
            x, y = radius * math.cos(angle), radius * math.sin(angle)
            at = (i - start) * count + k
            direction[at, 0] = x * ux + y * vx + height * ax
            direction[at, 1] = x * uy + y * vy + height * ay
            direction[at, 2] = x * uz + y * vz + height * az
            for c in range(3):
                origin[at, c] = points[i, c] + lift * normals[i, c] + 0.01 * inner[i, c]


@njit(cache=True, nogil=True)
def flow_down(points: Points, order: IntArray, begins: IntArray, near: IntArray, rain: FloatArray) -> FloatArray:
    """(n,) how much comes by each vertex when all that it gets runs on to its lower neighbours, most to the steepest.

    order: vertices from high to low. begins, near: the neighbours of vertex i are near[begins[i]:begins[i + 1]].
    """
    flow = rain.copy()
    for here in order:
        total = 0.0
        for at in range(begins[here], begins[here + 1]):
            total += _pull(points, here, near[at])
        if total <= 0.0:
            continue
        for at in range(begins[here], begins[here + 1]):
            flow[near[at]] += flow[here] * _pull(points, here, near[at]) / total
    return flow


@njit(cache=True, nogil=True)
def _pull(points: Points, here: int, there: int) -> float:
    """The share of a lower neighbour: its slope to the fourth power; 0 for higher ones."""
    drop = points[here, 2] - points[there, 2]
    if drop <= 0.0:
        return 0.0
    x, y = points[here, 0] - points[there, 0], points[here, 1] - points[there, 1]
    slope2 = drop * drop / (x * x + y * y + drop * drop)
    return slope2 * slope2


@njit(cache=True, nogil=True)
def interpolate_value(
    values: Float32Array,
    faces: Faces,
    uv: TexCoords,
    rows: IntArray,
    cols: IntArray,
    face: IntArray,
    resolution: int,
) -> Float32Array:
    """(k,) a value of the vertices at the centres of texels."""
    out = np.empty(len(rows), dtype=np.float32)
    for k in range(len(rows)):
        i, j, m = faces[face[k], 0], faces[face[k], 1], faces[face[k], 2]
        a, b, c = weights_at(uv, i, j, m, rows[k], cols[k], resolution, False)
        out[k] = a * values[i] + b * values[j] + c * values[m]
    return out
