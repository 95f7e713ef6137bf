"""Compiled loops that blend what several views show of the same texels."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import Float32Array, IntArray
from .backprojection_kernels import spread

NARROW = np.float32(0.12)
"""A view takes part where it is at most so much worse, as a share, than the best one."""
CUT_OFF = np.uint16(65200)
"""Values from which on a channel counts as cut off."""
CUT_OFF_WORTH = np.float32(0.4)
PART = np.float32(1.0 / 65535.0)


@njit(cache=True, nogil=True)
def _value(colour: IntArray, quality: int, accepted: int, dimmed: bool) -> np.float32:
    """What a sample is worth. dimmed: the view is to be made darker, so that what is cut off in it would turn grey."""
    value = np.float32(quality) * PART * (np.float32(accepted) * PART)
    if dimmed and (colour[0] > CUT_OFF or colour[1] > CUT_OFF or colour[2] > CUT_OFF):
        value *= CUT_OFF_WORTH
    return value


@njit(cache=True, nogil=True)
def best_of(
    texel: IntArray,
    colour: IntArray,
    quality: IntArray,
    accepted: IntArray,
    dimmed: bool,
    number: int,
    best: Float32Array,
    view: IntArray,
) -> None:
    """Keep in best (k,) and view (k,) what is worth most at each texel, and the number of the view that has it."""
    for m in range(len(texel)):
        value = _value(colour[m], quality[m], accepted[m], dimmed)
        if value > best[texel[m]]:
            best[texel[m]] = value
            view[texel[m]] = number


@njit(cache=True, nogil=True)
def add_narrow(
    texel: IntArray,
    colour: IntArray,
    quality: IntArray,
    accepted: IntArray,
    dimmed: bool,
    place: IntArray,
    field: Float32Array,
    best: Float32Array,
    total: Float32Array,
    weight: Float32Array,
) -> None:
    """Add to total (k, 3) and weight (k,) a view's colours where it is the best one or nearly so. field: (h, w, 3)
    factors over its picture. best: (k,) as ``best_of`` finds it, with the same ``dimmed``.
    """
    for m in range(len(texel)):
        value = _value(colour[m], quality[m], accepted[m], dimmed)
        t = texel[m]
        s = (value - (np.float32(1.0) - NARROW) * best[t]) / NARROW
        if s <= 0.0:
            continue
        s /= best[t]
        w = s * s * (np.float32(3.0) - np.float32(2.0) * s)
        weight[t] += w
        x, y = place[m, 0] * PART, place[m, 1] * PART
        for k in range(3):
            total[t, k] += w * np.float32(spread(field, x, y, k)) * np.float32(colour[m, k]) * PART


@njit(cache=True, nogil=True)
def add_running(
    texel: IntArray,
    colour: IntArray,
    quality: IntArray,
    accepted: IntArray,
    gain: Float32Array,
    number: int,
    colours: Float32Array,
    weight: Float32Array,
    best: Float32Array,
    view: IntArray,
) -> None:
    """Take a view into running means: colours (k, 3), weight (k,); best (k,) the quality so far, view (k,) the number
    of the view that has it.

    Weights rise with the sixth power, so that the best view outweighs the others.
    """
    for m in range(len(texel)):
        t = texel[m]
        q, a = np.float32(quality[m]) * PART, np.float32(accepted[m]) * PART
        if a <= 0.0:
            continue
        cube = q * q * q
        w = a * cube * cube + np.float32(1e-20)
        weight[t] += w
        share = w / weight[t]
        for k in range(3):
            colours[t, k] += share * (min(gain[k] * np.float32(colour[m, k]) * PART, np.float32(1.0)) - colours[t, k])
        if q * a > best[t]:
            best[t] = q * a
            view[t] = number
