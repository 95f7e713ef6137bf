"""From what a file holds to triangles that are triangles: numbers, places, corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import GeometryError
from ..normals import weld
from ..typing import BoolArray, Faces, FloatArray, IntArray, Points
from .contract import RawShape

FARTHEST = 1e18
"""Coordinates beyond are taken as no numbers: nothing can be reckoned beside them."""
NEAR = 1e-6
"""Share of the size within which vertices count as one: less than a hundredth of what paper is thick on a statuette."""
FIX = "Make the mesh anew, or export it as GLB with its triangles."


@dataclass(frozen=True)
class Clean:
    """Triangles with three corners at three places, each once, in a box of size 1 about the origin.

    points: (n, 3). faces: (m, 3). source: (m,) the face of the raw shape. doubles: (d, 2) face of the raw shape that
    lies on the back of another, and row of that one in ``faces``. corners: (m + d, 3) vertices of the raw shape.
    vertices: (v, 3) all of the raw shape in that box, those without a place in its middle. size: of the box in the raw
    shape's unit. unusable: faces left out.
    """

    points: Points
    faces: Faces
    source: IntArray
    doubles: IntArray
    vertices: Points
    size: float
    unusable: int


def cleaned(shape: RawShape) -> Clean:
    """The faces that can be worked on. Raises GeometryError when there are none."""
    vertices, faces = _arrays(shape)
    good = np.isfinite(vertices).all(axis=1) & (np.abs(np.nan_to_num(vertices)) < FARTHEST).all(axis=1)
    within = ((faces >= 0) & (faces < len(vertices))).all(axis=1)
    usable = within.copy()
    usable[within] = good[faces[within]].all(axis=1)
    rows = np.flatnonzero(usable)
    if len(rows) == 0:
        raise GeometryError("The mesh has no face whose corners are places in space.", FIX)
    used = vertices[np.unique(faces[rows])]
    low, high = used.min(axis=0), used.max(axis=0)
    size = float((high - low).max())
    if not size > 0.0:
        raise GeometryError("The mesh has no extent: all its vertices lie at one place.", FIX)
    centre = 0.5 * (low + high)
    points = (np.where(good[:, None], vertices, centre) - centre) / size
    place = merged_places(points, NEAR)
    corners = place[faces[rows]]
    apart = (corners != np.roll(corners, 1, axis=1)).all(axis=1)
    if not apart.any():
        raise GeometryError("No face of the mesh has an area.", FIX)
    rows, corners = rows[apart], corners[apart]
    first, back = _upon_each_other(corners)
    kept = np.flatnonzero(first == np.arange(len(rows)))
    number = np.full(len(rows), -1)
    number[kept] = np.arange(len(kept))
    doubles = np.stack([rows[back], number[first[back]]], axis=1)
    vertex, index = np.unique(corners[kept], return_inverse=True)
    return Clean(
        np.ascontiguousarray(points[vertex]), index.reshape(-1, 3).astype(np.int32), rows[kept].astype(np.int32),
        doubles.astype(np.int32), points, size, len(faces) - len(kept),
    )  # fmt: skip


def _arrays(shape: RawShape) -> tuple[Points, Faces]:
    vertices, faces = np.asarray(shape.vertices, dtype=np.float64), np.asarray(shape.faces)
    if vertices.size == 0 or faces.size == 0:
        raise GeometryError("The mesh is empty: it has no faces.", "Try again with another seed, picture or prompt.")
    if vertices.ndim != 2 or faces.ndim != 2 or vertices.shape[1] != 3 or faces.shape[1] != 3:
        raise GeometryError("The mesh is no list of places and triangles.", FIX)
    return vertices, faces.astype(np.int64)


def merged_places(points: Points, near: float) -> IntArray:
    """(n,) for each vertex the number of one at its place, or nearer than about ``near``.

    By two grids, the second moved by half a cell, so that a border of cells parts no two places that touch.
    """
    out = weld(points)
    for shift in (0.0, 0.5):
        cell = np.floor(points[out] / near + shift)
        out = weld(cell)[out] if shift == 0.0 else out[weld(cell)]
        out = out[out]
    return out


def _upon_each_other(corners: IntArray) -> tuple[IntArray, IntArray]:
    """(m,) the first face with the same three corners, and rows of those that lie on the back of that first one."""
    first = weld(np.sort(corners, axis=1).astype(np.float64))
    again = np.flatnonzero(first != np.arange(len(first)))
    if len(again) == 0:
        return first, again
    back = [int(row) for row in again if _turned(corners[row], corners[first[row]])]
    return first, np.array(back, dtype=np.int64)


def _turned(one: IntArray, other: IntArray) -> bool:
    """Whether two triangles of the same corners look in opposite directions."""
    at = int(np.flatnonzero(other == one[0])[0])
    return bool(other[(at + 1) % 3] != one[1])


def areas_of(points: Points, faces: Faces) -> FloatArray:
    """(m,) areas."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    return 0.5 * np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1))


def volumes_of(points: Points, faces: Faces) -> FloatArray:
    """(m,) signed volumes of the tetrahedra between each face and the origin."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    return np.einsum("ij,ij->i", a, np.cross(b, c)) / 6.0


def chosen(points: Points, faces: Faces, keep: BoolArray) -> tuple[Points, Faces]:
    """The faces to keep, with the vertices that they use."""
    used, index = np.unique(faces[keep], return_inverse=True)
    return np.ascontiguousarray(points[used]), index.reshape(-1, 3).astype(np.int32)
