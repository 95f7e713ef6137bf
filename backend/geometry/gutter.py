"""Colours for what lies outside the charts of an atlas, so that no smaller version of it shows anything else."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numba import njit

from .texels import in_chunks
from .typing import BoolArray, ByteImage, Float32Array, IntArray

REACH = 23
"""Texels that the nearest colour is carried on: the diagonal of a texel of mip level 4, so that each of those which
holds a bit of a chart holds else only what is nearest to charts."""
BANDS = 8
Image = TypeVar("Image", ByteImage, Float32Array)


def fill_gutter(image: Image, filled: BoolArray, index: IntArray) -> Image:
    """A copy of an atlas in which everything outside of charts has a colour that continues them.

    image: (T, R, R, C) uint8 or float32. filled: (T, R, R) the texels that have a colour. index: (T, R, R), below 0
    outside of charts, as in SurfaceTexels; texels in charts that are not filled are left as they are. Up to REACH
    texels from a filled texel its colour is taken, the nearest one's; farther away a pyramid of means, pulled up from
    what is known and pushed down to what is not (Gortler et al. 1996, The Lumigraph, section 3.4). A tile without any
    filled texel stays as it is.
    """
    out = image.copy()
    for tile in range(len(image)):
        known = np.ascontiguousarray(filled[tile])
        if known.any():
            _fill_tile(out[tile], known, index[tile])
    return out


def _fill_tile(image: ByteImage | Float32Array, filled: BoolArray, index: IntArray) -> None:
    resolution = len(image)
    known = filled.copy()
    vertical = np.empty(filled.shape, dtype=np.uint8)
    size = -(-resolution // BANDS)
    in_chunks(resolution, lambda first, last: _columns(filled, first, last, vertical), size=size)
    in_chunks(resolution, lambda first, last: _carry(image, filled, vertical, index, first, last, known), size=size)
    if (known | (index >= 0)).all():
        return
    levels = _pulled(image, known)
    for (finer, held), (coarser, _) in zip(levels[-2::-1], levels[:0:-1], strict=True):
        _push(coarser, finer, held)
    _push_last(levels[0][0], image, known, index)


def _pulled(image: ByteImage | Float32Array, known: BoolArray) -> list[tuple[Float32Array, BoolArray]]:
    """Means of what is known over blocks of 2 x 2, 4 x 4, ... texels, and which blocks have one; to the first level
    that has no gaps.
    """
    levels = [_pull(image, known)]
    while not levels[-1][1].all():
        levels.append(_pull(*levels[-1]))
    return levels


@njit(cache=True, nogil=True)
def _columns(filled: BoolArray, first: int, last: int, out: IntArray) -> None:
    """Write into columns first..last - 1 how many rows away the nearest filled texel of the column is, up and down;
    REACH + 1 when it is farther.
    """
    rows = len(filled)
    count = np.full(last - first, REACH + 1, dtype=np.uint8)
    for row in range(rows):
        for col in range(first, last):
            count[col - first] = 0 if filled[row, col] else min(count[col - first] + 1, REACH + 1)
            out[row, col] = count[col - first]
    count[:] = REACH + 1
    for row in range(rows - 1, -1, -1):
        for col in range(first, last):
            count[col - first] = 0 if filled[row, col] else min(count[col - first] + 1, REACH + 1)
            out[row, col] = min(out[row, col], count[col - first])


@njit(cache=True, nogil=True)
def _carry(
    image: ByteImage | Float32Array,
    filled: BoolArray,
    vertical: IntArray,
    index: IntArray,
    first: int,
    last: int,
    known: BoolArray,
) -> None:
    """Give rows first..last - 1 the colours of the nearest filled texels within REACH, and mark them as known.

    Exact (Meijster et al. 2000, A general algorithm for computing distance transforms in linear time, the second
    phase, searched outwards since the reach is short).
    """
    cols = filled.shape[1]
    for row in range(first, last):
        for col in range(cols):
            if filled[row, col] or index[row, col] >= 0:
                continue
            best, chosen = REACH * REACH + 1, -1
            for step in range(REACH + 1):
                if step * step >= best:
                    break
                for side in range(2):
                    at = col - step if side == 0 else col + step
                    if at < 0 or at >= cols or (side == 1 and step == 0):
                        continue
                    away = int(vertical[row, at])
                    if away <= REACH and step * step + away * away < best:
                        best, chosen = step * step + away * away, at
            if chosen < 0:
                continue
            source = row - int(vertical[row, chosen])
            if source < 0 or not filled[source, chosen]:
                source = row + int(vertical[row, chosen])
            for k in range(image.shape[2]):
                image[row, col, k] = image[source, chosen, k]
            known[row, col] = True


@njit(cache=True, nogil=True)
def _pull(image: ByteImage | Float32Array, known: BoolArray) -> tuple[Float32Array, BoolArray]:
    """Half the size: the mean of each 2 x 2 known texels, and whether there is any."""
    rows, cols, channels = image.shape
    half_rows, half_cols = (rows + 1) // 2, (cols + 1) // 2
    out = np.zeros((half_rows, half_cols, channels), dtype=np.float32)
    held = np.zeros((half_rows, half_cols), dtype=np.bool_)
    for r in range(half_rows):
        for c in range(half_cols):
            count = 0
            for y in range(2 * r, min(2 * r + 2, rows)):
                for x in range(2 * c, min(2 * c + 2, cols)):
                    if known[y, x]:
                        count += 1
                        for k in range(channels):
                            out[r, c, k] += np.float32(image[y, x, k])
            if count > 0:
                held[r, c] = True
                for k in range(channels):
                    out[r, c, k] /= np.float32(count)
    return out, held


@njit(cache=True, nogil=True)
def _between(coarse: Float32Array, row: int, col: int, channel: int) -> float:
    """What a texel of the finer level has by interpolating the coarser one."""
    rows, cols = coarse.shape[:2]
    y, x = row // 2, col // 2
    near_y = min(max(y + (1 if row % 2 else -1), 0), rows - 1)
    near_x = min(max(x + (1 if col % 2 else -1), 0), cols - 1)
    return (
        0.5625 * coarse[y, x, channel]
        + 0.1875 * (coarse[near_y, x, channel] + coarse[y, near_x, channel])
        + 0.0625 * coarse[near_y, near_x, channel]
    )


@njit(cache=True, nogil=True)
def _push(coarse: Float32Array, fine: Float32Array, held: BoolArray) -> None:
    """Fill what a level does not hold from the next coarser one."""
    rows, cols, channels = fine.shape
    for row in range(rows):
        for col in range(cols):
            if not held[row, col]:
                for k in range(channels):
                    fine[row, col, k] = _between(coarse, row, col, k)


@njit(cache=True, nogil=True)
def _push_last(coarse: Float32Array, image: ByteImage | Float32Array, known: BoolArray, index: IntArray) -> None:
    """The same for the atlas itself, outside of charts."""
    rows, cols, channels = image.shape
    half = 0.5 if image.itemsize == 1 else 0.0
    for row in range(rows):
        for col in range(cols):
            if not known[row, col] and index[row, col] < 0:
                for k in range(channels):
                    image[row, col, k] = _between(coarse, row, col, k) + half
