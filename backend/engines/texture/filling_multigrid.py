"""Compiled loops of multigrid over the nodes of a graph. Links as compressed rows, values (n, 3) float32."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import Float32Array, FloatArray, IntArray


@njit(cache=True, nogil=True)
def gathered(start: IntArray, weight: Float32Array, contact: Float32Array) -> Float32Array:
    """(n,) sum of each node's weights and its contact; 1 for a node that has neither."""
    out = np.empty(len(contact), dtype=np.float32)
    for i in range(len(contact)):
        total = contact[i]
        for e in range(start[i], start[i + 1]):
            total += weight[e]
        out[i] = total if total > 0.0 else np.float32(1.0)
    return out


@njit(cache=True, nogil=True)
def aggregates(start: IntArray, other: IntArray, weight: Float32Array) -> tuple[IntArray, int]:
    """(n,) the block of each node, and how many blocks there are. Blocks are connected.

    A node takes the two free neighbours that hold it most firmly and the free node that links both: on a grid that is
    read row by row these are squares of 2 x 2. What is left alone joins a neighbour.
    """
    n = len(start) - 1
    block = np.full(n, -1, dtype=np.int32)
    count = 0
    for i in range(n):
        if block[i] >= 0:
            continue
        first, second, strong, less = -1, -1, np.float32(0.0), np.float32(0.0)
        for e in range(start[i], start[i + 1]):
            j = other[e]
            if block[j] >= 0:
                continue
            if weight[e] > strong * np.float32(1.01):
                first, second, strong, less = j, first, weight[e], strong
            elif weight[e] > less * np.float32(1.01):
                second, less = j, weight[e]
        if first < 0 and start[i + 1] > start[i]:
            best = start[i]
            for e in range(start[i], start[i + 1]):
                if block[other[e]] >= 0 and weight[e] > weight[best]:
                    best = e
            if block[other[best]] >= 0:
                block[i] = block[other[best]]
                continue
        block[i] = count
        if first >= 0:
            block[first] = count
        if second >= 0 and less * np.float32(4.0) > strong:
            block[second] = count
            for e in range(start[first], start[first + 1]):
                j = other[e]
                if block[j] >= 0:
                    continue
                shared = False
                for f in range(start[second], start[second + 1]):
                    if other[f] == j:
                        shared = True
                if shared:
                    block[j] = count
                    break
        count += 1
    return block, count


@njit(cache=True, nogil=True)
def coarser_links(
    block: IntArray,
    count: int,
    start: IntArray,
    other: IntArray,
    weight: Float32Array,
    contact: Float32Array,
    scale: float,
    most: float,
) -> tuple[IntArray, IntArray, Float32Array, Float32Array, Float32Array]:
    """The links between blocks: sums of those between their nodes, times ``scale``. And the blocks' contact, a sum that
    comes the less to its whole the firmer it is, to ``most`` at best, and by how much it is less.
    """
    n = len(block)
    factor = np.float32(scale)
    first = np.zeros(count + 1, dtype=np.int32)
    for i in range(n):
        first[block[i] + 1] += 1
    for b in range(count):
        first[b + 1] += first[b]
    place = first[:-1].copy()
    member = np.empty(n, dtype=np.int32)
    sums = np.zeros(count, dtype=np.float32)
    for i in range(n):
        member[place[block[i]]] = i
        place[block[i]] += 1
        sums[block[i]] += contact[i]
    out_start = np.zeros(count + 1, dtype=np.int32)
    out_other = np.empty(len(other), dtype=np.int32)
    out_weight = np.empty(len(other), dtype=np.float32)
    seen = np.full(count, -1, dtype=np.int32)
    used = 0
    for b in range(count):
        begin = used
        for m in range(first[b], first[b + 1]):
            i = member[m]
            for e in range(start[i], start[i + 1]):
                c = block[other[e]]
                if c == b:
                    continue
                if seen[c] < begin:
                    seen[c] = used
                    out_other[used] = c
                    out_weight[used] = weight[e] * factor
                    used += 1
                else:
                    out_weight[seen[c]] += weight[e] * factor
        out_start[b + 1] = used
    held = np.float32(1.0) / (np.float32(1.0) + sums / np.float32(most))
    return out_start, out_other[:used].copy(), out_weight[:used].copy(), sums * held, held


@njit(cache=True, nogil=True)
def carry_down(block: IntArray, values: Float32Array, count: int) -> Float32Array:
    """(count, 3) the sum of each block's values."""
    out = np.zeros((count, 3), dtype=np.float32)
    for i in range(len(block)):
        b = block[i]
        out[b, 0] += values[i, 0]
        out[b, 1] += values[i, 1]
        out[b, 2] += values[i, 2]
    return out


@njit(cache=True, nogil=True)
def spread(block: IntArray, coarse: Float32Array, x: Float32Array) -> None:
    """Add to each node what was found for its block."""
    for i in range(len(block)):
        b = block[i]
        x[i, 0] += coarse[b, 0]
        x[i, 1] += coarse[b, 1]
        x[i, 2] += coarse[b, 2]


@njit(cache=True, nogil=True)
def interpolated(
    start: IntArray,
    other: IntArray,
    weight: Float32Array,
    diagonal: Float32Array,
    block: IntArray,
    right: Float32Array,
    coarse: Float32Array,
) -> Float32Array:
    """Each node's mean of its neighbours' blocks and of what it touches: smoother than its block alone."""
    out = np.empty((len(block), 3), dtype=np.float32)
    for i in range(len(block)):
        a, b, c = right[i, 0], right[i, 1], right[i, 2]
        for e in range(start[i], start[i + 1]):
            j, w = block[other[e]], weight[e]
            a += w * coarse[j, 0]
            b += w * coarse[j, 1]
            c += w * coarse[j, 2]
        inverse = np.float32(1.0) / diagonal[i]
        out[i, 0], out[i, 1], out[i, 2] = a * inverse, b * inverse, c * inverse
    return out


@njit(cache=True, nogil=True)
def relax(
    start: IntArray,
    other: IntArray,
    weight: Float32Array,
    diagonal: Float32Array,
    right: Float32Array,
    x: Float32Array,
    times: int,
) -> None:
    """Gauss-Seidel, forwards and backwards, ``times`` each."""
    n = len(diagonal)
    for sweep in range(2 * times):
        for number in range(n):
            i = number if sweep % 2 == 0 else n - 1 - number
            a, b, c = right[i, 0], right[i, 1], right[i, 2]
            for e in range(start[i], start[i + 1]):
                j, w = other[e], weight[e]
                a += w * x[j, 0]
                b += w * x[j, 1]
                c += w * x[j, 2]
            inverse = np.float32(1.0) / diagonal[i]
            x[i, 0], x[i, 1], x[i, 2] = a * inverse, b * inverse, c * inverse


@njit(cache=True, nogil=True)
def forward(
    start: IntArray,
    other: IntArray,
    weight: Float32Array,
    diagonal: Float32Array,
    right: Float32Array,
    x: Float32Array,
) -> Float32Array:
    """One Gauss-Seidel sweep of an x that is zero. Returns what is left of ``right``."""
    n = len(diagonal)
    for i in range(n):
        a, b, c = right[i, 0], right[i, 1], right[i, 2]
        for e in range(start[i], start[i + 1]):
            j, w = other[e], weight[e]
            if j < i:
                a += w * x[j, 0]
                b += w * x[j, 1]
                c += w * x[j, 2]
        inverse = np.float32(1.0) / diagonal[i]
        x[i, 0], x[i, 1], x[i, 2] = a * inverse, b * inverse, c * inverse
    rest = np.empty((n, 3), dtype=np.float32)
    for i in range(n):
        # After the sweep a node is in balance with those before it; only those after it have moved since.
        a, b, c = np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for e in range(start[i], start[i + 1]):
            j, w = other[e], weight[e]
            if j > i:
                a += w * x[j, 0]
                b += w * x[j, 1]
                c += w * x[j, 2]
        rest[i, 0], rest[i, 1], rest[i, 2] = a, b, c
    return rest


@njit(cache=True, nogil=True)
def backward(
    start: IntArray,
    other: IntArray,
    weight: Float32Array,
    diagonal: Float32Array,
    right: Float32Array,
    x: Float32Array,
) -> None:
    """One Gauss-Seidel sweep from the last node to the first."""
    for i in range(len(diagonal) - 1, -1, -1):
        a, b, c = right[i, 0], right[i, 1], right[i, 2]
        for e in range(start[i], start[i + 1]):
            j, w = other[e], weight[e]
            a += w * x[j, 0]
            b += w * x[j, 1]
            c += w * x[j, 2]
        inverse = np.float32(1.0) / diagonal[i]
        x[i, 0], x[i, 1], x[i, 2] = a * inverse, b * inverse, c * inverse


@njit(cache=True, nogil=True)
def apply(
    start: IntArray,
    other: IntArray,
    weight: Float32Array,
    diagonal: Float32Array,
    x: Float32Array,
    right: Float32Array,
    out: Float32Array,
) -> None:
    """Set out to (diagonal - links) x, or with a ``right`` that is not empty to right - (diagonal - links) x."""
    for i in range(len(diagonal)):
        d = diagonal[i]
        a, b, c = d * x[i, 0], d * x[i, 1], d * x[i, 2]
        for e in range(start[i], start[i + 1]):
            j, w = other[e], weight[e]
            a -= w * x[j, 0]
            b -= w * x[j, 1]
            c -= w * x[j, 2]
        if len(right):
            a, b, c = right[i, 0] - a, right[i, 1] - b, right[i, 2] - c
        out[i, 0], out[i, 1], out[i, 2] = a, b, c


@njit(cache=True, nogil=True)
def dots(a: Float32Array, b: Float32Array) -> FloatArray:
    """(3,) the scalar product of each column."""
    x, y, z = 0.0, 0.0, 0.0
    for i in range(len(a)):
        x += np.float64(a[i, 0]) * b[i, 0]
        y += np.float64(a[i, 1]) * b[i, 1]
        z += np.float64(a[i, 2]) * b[i, 2]
    return np.array([x, y, z])


@njit(cache=True, nogil=True)
def step(
    x: Float32Array, rest: Float32Array, direction: Float32Array, product: Float32Array, share: FloatArray
) -> None:
    """Go along a direction: x += share direction; rest -= share product."""
    p, q, r = np.float32(share[0]), np.float32(share[1]), np.float32(share[2])
    for i in range(len(x)):
        x[i, 0] += p * direction[i, 0]
        x[i, 1] += q * direction[i, 1]
        x[i, 2] += r * direction[i, 2]
        rest[i, 0] -= p * product[i, 0]
        rest[i, 1] -= q * product[i, 1]
        rest[i, 2] -= r * product[i, 2]


@njit(cache=True, nogil=True)
def turned(direction: Float32Array, better: Float32Array, share: FloatArray) -> None:
    """Take the next direction: better + share direction."""
    p, q, r = np.float32(share[0]), np.float32(share[1]), np.float32(share[2])
    for i in range(len(direction)):
        direction[i, 0] = better[i, 0] + p * direction[i, 0]
        direction[i, 1] = better[i, 1] + q * direction[i, 1]
        direction[i, 2] = better[i, 2] + r * direction[i, 2]


@njit(cache=True, nogil=True)
def largest(values: Float32Array) -> float:
    """The largest absolute value."""
    out = np.float32(0.0)
    for i in range(len(values)):
        out = max(out, abs(values[i, 0]), abs(values[i, 1]), abs(values[i, 2]))
    return float(out)
