"""Rays against a mesh and what else stands around it (Embree)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from .mesh import UVMesh
from .texels import in_chunks
from .typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, Points

CHUNK = 1 << 15
"""Rays that are cast at once."""


@dataclass(frozen=True)
class Hits:
    """What rays meet first. face: (n,) int32 of the target, -1 for none or for another solid. solid: (n,) int32, 0 the
    target, 1.. the others, -1 nothing. u, v: (n,) float32 weights of the face's corners 2 and 3. distance: (n,) float32
    in lengths of the ray's direction, inf where there is nothing.
    """

    face: IntArray
    solid: IntArray
    u: Float32Array
    v: Float32Array
    distance: Float32Array


class RayScene:
    """A mesh and the solids around it, ready for rays. Both sides of a face stop a ray.

    Embree reckons in float32: the mesh should stand about the origin, of a size about 1. Safe to use from several
    threads at once.

    vertices: (n, 3), faces: (m, 3) of all solids, the target's first. first: (S + 1,) the first face of each solid.
    """

    def __init__(self, target: UVMesh, others: Sequence[tuple[Points, Faces]] = ()) -> None:
        solids = [(target.vertices, target.faces), *others]
        self.first: IntArray = np.cumsum([0, *(len(faces) for _, faces in solids)], dtype=np.int32)
        rows = np.cumsum([0, *(len(points) for points, _ in solids)])
        self.vertices: Points = np.concatenate([np.asarray(points, dtype=np.float64) for points, _ in solids])
        self.faces: Faces = np.concatenate(
            [np.asarray(faces, dtype=np.int32) + np.int32(row) for (_, faces), row in zip(solids, rows, strict=False)]
        )
        used = self.vertices[self.faces.ravel()]
        self.low, self.high = used.min(axis=0), used.max(axis=0)
        self._embree = self._built()

    def _built(self) -> Any:
        from embreex import rtcore_scene
        from embreex.mesh_construction import TriangleMesh

        # Robust: no ray slips through between two faces that share an edge.
        embree = rtcore_scene.EmbreeScene(robust=True)
        TriangleMesh(embree, self.vertices.astype(np.float32), self.faces)
        # Embree's first query builds the tree; the others may then run at the same time.
        embree.run(np.zeros((1, 3), dtype=np.float32), np.array([[0, 0, 1]], dtype=np.float32), query="OCCLUDED")
        return embree

    @property
    def centre(self) -> FloatArray:
        """(3,) the middle of the box around everything."""
        return (self.low + self.high) / 2.0

    @property
    def radius(self) -> float:
        """Of a ball about ``centre`` that holds everything."""
        return float(np.linalg.norm(self.high - self.low)) / 2.0

    def first_faces(self, origins: Float32Array, directions: Float32Array) -> IntArray:
        """(n,) row of ``faces`` that each ray meets first, -1 for none; on this thread. origins, directions: (n, 3)."""
        found: IntArray = self._embree.run(origins, directions, query="INTERSECT")
        return found

    def cast(self, origins: FloatArray | Float32Array, directions: FloatArray | Float32Array) -> Hits:
        """What rays meet first. origins, directions: (n, 3); directions of any length above 0."""
        start, along = _rays(origins), _rays(directions)
        count = len(start)
        face, solid = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
        u, v, distance = (np.empty(count, dtype=np.float32) for _ in range(3))

        def work(low: int, high: int) -> None:
            part = slice(low, high)
            face[part] = self.first_faces(start[part], along[part])
            _measured(
                self.vertices, self.faces, self.first, start[part], along[part],
                face[part], solid[part], u[part], v[part], distance[part],
            )  # fmt: skip

        _spread(count, work)
        return Hits(face, solid, u, v, distance)

    def blocked(
        self,
        origins: FloatArray | Float32Array,
        directions: FloatArray | Float32Array,
        reach: float | FloatArray | Float32Array = np.inf,
    ) -> BoolArray:
        """(n,) whether anything stands within ``reach``, in lengths of the ray's direction.

        origins, directions: (n, 3).
        """
        start, along = _rays(origins), _rays(directions)
        count = len(start)
        # Embree writes into the reaches, so they are a copy.
        far = np.array(np.broadcast_to(np.minimum(reach, 1e30), (count,)), dtype=np.float32)
        out = np.empty(count, dtype=bool)

        def work(low: int, high: int) -> None:
            part = slice(low, high)
            out[part] = self._embree.run(start[part], along[part], dists=far[part], query="OCCLUDED") >= 0

        _spread(count, work)
        return out


def _rays(values: FloatArray | Float32Array) -> Float32Array:
    return np.ascontiguousarray(values, dtype=np.float32).reshape(-1, 3)


def _spread(count: int, work: Callable[[int, int], None]) -> None:
    if count <= CHUNK:
        work(0, count)
    else:
        in_chunks(count, work, size=CHUNK)


@njit(cache=True, nogil=True)
def crossing(
    vertices: Points, i: int, j: int, m: int, ox: float, oy: float, oz: float, dx: float, dy: float, dz: float
) -> tuple[float, float, float]:
    """Where a line meets the plane of a triangle: its weights of corners 2 and 3, limited to the triangle, and how far
    along the line, in lengths of the direction (Moeller and Trumbore 1997).
    """
    ax, ay, az = vertices[i, 0], vertices[i, 1], vertices[i, 2]
    ux, uy, uz = vertices[j, 0] - ax, vertices[j, 1] - ay, vertices[j, 2] - az
    vx, vy, vz = vertices[m, 0] - ax, vertices[m, 1] - ay, vertices[m, 2] - az
    px, py, pz = dy * vz - dz * vy, dz * vx - dx * vz, dx * vy - dy * vx
    det = ux * px + uy * py + uz * pz
    tx, ty, tz = ox - ax, oy - ay, oz - az
    b, c = 1.0 / 3.0, 1.0 / 3.0
    if det != 0.0:
        b = (tx * px + ty * py + tz * pz) / det
        qx, qy, qz = ty * uz - tz * uy, tz * ux - tx * uz, tx * uy - ty * ux
        c = (dx * qx + dy * qy + dz * qz) / det
        b = min(1.0, max(0.0, b))
        c = min(1.0 - b, max(0.0, c))
    # From the point on the triangle: a line that all but lies in its plane has no sharp crossing.
    wx, wy, wz = b * ux + c * vx - tx, b * uy + c * vy - ty, b * uz + c * vz - tz
    return b, c, (wx * dx + wy * dy + wz * dz) / (dx * dx + dy * dy + dz * dz)


@njit(cache=True, nogil=True)
def _measured(
    vertices: Points,
    faces: Faces,
    first: IntArray,
    origins: Float32Array,
    directions: Float32Array,
    face: IntArray,
    solid: IntArray,
    u: Float32Array,
    v: Float32Array,
    distance: Float32Array,
) -> None:
    """Turn rows of ``faces`` in ``face`` into hits, in place."""
    for k in range(len(face)):
        met = face[k]
        if met < 0:
            solid[k], u[k], v[k], distance[k] = -1, 0.0, 0.0, np.inf
            continue
        b, c, far = crossing(
            vertices,
            faces[met, 0],
            faces[met, 1],
            faces[met, 2],
            float(origins[k, 0]),
            float(origins[k, 1]),
            float(origins[k, 2]),
            float(directions[k, 0]),
            float(directions[k, 1]),
            float(directions[k, 2]),
        )
        u[k], v[k], distance[k] = b, c, far
        which = 0
        while met >= first[which + 1]:
            which += 1
        solid[k] = which
        if which > 0:
            face[k] = -1
