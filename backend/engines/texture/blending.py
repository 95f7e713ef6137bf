"""Compiled loops that blend what several views show of the same texels."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import Float32Array, IntArray
from .backprojection_kernels import spread

NARROW = 0.12
"""A view takes part where it is at most so much worse, as a share, than the best one."""
WHOLE = np.float32(65535.0)


@njit(cache=True, nogil=True)
def best_of(
    texel: IntArray, quality: IntArray, accepted: IntArray, number: int, best: Float32Array, view: IntArray
) -> None:
    """Keep in best (k,) and view (k,) int16 the view that is worth most at each texel."""
    for m in range(len(texel)):
        value = np.float32(quality[m]) * np.float32(accepted[m]) / (WHOLE * WHOLE)
        t = texel[m]
        if value > best[t]:
            best[t] = value
            view[t] = number


@njit(cache=True, nogil=True)
def add_narrow(
    texel: IntArray,
    colour: IntArray,
    quality: IntArray,
    accepted: IntArray,
    place: IntArray,
    field: Float32Array,
    best: Float32Array,
    total: Float32Array,
    weight: Float32Array,
) -> None:
    """Add to total (k, 3) and weight (k,) a view's colours where it is the best one or nearly so. field: (h, w, 3)
    factors over its picture.
    """
    for m in range(len(texel)):
        value = np.float32(quality[m]) * np.float32(accepted[m]) / (WHOLE * WHOLE)
        if value <= 0.0:
            continue
        t = texel[m]
        s = (value / best[t] - (1.0 - NARROW)) / NARROW
        if s <= 0.0:
            continue
        w = s * s * (3.0 - 2.0 * s)
        weight[t] += w
        x, y = place[m, 0] / WHOLE, place[m, 1] / WHOLE
        for k in range(3):
            total[t, k] += w * spread(field, x, y, k) * np.float32(colour[m, k]) / WHOLE


@njit(cache=True, nogil=True)
def add_running(
    texel: IntArray,
    colour: IntArray,
    quality: IntArray,
    accepted: IntArray,
    gain: Float32Array,
    colours: Float32Array,
    weight: Float32Array,
    best: Float32Array,
) -> None:
    """Take a view into running means: colours (k, 3), weight (k,); best (k,) the quality so far.

    Weights rise with the sixth power, so that the best view outweighs the others.
    """
    for m in range(len(texel)):
        t = texel[m]
        a = np.float32(accepted[m]) / WHOLE
        if a <= 0.0:
            continue
        q = np.float32(quality[m]) / WHOLE
        w = a * q * q * q * q * q * q + np.float32(1e-20)
        weight[t] += w
        share = w / weight[t]
        for k in range(3):
            c = min(gain[k] * np.float32(colour[m, k]) / WHOLE, np.float32(1.0))
            colours[t, k] += share * (c - colours[t, k])
        best[t] = max(best[t], q * a)
