"""Compiled loops that copy into the holes of an atlas texel by texel. State of a texel as in patch synthesis."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import BoolArray, ByteImage, Float32Array, IntArray
from .filling_patch_kernels import GROWN, HOLE, KNOWN, STRANGE, WORST, noise

CLOSE = 2
TRIES = 2


@njit(cache=True, nogil=True)
def _overlap(image: Float32Array, state: ByteImage, r: int, c: int, sr: int, sc: int, limit: float) -> np.float32:
    """Mean squared difference of two small patches over what the target's has already."""
    height, width = state.shape
    total, count = np.float32(0.0), 0
    for dr in range(-CLOSE, CLOSE + 1):
        y, sy = r + dr, sr + dr
        if y < 0 or y >= height:
            continue
        for dc in range(-CLOSE, CLOSE + 1):
            x, sx = c + dc, sc + dc
            if x < 0 or x >= width or state[y, x] < KNOWN:
                continue
            count += 1
            if sy < 0 or sx < 0 or sy >= height or sx >= width or state[sy, sx] != KNOWN:
                total += np.float32(STRANGE)
                continue
            p = image[y, x, 0] - image[sy, sx, 0]
            q = image[y, x, 1] - image[sy, sx, 1]
            s = image[y, x, 2] - image[sy, sx, 2]
            total += p * p + q * q + s * s
        if total > limit * np.float32((2 * CLOSE + 1) ** 2):
            return np.float32(WORST)
    return total / np.float32(max(count, 1))


@njit(cache=True, nogil=True)
def _rated(
    image: Float32Array,
    state: ByteImage,
    coarse: Float32Array,
    r: int,
    c: int,
    sr: int,
    sc: int,
    guide: float,
    near: float,
    limit: float,
) -> np.float32:
    """Cost of a source: how it continues what is there, how it fits the coarser picture, and how far away it is."""
    height, width = state.shape
    if sr < 0 or sc < 0 or sr >= height or sc >= width or state[sr, sc] != KNOWN:
        return np.float32(WORST)
    p = coarse[r // 2, c // 2, 0] - coarse[sr // 2, sc // 2, 0]
    q = coarse[r // 2, c // 2, 1] - coarse[sr // 2, sc // 2, 1]
    s = coarse[r // 2, c // 2, 2] - coarse[sr // 2, sc // 2, 2]
    away = np.sqrt(np.float32((r - sr) * (r - sr) + (c - sc) * (c - sc)))
    prior = np.float32(guide) * (p * p + q * q + s * s) + np.float32(near) * away
    if prior >= limit:
        return np.float32(WORST)
    return prior + _overlap(image, state, r, c, sr, sc, limit - prior)


@njit(cache=True, nogil=True)
def grow(
    image: Float32Array,
    state: ByteImage,
    coarse: Float32Array,
    rows: IntArray,
    cols: IntArray,
    order: IntArray,
    place: IntArray,
    sources: IntArray,
    guide: float,
    near: float,
    reach: int,
    seed: int,
) -> None:
    """Copy texel by texel into the hole, in an ``order`` from its border inwards (Ashikhmin 2001, Synthesizing natural
    textures): each takes the source that lies beside the source of a texel beside it, or one of its own.

    coarse: the picture of half the size, filled. rows, cols: (n,) of the hole's texels, place: their numbers. sources:
    (n, 2) sources to try, -1 for none; then those that were taken. state: GROWN where it was copied.
    """
    height, width = state.shape
    for turn in range(len(order)):
        n = order[turn]
        r, c = rows[n], cols[n]
        best, best_r, best_c = np.float32(WORST), -1, -1
        if sources[n, 0] >= 0:
            best_r, best_c = int(np.int64(sources[n, 0])), int(np.int64(sources[n, 1]))
            best = _rated(image, state, coarse, r, c, best_r, best_c, guide, near, best)
        last_r, last_c = -1, -1
        anchor_r, anchor_c = r, c
        for y in range(max(r - 1, 0), min(r + 2, height)):
            for x in range(max(c - 1, 0), min(c + 2, width)):
                if state[y, x] == KNOWN:
                    anchor_r, anchor_c = y, x
                if state[y, x] != GROWN:
                    continue
                o = place[y, x]
                sr, sc = sources[o, 0] + r - y, sources[o, 1] + c - x
                if (sr == best_r and sc == best_c) or (sr == last_r and sc == last_c):
                    continue
                last_r, last_c = sr, sc
                found = _rated(image, state, coarse, r, c, sr, sc, guide, near, best)
                if found < best:
                    best, best_r, best_c = found, sr, sc
        window = reach
        for attempt in range(TRIES if best_r >= 0 else 4 * TRIES):
            value = noise(n, attempt, seed)
            span = np.uint32(2 * window + 1)
            sr = (best_r if best_r >= 0 else anchor_r) + int(value % span) - window
            sc = (best_c if best_r >= 0 else anchor_c) + int((value >> np.uint32(16)) % span) - window
            found = _rated(image, state, coarse, r, c, sr, sc, guide, near, best)
            if found < best:
                best, best_r, best_c = found, sr, sc
            window = max(window // 2, 1)
        sources[n, 0], sources[n, 1] = best_r, best_c
        if best_r >= 0:
            for k in range(3):
                image[r, c, k] = image[best_r, best_c, k]
            state[r, c] = GROWN


@njit(cache=True, nogil=True)
def mismatch(
    image: Float32Array,
    state: ByteImage,
    rows: IntArray,
    cols: IntArray,
    place: IntArray,
    sources: IntArray,
    robust: float,
) -> tuple[Float32Array, Float32Array]:
    """What is wanting for neighbours to differ as they do where they were copied from (Perez, Gangnet and Blake 2003).

    Returns (n, 3) the sum over a texel's four neighbours of what it should rise by against them, and (n,) how many of
    those are known. A rise by ``robust`` counts half.
    """
    height, width = state.shape
    right = np.zeros((len(rows), 3), dtype=np.float32)
    contact = np.zeros(len(rows), dtype=np.float32)
    rise = np.zeros(3, dtype=np.float32)
    for n in range(len(rows)):
        r, c = rows[n], cols[n]
        if state[r, c] != GROWN:
            continue
        for side in range(4):
            y, x = r + (side == 3) - (side == 1), c + (side == 2) - (side == 0)
            if y < 0 or x < 0 or y >= height or x >= width or state[y, x] < KNOWN:
                continue
            sy, sx = sources[n, 0] + y - r, sources[n, 1] + x - c
            if sy < 0 or sx < 0 or sy >= height or sx >= width or state[sy, sx] != KNOWN:
                continue
            if state[y, x] == KNOWN:
                size = np.float32(0.0)
                for k in range(3):
                    rise[k] = image[y, x, k] - image[sy, sx, k]
                    size += rise[k] * rise[k]
                weight = np.float32(1.0) / (np.float32(1.0) + size / np.float32(robust * robust))
                contact[n] += weight
                for k in range(3):
                    right[n, k] += weight * rise[k]
                continue
            o = place[y, x]
            ty, tx = sources[o, 0] + r - y, sources[o, 1] + c - x
            if ty < 0 or tx < 0 or ty >= height or tx >= width or state[ty, tx] != KNOWN:
                continue
            size = np.float32(0.0)
            for k in range(3):
                there = image[y, x, k] - image[sy, sx, k]
                here = image[r, c, k] - image[ty, tx, k]
                rise[k] = np.float32(0.5) * (there - here)
                size += rise[k] * rise[k]
            weight = np.float32(1.0) / (np.float32(1.0) + size / np.float32(robust * robust))
            for k in range(3):
                right[n, k] += weight * rise[k]
    return right, contact


@njit(cache=True, nogil=True)
def laid_out(
    number: int,
    corner: tuple[int, int],
    shape: tuple[int, int],
    tile: IntArray,
    row: IntArray,
    col: IntArray,
    values: Float32Array,
    known: BoolArray,
) -> tuple[Float32Array, ByteImage]:
    """(H, W, 3) a window of one tile's picture, and (H, W) its state. values: (k, 3), known: (k,) of all texels."""
    image = np.zeros((shape[0], shape[1], 3), dtype=np.float32)
    state = np.zeros(shape, dtype=np.uint8)
    for i in range(len(row)):
        r, c = row[i] - corner[0], col[i] - corner[1]
        if tile[i] == number and 0 <= r < shape[0] and 0 <= c < shape[1]:
            state[r, c] = KNOWN if known[i] else HOLE
            for k in range(3):
                image[r, c, k] = values[i, k]
    return image, state
