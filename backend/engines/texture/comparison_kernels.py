"""Compiled loops that compare what several views show of the same texels."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import Float32Array, FloatArray, IntArray
from .backprojection_kernels import spread


@njit(cache=True, nogil=True)
def sum_up(row: IntArray, value: Float32Array, weight: Float32Array, total: Float32Array, sure: Float32Array) -> None:
    """Add a view's values (m, 3), times its weights (m, 3), to total (n, 3) and the weights to sure (n, 3)."""
    for m in range(len(row)):
        for k in range(3):
            sure[row[m], k] += weight[m, k]
            total[row[m], k] += value[m, k] * weight[m, k]


@njit(cache=True, nogil=True)
def rest_of(
    row: IntArray,
    value: Float32Array,
    weight: Float32Array,
    total: Float32Array,
    sure: Float32Array,
    mean: Float32Array,
    share: Float32Array,
) -> None:
    """The mean (m, 3) of all views but this one, and the share (m, 3) that both sides can carry, 0 without any."""
    for m in range(len(row)):
        for k in range(3):
            left = sure[row[m], k] - weight[m, k]
            mean[m, k], share[m, k] = value[m, k], 0.0
            if left > 1e-4:
                share[m, k] = min(weight[m, k], left)
                mean[m, k] = (total[row[m], k] - value[m, k] * weight[m, k]) / left


@njit(cache=True, nogil=True)
def spread_at(field: Float32Array, place: Float32Array, out: Float32Array) -> None:
    """A field (h, w, C) at places (m, 2), x and y in 0..1, into out (m, C)."""
    for m in range(len(place)):
        for k in range(field.shape[2]):
            out[m, k] = spread(field, np.float64(place[m, 0]), np.float64(place[m, 1]), k)


@njit(cache=True, nogil=True)
def gathered(place: Float32Array, value: Float32Array, out: FloatArray) -> None:
    """Values (m, C) spread bilinearly over the nodes of out (h, w, C)."""
    for m in range(len(place)):
        _spill(out, place[m, 0], place[m, 1], value[m])


@njit(cache=True, nogil=True)
def _spill(out: FloatArray, x: float, y: float, value: Float32Array) -> None:
    u, v = x * (out.shape[1] - 1), y * (out.shape[0] - 1)
    i, j = min(max(int(u), 0), out.shape[1] - 2), min(max(int(v), 0), out.shape[0] - 2)
    u, v = u - i, v - j
    for q in range(4):
        w = (u if q % 2 else 1.0 - u) * (v if q // 2 else 1.0 - v)
        for k in range(len(value)):
            out[j + q // 2, i + q % 2, k] += w * value[k]


@njit(cache=True, nogil=True)
def shown_at(
    image: Float32Array,
    place: Float32Array,
    factor: Float32Array,
    flow: Float32Array,
    size: FloatArray,
    out: Float32Array,
) -> None:
    """The first three channels of an image, bilinear, at places that are moved by flow (h, w, 2) pixels of a picture of
    ``size`` (width, height), times factor (m, 3).
    """
    first, second = np.int64(0), np.int64(1)  # constants would have ``spread`` compiled for each of them
    for m in range(len(place)):
        at_x, at_y = np.float64(place[m, 0]), np.float64(place[m, 1])
        x, y = at_x + spread(flow, at_x, at_y, first) / size[0], at_y + spread(flow, at_x, at_y, second) / size[1]
        for k in range(3):
            out[m, k] = factor[m, k] * _channel(image, x, y, k)


@njit(cache=True, nogil=True)
def _channel(image: Float32Array, x: float, y: float, k: int) -> float:
    """Bilinear; the centre of the first pixel lies half a pixel from the image's corner."""
    height, width = image.shape[:2]
    px, py = min(max(x * width - 0.5, 0.0), width - 1.0), min(max(y * height - 0.5, 0.0), height - 1.0)
    i, j = min(int(px), width - 2), min(int(py), height - 2)
    u, v = px - i, py - j
    above = image[j, i, k] * (1.0 - u) + image[j, i + 1, k] * u
    below = image[j + 1, i, k] * (1.0 - u) + image[j + 1, i + 1, k] * u
    return above * (1.0 - v) + below * v


@njit(cache=True, nogil=True)
def normal_equations(
    image: Float32Array,
    place: Float32Array,
    factor: Float32Array,
    flow: Float32Array,
    size: FloatArray,
    away: Float32Array,
    weight: Float32Array,
    scale: float,
    out: FloatArray,
) -> None:
    """Lucas and Kanade's sums xx, xy, yy, xt, yt, spread over the nodes of out (h, w, 5).

    image: (H, W, 9) three channels, their slopes across and their slopes down in those of a picture of ``size``. away:
    (m, 3) what the others show minus what is shown. weight: (m, 3). scale: the difference at which a texel's voice
    falls to a quarter.
    """
    terms = np.empty(5, dtype=np.float32)
    first, second = np.int64(0), np.int64(1)
    for m in range(len(place)):
        square = away[m, 0] ** 2 + away[m, 1] ** 2 + away[m, 2] ** 2
        voice = 1.0 / (1.0 + square / scale**2) ** 2
        if not weight[m, 0] + weight[m, 1] + weight[m, 2] > 0.0:
            continue
        at_x, at_y = np.float64(place[m, 0]), np.float64(place[m, 1])
        x, y = at_x + spread(flow, at_x, at_y, first) / size[0], at_y + spread(flow, at_x, at_y, second) / size[1]
        terms[:] = 0.0
        for k in range(3):
            across = factor[m, k] * _channel(image, x, y, 3 + k)
            down = factor[m, k] * _channel(image, x, y, 6 + k)
            w = voice * weight[m, k]
            terms[0] += w * across * across
            terms[1] += w * across * down
            terms[2] += w * down * down
            terms[3] += w * across * away[m, k]
            terms[4] += w * down * away[m, k]
        _spill(out, place[m, 0], place[m, 1], terms)
