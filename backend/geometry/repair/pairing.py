"""Neighbours in a soup of triangles: a surface whose edges join two faces or one, and whose vertices have one fan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..typing import BoolArray, Faces, FloatArray, IntArray, Points
from .cleaning import areas_of
from .pairing_kernels import fans, pair_crowds, turn_alike

ROUNDS = 12
"""Of splitting edges: one that is split moves a neighbour's number, which then has its turn in the next round."""


@dataclass
class Surface:
    """points: (n, 3). faces: (m, 3), each part turned one way. twin: (3 m,) the half-edge (3 face + k, from corner k
    to the next) on the other side of each edge, -1 at a border. label: (m,) connected part. parts: how many.
    turned: (m,) faces that were turned over. split: edges at which more than two faces met.
    """

    points: Points
    faces: Faces
    twin: IntArray
    label: IntArray
    parts: int
    turned: BoolArray
    split: int = 0

    @property
    def open(self) -> IntArray:
        """Half-edges at borders."""
        return np.flatnonzero(self.twin < 0).astype(np.int32)


def edge_keys(faces: Faces) -> IntArray:
    """(3 m,) a number for the edge of each half-edge, the same for both directions."""
    start = faces.ravel().astype(np.int64)
    end = np.roll(faces, -1, axis=1).ravel().astype(np.int64)
    return np.minimum(start, end) * (int(faces.max()) + 1) + np.maximum(start, end)


def surface_of(points: Points, faces: Faces) -> Surface:
    """The surface that triangles make; points at which several sheets only touch become several points.

    points: (n, 3), one for each place. faces: (m, 3) with three corners apart, in any order and direction. Each part
    keeps the direction that most of its surface had.
    """
    twin, split = _paired(points, faces)
    label = np.full(len(faces), -1, dtype=np.int32)
    turned = np.zeros(len(faces), dtype=bool)
    parts = turn_alike(faces, twin, label, turned)
    area = areas_of(points, faces)
    against = np.bincount(label, np.where(turned, area, -area), parts) > 0.0
    turned ^= against[label]
    faces, twin = turned_over(faces, twin, turned)
    points, faces = _split_vertices(points, faces, twin)
    return Surface(points, faces, twin, label, parts, turned, split)


def _paired(points: Points, faces: Faces) -> tuple[IntArray, int]:
    key = edge_keys(faces)
    order = np.argsort(key, kind="stable").astype(np.int32)
    first = np.flatnonzero(np.concatenate([[True], np.diff(key[order]) != 0]))
    last = np.append(first[1:], len(order))
    twin = np.full(len(order), -1, dtype=np.int32)
    two = first[last - first == 2]
    twin[order[two]], twin[order[two + 1]] = order[two + 1], order[two]
    many = last - first > 2
    pair_crowds(points, faces, order, first[many], last[many], twin)
    return twin, int(many.sum())


def turned_over(faces: Faces, twin: IntArray, turned: BoolArray) -> tuple[Faces, IntArray]:
    """Faces with those of ``turned`` (m,) the other way round, and their half-edges renumbered."""
    out = faces.copy()
    out[turned] = out[turned][:, [0, 2, 1]]
    # The half-edges ab, bc, ca become ba (third), cb (second), ac (first).
    half = np.arange(len(twin), dtype=np.int32)
    face, slot = half // 3, half % 3
    new = np.where(turned[face], 3 * face + 2 - slot, half).astype(np.int32)
    moved = np.full(len(twin), -1, dtype=np.int32)
    paired = twin >= 0
    moved[new[paired]] = new[twin[paired]]
    return out, moved


def _split_vertices(points: Points, faces: Faces, twin: IntArray) -> tuple[Points, Faces]:
    fan = fans(faces, twin)
    first, index = np.unique(fan, return_inverse=True)
    return np.ascontiguousarray(points[faces.ravel()[first]]), index.reshape(-1, 3).astype(np.int32)


def without_parts(surface: Surface, keep: BoolArray) -> Surface:
    """The surface with only the parts of ``keep`` (parts,)."""
    chosen = keep[surface.label]
    if chosen.all():
        return surface
    rows = np.flatnonzero(chosen)
    number = np.full(len(chosen), -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    twin = surface.twin.reshape(-1, 3)[rows]
    moved = np.where(twin >= 0, 3 * number[twin // 3] + twin % 3, -1)
    used, index = np.unique(surface.faces[rows], return_inverse=True)
    label = (np.cumsum(keep) - 1)[surface.label[rows]]
    return Surface(
        np.ascontiguousarray(surface.points[used]), index.reshape(-1, 3).astype(np.int32),
        moved.ravel().astype(np.int32), label.astype(np.int32), int(keep.sum()), surface.turned[rows], surface.split,
    )  # fmt: skip


def part_areas(surface: Surface) -> FloatArray:
    """(parts,) area of each part."""
    return np.asarray(
        np.bincount(surface.label, areas_of(surface.points, surface.faces), surface.parts), dtype=np.float64
    )


def with_single_edges(surface: Surface) -> Surface:
    """The surface with a vertex put into each edge whose two ends another edge joins too, so that its ends tell it."""
    for _ in range(ROUNDS):
        extra = _doubled_edges(surface)
        if len(extra) == 0:
            break
        work = _Splitting(surface, len(extra))
        for h in extra.tolist():
            work.split(h)
        surface = work.surface()
    return surface


def _doubled_edges(surface: Surface) -> IntArray:
    """A half-edge of each edge but the first between the same two vertices."""
    key = edge_keys(surface.faces)
    half = np.arange(len(key))
    own = half[(surface.twin < 0) | (surface.twin > half)]
    order = own[np.argsort(key[own], kind="stable")]
    return order[1:][key[order][1:] == key[order][:-1]].astype(np.int32)


class _Splitting:
    """Edges being split. A half-edge keeps its number: it becomes the first half of what it was."""

    def __init__(self, surface: Surface, count: int) -> None:
        self.old = surface
        more = 2 * count
        self.points = np.concatenate([surface.points, np.zeros((count, 3))])
        self.faces = np.concatenate([surface.faces, np.zeros((more, 3), dtype=np.int32)])
        self.twin = np.concatenate([surface.twin, np.full(3 * more, -1, dtype=np.int32)])
        self.label = np.concatenate([surface.label, np.zeros(more, dtype=np.int32)])
        self.turned = np.concatenate([surface.turned, np.zeros(more, dtype=bool)])
        self.vertices, self.count = len(surface.points), len(surface.faces)

    def split(self, h: int) -> None:
        middle, other = self.vertices, int(self.twin[h])
        f, k = divmod(h, 3)
        a, b = self.faces[f, k], self.faces[f, (k + 1) % 3]
        self.points[middle] = 0.5 * (self.points[a] + self.points[b])
        self.vertices += 1
        rest = self._halve(h, middle)
        if other >= 0:
            back = self._halve(other, middle)
            self._pair(h, back)
            self._pair(rest, other)

    def _halve(self, h: int, middle: int) -> int:
        """Cut a face from the middle of its half-edge to the third corner; returns the second half of the half-edge."""
        f, k = divmod(h, 3)
        fresh = self.count
        self.count += 1
        b, c = int(self.faces[f, (k + 1) % 3]), int(self.faces[f, (k + 2) % 3])
        follow = 3 * f + (k + 1) % 3
        self.faces[fresh] = middle, b, c
        self.label[fresh], self.turned[fresh] = self.label[f], self.turned[f]
        self.faces[f, (k + 1) % 3] = middle
        beyond = int(self.twin[follow])
        if beyond >= 0:
            self._pair(3 * fresh + 1, beyond)
        self._pair(follow, 3 * fresh + 2)
        self.twin[h] = -1
        return 3 * fresh

    def _pair(self, one: int, other: int) -> None:
        self.twin[one], self.twin[other] = other, one

    def surface(self) -> Surface:
        n, m = self.vertices, self.count
        return Surface(
            self.points[:n], self.faces[:m], self.twin[: 3 * m], self.label[:m], self.old.parts, self.turned[:m],
            self.old.split,
        )  # fmt: skip
