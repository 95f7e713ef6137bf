"""How much of what lies around a point of a mesh can be seen from it, by rays (Embree)."""

from __future__ import annotations

import numpy as np

from ..geometry.texels import in_chunks
from ..geometry.typing import Faces, FloatArray, Points, Vectors
from .driver_kernels import rays

RAYS = 48
SKY_RAYS = 16
REACH = 0.5
"""What is further away than this share of the largest side closes nothing in."""
LIFT = 2e-4
CHUNK = 1 << 12

Solid = tuple[Points, Faces]


def openness(solid: Solid, points: Points, normals: Vectors, inner: Points, largest: float) -> FloatArray:
    """(n,) the share of the hemisphere above each point, weighted by the cosine, in which nothing stands: 1 on a plane.

    inner: (n, 3) from each point towards the middle of its faces.
    """
    return _seen(solid, points, normals, inner, normals, RAYS, REACH * largest, LIFT * largest)


def sky(solid: Solid, points: Points, normals: Vectors, inner: Points, largest: float) -> FloatArray:
    """(n,) the share of the sky that reaches each point straight or slanting from above."""
    up = np.zeros_like(normals)
    up[:, 2] = 1.0
    return _seen(solid, points, normals, inner, up, SKY_RAYS, 4.0 * largest, LIFT * largest)


def _seen(
    solid: Solid,
    points: Points,
    normals: Vectors,
    inner: Points,
    axis: Vectors,
    count: int,
    reach: float,
    lift: float,
) -> FloatArray:
    from embreex import rtcore_scene
    from embreex.mesh_construction import TriangleMesh

    scene = rtcore_scene.EmbreeScene()
    TriangleMesh(scene, solid[0].astype(np.float32), solid[1].astype(np.int32))
    # Embree's first query builds the tree; the others may then run at the same time.
    scene.run(np.zeros((1, 3), dtype=np.float32), np.array([[0, 0, 1]], dtype=np.float32), query="OCCLUDED")
    out = np.zeros(len(points))

    def work(start: int, stop: int) -> None:
        size = (stop - start) * count
        origin, direction = np.empty((size, 3), dtype=np.float32), np.empty((size, 3), dtype=np.float32)
        rays(points, normals, inner, axis, count, lift, start, stop, origin, direction)
        far = np.full(size, reach, dtype=np.float32)
        free = scene.run(origin, direction, dists=far, query="OCCLUDED") < 0
        below = np.einsum("ij,ij->i", direction, np.repeat(normals[start:stop], count, axis=0)) < 0.0
        out[start:stop] = (free & ~below).reshape(-1, count).mean(axis=1)

    in_chunks(len(points), work, size=CHUNK)
    return out
