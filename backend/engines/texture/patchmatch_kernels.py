"""Compiled loops of the patch-based synthesis: comparing patches, looking for similar ones, voting for pixels.

Written from the papers. Patches are compared along the surface: a step in the target's patch is turned into the step
of the same length and direction on the surface at the source, by each pixel's ``lie`` (see ``Sheet``).
Arrays have a border of ``BORDER`` pixels in which nothing is known, so that no loop needs to look where the picture
ends.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...geometry.typing import BoolArray, Float32Array, IntArray

RADIUS = 3
"""Patches are 7 x 7 pixels, as in Wexler et al. 2007 (5 x 5 to 7 x 7)."""
CHANNELS = 5
"""Red, green, blue and how much the picture varies to the right and down (Newson et al. 2014, section 3.2)."""
REACH = 2.0
"""A step of a pixel may become this many pixels at the source: more foreshortened sources are not used."""
BORDER = int(RADIUS * REACH) + 2
FAR = np.float32(1e30)

Seeds = NDArray[np.uint32]


@njit(cache=True, nogil=True)
def _random(state: Seeds) -> np.int64:
    """The next of Marsaglia's 32-bit xorshift numbers."""
    x = state[0]
    x ^= (x << np.uint32(13)) & np.uint32(0xFFFFFFFF)
    x ^= x >> np.uint32(17)
    x ^= (x << np.uint32(5)) & np.uint32(0xFFFFFFFF)
    state[0] = x
    return np.int64(x)


@njit(cache=True, nogil=True)
def _step(lie: Float32Array, back: Float32Array, r: int, c: int, s: int, t: int, out: Float32Array) -> float:
    """Fill ``out`` with the step at (s, t) that is a step of one pixel right or down at (r, c); how unlike they are."""
    for i in range(2):
        for j in range(2):
            out[2 * i + j] = back[s, t, 2 * i] * lie[r, c, j] + back[s, t, 2 * i + 1] * lie[r, c, 2 + j]
    if abs(out[0]) + abs(out[1]) > REACH or abs(out[2]) + abs(out[3]) > REACH:
        return -1.0
    size = abs(out[0] * out[3] - out[1] * out[2])
    if size < 0.2:
        return -1.0
    return (out[0] - 1.0) ** 2 + out[1] ** 2 + out[2] ** 2 + (out[3] - 1.0) ** 2


@njit(cache=True, nogil=True)
def _unlike(
    picture: Float32Array,
    known: BoolArray,
    live: BoolArray,
    lie: Float32Array,
    back: Float32Array,
    prior: Float32Array,
    r: int,
    c: int,
    s: int,
    t: int,
    best: float,
    step: Float32Array,
    shift: Float32Array,
) -> float:
    """How unlike the patch at the target (r, c) and that at the source (s, t) are, FAR where it is more than ``best``.

    The mean over the patch of the squared differences, after the best shift of the colours within ``prior[3]`` has
    been taken away (Darabi et al. 2012, section 3.1); ``shift`` (3,) is that. prior: weights of distance, of turn, of
    what is missing at the source, largest shift, weight of shift.
    """
    turn = _step(lie, back, r, c, s, t, step)
    if turn < 0.0:
        return float(FAR)
    away = np.sqrt(float((r - s) ** 2 + (c - t) ** 2))
    base = prior[0] * away / (away + 0.25 * (picture.shape[0] + picture.shape[1])) + prior[1] * turn
    count = 0
    for i in range(-RADIUS, RADIUS + 1):
        for j in range(-RADIUS, RADIUS + 1):
            count += live[r + i, c + j]
    ceiling = np.float32((best - base) * count)
    # Steps as whole numbers of 1 / 65536 pixel: adding and shifting them is much faster than rounding.
    xj, xi, yj, yi = (
        np.int64(step[0] * 65536),
        np.int64(step[1] * 65536),
        np.int64(step[2] * 65536),
        np.int64(step[3] * 65536),
    )
    zero = np.float32(0.0)
    total, d0, d1, d2, rest = zero, zero, zero, zero, zero
    missing, met = 0, 0
    penalty = prior[2]
    free = prior[3] > zero
    for i in range(-RADIUS, RADIUS + 1):
        fy, fx = (s << 16) + 32768 + yi * i - yj * RADIUS, (t << 16) + 32768 + xi * i - xj * RADIUS
        for j in range(-RADIUS, RADIUS + 1):
            y, x = fy >> 16, fx >> 16
            fy += yj
            fx += xj
            if not live[r + i, c + j]:
                continue
            if not known[y, x]:
                missing += 1
                continue
            met += 1
            a = picture[r + i, c + j, 0] - picture[y, x, 0]
            b = picture[r + i, c + j, 1] - picture[y, x, 1]
            e = picture[r + i, c + j, 2] - picture[y, x, 2]
            f = picture[r + i, c + j, 3] - picture[y, x, 3]
            g = picture[r + i, c + j, 4] - picture[y, x, 4]
            total += a * a + b * b + e * e
            rest += f * f + g * g
            d0 += a
            d1 += b
            d2 += e
        spare = (d0 * d0 + d1 * d1 + d2 * d2) / np.float32(max(met, 1)) if free else zero
        if total + rest - spare + np.float32(missing) * penalty > ceiling:
            return float(FAR)
    total += rest
    if met == 0:
        return float(FAR)
    if free:
        limit = prior[3]
        shift[0] = min(max(d0 / met * 0.9, -limit), limit)
        shift[1] = min(max(d1 / met * 0.9, -limit), limit)
        shift[2] = min(max(d2 / met * 0.9, -limit), limit)
        squares = shift[0] ** 2 + shift[1] ** 2 + shift[2] ** 2
        total += met * squares * (1.0 + prior[4]) - 2.0 * (shift[0] * d0 + shift[1] * d1 + shift[2] * d2)
    return base + (max(total, 0.0) + missing * prior[2]) / count


@njit(cache=True, nogil=True)
def measure(
    picture: Float32Array,
    known: BoolArray,
    live: BoolArray,
    lie: Float32Array,
    back: Float32Array,
    prior: Float32Array,
    targets: IntArray,
    source: IntArray,
    cost: Float32Array,
    shifts: Float32Array,
) -> None:
    """How unlike each target (n, 2) and its source (n, 2) are; source (n, 2), cost (n,), shifts (n, 3) change."""
    step, shift = np.empty(4, np.float32), np.zeros(3, np.float32)
    for k in range(len(targets)):
        cost[k] = _unlike(
            picture, known, live, lie, back, prior,
            np.int64(targets[k, 0]), np.int64(targets[k, 1]), np.int64(source[k, 0]), np.int64(source[k, 1]), FAR,
            step, shift,
        )  # fmt: skip
        for b in range(3):
            shifts[k, b] = shift[b]


@njit(cache=True, nogil=True)
def search(
    picture: Float32Array,
    known: BoolArray,
    live: BoolArray,
    lie: Float32Array,
    back: Float32Array,
    prior: Float32Array,
    targets: IntArray,
    index: IntArray,
    source: IntArray,
    cost: Float32Array,
    shifts: Float32Array,
    pool: IntArray,
    state: Seeds,
    widest: int,
    forward: bool,
) -> int:
    """One sweep of PatchMatch (Barnes et al. 2009, section 3.2) over the targets, in their order or backwards.

    index: (H, W) number of the target at a pixel, -1. pool: (m, 2) all sources. widest: pixels around the best source
    so far in which others are tried. Returns how many found a better one.
    """
    step, shift = np.empty(4, np.float32), np.zeros(3, np.float32)
    n, better = len(targets), 0
    side = -1 if forward else 1
    for m in range(n):
        k = m if forward else n - 1 - m
        r, c = np.int64(targets[k, 0]), np.int64(targets[k, 1])
        found = False
        for direction in range(2):
            i = side if direction == 0 else 0
            j = side - i
            other = index[r + i, c + j]
            if other < 0:
                continue
            s, t = np.int64(source[other, 0]), np.int64(source[other, 1])
            if _step(lie, back, r + i, c + j, s, t, step) < 0.0:
                continue
            s -= int(np.floor(step[2] * j + step[3] * i + 0.5))
            t -= int(np.floor(step[0] * j + step[1] * i + 0.5))
            if not known[s, t] or (s == source[k, 0] and t == source[k, 1]):
                continue
            d = _unlike(picture, known, live, lie, back, prior, r, c, s, t, cost[k], step, shift)
            if d < cost[k]:
                cost[k], source[k, 0], source[k, 1] = d, s, t
                for b in range(3):
                    shifts[k, b] = shift[b]
                found = True
        reach = widest
        first = True
        while reach >= 1 or first:
            if first:
                pick = _random(state) % len(pool)
                s, t = pool[pick, 0], pool[pick, 1]
                first = False
            else:
                s = source[k, 0] + _random(state) % (2 * reach + 1) - reach
                t = source[k, 1] + _random(state) % (2 * reach + 1) - reach
                reach //= 2
            if s < BORDER or t < BORDER or s >= picture.shape[0] - BORDER or t >= picture.shape[1] - BORDER:
                continue
            if not known[s, t]:
                continue
            d = _unlike(picture, known, live, lie, back, prior, r, c, s, t, cost[k], step, shift)
            if d < cost[k]:
                cost[k], source[k, 0], source[k, 1] = d, s, t
                for b in range(3):
                    shifts[k, b] = shift[b]
                found = True
        better += found
    return better


@njit(cache=True, nogil=True)
def look_everywhere(
    picture: Float32Array,
    known: BoolArray,
    live: BoolArray,
    lie: Float32Array,
    back: Float32Array,
    prior: Float32Array,
    targets: IntArray,
    source: IntArray,
    cost: Float32Array,
    shifts: Float32Array,
    pool: IntArray,
) -> None:
    """The best source of each target among all of ``pool``."""
    step, shift = np.empty(4, np.float32), np.zeros(3, np.float32)
    for k in range(len(targets)):
        for m in range(len(pool)):
            d = _unlike(
                picture, known, live, lie, back, prior,
                np.int64(targets[k, 0]), np.int64(targets[k, 1]), np.int64(pool[m, 0]), np.int64(pool[m, 1]), cost[k],
                step, shift,
            )  # fmt: skip
            if d < cost[k]:
                cost[k], source[k, 0], source[k, 1] = d, pool[m, 0], pool[m, 1]
                for b in range(3):
                    shifts[k, b] = shift[b]


@njit(cache=True, nogil=True)
def vote(
    picture: Float32Array,
    known: BoolArray,
    lie: Float32Array,
    back: Float32Array,
    pixels: IntArray,
    index: IntArray,
    source: IntArray,
    cost: Float32Array,
    shifts: Float32Array,
    trust: Float32Array,
    soft: float,
) -> Float32Array:
    """(n, CHANNELS) what the patches over each pixel (n, 2) say: their mean, weighted as in Wexler et al. 2007, eq. 4.

    trust: (H, W) weight of the patch around a pixel, more near what is known. soft: the spread of the weights, as a
    share of the mean cost of these patches; 0 takes the patch of the least cost alone.
    """
    out = np.empty((len(pixels), CHANNELS), np.float32)
    step = np.empty(4, np.float32)
    for k in range(len(pixels)):
        r, c = pixels[k, 0], pixels[k, 1]
        mean, least, over = 0.0, float(FAR), 0
        for i in range(-RADIUS, RADIUS + 1):
            for j in range(-RADIUS, RADIUS + 1):
                other = index[r + i, c + j]
                if other >= 0 and cost[other] < FAR:
                    mean += cost[other]
                    over += 1
                    least = min(least, cost[other])
        spread = max(mean / max(over, 1) * soft, 1e-7)
        total, top = 0.0, -1.0
        for b in range(CHANNELS):
            out[k, b] = 0.0
        for i in range(-RADIUS, RADIUS + 1):
            for j in range(-RADIUS, RADIUS + 1):
                other = index[r + i, c + j]
                if other < 0 or cost[other] >= FAR:
                    continue
                s, t = np.int64(source[other, 0]), np.int64(source[other, 1])
                _step(lie, back, r + i, c + j, s, t, step)
                y = s + int(np.floor(-step[2] * j - step[3] * i + 0.5))
                x = t + int(np.floor(-step[0] * j - step[1] * i + 0.5))
                if not known[y, x]:
                    continue
                if soft > 0.0:
                    weight = trust[r + i, c + j] * np.exp(-(cost[other] - least) / (2.0 * spread))
                else:
                    # The middle of a patch fits better than its rim where both cost the same.
                    weight = trust[r + i, c + j] / (cost[other] * (1.0 + 0.05 * (i * i + j * j)) + 1e-9)
                    if weight <= top:
                        continue
                    top, total = weight, 0.0
                    for b in range(CHANNELS):
                        out[k, b] = 0.0
                total += weight
                for b in range(3):
                    out[k, b] += weight * (picture[y, x, b] + shifts[other, b])
                for b in range(3, CHANNELS):
                    out[k, b] += weight * picture[y, x, b]
        for b in range(CHANNELS):
            out[k, b] = out[k, b] / total if total > 0.0 else picture[r, c, b]
    return out
