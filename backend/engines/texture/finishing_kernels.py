"""Compiled loop that writes texels into the pictures of a texture and of its evidence."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import BoolArray, ByteImage, Float32Array, IntArray


@njit(cache=True, nogil=True)
def write(
    tile: ByteImage,
    row: IntArray,
    col: IntArray,
    inside: BoolArray,
    colour: Float32Array,
    painted: BoolArray,
    filled: BoolArray,
    kept: BoolArray,
    view: IntArray,
    confidence: Float32Array,
    codes: IntArray,
    sureness: Float32Array,
    before: ByteImage,
    albedo: ByteImage,
    evidence: ByteImage,
    written: BoolArray,
) -> None:
    """Write texels (k, ...) into albedo and evidence (T, R, R, 3) and mark in written (T, R, R) those with a colour.

    codes: the red channel of painted, filled and kept texels, and the green one where no view is named. sureness: of
    painted texels (times their confidence), of filled ones, of kept ones. before: (k, 3) evidence of kept texels, or
    none. The evidence of texels outside charts is left as it is.
    """
    for k in range(len(row)):
        t, r, c = tile[k], row[k], col[k]
        one, two, three = np.int32(0), codes[3], np.float32(0.0)
        if painted[k]:
            one, two = codes[0], np.int32(view[k])
            three = sureness[0] * min(max(confidence[k], np.float32(0.0)), np.float32(1.0))
        elif filled[k]:
            one, three = codes[1], sureness[1]
        elif kept[k]:
            one, three = codes[2], sureness[2]
        if painted[k] or filled[k]:
            written[t, r, c] = True
            for axis in range(3):
                value = min(max(colour[k, axis], np.float32(0.0)), np.float32(1.0))
                albedo[t, r, c, axis] = np.uint8(value * np.float32(255.0) + np.float32(0.5))
        if not inside[k]:
            continue
        if kept[k] and len(before) > 0:
            for axis in range(3):
                evidence[t, r, c, axis] = before[k, axis]
            continue
        evidence[t, r, c, 0] = np.uint8(one)
        evidence[t, r, c, 1] = np.uint8(two)
        sure = np.int32(np.float32(255.0) * three + np.float32(0.5))
        evidence[t, r, c, 2] = np.uint8(1 if sure == 0 and one > 0 else sure)
