"""One mesh of places, coordinates and normals that are numbered apart."""

from __future__ import annotations

import numpy as np

from .mesh import UVMesh
from .normals import corner_normals, weld
from .typing import Faces, Points, TexCoords, Vectors

CREASE = np.radians(50.0)
"""Edges that bend more are sharp where a mesh brings no normals."""


def joined_mesh(
    vertices: Points, faces: Faces, uv: TexCoords, uv_faces: Faces, normals: Vectors | None
) -> UVMesh:
    """The mesh with one vertex for each place, coordinate and normal that occur together; faces in their order."""
    if normals is None:
        at_corners = corner_normals(vertices, faces, CREASE).reshape(-1, 3)
    else:
        at_corners = normals[faces.ravel()]
        at_corners = at_corners / np.maximum(np.linalg.norm(at_corners, axis=1, keepdims=True), 1e-12)
    place, coordinate = vertices[faces.ravel()], uv[uv_faces.ravel()]
    first = weld(np.concatenate([place, coordinate, np.round(at_corners, 9)], axis=1))
    chosen, index = np.unique(first, return_inverse=True)
    return UVMesh(
        np.ascontiguousarray(place[chosen]),
        index.reshape(-1, 3).astype(np.int32),
        np.ascontiguousarray(coordinate[chosen]),
        np.ascontiguousarray(at_corners[chosen]),
        np.zeros(len(faces), dtype=np.int32),
        ("body",),
    )
