"""Compiled loops over the texels of an atlas as the nodes of a graph. Directions: left, up, right, down."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import BoolArray, Float32Array, IntArray

REACH = 4.0
"""Neighbours in the atlas that lie further apart on the surface, in texels, belong to different charts."""
STRETCH = 16.0
"""Links of a chart that is stretched more count as if it were stretched so much."""


@njit(cache=True, nogil=True)
def _near(i: int, j: int, position: Float32Array, density: Float32Array) -> bool:
    x = position[i, 0] - position[j, 0]
    y = position[i, 1] - position[j, 1]
    z = position[i, 2] - position[j, 2]
    reach = np.float32(0.5 * REACH) * (np.float32(1.0) / density[i] + np.float32(1.0) / density[j])
    return x * x + y * y + z * z <= reach * reach


@njit(cache=True, nogil=True)
def neighbour(
    i: int,
    side: int,
    index: IntArray,
    tile: IntArray,
    row: IntArray,
    col: IntArray,
    face: IntArray,
    position: Float32Array,
    density: Float32Array,
) -> int:
    """The texel beside another that shows the surface beside it, in its chart or its margin; -1 when there is none."""
    r, c = row[i], col[i]
    if side == 0:
        c -= 1
    elif side == 1:
        r -= 1
    elif side == 2:
        c += 1
    else:
        r += 1
    size = index.shape[1]
    if r < 0 or c < 0 or r >= size or c >= size:
        return -1
    j = index[tile[i], r, c]
    if j < 0 or face[j] == face[i] or _near(i, j, position, density):
        return j
    return -1


@njit(cache=True, nogil=True)
def around(
    nodes: IntArray,
    index: IntArray,
    tile: IntArray,
    row: IntArray,
    col: IntArray,
    face: IntArray,
    inside: BoolArray,
    position: Float32Array,
    density: Float32Array,
) -> tuple[IntArray, Float32Array]:
    """(m, 4) the neighbours of each node inside its chart, -1 for none, and (m,) its stretch: how much longer a step
    down is on the surface than a step to the right.
    """
    links = np.full((len(nodes), 4), -1, dtype=np.int32)
    stretch = np.ones(len(nodes), dtype=np.float32)
    for n in range(len(nodes)):
        i = nodes[n]
        for side in range(4):
            j = neighbour(i, side, index, tile, row, col, face, position, density)
            if j >= 0 and inside[j]:
                links[n, side] = j
        across = _span(links[n, 0], i, links[n, 2], position)
        down = _span(links[n, 1], i, links[n, 3], position)
        if across > 0.0 and down > 0.0:
            stretch[n] = min(max(down / across, np.float32(1.0 / STRETCH)), np.float32(STRETCH))
    return links, stretch


@njit(cache=True, nogil=True)
def _span(a: int, i: int, b: int, position: Float32Array) -> np.float32:
    """The mean length of a step from a over i to b; 0 when there are neither."""
    first, last = a if a >= 0 else i, b if b >= 0 else i
    x = position[first, 0] - position[last, 0]
    y = position[first, 1] - position[last, 1]
    z = position[first, 2] - position[last, 2]
    size = np.sqrt(x * x + y * y + z * z)
    return size * np.float32(0.5) if a >= 0 and b >= 0 else size


@njit(cache=True, nogil=True)
def assembled(
    nodes: IntArray,
    links: IntArray,
    stretch: Float32Array,
    number: IntArray,
    extra_start: IntArray,
    extra_other: IntArray,
    extra_weight: Float32Array,
    values: Float32Array,
    known: BoolArray,
    grip: float,
    robust: float,
) -> tuple[IntArray, IntArray, Float32Array, Float32Array, Float32Array]:
    """Compressed rows of the links between nodes, and each node's contact with known texels times ``grip``, and
    (m, 3) the known values there times the weight.

    number: (k,) a texel's place among the nodes, -1 for none. extra_*: links across seams, to texels, in the order of
    the nodes. Texels that are neither nodes nor known do not count. robust: a difference between a node and a known
    texel at which their link weighs half, less and less beyond; 0: all weigh the same, and the nodes' values do not
    count.
    """
    m = len(links)
    start = np.zeros(m + 1, dtype=np.int32)
    other = np.empty(4 * m + len(extra_other), dtype=np.int32)
    weight = np.empty(4 * m + len(extra_other), dtype=np.float32)
    contact = np.zeros(m, dtype=np.float32)
    right = np.zeros((m, 3), dtype=np.float32)
    hold = np.float32(grip)
    used = 0
    for n in range(m):
        for e in range(4 + extra_start[n + 1] - extra_start[n]):
            j = links[n, e] if e < 4 else extra_other[extra_start[n] + e - 4]
            if j < 0:
                continue
            o = number[j]
            if e >= 4:
                w = extra_weight[extra_start[n] + e - 4]
            else:
                w = stretch[n]
                if o >= 0:
                    w = np.sqrt(w * stretch[o])
                if e % 2 == 1:
                    w = np.float32(1.0) / w
            if o >= 0:
                other[used], weight[used] = o, w
                used += 1
            elif known[j]:
                w *= hold
                if robust > 0.0:
                    apart = np.float32(0.0)
                    for k in range(3):
                        apart += (values[j, k] - values[nodes[n], k]) ** 2
                    w /= np.float32(1.0) + apart / np.float32(robust * robust)
                contact[n] += w
                for k in range(3):
                    right[n, k] += w * values[j, k]
        start[n + 1] = used
    return start, other[:used].copy(), weight[:used].copy(), contact, right


@njit(cache=True, nogil=True)
def fill_margin(
    empty: IntArray,
    index: IntArray,
    tile: IntArray,
    row: IntArray,
    col: IntArray,
    face: IntArray,
    inside: BoolArray,
    position: Float32Array,
    density: Float32Array,
    values: Float32Array,
    filled: BoolArray,
) -> int:
    """Give texels the mean of the filled texels beside them in their chart. Returns how many got one."""
    size, columns = index.shape[1], values.shape[1]
    given = np.zeros(len(empty), dtype=np.bool_)
    for n in range(len(empty)):
        i = empty[n]
        total = np.float32(0.0)
        for r in range(max(row[i] - 1, 0), min(row[i] + 2, size)):
            for s in range(max(col[i] - 1, 0), min(col[i] + 2, size)):
                j = index[tile[i], r, s]
                if j < 0 or not filled[j] or (face[j] != face[i] and not _near(i, j, position, density)):
                    continue
                w = np.float32(0.5) if r != row[i] and s != col[i] else np.float32(1.0)
                if total == 0.0:
                    values[i] = 0.0
                total += w
                for c in range(columns):
                    values[i, c] += w * values[j, c]
        if total > 0.0:
            for c in range(columns):
                values[i, c] /= total
            given[n] = True
    count = 0
    for n in range(len(empty)):
        if given[n]:
            filled[empty[n]] = True
            count += 1
    return count
