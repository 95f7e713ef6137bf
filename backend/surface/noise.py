"""Compiled noise in space: gradient noise (Perlin 2002) with octaves, ridges and domain warping; cellular noise
(Worley 1996).

Every function takes points in units of its own feature size, and a permutation table of 512 entries that holds the
seed.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..geometry.typing import Float32Array

Permutation = NDArray[np.uint8]

# The twelve edge directions of a cube, four of them twice (Perlin, Improving Noise, 2002).
_GX = np.array([1, -1, 1, -1, 1, -1, 1, -1, 0, 0, 0, 0, 1, 0, -1, 0], dtype=np.float32)
_GY = np.array([1, 1, -1, -1, 0, 0, 0, 0, 1, -1, 1, -1, 1, -1, 1, -1], dtype=np.float32)
_GZ = np.array([0, 0, 0, 0, 1, 1, -1, -1, 1, 1, -1, -1, 0, 1, 0, -1], dtype=np.float32)
_ONE = np.float32(1.0)
_OCTAVE_SHIFT = np.float32(17.37)
# Gradient noise stays within this almost everywhere: standard deviation about 0.27.
_USUAL_REACH = np.float32(0.6)


def permutation(rng: np.random.Generator) -> Permutation:
    """A shuffled table, written twice so that sums of two entries need no wrapping."""
    table = rng.permutation(256).astype(np.uint8)
    return np.concatenate([table, table])


@njit(cache=True, fastmath=True, inline="always")
def _gradient_noise(x, y, z, perm):
    ix, iy, iz = np.int32(x), np.int32(y), np.int32(z)
    if x < np.float32(ix):
        ix -= np.int32(1)
    if y < np.float32(iy):
        iy -= np.int32(1)
    if z < np.float32(iz):
        iz -= np.int32(1)
    x, y, z = x - np.float32(ix), y - np.float32(iy), z - np.float32(iz)
    ix, iy, iz = ix & 255, iy & 255, iz & 255
    u = x * x * x * (x * (x * np.float32(6) - np.float32(15)) + np.float32(10))
    v = y * y * y * (y * (y * np.float32(6) - np.float32(15)) + np.float32(10))
    w = z * z * z * (z * (z * np.float32(6) - np.float32(15)) + np.float32(10))
    a = perm[ix] + iy
    b = perm[ix + 1] + iy
    aa, ab = perm[a & 255] + iz, perm[(a + 1) & 255] + iz
    ba, bb = perm[b & 255] + iz, perm[(b + 1) & 255] + iz
    x1, y1, z1 = x - _ONE, y - _ONE, z - _ONE
    h = perm[aa & 255] & 15
    n000 = _GX[h] * x + _GY[h] * y + _GZ[h] * z
    h = perm[ba & 255] & 15
    n100 = _GX[h] * x1 + _GY[h] * y + _GZ[h] * z
    h = perm[ab & 255] & 15
    n010 = _GX[h] * x + _GY[h] * y1 + _GZ[h] * z
    h = perm[bb & 255] & 15
    n110 = _GX[h] * x1 + _GY[h] * y1 + _GZ[h] * z
    h = perm[(aa + 1) & 255] & 15
    n001 = _GX[h] * x + _GY[h] * y + _GZ[h] * z1
    h = perm[(ba + 1) & 255] & 15
    n101 = _GX[h] * x1 + _GY[h] * y + _GZ[h] * z1
    h = perm[(ab + 1) & 255] & 15
    n011 = _GX[h] * x + _GY[h] * y1 + _GZ[h] * z1
    h = perm[(bb + 1) & 255] & 15
    n111 = _GX[h] * x1 + _GY[h] * y1 + _GZ[h] * z1
    n00, n10 = n000 + u * (n100 - n000), n010 + u * (n110 - n010)
    n01, n11 = n001 + u * (n101 - n001), n011 + u * (n111 - n011)
    n0, n1 = n00 + v * (n10 - n00), n01 + v * (n11 - n01)
    return n0 + w * (n1 - n0)


@njit(cache=True, fastmath=True, nogil=True)
def fractal(
    points: Float32Array,
    scale: Float32Array,
    shift: Float32Array,
    octaves: int,
    gain: float,
    ridged: bool,
    warp: float,
    floor: float,
    ceiling: float,
    wanted: Float32Array,
    perm: Permutation,
) -> Float32Array:
    """Fractal gradient noise. points: (n, 3); scale: (3,), 1 / feature size along each axis; shift: (3,), in features.
    Returns (n,) in 0..1, mean about 0.5.

    ridged: folded at zero, so that creases become thin lines at 1. warp: how far the points are displaced beforehand,
    in features.
    floor, ceiling: finer octaves are left out where the value can no longer come between them. wanted: (n,), or empty
    for all; where it is 0 nothing is computed and 0 is returned.
    """
    count = points.shape[0]
    out = np.zeros(count, dtype=np.float32)
    total = np.float32(0.0)
    amplitude = np.float32(1.0)
    for _ in range(octaves):
        total += amplitude
        amplitude *= np.float32(gain)
    contrast = np.float32(0.5) / total * (_ONE if ridged else np.float32(2.0))
    floor_value = (np.float32(floor) - np.float32(0.5)) / contrast
    ceiling_value = (np.float32(ceiling) - np.float32(0.5)) / contrast
    reach = _ONE if ridged else _USUAL_REACH
    narrow = np.float32(0.7)
    for i in range(count):
        if wanted.shape[0] > 0 and wanted[i] <= np.float32(0.0):
            continue
        x = points[i, 0] * scale[0] + shift[0]
        y = points[i, 1] * scale[1] + shift[1]
        z = points[i, 2] * scale[2] + shift[2]
        if warp > 0.0:
            a, b, c = x * narrow, y * narrow, z * narrow
            wx = _gradient_noise(a + np.float32(5.2), b, c, perm)
            wy = _gradient_noise(a, b + np.float32(9.1), c, perm)
            x, y, z = x + np.float32(warp) * wx, y + np.float32(warp) * wy, z + np.float32(0.7 * warp) * (wx - wy)
        value = np.float32(0.0)
        amplitude = np.float32(1.0)
        rest = total
        for _ in range(octaves):
            n = _gradient_noise(x, y, z, perm)
            if ridged:
                n = _ONE - np.float32(2.3) * abs(n)
            value += amplitude * n
            rest -= amplitude
            if value + reach * rest < floor_value or value - reach * rest > ceiling_value:
                break
            amplitude *= np.float32(gain)
            x, y, z = x * np.float32(2.03) + _OCTAVE_SHIFT, y * np.float32(2.03) + _OCTAVE_SHIFT, z * np.float32(2.03)
        out[i] = min(max(np.float32(0.5) + contrast * value, np.float32(0.0)), _ONE)
    return out


@njit(cache=True, fastmath=True, nogil=True)
def cells(
    points: Float32Array, scale: Float32Array, close: bool, wanted: Float32Array, perm: Permutation
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Cellular noise with one feature point a cell. Returns (n,) each: the distance to the nearest feature point, how
    much further the second is, and a number in 0..1 that belongs to the nearest one.

    close: only distances up to 0.5 matter, so that the eight nearest cells are enough. wanted: as in fractal.
    """
    count = points.shape[0]
    first = np.ones(count, dtype=np.float32)
    gap = np.ones(count, dtype=np.float32)
    label = np.zeros(count, dtype=np.float32)
    unit = np.float32(1.0 / 255.0)
    lowest = 0 if close else -1
    for i in range(count):
        if wanted.shape[0] > 0 and wanted[i] <= np.float32(0.0):
            continue
        x, y, z = points[i, 0] * scale[0], points[i, 1] * scale[1], points[i, 2] * scale[2]
        if close:
            ix, iy, iz = int(np.floor(x - 0.5)), int(np.floor(y - 0.5)), int(np.floor(z - 0.5))
        else:
            ix, iy, iz = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
        best, second, tag = np.float32(1e9), np.float32(1e9), np.float32(0.0)
        for dx in range(lowest, 2):
            for dy in range(lowest, 2):
                for dz in range(lowest, 2):
                    cx, cy, cz = ix + dx, iy + dy, iz + dz
                    h = perm[(perm[(perm[cx & 255] + cy) & 255] + cz) & 255]
                    ox = np.float32(cx) + perm[h] * unit - x
                    oy = np.float32(cy) + perm[h + 57] * unit - y
                    oz = np.float32(cz) + perm[h + 131] * unit - z
                    distance = ox * ox + oy * oy + oz * oz
                    if distance < best:
                        second, best, tag = best, distance, perm[h + 200] * unit
                    elif distance < second:
                        second = distance
        first[i] = math.sqrt(best)
        gap[i] = math.sqrt(second) - math.sqrt(best)
        label[i] = tag
    return first, gap, label
