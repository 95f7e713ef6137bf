"""Laying charts flat: as rigid as possible (Liu et al. 2008, A local/global approach to mesh parameterization)."""

from __future__ import annotations

import numpy as np
from numba import njit

from .typing import Faces, FloatArray, Points

LEAST_WEIGHT, MOST_WEIGHT = 0.05, 20.0
"""Bounds of an edge's cotangent: positive, so that the system is definite on needles and obtuse faces too."""

FREE = 1e-11
"""Stiffness, beside that of a single vertex, below which a movement is a shift of the whole chart and rounding."""


def flatten(points: Points, faces: Faces, axis: FloatArray, rounds: int, steps: int) -> FloatArray:
    """(n, 2) a chart in the plane at true scale, seen against ``axis``. points: (n, 3); faces: (m, 3) of one chart.

    Starts from the projection along the axis. rounds: of fitting rotations and solving for places. steps: of
    conjugate gradients in each.
    """
    uv = projected(points, axis)
    flat = _reference(points, faces)
    weight = _weights(points, faces)
    diagonal = _diagonal(len(points), faces, weight)
    # Not one compiled function: all that it calls would be compiled into it once more.
    for _ in range(rounds):
        _solve(uv, _pull(uv, faces, flat, weight), faces, weight, diagonal, steps)
    return uv


@njit(cache=True, nogil=True)
def _diagonal(count: int, faces: Faces, weight: FloatArray) -> FloatArray:
    """(n,) of the weighted Laplacian, nowhere 0."""
    diagonal = np.full(count, 1e-9)
    for f in range(len(faces)):
        for k in range(3):
            diagonal[faces[f, k]] += weight[f, k]
            diagonal[faces[f, (k + 1) % 3]] += weight[f, k]
    return diagonal


def projected(points: Points, axis: FloatArray) -> FloatArray:
    """(n, 2) points seen against a unit axis: counter-clockwise there is counter-clockwise here."""
    helper = np.zeros(3)
    helper[np.argmin(np.abs(axis))] = 1.0
    across = np.cross(helper, axis)
    across /= np.sqrt((across**2).sum())
    return _projected(points, across, np.cross(axis, across))


@njit(cache=True, nogil=True)
def _projected(points: Points, across: FloatArray, up: FloatArray) -> FloatArray:
    """(n, 2) points along two directions."""
    out = np.empty((len(points), 2))
    for i in range(len(points)):
        out[i, 0] = points[i, 0] * across[0] + points[i, 1] * across[1] + points[i, 2] * across[2]
        out[i, 1] = points[i, 0] * up[0] + points[i, 1] * up[1] + points[i, 2] * up[2]
    return out


@njit(cache=True, nogil=True)
def _reference(points: Points, faces: Faces) -> FloatArray:
    """(m, 3, 2) each face laid flat by itself: its edges as vectors of the plane."""
    out = np.zeros((len(faces), 3, 2))
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        along, square, other = 0.0, 0.0, 0.0
        for axis in range(3):
            one, two = points[b, axis] - points[a, axis], points[c, axis] - points[a, axis]
            square += one * one
            along += one * two
            other += two * two
        length = np.sqrt(square)
        x = along / length if length > 0.0 else 0.0
        y = np.sqrt(max(other - x * x, 0.0))
        out[f, 0, 0] = length
        out[f, 1, 0], out[f, 1, 1] = x - length, y
        out[f, 2, 0], out[f, 2, 1] = -x, -y
    return out


@njit(cache=True, nogil=True)
def _weights(points: Points, faces: Faces) -> FloatArray:
    """(m, 3) half the cotangent of the angle opposite to each edge, within bounds."""
    out = np.empty((len(faces), 3))
    for f in range(len(faces)):
        for k in range(3):
            a, b, c = faces[f, k], faces[f, (k + 1) % 3], faces[f, (k + 2) % 3]
            ux, uy, uz = points[a, 0] - points[c, 0], points[a, 1] - points[c, 1], points[a, 2] - points[c, 2]
            vx, vy, vz = points[b, 0] - points[c, 0], points[b, 1] - points[c, 1], points[b, 2] - points[c, 2]
            x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
            area = np.sqrt(x * x + y * y + z * z)
            cosine = ux * vx + uy * vy + uz * vz
            if area > 0.0:
                cotangent = cosine / area
            else:
                cotangent = MOST_WEIGHT if cosine > 0.0 else (-MOST_WEIGHT if cosine < 0.0 else 0.0)
            out[f, k] = 0.5 * min(max(cotangent, LEAST_WEIGHT), MOST_WEIGHT)
    return out


@njit(cache=True, nogil=True)
def _pull(uv: FloatArray, faces: Faces, flat: FloatArray, weight: FloatArray) -> FloatArray:
    """(n, 2) where the faces, each turned to fit best, want to pull their corners."""
    out = np.zeros_like(uv)
    for f in range(len(faces)):
        cosine, sine = 0.0, 0.0
        for k in range(3):
            i, j = faces[f, k], faces[f, (k + 1) % 3]
            x, y = uv[j, 0] - uv[i, 0], uv[j, 1] - uv[i, 1]
            cosine += weight[f, k] * (flat[f, k, 0] * x + flat[f, k, 1] * y)
            sine += weight[f, k] * (flat[f, k, 0] * y - flat[f, k, 1] * x)
        size = np.sqrt(cosine * cosine + sine * sine)
        if size == 0.0:
            continue
        cosine, sine = cosine / size, sine / size
        for k in range(3):
            i, j = faces[f, k], faces[f, (k + 1) % 3]
            x = weight[f, k] * (cosine * flat[f, k, 0] - sine * flat[f, k, 1])
            y = weight[f, k] * (sine * flat[f, k, 0] + cosine * flat[f, k, 1])
            out[j, 0], out[j, 1] = out[j, 0] + x, out[j, 1] + y
            out[i, 0], out[i, 1] = out[i, 0] - x, out[i, 1] - y
    return out


@njit(cache=True, nogil=True)
def _product(x: FloatArray, faces: Faces, weight: FloatArray, out: FloatArray) -> None:
    """The weighted Laplacian times x (n, 2), into out."""
    out[:] = 0.0
    for f in range(len(faces)):
        for k in range(3):
            i, j = faces[f, k], faces[f, (k + 1) % 3]
            a = weight[f, k] * (x[i, 0] - x[j, 0])
            b = weight[f, k] * (x[i, 1] - x[j, 1])
            out[i, 0], out[i, 1] = out[i, 0] + a, out[i, 1] + b
            out[j, 0], out[j, 1] = out[j, 0] - a, out[j, 1] - b


@njit(cache=True, nogil=True)
def _solve(
    x: FloatArray, right: FloatArray, faces: Faces, weight: FloatArray, diagonal: FloatArray, steps: int
) -> None:
    """Conjugate gradients from x, in place; both columns at once, each with its own step."""
    product, rest, scaled, way = np.empty(x.shape), np.empty(x.shape), np.empty(x.shape), np.empty(x.shape)
    energy, enough, known = np.zeros(2), np.empty(2), 0.0
    _product(x, faces, weight, product)
    for i in range(len(x)):
        for c in range(2):
            rest[i, c] = right[i, c] - product[i, c]
            scaled[i, c] = way[i, c] = rest[i, c] / diagonal[i]
            energy[c] += rest[i, c] * scaled[i, c]
            known += right[i, c] * right[i, c] / diagonal[i]
    for c in range(2):
        # Below what the right side is known to, steps would follow rounding along the free shift of the whole chart.
        enough[c] = 1e-16 * energy[c] + 1e-22 * known + 1e-300
    for _ in range(steps):
        if energy[0] <= enough[0] and energy[1] <= enough[1]:
            break
        _product(way, faces, weight, product)
        for c in range(2):
            curve, weight_of_way = 0.0, 0.0
            for i in range(len(x)):
                curve += way[i, c] * product[i, c]
                weight_of_way += way[i, c] * way[i, c] * diagonal[i]
            if curve <= FREE * weight_of_way or energy[c] <= enough[c]:
                continue
            step = energy[c] / curve
            fresh = 0.0
            for i in range(len(x)):
                x[i, c] += step * way[i, c]
                rest[i, c] -= step * product[i, c]
                scaled[i, c] = rest[i, c] / diagonal[i]
                fresh += rest[i, c] * scaled[i, c]
            turn = fresh / energy[c] if energy[c] > 0.0 else 0.0
            energy[c] = fresh
            for i in range(len(x)):
                way[i, c] = scaled[i, c] + turn * way[i, c]
