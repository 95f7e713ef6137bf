"""Compiled loops that read a mesh's colours at points of its surface."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..typing import ByteImage, Faces, Float32Array, FloatArray, IntArray


@njit(cache=True, nogil=True)
def from_vertices(colours: ByteImage, corners: Faces, face: IntArray, weights: Float32Array, out: ByteImage) -> None:
    """Write into ``out`` (n, 3) the colours (v, 3) between a face's corners. face: (n,). weights: (n, 3)."""
    for n in range(len(face)):
        f = face[n]
        for channel in range(3):
            value = 0.0
            for k in range(3):
                value += weights[n, k] * colours[corners[f, k], channel]
            out[n, channel] = int(min(255.0, max(0.0, value)) + 0.5)


@njit(cache=True, nogil=True)
def from_picture(
    picture: ByteImage, uv: FloatArray, corners: Faces, wears: IntArray, number: int, face: IntArray,
    weights: Float32Array, out: ByteImage,
) -> None:  # fmt: skip
    """Write into ``out`` (n, 3) the picture's colours, bilinear, for the faces that wear it. The picture repeats."""
    height, width = picture.shape[0], picture.shape[1]
    for n in range(len(face)):
        f = face[n]
        if wears[f] != number:
            continue
        u, v = 0.0, 0.0
        for k in range(3):
            u += weights[n, k] * uv[corners[f, k], 0]
            v += weights[n, k] * uv[corners[f, k], 1]
        repeats = u < 0.0 or u > 1.0 or v < 0.0 or v > 1.0
        x, y = u * width - 0.5, (1.0 - v) * height - 0.5
        left, top = int(np.floor(x)), int(np.floor(y))
        fx, fy = x - left, y - top
        # What ends at the picture's border takes its last pixels, not those of the other side.
        if repeats:
            x0, x1, y0, y1 = left % width, (left + 1) % width, top % height, (top + 1) % height
        else:
            x0, x1 = max(left, 0), min(left + 1, width - 1)
            y0, y1 = max(top, 0), min(top + 1, height - 1)
        for channel in range(3):
            upper = picture[y0, x0, channel] * (1.0 - fx) + picture[y0, x1, channel] * fx
            lower = picture[y1, x0, channel] * (1.0 - fx) + picture[y1, x1, channel] * fx
            out[n, channel] = int(upper * (1.0 - fy) + lower * fy + 0.5)
