"""Closing a surface: holes get triangles, sheets get a back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..typing import BoolArray, Faces, FloatArray, IntArray, Points
from .cleaning import areas_of, volumes_of
from .filling_kernels import border_loops, least_triangles, shortest_cut
from .pairing import Surface, edge_keys, part_areas, with_single_edges

LONGEST = 400
"""Vertices of a hole that is filled at once; longer borders are cut in two."""
SMALL = 0.25
"""Length of border, as a share of the box's diagonal, up to which a hole counts as small."""
MOSTLY_HOLE = 0.6
"""A part whose holes have so much of its own area is a sheet, which has no inside."""
FLAT = 1e-3
"""Likewise one whose mean depth, volume by area, is no more than this share of its diagonal."""
THICK = 2e-3
"""What sheets are given as thickness, as a share of the whole mesh's diagonal."""


@dataclass(frozen=True)
class Closed:
    """points: (n, 3). faces: (m, 3), those of the surface first. part: (m,). holes: how many were filled. sheets: how
    many parts were given a thickness.
    """

    points: Points
    faces: Faces
    part: IntArray
    holes: int
    sheets: int


@dataclass(frozen=True)
class _Hole:
    """line: (n,) vertices, in the direction of the triangles that fill it. part: of the surface."""

    line: IntArray
    part: int


def closed(surface: Surface, everything: bool) -> Closed:
    """The surface without its holes; with only the small ones filled unless ``everything`` is to be closed.

    No two edges of what comes out join the same two vertices.
    """
    surface = with_single_edges(surface)
    holes = _holes(surface)
    if not holes:
        return Closed(surface.points, surface.faces, surface.label, 0, 0)
    sheets = np.zeros(surface.parts, dtype=bool)
    diagonal = float(np.linalg.norm(np.ptp(surface.points, axis=0)))
    if not everything:
        holes = [hole for hole in holes if _length(surface.points[hole.line]) <= SMALL * diagonal]
    filler = _Filler(surface)
    for hole in holes:
        filler.fill(hole)
    if everything:
        sheets = _sheets(surface, filler)
    points, faces, part = filler.result(sheets)
    if sheets.any():
        points, faces, part = _with_backs(surface, sheets, THICK * diagonal, points, faces, part)
    kept = sum(1 for hole in holes if not sheets[hole.part])
    return Closed(points, faces, part, kept, int(sheets.sum()))


def _holes(surface: Surface) -> list[_Hole]:
    border = surface.open
    if len(border) == 0:
        return []
    start = surface.faces.ravel()[border]
    end = np.roll(surface.faces, -1, axis=1).ravel()[border]
    following = np.full(len(surface.points), -1, dtype=np.int32)
    # What fills a hole runs against the border of the faces around.
    following[end] = start
    line, first = border_loops(following, end)
    owner = np.zeros(len(surface.points), dtype=np.int32)
    owner[surface.faces] = surface.label[:, None]
    return [_Hole(line[a:b], int(owner[line[a]])) for a, b in pairwise(first)]


def _length(loop: Points) -> float:
    return float(np.linalg.norm(loop - np.roll(loop, 1, axis=0), axis=1).sum())


class _Filler:
    """Triangles over holes, none of which has an edge between two vertices that another edge joins already."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.count = len(surface.points)
        self.edges = np.unique(_ordered(surface.faces, surface.points))
        self.added: set[int] = set()
        self.fresh: list[FloatArray] = []
        self.faces: list[IntArray] = []
        self.parts: list[int] = []

    def fill(self, hole: _Hole) -> None:
        points = self.surface.points
        pieces = _pieces(hole.line, points)
        triangles = np.concatenate([line[least_triangles(points[line])] for line in pieces])
        inner = self._inner(triangles, hole.line)
        if len(np.unique(inner)) == len(inner) // 2 and not self._taken(inner):
            self.added.update(inner.tolist())
        else:
            triangles = self._star(hole.line)
        self.faces.append(triangles)
        self.parts.append(hole.part)

    def _inner(self, triangles: IntArray, line: IntArray) -> IntArray:
        """Numbers of the edges that do not lie on the hole's border, each twice."""
        keys = _ordered(triangles, self.surface.points)
        base = len(self.surface.points)
        other = np.roll(line, -1).astype(np.int64)
        border = np.minimum(line, other) * base + np.maximum(line, other)
        return keys[~np.isin(keys, border)]

    def _taken(self, keys: IntArray) -> bool:
        at = np.searchsorted(self.edges, keys)
        there = self.edges[np.minimum(at, len(self.edges) - 1)] == keys
        return bool(there.any()) or any(key in self.added for key in keys.tolist())

    def _star(self, line: IntArray) -> IntArray:
        """A fan about a new vertex in the middle."""
        self.fresh.append(self.surface.points[line].mean(axis=0))
        middle = np.full(len(line), self.count, dtype=np.int32)
        self.count += 1
        return np.stack([line, np.roll(line, -1), middle], axis=1)

    def points(self) -> Points:
        fresh = np.array(self.fresh).reshape(-1, 3)
        return np.concatenate([self.surface.points, fresh])

    def result(self, without: BoolArray) -> tuple[Points, Faces, IntArray]:
        """Everything but what was filled in parts that are sheets."""
        faces, part = [self.surface.faces], [self.surface.label]
        for triangles, owner in zip(self.faces, self.parts, strict=True):
            if not without[owner]:
                faces.append(triangles.astype(np.int32))
                part.append(np.full(len(triangles), owner, dtype=np.int32))
        return self.points(), np.concatenate(faces), np.concatenate(part)


def _ordered(faces: Faces, points: Points) -> IntArray:
    """(3 m,) numbers of edges by their ends, the same for every list of faces on the same points."""
    start, end = faces.ravel().astype(np.int64), np.roll(faces, -1, axis=1).ravel().astype(np.int64)
    return np.minimum(start, end) * len(points) + np.maximum(start, end)


def _pieces(line: IntArray, points: Points) -> list[IntArray]:
    """A closed line, cut in two across the narrowest place until each piece is short enough."""
    if len(line) <= LONGEST:
        return [line]
    one, other = shortest_cut(points[line])
    return _pieces(line[one : other + 1], points) + _pieces(np.append(line[other:], line[: one + 1]), points)


def _sheets(surface: Surface, filler: _Filler) -> BoolArray:
    """(parts,) those that have borders and no inside to speak of."""
    lid, volume = np.zeros(surface.parts), np.zeros(surface.parts)
    points = filler.points()
    for triangles, owner in zip(filler.faces, filler.parts, strict=True):
        lid[owner] += areas_of(points, triangles).sum()
        volume[owner] += volumes_of(points, triangles).sum()
    volume += np.bincount(surface.label, volumes_of(surface.points, surface.faces), surface.parts)
    area = part_areas(surface)
    low, high = np.full((surface.parts, 3), np.inf), np.full((surface.parts, 3), -np.inf)
    corners, part = surface.faces.ravel(), np.repeat(surface.label, 3)
    np.minimum.at(low, part, surface.points[corners])
    np.maximum.at(high, part, surface.points[corners])
    diagonal = np.linalg.norm(high - low, axis=1)
    has_holes = np.isin(np.arange(surface.parts), filler.parts)
    return has_holes & ((lid >= MOSTLY_HOLE * area) | (np.abs(volume) <= FLAT * diagonal * area))


def _with_backs(
    surface: Surface, sheets: BoolArray, thickness: float, points: Points, faces: Faces, part: IntArray
) -> tuple[Points, Faces, IntArray]:
    """Faces with a back behind the sheets, half of the thickness to each side, and walls along their borders."""
    rows = np.flatnonzero(sheets[surface.label])
    front = surface.faces[rows]
    used, index = np.unique(front, return_inverse=True)
    index = index.reshape(-1, 3)
    cross = np.cross(*(points[front[:, k]] - points[front[:, 0]] for k in (1, 2)))
    normal = np.zeros((len(used), 3))
    for k in range(3):
        np.add.at(normal, index[:, k], cross)
    size = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.where(size > 0.0, normal / np.maximum(size, 1e-300), (0.0, 0.0, 1.0))
    out = np.concatenate([points, points[used] - 0.5 * thickness * normal])
    out[used] += 0.5 * thickness * normal
    behind = np.zeros(len(points), dtype=np.int32)
    behind[used] = len(points) + np.arange(len(used))
    border = surface.open
    border = border[np.isin(border // 3, rows)]
    a, b = surface.faces.ravel()[border], np.roll(surface.faces, -1, axis=1).ravel()[border]
    walls = np.concatenate([np.stack([b, a, behind[a]], axis=1), np.stack([b, behind[a], behind[b]], axis=1)])
    owner = surface.label[border // 3]
    return (
        out,
        np.concatenate([faces, behind[front][:, [0, 2, 1]], walls]).astype(np.int32),
        np.concatenate([part, surface.label[rows], owner, owner]),
    )


def single_edges(faces: Faces) -> bool:
    """Whether each edge of the faces has exactly two of them, one in each direction."""
    key = np.sort(edge_keys(faces))
    directed = np.sort(faces.ravel().astype(np.int64) * (int(faces.max()) + 1) + np.roll(faces, -1, axis=1).ravel())
    twice = len(key) % 2 == 0 and bool((key[0::2] == key[1::2]).all()) and bool((key[1:-1:2] != key[2::2]).all())
    return twice and bool((directed[1:] != directed[:-1]).all())
