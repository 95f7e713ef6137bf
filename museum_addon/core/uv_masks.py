"""Values at the corners of a mesh as a picture over its texture coordinates. No Blender, no compiled code."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 20
"""Texels looked at in one go: about 100 MiB of intermediate arrays."""
MARGIN = 2.0
"""Texels around charts that take part: their colour is seen where a texture is filtered."""
FLAT = 1e-9


def corner_mask(
    uv: NDArray[np.float32], values: NDArray[np.float32], size: int, tile: int = 1001
) -> NDArray[np.uint8]:
    """(size, size) uint8, row 0 is v = 1: the values of 0..1, times 255, interpolated over each triangle.

    uv: (3F, 2), v upwards; values: (3F,), corner by corner; where they are 0 all over, and outside the triangles, the
    mask is 0. tile: the UDIM number of the square that is drawn.
    """
    corners = (uv.reshape(-1, 3, 2).astype(np.float64) - _origin(tile)) * (1.0, -1.0) * size
    corners[..., 1] += size
    weights = values.reshape(-1, 3)
    drawn = (weights > 0.0).any(axis=1) & np.isfinite(corners).all(axis=(1, 2))
    outer = np.zeros(size * size, dtype=np.float32)
    inner = np.full(size * size, -1.0, dtype=np.float32)
    for place, value, distance in _texels(corners[drawn], weights[drawn], size):
        near = distance > -MARGIN
        outer[place[near]] = value[near]
        inside = distance >= -1e-6
        inner[place[inside]] = value[inside]
    found = np.where(inner >= 0.0, inner, outer).reshape(size, size)
    return np.rint(255.0 * np.clip(found, 0.0, 1.0)).astype(np.uint8)


def tiles_of(uv: NDArray[np.float32]) -> tuple[int, ...]:
    """The UDIM numbers of the squares that triangles lie in, by their centres. uv: (3F, 2)."""
    centres = uv.reshape(-1, 3, 2).mean(axis=1)
    squares = np.floor(centres[np.isfinite(centres).all(axis=1)]).astype(np.int64)
    return tuple(int(1001 + u + 10 * v) for u, v in np.unique(squares, axis=0) if 0 <= u < 10 and v >= 0)


def _origin(tile: int) -> NDArray[np.float64]:
    number = tile - 1001
    return np.array([number % 10, number // 10], dtype=np.float64)


def _texels(
    corners: NDArray[np.float64], weights: NDArray[np.float32], size: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]]:
    """Chunk by chunk the texels of the triangles' boxes: where they are, their value, and how far inside they are.

    corners: (n, 3, 2) in texels, y down. The distance is to the nearest side, in texels, negative outside.
    """
    low = np.clip(np.floor(corners.min(axis=1) - MARGIN - 0.5), 0, size).astype(np.int64)
    high = np.clip(np.ceil(corners.max(axis=1) + MARGIN + 0.5), 0, size).astype(np.int64)
    spans = np.maximum(high - low, 0)
    ends = np.cumsum(spans[:, 0] * spans[:, 1])
    total = int(ends[-1]) if len(ends) else 0
    for start in range(0, total, CHUNK):
        number = np.arange(start, min(start + CHUNK, total))
        owner = np.searchsorted(ends, number, side="right")
        within = number - (ends[owner] - spans[owner, 0] * spans[owner, 1])
        x = low[owner, 0] + within % spans[owner, 0]
        y = low[owner, 1] + within // spans[owner, 0]
        value, distance = _at(corners[owner], weights[owner], x + 0.5, y + 0.5)
        yield y * size + x, value, distance


def _at(
    corners: NDArray[np.float64], weights: NDArray[np.float32], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Interpolated value, and distance to the nearest side, at one point of each triangle."""
    shares, distances = [], []
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area: NDArray[np.float64] = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    turn = np.where(area < 0.0, -1.0, 1.0)
    for start, end in ((b, c), (c, a), (a, b)):
        side = end - start
        cross = turn * (side[:, 0] * (y - start[:, 1]) - side[:, 1] * (x - start[:, 0]))
        shares.append(np.maximum(cross, 0.0))
        distances.append(cross / np.maximum(np.hypot(side[:, 0], side[:, 1]), FLAT))
    share = np.stack(shares, axis=1)
    total = np.maximum(share.sum(axis=1), FLAT)
    value = (share * weights).sum(axis=1) / total
    return value.astype(np.float32), np.min(distances, axis=0).astype(np.float32)
