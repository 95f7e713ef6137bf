"""Which surface point each texel of an atlas shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .mesh import UVMesh
from .texel_kernels import interpolate, owners, vertex_tangents
from .typing import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class TexelMap:
    """Texels of an R x R atlas that lie in a chart, as flat lists; row 0 of the image is v = 1.

    rows, cols: (k,) image coordinates. face: (k,) the mesh's face. position, normal, tangent, bitangent: (k, 3); metres
    and unit vectors, tangent towards +u and bitangent towards +v, as a glTF viewer derives them (MikkTSpace).
    nearest: (R, R) int32, index into the lists of the nearest texel in a chart: the gutter fill (-1 only when the atlas
    is empty).
    inside: (R, R) bool.
    """

    resolution: int
    rows: IntArray
    cols: IntArray
    face: IntArray
    position: FloatArray
    normal: FloatArray
    tangent: FloatArray
    bitangent: FloatArray
    nearest: IntArray
    inside: BoolArray


def rasterise_texels(mesh: UVMesh, resolution: int) -> TexelMap:
    """The surface point at the centre of every texel that a chart covers.

    A centre on the edge between two faces belongs to the face with the lower number, so none is lost between them.
    """
    owner = owners(mesh.uv, mesh.faces, resolution)
    inside = owner >= 0
    rows, cols = (axis.astype(np.int32) for axis in np.nonzero(inside))
    face = owner[rows, cols]
    tangents, signs = vertex_tangents(mesh.vertices, mesh.faces, mesh.uv, mesh.normals)
    position, normal, tangent, bitangent = interpolate(
        mesh.vertices, mesh.faces, mesh.uv, mesh.normals, tangents, signs, rows, cols, face, resolution
    )
    return TexelMap(resolution, rows, cols, face, position, normal, tangent, bitangent, _nearest(inside), inside)


def _nearest(inside: BoolArray) -> IntArray:
    """(R, R) number of the nearest texel that is inside, in row-major order of those; -1 when there is none."""
    if not inside.any():
        return np.full(inside.shape, -1, dtype=np.int32)
    outside = (~inside).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(outside, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    number = np.zeros(int(labels.max()) + 1, dtype=np.int32)
    number[labels[inside]] = np.arange(int(inside.sum()), dtype=np.int32)
    return number[labels]
