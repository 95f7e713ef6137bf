"""Edges too short for the precision of a file, taken out of a closed mesh without opening it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .mesh import UVMesh
from .normals import weld
from .typing import FloatArray, IntArray, Points

LEAST_M = 1e-7
"""Readers take what lies closer than 1e-8 m for one place; rounding and the diagonal of their grid want a margin."""
LEAST_SHARE = 4e-7
"""Of the largest coordinate: several steps of a 32-bit float, the precision of places in a GLB."""
FLATTER = 2.0
"""A face may turn over when it is no higher than so many least edges: it has no side that anybody sees."""
ROUNDS = 4


def fused(mesh: UVMesh) -> UVMesh:
    """The mesh with the two ends of each edge that a file cannot hold at one place; faces on such edges go.

    Solids are cut and joined in 64 bits, where a fan of thin faces gives corners a few nanometres apart; rounded, they
    fall together at random and tear the surface. Nothing moves by more than some of these lengths, texture coordinates
    not at all. An edge stays where taking it out would join two sheets of the surface or turn a face over.
    """
    least = max(LEAST_M, LEAST_SHARE * float(np.abs(mesh.vertices).max()))
    first = weld(mesh.vertices)
    corners = first[mesh.faces]
    if not len(_short(mesh.vertices, corners, least)):
        return mesh
    work = _Fusing(mesh.vertices, corners, least)
    for _ in range(ROUNDS):
        if not work.round():
            break
    faces = mesh.faces[work.alive]
    used, index = np.unique(faces, return_inverse=True)
    return replace(
        mesh, vertices=mesh.vertices[work.settled(first)][used], faces=index.reshape(-1, 3).astype(np.int32),
        uv=mesh.uv[used], normals=mesh.normals[used], face_region=mesh.face_region[work.alive],
    )  # fmt: skip


def _short(points: Points, corners: IntArray, least: float) -> IntArray:
    """(k, 2) the ends of the edges shorter than ``least``, each once, the shortest first."""
    ends = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    # In a closed mesh each edge runs once either way.
    ends = ends[ends[:, 0] < ends[:, 1]]
    step = points[ends[:, 0]] - points[ends[:, 1]]
    length = np.einsum("ij,ij->i", step, step)
    close = np.flatnonzero(length < least * least)
    found: IntArray = ends[close[np.argsort(length[close], kind="stable")]].astype(np.int32)
    return found


class _Fusing:
    """The faces (m, 3) by the places of their corners while edges are taken out. alive: (m,) which are left."""

    def __init__(self, points: Points, corners: IntArray, least: float) -> None:
        self.points, self.corners, self.least = points, corners.copy(), least
        self.alive = np.ones(len(corners), dtype=bool)
        self.target: dict[int, int] = {}
        order = np.argsort(corners.ravel(), kind="stable")
        bounds = np.searchsorted(corners.ravel()[order], np.arange(len(points) + 1))
        self._order, self._bounds = order // 3, bounds
        self._faces: dict[int, list[int]] = {}
        self._low, self._high = points.min(axis=0), points.max(axis=0)

    def round(self) -> bool:
        """Try each edge that is too short now; whether any went."""
        taken = False
        for a, b in _short(self.points, self.corners[self.alive], self.least).tolist():
            here, there = self._now(a), self._now(b)
            if here != there:
                # The box around the mesh is to stay: what lies further inside moves.
                goes, stays = (here, there) if self._inside(here) > self._inside(there) else (there, here)
                taken |= self._take(goes, stays) or self._take(stays, goes)
        return taken

    def settled(self, first: IntArray) -> IntArray:
        """(n,) the vertex at whose place each vertex lies now."""
        moved = np.arange(len(self.points), dtype=np.int32)
        for vertex in self.target:
            moved[vertex] = self._now(vertex)
        settled: IntArray = moved[first]
        return settled

    def _now(self, vertex: int) -> int:
        while vertex in self.target:
            vertex = self.target[vertex]
        return vertex

    def _inside(self, vertex: int) -> float:
        point = self.points[vertex]
        return float(np.minimum(point - self._low, self._high - point).min())

    def _around(self, vertex: int) -> list[int]:
        """The faces at a place."""
        if vertex not in self._faces:
            self._faces[vertex] = self._order[self._bounds[vertex] : self._bounds[vertex + 1]].tolist()
        self._faces[vertex] = [face for face in self._faces[vertex] if self.alive[face]]
        return self._faces[vertex]

    def _take(self, goes: int, stays: int) -> bool:
        """Move one end of an edge to the other, unless the surface suffers."""
        mine, theirs = self._around(goes), self._around(stays)
        between = [face for face in mine if face in theirs]
        near, others = self._places(mine) - {goes, stays}, self._places(theirs) - {goes, stays}
        # Link condition: two triangles at the edge, no other way from one end to the other, and no tetrahedron.
        if len(between) != 2 or len(near & others) != 2 or len(near | others) < 3:
            return False
        kept = np.array([face for face in mine if face not in between])
        after = np.where(self.corners[kept] == goes, stays, self.corners[kept])
        if self._turned_over(self.corners[kept], after):
            return False
        self.corners[kept] = after
        self.alive[between] = False
        self._faces[stays] = [*theirs, *kept.tolist()]
        self.target[goes] = stays
        return True

    def _places(self, faces: list[int]) -> set[int]:
        """The corners of these faces."""
        return set(self.corners[faces].ravel().tolist())

    def _turned_over(self, before: IntArray, after: IntArray) -> bool:
        """Whether a face that is high enough to be seen looks the other way."""
        old, new = self._crosses(before), self._crosses(after)
        sides = self.points[after] - self.points[np.roll(after, 1, axis=1)]
        longest = np.linalg.norm(sides, axis=2).max(axis=1)
        high = np.linalg.norm(new, axis=1) > FLATTER * self.least * longest
        return bool((high & (np.einsum("ij,ij->i", old, new) < 0.0)).any())

    def _crosses(self, corners: IntArray) -> FloatArray:
        a, b, c = np.moveaxis(self.points[corners], 1, 0)
        crosses: FloatArray = np.cross(b - a, c - a)
        return crosses
