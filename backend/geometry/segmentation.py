"""Cutting a surface into charts: small patches grown over the faces, then merged as long as that pays.

What is minimised is, over all charts, the area times the spread of the normals plus a price for the length of the
borders: a Mumford-Shah functional on normals, with the L2,1 metric of Cohen-Steiner et al. 2004 (Variational shape
approximation) and the bottom-up merging of Garland et al. 2001 (Hierarchical face clustering).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from .typing import BoolArray, FloatArray, IntArray

PATCHES = 1500
BORDER_PRICE = 0.11
"""Per length, as a share of the square root of the surface: a cube keeps its six sides (below 0.24), a ball is cut."""
TICK = 250
"""After as many joins of patches the caller hears of it."""
CREASE = 0.5
"""Cosine between neighbours below which patches do not grow over an edge."""
SMOOTHED_ABOVE = 5000


@dataclass(frozen=True)
class FaceGraph:
    """Nodes (polygons or faces) and their adjacency in rows.

    area: (c,). normal: (c, 3) unit, smoothed within creases. centre: (c, 3). first: (c+1,), neighbour and length: (e,).
    """

    area: FloatArray
    normal: FloatArray
    centre: FloatArray
    first: IntArray
    neighbour: IntArray
    length: FloatArray

    def part(self, nodes: IntArray) -> FaceGraph:
        """The graph of these nodes alone, in their order."""
        number = np.full(len(self.area), -1, dtype=np.int32)
        number[nodes] = np.arange(len(nodes), dtype=np.int32)
        rows = np.repeat(np.arange(len(self.area)), np.diff(self.first))
        kept = (number[rows] >= 0) & (number[self.neighbour] >= 0)
        near, far, length = number[rows[kept]], number[self.neighbour[kept]], self.length[kept]
        order = np.argsort(near, kind="stable")
        first = np.searchsorted(near[order], np.arange(len(nodes) + 1)).astype(np.int32)
        return FaceGraph(
            self.area[nodes], self.normal[nodes], self.centre[nodes], first, far[order], length[order]
        )


def face_graph(
    points: FloatArray, corners: IntArray, normals: FloatArray, areas: FloatArray, twin: IntArray, node: IntArray
) -> FaceGraph:
    """The graph of the nodes that the faces belong to. points: (n, 3); corners: (m, 3); twin: (3m,); node: (m,)."""
    count = int(node.max()) + 1
    area = np.bincount(node, areas, count).astype(np.float64)
    weighted = normals * areas[:, None]
    sums = np.stack([np.bincount(node, weighted[:, k], count) for k in range(3)], axis=1)
    middle = points[corners].mean(axis=1) * np.maximum(areas, 1e-30)[:, None]
    share = np.bincount(node, np.maximum(areas, 1e-30), count)
    centre = np.stack([np.bincount(node, middle[:, k], count) for k in range(3)], axis=1) / share[:, None]
    inner = np.flatnonzero((twin >= 0) & (node[np.arange(len(twin)) // 3] != node[np.maximum(twin, 0) // 3]))
    near, far = node[inner // 3], node[twin[inner] // 3]
    start, end = corners.ravel()[inner], corners[:, (1, 2, 0)].ravel()[inner]
    length = np.linalg.norm(points[end] - points[start], axis=1)
    order = np.argsort(near, kind="stable")
    first = np.searchsorted(near[order], np.arange(count + 1)).astype(np.int32)
    neighbour = far[order].astype(np.int32)
    size = np.linalg.norm(sums, axis=1, keepdims=True)
    unit = sums / np.maximum(size, 1e-300)
    if count > SMOOTHED_ABOVE:
        for _ in range(6):
            unit = _smoothed(unit, area, first, neighbour)
    return FaceGraph(area, unit, centre, first, neighbour, length[order])


@njit(cache=True, nogil=True)
def _smoothed(unit: FloatArray, area: FloatArray, first: IntArray, neighbour: IntArray) -> FloatArray:
    out = np.empty_like(unit)
    for i in range(len(unit)):
        x, y, z = unit[i, 0] * area[i], unit[i, 1] * area[i], unit[i, 2] * area[i]
        for e in range(first[i], first[i + 1]):
            j = neighbour[e]
            cosine = unit[i, 0] * unit[j, 0] + unit[i, 1] * unit[j, 1] + unit[i, 2] * unit[j, 2]
            if cosine > CREASE:
                x, y, z = x + unit[j, 0] * area[j], y + unit[j, 1] * area[j], z + unit[j, 2] * area[j]
        size = np.sqrt(x * x + y * y + z * z)
        out[i] = unit[i]
        if size > 0.0:
            out[i, 0], out[i, 1], out[i, 2] = x / size, y / size, z / size
    return out


def charts(
    graph: FaceGraph, widest: float, price: float = BORDER_PRICE, tick: Callable[[], None] = lambda: None
) -> IntArray:
    """(c,) chart of each node; no node of a chart turns by more than ``widest`` radians from the chart's mean.

    tick: called between the steps; may raise to stop.
    """
    patch = _patches(graph)
    tick()
    label = _merged(graph, patch, widest, price, tick)
    scale = price * float(np.sqrt(graph.area.sum()))
    for _ in range(2):
        tick()
        _settle(graph.area, graph.normal, graph.first, graph.neighbour, graph.length, label, scale, np.cos(widest), 6)
        tick()
        label = _merged(graph, pieces(graph.first, graph.neighbour, label), widest, price, tick)
    return label


def _patches(graph: FaceGraph) -> IntArray:
    count = len(graph.area)
    if count <= PATCHES:
        return np.arange(count, dtype=np.int32)
    seeds = np.argsort(_morton(graph.centre), kind="stable")[:: max(1, count // PATCHES)]
    label = _grown(seeds, graph.centre, graph.normal, graph.first, graph.neighbour)
    return pieces(graph.first, graph.neighbour, label)


def _morton(points: FloatArray) -> IntArray:
    """(n,) position along a curve that fills space: neighbours on it are neighbours in space."""
    low, high = points.min(axis=0), points.max(axis=0)
    cell = ((points - low) / max(float((high - low).max()), 1e-300) * 1023.0).astype(np.int64)
    key = np.zeros(len(points), dtype=np.int64)
    for bit in range(10):
        for axis in range(3):
            key |= ((cell[:, axis] >> bit) & 1) << (3 * bit + axis)
    return key.astype(np.int32)


@njit(cache=True, nogil=True)
def _grown(
    seeds: IntArray, centre: FloatArray, normal: FloatArray, first: IntArray, neighbour: IntArray
) -> IntArray:
    """(c,) the seed that is nearest along the surface, where turning costs too; nodes out of reach stay alone."""
    label = np.full(len(centre), -1, dtype=np.int32)
    heap = [(0.0, np.int64(s), np.int64(i)) for i, s in enumerate(seeds)]
    heapq.heapify(heap)
    while len(heap) > 0:
        cost, i, owner = heapq.heappop(heap)
        if label[i] >= 0:
            continue
        label[i] = owner
        s = seeds[owner]
        for e in range(first[i], first[i + 1]):
            j = neighbour[e]
            if label[j] >= 0:
                continue
            step, turn, bend = 0.0, 0.0, 0.0
            for axis in range(3):
                step += (centre[i, axis] - centre[j, axis]) ** 2
                turn += normal[s, axis] * normal[j, axis]
                bend += normal[i, axis] * normal[j, axis]
            if bend >= CREASE:
                heapq.heappush(heap, (cost + np.sqrt(step) * (1.0 + 8.0 * (1.0 - turn)), np.int64(j), owner))
    fresh = len(seeds)
    for alone in np.flatnonzero(label < 0):
        label[alone] = fresh
        fresh += 1
    return label


@njit(cache=True, nogil=True)
def pieces(first: IntArray, neighbour: IntArray, label: IntArray) -> IntArray:
    """(c,) connected pieces of equal label, numbered from 0."""
    out = np.full(len(label), -1, dtype=np.int32)
    found = 0
    stack = np.empty(len(label), dtype=np.int32)
    for i in range(len(label)):
        if out[i] >= 0:
            continue
        out[i], stack[0], top = found, i, 1
        while top > 0:
            top -= 1
            j = stack[top]
            for e in range(first[j], first[j + 1]):
                k = neighbour[e]
                if out[k] < 0 and label[k] == label[i]:
                    out[k], stack[top] = found, k
                    top += 1
        found += 1
    return out


@njit(cache=True, nogil=True)
def _settle(
    area: FloatArray, normal: FloatArray, first: IntArray, neighbour: IntArray, length: FloatArray, label: IntArray,
    price: float, narrowest: float, rounds: int,
) -> None:  # fmt: skip
    """Move nodes at borders to the chart where they cost least, in place."""
    count = label.max() + 1
    for _ in range(rounds):
        mean = np.zeros((count, 3))
        for i in range(len(label)):
            for axis in range(3):
                mean[label[i], axis] += area[i] * normal[i, axis]
        for c in range(count):
            size = np.sqrt((mean[c] ** 2).sum())
            if size > 0.0:
                mean[c] /= size
        moved = 0
        for i in range(len(label)):
            best, chosen = np.inf, label[i]
            for e in range(first[i] - 1, first[i + 1]):
                other = label[i] if e < first[i] else label[neighbour[e]]
                if e >= first[i] and other == label[i]:
                    continue
                cosine = mean[other, 0] * normal[i, 0] + mean[other, 1] * normal[i, 1] + mean[other, 2] * normal[i, 2]
                cost = area[i] * (1.0 - cosine)
                if cosine < narrowest:
                    cost += 1e3 * area[i]
                for k in range(first[i], first[i + 1]):
                    if label[neighbour[k]] != other:
                        cost += price * length[k]
                if cost < best * (1.0 - 1e-9):
                    best, chosen = cost, other
            if chosen != label[i]:
                label[i] = chosen
                moved += 1
        if moved == 0:
            break


class _Merger:
    """Charts in the making: their faces' patches, summed normals and shared borders."""

    def __init__(self, graph: FaceGraph, patch: IntArray, widest: float, price: float) -> None:
        count = int(patch.max()) + 1
        weighted = graph.normal * graph.area[:, None]
        self.sums = np.stack([np.bincount(patch, weighted[:, k], count) for k in range(3)], axis=1)
        size = np.linalg.norm(self.sums, axis=1)
        self.units = self.sums / np.maximum(size, 1e-300)[:, None]
        self.empty = size < 1e-12 * max(float(size.max()), 1e-300)
        self.rows = [np.array([k]) for k in range(count)]
        self.narrowest = float(np.cos(widest))
        self.price = price * float(np.sqrt(graph.area.sum()))
        self.borders = shared_borders(graph, patch, count)
        self.parent = np.arange(count)

    def gain(self, a: int, b: int) -> float:
        """How much less it costs to have a and b in one chart; -inf where they may not be."""
        both = self.sums[a] + self.sums[b]
        size = float(np.sqrt(both @ both))
        lost = float(np.sqrt(self.sums[a] @ self.sums[a]) + np.sqrt(self.sums[b] @ self.sums[b])) - size
        gain = self.price * self.borders[a][b] - lost
        if gain <= 0.0:
            return -np.inf
        limit = self.narrowest * size
        for side in (a, b):
            rows = self.rows[side]
            if ((self.units[rows] @ both < limit) & ~self.empty[rows]).any():
                return -np.inf
        return gain

    def join(self, a: int, b: int) -> None:
        """Make b a part of a."""
        self.sums[a] += self.sums[b]
        self.rows[a] = np.concatenate([self.rows[a], self.rows[b]])
        self.parent[b] = a
        del self.borders[a][b]
        for c, length in self.borders[b].items():
            if c != a:
                self.borders[a][c] = self.borders[a].get(c, 0.0) + length
                self.borders[c][a] = self.borders[a][c]
                del self.borders[c][b]
        self.borders[b] = {}


def shared_borders(graph: FaceGraph, patch: IntArray, count: int) -> list[dict[int, float]]:
    """For each patch the length of its border with each neighbour."""
    rows = np.repeat(np.arange(len(graph.area)), np.diff(graph.first))
    near, far = patch[rows].astype(np.int64), patch[graph.neighbour].astype(np.int64)
    apart = near != far
    keys, where = np.unique(near[apart] * count + far[apart], return_inverse=True)
    lengths = np.bincount(where, graph.length[apart], len(keys))
    borders: list[dict[int, float]] = [{} for _ in range(count)]
    for key, length in zip(keys.tolist(), lengths.tolist(), strict=True):
        borders[key // count][key % count] = length
    return borders


def _merged(
    graph: FaceGraph, patch: IntArray, widest: float, price: float, tick: Callable[[], None] = lambda: None
) -> IntArray:
    """(c,) chart of each node, where patches are joined, most gainful first, as long as there is a gain."""
    merger = _Merger(graph, patch, widest, price)
    version = [0] * len(merger.rows)
    heap: list[tuple[float, int, int, int, int]] = []

    def offer(a: int, b: int) -> None:
        gain = merger.gain(a, b)
        if gain > 0.0:
            heapq.heappush(heap, (-gain, a, b, version[a], version[b]))

    for a, others in enumerate(merger.borders):
        for b in others:
            if a < b:
                offer(a, b)
    joined = 0
    while heap:
        _, a, b, as_a, as_b = heapq.heappop(heap)
        if version[a] != as_a or version[b] != as_b:
            continue
        if len(merger.borders[a]) < len(merger.borders[b]):
            a, b = b, a
        merger.join(a, b)
        joined += 1
        if joined % TICK == 0:
            tick()
        version[a] += 1
        version[b] = -1
        for c in sorted(merger.borders[a]):
            offer(min(a, c), max(a, c))
    return roots(merger.parent)[patch]


def roots(parent: IntArray) -> IntArray:
    """(p,) number of each patch's chart, from 0."""
    top = parent.copy()
    while True:
        above = top[top]
        if np.array_equal(above, top):
            break
        top = above
    return np.unique(top, return_inverse=True)[1].reshape(-1).astype(np.int32)


def halves(graph: FaceGraph) -> BoolArray:
    """(c,) a connected graph in two: what is nearer to one of two nodes that are far apart, and the rest."""
    from_first = _distance(0, graph.centre, graph.first, graph.neighbour)
    from_one = _distance(int(np.argmax(from_first)), graph.centre, graph.first, graph.neighbour)
    from_other = _distance(int(np.argmax(from_one)), graph.centre, graph.first, graph.neighbour)
    return from_other < from_one


@njit(cache=True, nogil=True)
def _distance(seed: int, centre: FloatArray, first: IntArray, neighbour: IntArray) -> FloatArray:
    """(c,) length of the shortest way through centres; infinite out of reach."""
    out = np.full(len(centre), np.inf)
    heap = [(0.0, np.int64(seed))]
    while len(heap) > 0:
        cost, i = heapq.heappop(heap)
        if cost >= out[i]:
            continue
        out[i] = cost
        for e in range(first[i], first[i + 1]):
            j = neighbour[e]
            step = np.sqrt(((centre[i] - centre[j]) ** 2).sum())
            if cost + step < out[j]:
                heapq.heappush(heap, (cost + step, np.int64(j)))
    return out


@njit(cache=True, nogil=True)
def give_away(
    first: IntArray, neighbour: IntArray, length: FloatArray, label: IntArray, loose: int, former: int
) -> None:
    """Give the nodes labelled ``loose`` to the charts that they touch most, never back to ``former``, in place.

    What touches no other chart stays loose.
    """
    nodes = np.flatnonzero(label == loose)
    for _ in range(len(nodes)):
        changed = False
        for i in nodes:
            if label[i] != loose:
                continue
            best, chosen = 0.0, -1
            for e in range(first[i], first[i + 1]):
                other = label[neighbour[e]]
                if other in (loose, former):
                    continue
                shared = 0.0
                for k in range(first[i], first[i + 1]):
                    if label[neighbour[k]] == other:
                        shared += length[k]
                if shared > best:
                    best, chosen = shared, other
            if chosen >= 0:
                label[i] = chosen
                changed = True
        if not changed:
            return
