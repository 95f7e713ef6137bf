"""Reading OBJ: places, texture coordinates and polygons in the file's order. Nothing that the file names is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import GeometryError
from .typing import Faces, FloatArray, IntArray, Points


@dataclass(frozen=True)
class RawMesh:
    """What a file holds. vertices: (n, 3); faces: (m, 3); uv: (k, 2) with uv_faces (m, 3); normals: (n, 3).

    groups: (m,) the polygon that each triangle came from. notes: what the file holds besides, and is not used.
    """

    vertices: Points
    faces: Faces
    uv: FloatArray | None = None
    uv_faces: Faces | None = None
    normals: FloatArray | None = None
    groups: IntArray | None = None
    notes: tuple[str, ...] = ()


def read_obj(path: Path, max_faces: int) -> RawMesh:
    """The polygons of an OBJ file, cut into fans. Stops reading soon after ``max_faces`` triangles.

    Material libraries are not read. Raises GeometryError for lines that make no sense, with their number.
    """
    places: list[list[float]] = []
    coordinates: list[list[float]] = []
    corners: list[tuple[int, int, int]] = []
    textured: list[tuple[int, int, int]] = []
    groups: list[int] = []
    polygons = 0
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            words = line.split()
            if not words or words[0] not in ("v", "vt", "f"):
                continue
            try:
                if words[0] == "v":
                    places.append([float(word) for word in words[1:4]])
                elif words[0] == "vt":
                    coordinates.append([float(word) for word in words[1:3]])
                else:
                    vertex, texture = _corners(words[1:], len(places), len(coordinates))
                    for k in range(1, len(vertex) - 1):
                        corners.append((vertex[0], vertex[k], vertex[k + 1]))
                        textured.append((texture[0], texture[k], texture[k + 1]))
                        groups.append(polygons)
                    polygons += 1
            except (ValueError, IndexError) as error:
                message = f"Line {number} of the OBJ file makes no sense."
                raise GeometryError(message, "Export the mesh again.") from error
            if len(corners) > max_faces:
                break
    vertices = _table(places, 3)
    faces, uv_faces = (np.array(rows, dtype=np.int64).reshape(-1, 3) for rows in (corners, textured))
    uv = _table(coordinates, 2) if len(coordinates) and len(uv_faces) and (uv_faces >= 0).all() else None
    return RawMesh(
        vertices,
        faces.astype(np.int32),
        uv,
        None if uv is None else uv_faces.astype(np.int32),
        None,
        np.array(groups, dtype=np.int32),
    )


def _corners(words: list[str], places: int, coordinates: int) -> tuple[list[int], list[int]]:
    """Rows of places and of texture coordinates (-1 for none) at a polygon's corners. Indices below 0 count back."""
    vertex, texture = [], []
    for word in words:
        parts = word.split("/")
        index = int(parts[0])
        vertex.append(index - 1 if index > 0 else places + index)
        index = int(parts[1]) if len(parts) > 1 and parts[1] else 0
        texture.append(index - 1 if index > 0 else coordinates + index if index < 0 else -1)
    return vertex, texture


def _table(rows: list[list[float]], width: int) -> FloatArray:
    if any(len(row) != width for row in rows):
        raise GeometryError(f"Some lines of the OBJ file have fewer than {width} numbers.", "Export the mesh again.")
    return np.array(rows, dtype=np.float64).reshape(-1, width)
