"""Compiled loops of patch synthesis in an atlas. State of a texel: 0 outside, 1 hole, 2 known, 3 grown over."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import BoolArray, ByteImage, Float32Array, IntArray

RADIUS = 3
OUTSIDE, HOLE, KNOWN, GROWN = 0, 1, 2, 3
STRANGE = 0.08
"""Cost of a texel of the target for which the source has none: a difference of 0.16 in each channel."""
WORST = 1e9


@njit(cache=True, nogil=True)
def noise(a: int, b: int, c: int) -> np.uint32:
    """A number that looks random, the same for the same three (Jarzynski and Olano 2020, pcg3d in one dimension)."""
    state = (
        np.uint32(a) * np.uint32(0x9E3779B1)
        ^ np.uint32(b) * np.uint32(0x85EBCA77)
        ^ np.uint32(c) * np.uint32(0xC2B2AE3D)
    )
    state = state * np.uint32(747796405) + np.uint32(2891336453)
    word = ((state >> ((state >> np.uint32(28)) + np.uint32(4))) ^ state) * np.uint32(277803737)
    return (word >> np.uint32(22)) ^ word


@njit(cache=True, nogil=True)
def cost(
    image: Float32Array,
    state: ByteImage,
    smooth: Float32Array,
    r: int,
    c: int,
    sr: int,
    sc: int,
    guide: float,
    near: float,
    limit: float,
) -> np.float32:
    """Mean squared difference of two patches over the target's texels in its chart; more than ``limit``: some more.

    smooth: (H, W, 3) the smooth fill, and elsewhere the mean around. guide: weight of its difference, which keeps
    things from being invented. near: cost of each texel between source and target.
    """
    height, width = state.shape
    if sr < 0 or sc < 0 or sr >= height or sc >= width or state[sr, sc] != KNOWN:
        return np.float32(WORST)
    p = smooth[r, c, 0] - smooth[sr, sc, 0]
    q = smooth[r, c, 1] - smooth[sr, sc, 1]
    s = smooth[r, c, 2] - smooth[sr, sc, 2]
    away = np.sqrt(np.float32((r - sr) * (r - sr) + (c - sc) * (c - sc)))
    prior = np.float32(guide) * (p * p + q * q + s * s) + np.float32(near) * away
    limit = limit - prior
    if limit <= 0.0:
        return np.float32(WORST)
    total, count = np.float32(0.0), 0
    for dr in range(-RADIUS, RADIUS + 1):
        y, sy = r + dr, sr + dr
        if y < 0 or y >= height:
            continue
        for dc in range(-RADIUS, RADIUS + 1):
            x, sx = c + dc, sc + dc
            if x < 0 or x >= width or state[y, x] == OUTSIDE:
                continue
            count += 1
            if sy < 0 or sx < 0 or sy >= height or sx >= width or state[sy, sx] != KNOWN:
                total += np.float32(STRANGE)
                continue
            p = image[y, x, 0] - image[sy, sx, 0]
            q = image[y, x, 1] - image[sy, sx, 1]
            s = image[y, x, 2] - image[sy, sx, 2]
            total += p * p + q * q + s * s
        # Every texel of a patch counts at most once, so the mean can only end above total / 49.
        if total > limit * np.float32((2 * RADIUS + 1) ** 2):
            return np.float32(WORST)
    return total / np.float32(count) + prior


@njit(cache=True, nogil=True)
def search(
    image: Float32Array,
    state: ByteImage,
    smooth: Float32Array,
    place: IntArray,
    rows: IntArray,
    cols: IntArray,
    before: IntArray,
    after: IntArray,
    costs: Float32Array,
    first: int,
    last: int,
    stride: int,
    reach: int,
    guide: float,
    near: float,
    seed: int,
) -> None:
    """One round for the targets first..last: take over sources of neighbours ``stride`` away, and try at random.

    place: (H, W) number of the target at a texel, -1. before, after: (n, 2) source of each target. reach: half a side
    of the largest window tried at random.
    """
    height, width = state.shape
    for n in range(first, last):
        r, c = rows[n], cols[n]
        best_r, best_c = np.int64(before[n, 0]), np.int64(before[n, 1])
        best = cost(image, state, smooth, r, c, best_r, best_c, guide, near, np.float32(WORST))
        for side in range(4):
            dr = stride * ((side == 3) - (side == 1))
            dc = stride * ((side == 2) - (side == 0))
            y, x = r + dr, c + dc
            if y < 0 or x < 0 or y >= height or x >= width or place[y, x] < 0:
                continue
            o = place[y, x]
            sr, sc = before[o, 0] - dr, before[o, 1] - dc
            if sr == best_r and sc == best_c:
                continue
            found = cost(image, state, smooth, r, c, sr, sc, guide, near, best)
            if found < best:
                best, best_r, best_c = found, sr, sc
        window, turn = reach, np.int64(0)
        while window >= 1:
            value = noise(n, turn, seed)
            span = np.uint32(2 * window + 1)
            sr = best_r + int(value % span) - window
            sc = best_c + int((value >> np.uint32(16)) * np.uint32(2654435761) % span) - window
            found = cost(image, state, smooth, r, c, sr, sc, guide, near, best)
            if found < best:
                best, best_r, best_c = found, sr, sc
            window //= 2
            turn += 1
        after[n, 0], after[n, 1], costs[n] = best_r, best_c, best


@njit(cache=True, nogil=True)
def first_sources(
    state: ByteImage,
    rows: IntArray,
    cols: IntArray,
    near: IntArray,
    distance: Float32Array,
    sources: IntArray,
    seed: int,
) -> None:
    """Begin where no source is known: at a known texel about as far beyond the hole's border as the target is within.

    near: (n, 2) the nearest known texel of each target, distance: (n,) to it. sources: (n, 2), -1 where missing.
    """
    height, width = state.shape
    for n in range(len(rows)):
        if sources[n, 0] >= 0:
            continue
        sources[n, 0], sources[n, 1] = near[n, 0], near[n, 1]
        for turn in range(8):
            span = int(distance[n]) + 2 * RADIUS
            value = noise(n, turn, seed)
            sr = near[n, 0] + int(value % np.uint32(2 * span + 1)) - span
            sc = near[n, 1] + int((value >> np.uint32(16)) % np.uint32(2 * span + 1)) - span
            if 0 <= sr < height and 0 <= sc < width and state[sr, sc] == KNOWN:
                sources[n, 0], sources[n, 1] = sr, sc
                break


@njit(cache=True, nogil=True)
def vote(
    image: Float32Array,
    state: ByteImage,
    place: IntArray,
    rows: IntArray,
    cols: IntArray,
    sources: IntArray,
    costs: Float32Array,
    trust: Float32Array,
    spread: float,
    out: Float32Array,
    first: int,
    last: int,
) -> None:
    """Each hole texel's mean of what the patches over it say, those that match well more. out: (n, 3), hole only.

    trust: (n,) of a target, more near the border. spread: of costs; a patch that costs as much more counts 1/e.
    """
    height, width = state.shape
    for n in range(first, last):
        r, c = rows[n], cols[n]
        if state[r, c] != HOLE:
            continue
        least = np.float32(WORST)
        for y in range(max(r - RADIUS, 0), min(r + RADIUS + 1, height)):
            for x in range(max(c - RADIUS, 0), min(c + RADIUS + 1, width)):
                o = place[y, x]
                if o >= 0 and costs[o] < least:
                    sr, sc = sources[o, 0] + r - y, sources[o, 1] + c - x
                    if 0 <= sr < height and 0 <= sc < width and state[sr, sc] == KNOWN:
                        least = costs[o]
        total, p, q, s = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for y in range(max(r - RADIUS, 0), min(r + RADIUS + 1, height)):
            for x in range(max(c - RADIUS, 0), min(c + RADIUS + 1, width)):
                o = place[y, x]
                if o < 0 or costs[o] >= WORST:
                    continue
                sr, sc = sources[o, 0] + r - y, sources[o, 1] + c - x
                if sr < 0 or sc < 0 or sr >= height or sc >= width or state[sr, sc] != KNOWN:
                    continue
                w = trust[o] * np.exp((least - costs[o]) / np.float32(spread))
                total += w
                p += w * image[sr, sc, 0]
                q += w * image[sr, sc, 1]
                s += w * image[sr, sc, 2]
        if total > 0.0:
            out[n, 0], out[n, 1], out[n, 2] = p / total, q / total, s / total
        else:
            out[n, 0], out[n, 1], out[n, 2] = image[r, c, 0], image[r, c, 1], image[r, c, 2]


@njit(cache=True, nogil=True)
def put(image: Float32Array, state: ByteImage, rows: IntArray, cols: IntArray, values: Float32Array) -> float:
    """Write the hole's new colours. Returns the mean absolute change."""
    change, count = 0.0, 0
    for n in range(len(rows)):
        r, c = rows[n], cols[n]
        if state[r, c] == HOLE:
            for k in range(3):
                change += abs(image[r, c, k] - values[n, k])
                image[r, c, k] = values[n, k]
            count += 1
    return change / max(3 * count, 1)


@njit(cache=True, nogil=True)
def halved(image: Float32Array, state: ByteImage) -> tuple[Float32Array, ByteImage]:
    """Half the size: means over the texels in charts; a hole where any of four is one."""
    height, width = (state.shape[0] + 1) // 2, (state.shape[1] + 1) // 2
    out = np.zeros((height, width, 3), dtype=np.float32)
    kind = np.zeros((height, width), dtype=np.uint8)
    for r in range(height):
        for c in range(width):
            count = np.float32(0.0)
            least = KNOWN
            for y in range(2 * r, min(2 * r + 2, state.shape[0])):
                for x in range(2 * c, min(2 * c + 2, state.shape[1])):
                    if state[y, x] == OUTSIDE:
                        continue
                    count += np.float32(1.0)
                    least = min(least, state[y, x])
                    for k in range(3):
                        out[r, c, k] += image[y, x, k]
            if count > 0.0:
                kind[r, c] = least
                for k in range(3):
                    out[r, c, k] /= count
    return out, kind


@njit(cache=True, nogil=True)
def targets(state: ByteImage) -> BoolArray:
    """(H, W) texels in charts whose patch reaches into a hole."""
    height, width = state.shape
    out = np.zeros((height, width), dtype=np.bool_)
    for r in range(height):
        for c in range(width):
            if state[r, c] != HOLE:
                continue
            for y in range(max(r - RADIUS, 0), min(r + RADIUS + 1, height)):
                for x in range(max(c - RADIUS, 0), min(c + RADIUS + 1, width)):
                    if state[y, x] != OUTSIDE:
                        out[y, x] = True
    return out
