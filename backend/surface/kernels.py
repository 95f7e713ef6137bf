"""Compiled loops over texels: laying one layer over another, and normals from heights."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ..geometry.typing import ByteImage, Float32Array, IntArray


@njit(cache=True, fastmath=True, nogil=True)
def lay(
    rgb: Float32Array,
    rough: Float32Array,
    metal: Float32Array,
    mask: Float32Array,
    colour: Float32Array,
    roughness: float,
    metallic: float,
    multiply: bool,
) -> None:
    """Lay one layer over the surface, in place.

    rgb: (n, 3) linear; rough, metal, mask: (n,) in 0..1; colour: (3,) linear, negative = leave the colour as it is.
    roughness, metallic: negative = leave. multiply: the colour darkens what is below instead of covering it.
    """
    for i in range(mask.shape[0]):
        m = mask[i]
        if m <= np.float32(0.0):
            continue
        if colour[0] >= np.float32(0.0):
            for c in range(3):
                target = colour[c] * rgb[i, c] if multiply else colour[c]
                rgb[i, c] += m * (target - rgb[i, c])
        if roughness >= 0.0:
            rough[i] += m * (np.float32(roughness) - rough[i])
        if metallic >= 0.0:
            metal[i] += m * (np.float32(metallic) - metal[i])


@njit(cache=True, fastmath=True, nogil=True)
def threshold(values: Float32Array, low: float, high: float, invert: bool) -> None:
    """Smoothstep between low and high, in place; low > high gives the falling step."""
    span = np.float32(1.0 / (high - low)) if high != low else np.float32(1e6)
    for i in range(values.shape[0]):
        t = min(max((values[i] - np.float32(low)) * span, np.float32(0.0)), np.float32(1.0))
        t = t * t * (np.float32(3.0) - np.float32(2.0) * t)
        values[i] = np.float32(1.0) - t if invert else t


@njit(cache=True, fastmath=True, nogil=True)
def tilt(
    index: IntArray,
    rows: IntArray,
    cols: IntArray,
    position: Float32Array,
    tangent: Float32Array,
    bitangent: Float32Array,
    height: Float32Array,
    reach: float,
    steepest: float,
    start: int = 0,
    stop: int = -1,
) -> Float32Array:
    """Slopes of a height over the surface, from differences between neighbouring texels of one chart.

    index: (R, R), the texel in the lists or -1 outside the charts. height: (n,) metres. reach: neighbours further
    apart than this (metres) belong to another chart. steepest: slopes are limited to this. start, stop: the texels that
    are asked for. Returns (stop - start, 2): rise per metre along the unit tangent and bitangent. The least-squares
    fit through up to four neighbours holds at chart borders too.
    """
    size = index.shape[0]
    if stop < 0:
        stop = height.shape[0]
    out = np.zeros((stop - start, 2), dtype=np.float32)
    for i in range(start, stop):
        aa = ab = bb = ah = bh = np.float32(0.0)
        for side in range(4):
            r = rows[i] + (1 if side == 0 else (-1 if side == 1 else 0))
            c = cols[i] + (1 if side == 2 else (-1 if side == 3 else 0))
            if r < 0 or c < 0 or r >= size or c >= size:
                continue
            j = index[r, c]
            if j < 0:
                continue
            dx = position[j, 0] - position[i, 0]
            dy = position[j, 1] - position[i, 1]
            dz = position[j, 2] - position[i, 2]
            if dx * dx + dy * dy + dz * dz > reach * reach:
                continue
            a = dx * tangent[i, 0] + dy * tangent[i, 1] + dz * tangent[i, 2]
            b = dx * bitangent[i, 0] + dy * bitangent[i, 1] + dz * bitangent[i, 2]
            rise = height[j] - height[i]
            aa, ab, bb, ah, bh = aa + a * a, ab + a * b, bb + b * b, ah + a * rise, bh + b * rise
        determinant = aa * bb - ab * ab
        if determinant <= max(np.float32(1e-6) * aa * bb, np.float32(1e-30)):  # flat triangles, and what underflows
            continue
        slope_a = (ah * bb - bh * ab) / determinant
        slope_b = (bh * aa - ah * ab) / determinant
        length = math.sqrt(slope_a * slope_a + slope_b * slope_b)
        limit = steepest / length if length > steepest else 1.0
        out[i - start, 0], out[i - start, 1] = slope_a * limit, slope_b * limit
    return out


@njit(cache=True, fastmath=True, nogil=True)
def colour_bytes(
    rgb: Float32Array, rough: Float32Array, metal: Float32Array, srgb: ByteImage, out: ByteImage
) -> None:
    """Colour, roughness and metallic as the first five of (n, 8) bytes. srgb: bytes of linear values, evenly
    spaced over 0..1.
    """
    last = np.float32(srgb.shape[0] - 1)
    full, half, zero, one = np.float32(255.0), np.float32(0.5), np.float32(0.0), np.float32(1.0)
    for i in range(rgb.shape[0]):
        for c in range(3):
            out[i, c] = srgb[int(min(max(rgb[i, c], zero), one) * last + half)]
        out[i, 3] = np.uint8(min(max(rough[i], zero), one) * full + half)
        out[i, 4] = np.uint8(min(max(metal[i], zero), one) * full + half)


@njit(cache=True, fastmath=True, nogil=True)
def normal_bytes(
    slope: Float32Array,
    normal: Float32Array,
    tangent: Float32Array,
    bitangent: Float32Array,
    out: ByteImage,
    bent: Float32Array,
) -> None:
    """Tangent-space normals as the last three of (n, 8) bytes, and the same in object space: normal, bent by the
    slopes, to ``bent``, all (n, 3).
    """
    one = np.float32(1.0)
    for i in range(slope.shape[0]):
        a, b = -slope[i, 0], -slope[i, 1]
        scale = one / np.float32(math.sqrt(a * a + b * b + one))
        a, b = a * scale, b * scale
        out[i, 5] = np.uint8(a * np.float32(127.5) + np.float32(128.0))
        out[i, 6] = np.uint8(b * np.float32(127.5) + np.float32(128.0))
        out[i, 7] = np.uint8(scale * np.float32(127.5) + np.float32(128.0) - np.float32(1e-3))
        for c in range(3):
            bent[i, c] = tangent[i, c] * a + bitangent[i, c] * b + normal[i, c] * scale


@njit(cache=True, nogil=True)
def spread(
    index: IntArray, values: ByteImage, base: ByteImage, rough: ByteImage, metal: ByteImage, normal: ByteImage
) -> None:
    """Write the eight bytes of each texel, (n, 8), to the pixels of the maps, (R, C[, 3]), through the gutter-filling
    index; -1 leaves a pixel.
    """
    for r in range(index.shape[0]):
        for c in range(index.shape[1]):
            j = index[r, c]
            if j >= 0:
                for k in range(3):
                    base[r, c, k] = values[j, k]
                    normal[r, c, k] = values[j, 5 + k]
                rough[r, c] = values[j, 3]
                metal[r, c] = values[j, 4]


def texel_index(rows: IntArray, cols: IntArray, resolution: int) -> IntArray:
    """(R, R): where each texel stands in the flat lists, -1 elsewhere."""
    index = np.full((resolution, resolution), -1, dtype=np.int32)
    index[rows, cols] = np.arange(len(rows), dtype=np.int32)
    return index
