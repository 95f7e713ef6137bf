"""A triangle mesh with an atlas: what types build, engines texture and GLB files hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .typing import Faces, IntArray, Points, TexCoords, Vectors


@dataclass(frozen=True)
class UVMesh:
    """A solid with texture coordinates. Z up, metres, origin at the centre of the base.

    vertices: (n, 3), split along UV seams, so that ``uv`` and ``normals`` are per vertex; vertices at one place make
    one closed surface when merged. faces: (m, 3), outward. uv: (n, 2) in 0..1, charts do not overlap.
    normals: (n, 3), unit, smooth within a surface and split at its creases.
    face_region: (m,) index into ``regions``, names such as "body", "rim", "handle", "foot", "interior", "base".
    """

    vertices: Points
    faces: Faces
    uv: TexCoords
    normals: Vectors
    face_region: IntArray
    regions: tuple[str, ...]

    def scaled(self, factors: tuple[float, float, float]) -> UVMesh:
        """The mesh scaled along x, y, z (each > 0), with normals turned accordingly."""
        scale = np.asarray(factors, dtype=np.float64)
        normals = self.normals / scale
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        return UVMesh(self.vertices * scale, self.faces, self.uv, normals, self.face_region, self.regions)

    @property
    def size(self) -> tuple[float, float, float]:
        """Width (x), depth (y), height (z) of the bounding box, metres."""
        low, high = self.vertices.min(axis=0), self.vertices.max(axis=0)
        return tuple(float(v) for v in high - low)  # type: ignore[return-value]
