"""Compiled loops that sample an atlas over the footprints of pixels."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ...geometry.typing import Faces, Float32Array, IntArray, TexCoords

WIDEST = 12
"""Samples along a side of a pixel's footprint in the atlas at most."""


@njit(cache=True, nogil=True, error_model="numpy")
def sample(
    start: int,
    stop: int,
    face: IntArray,
    tile: IntArray,
    coordinates: Float32Array,
    footprint: Float32Array,
    faces: Faces,
    uv: TexCoords,
    index: IntArray,
    colour: Float32Array,
    known: Float32Array,
    rgb: Float32Array,
    quality: Float32Array,
) -> None:
    """Colour and quality of the pixels of the rows start..stop. index: (T, R, R) the row of ``colour`` (k, 3) and
    ``known`` (k,) that a texel has, -1 for none.
    """
    resolution = index.shape[1]
    across_axis, down_axis = np.int64(0), np.int64(1)  # constants would have ``_span`` compiled for each of them
    for row in range(start, stop):
        for col in range(face.shape[1]):
            f, t = face[row, col], tile[row, col]
            if f < 0 or t >= index.shape[0]:
                continue
            u, v = coordinates[row, col, 0], coordinates[row, col, 1]
            # Texels per pixel: down the picture v falls.
            ax, bx = footprint[row, col, 0, 0] * resolution, footprint[row, col, 0, 1] * resolution
            ay, by = -footprint[row, col, 1, 0] * resolution, -footprint[row, col, 1, 1] * resolution
            # A bilinear sample is two texels wide, so that they may stand a little more than one apart.
            across = min(WIDEST, max(1, int(math.sqrt(ax * ax + ay * ay) + 0.5)))
            down = min(WIDEST, max(1, int(math.sqrt(bx * bx + by * by) + 0.5)))
            low_x, high_x, low_y, high_y = -1.0, float(resolution), -1.0, float(resolution)
            if max(across, down) > 2:
                low_x, high_x = _span(uv, faces, f, across_axis, u, resolution)
                low_y, high_y = _span(uv, faces, f, down_axis, v, resolution)
                low_y, high_y = max(-1.0, resolution - 1.0 - high_y), min(float(resolution), resolution - 1.0 - low_y)
                low_x, high_x = max(-1.0, low_x), min(float(resolution), high_x)
            red, green, blue, weight, total = _gathered(
                index, t, colour, known, u * resolution - 0.5, (1.0 - v) * resolution - 0.5, ax, ay, bx, by,
                across, down, low_x, high_x, low_y, high_y,
            )  # fmt: skip
            if weight > 0.0:
                rgb[row, col, 0], rgb[row, col, 1], rgb[row, col, 2] = red / weight, green / weight, blue / weight
                quality[row, col] = weight / total


@njit(cache=True, nogil=True, error_model="numpy")
def _gathered(
    index: IntArray,
    t: int,
    colour: Float32Array,
    known: Float32Array,
    x: float,
    y: float,
    ax: float,
    ay: float,
    bx: float,
    by: float,
    across: int,
    down: int,
    low_x: float,
    high_x: float,
    low_y: float,
    high_y: float,
) -> tuple[float, float, float, float, float]:
    """Red, green, blue, their weight, and the weight of all texels of the surface, about (x, y) in tile t.

    (ax, ay), (bx, by): texels to the next pixel to the right and below, that is the sides of the pixel in the atlas,
    over which across x down bilinear samples are spread, within low..high.
    """
    last = index.shape[1] - 1
    step_s, step_r = 1.0 / across, 1.0 / down
    red, green, blue, weight, total = 0.0, 0.0, 0.0, 0.0, 0.0
    for p in range(across):
        s = (p + 0.5) * step_s - 0.5
        for q in range(down):
            r = (q + 0.5) * step_r - 0.5
            u = min(high_x, max(low_x, x + s * ax + r * bx))
            v = min(high_y, max(low_y, y + s * ay + r * by))
            # Not below -1 and not beyond the last texel: cut off towards 0 is rounded down.
            left, top = int(u + 1.0) - 1, int(v + 1.0) - 1
            one, two = u - left, v - top
            for k in range(4):
                row, col = top + (k >> 1), left + (k & 1)
                n = index[t, min(last, max(0, row)), min(last, max(0, col))]
                if n < 0:
                    continue
                share = (one if k & 1 else 1.0 - one) * (two if k >> 1 else 1.0 - two)
                worth = share * known[n]
                total += share
                weight += worth
                red += worth * colour[n, 0]
                green += worth * colour[n, 1]
                blue += worth * colour[n, 2]
    return red, green, blue, weight, total


@njit(cache=True, nogil=True, error_model="numpy")
def _span(uv: TexCoords, faces: Faces, f: int, axis: int, at: float, resolution: int) -> tuple[float, float]:
    """Between which texels along u or v a pixel's footprint may reach: its face's, and one more.

    A long footprint would otherwise leave the chart and reach into the one beside it.
    """
    one, two, three = uv[faces[f, 0], axis], uv[faces[f, 1], axis], uv[faces[f, 2], axis]
    away = math.floor((one + two + three) / 3.0 - at + 0.5)
    low = (min(one, two, three) - away) * resolution - 1.5
    high = (max(one, two, three) - away) * resolution + 0.5
    here = at * resolution - 0.5
    if here < low or here > high:
        return -1.0, float(resolution)
    return low, high
