"""Which surface point each texel of an atlas shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from .mesh import UVMesh
from .surface_kernels import beside, cover
from .texel_kernels import interpolate, vertex_tangents
from .typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, TexCoords

CHUNK = 1 << 17
"""Texels that are worked on at once: few enough for the caches, and the same on every machine."""
BANDS = 8
"""Parts of a picture that threads lay faces over, the same on every machine."""


@dataclass(frozen=True)
class TexelMap:
    """Texels of an R x R atlas that lie in a chart or in its margin, as flat lists; row 0 of the image is v = 1.

    rows, cols: (k,) image coordinates. face: (k,) the mesh's face. position, normal, tangent, bitangent: (k, 3)
    float32; metres and unit vectors, tangent towards +u and bitangent towards +v, as a glTF viewer derives them
    (MikkTSpace). nearest: (R, R) int32, index into the lists of the nearest texel: the gutter fill (-1 only when the
    atlas is empty). inside: (R, R) bool, the texels whose centre lies in a chart.
    """

    resolution: int
    rows: IntArray
    cols: IntArray
    face: IntArray
    position: Float32Array
    normal: Float32Array
    tangent: Float32Array
    bitangent: Float32Array
    nearest: IntArray
    inside: BoolArray


def rasterise_texels(mesh: UVMesh, resolution: int, margin: int = 0) -> TexelMap:
    """The surface point at the centre of every texel that a chart covers.

    A centre on the edge between two faces belongs to the face with the lower number, so none is lost between them.
    margin: so many texels around each chart show where the surface would go on beyond its seam, so that what is
    interpolated at the seam is the same on both sides.
    """
    owner, inside = texel_owners(mesh.uv, mesh.faces, resolution, margin)
    shown = owner >= 0
    flat = np.flatnonzero(shown.ravel())
    rows, cols = (flat // resolution).astype(np.int32), (flat % resolution).astype(np.int32)
    face = owner.ravel()[flat]
    del owner, flat
    tangents, signs = vertex_tangents(mesh.vertices, mesh.faces, mesh.uv, mesh.normals)
    position, normal, tangent, bitangent = (np.empty((len(rows), 3), dtype=np.float32) for _ in range(4))

    def work(start: int, stop: int) -> None:
        part = slice(start, stop)
        interpolate(
            mesh.vertices,
            mesh.faces,
            mesh.uv,
            mesh.normals,
            tangents,
            signs,
            rows[part],
            cols[part],
            face[part],
            resolution,
            margin > 0,
            position[part],
            normal[part],
            tangent[part],
            bitangent[part],
        )

    in_chunks(len(rows), work)
    return TexelMap(resolution, rows, cols, face, position, normal, tangent, bitangent, _nearest(shown), inside)


def texel_owners(uv: TexCoords, faces: Faces, resolution: int, margin: int) -> tuple[IntArray, BoolArray]:
    """(R, R) the face that each texel shows, -1 for none, and (R, R) whether its centre lies in a chart."""
    over = np.full((resolution, resolution), -1, dtype=np.int32)
    near = np.full((resolution, resolution), -1, dtype=np.int32)
    lay_faces(uv, faces, np.arange(len(faces), dtype=np.int32), np.zeros(2), True, margin, over, near)
    inside = over >= 0
    return np.where(inside, over, near), inside


def lay_faces(
    uv: TexCoords,
    faces: Faces,
    chosen: IntArray,
    corner: FloatArray,
    repeats: bool,
    margin: int,
    over: IntArray,
    near: IntArray,
) -> None:
    """Write into ``over`` (R, R) the face over each texel's centre, the lowest-numbered one, and into ``near`` (R, R)
    the one nearest to it where none is over it but one at most margin + 1/2 texels away. Both hold -1 before.

    chosen: rising numbers of the faces to lay. corner: (2,) the lower left corner of the picture in texture
    coordinates. repeats: what lies beyond the picture comes in again on its other side; otherwise it is cut off.
    """
    resolution, room = len(over), margin + 0.5
    reach = np.full(over.shape, room * room + 1e-6, dtype=np.float32)

    def work(first: int, last: int) -> None:
        cover(uv, faces, chosen, corner, repeats, first, last, over)
        if margin > 0 and (over[first:last] < 0).any():
            beside(uv, faces, chosen, corner, repeats, room, first, last, over, near, reach)

    in_chunks(resolution, work, size=-(-resolution // BANDS))


def in_chunks(
    count: int, work: Callable[[int, int], None], done: Callable[[float], None] | None = None, size: int = CHUNK
) -> None:
    """Call work(start, stop) for each chunk of ``count`` things, on all cores. done: told the share that is ready, on
    the caller's thread; what it raises ends the work.

    The chunks do not depend on the number of cores, so that neither do the results.
    """
    starts = range(0, count, size)
    with ThreadPoolExecutor(max(1, min(os.cpu_count() or 1, len(starts), 8))) as pool:
        futures = [pool.submit(work, start, min(start + size, count)) for start in starts]
        try:
            for number, future in enumerate(futures):
                future.result()
                if done is not None:
                    done((number + 1) / len(futures))
        finally:
            for future in futures:
                future.cancel()


def _nearest(inside: BoolArray) -> IntArray:
    """(R, R) number of the nearest texel that is inside, in row-major order of those; -1 when there is none."""
    if not inside.any():
        return np.full(inside.shape, -1, dtype=np.int32)
    outside = (~inside).view(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(outside, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    number = np.zeros(int(labels.max()) + 1, dtype=np.int32)
    number[labels[inside]] = np.arange(int(inside.sum()), dtype=np.int32)
    return number[labels]
