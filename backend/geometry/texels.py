"""Which surface point each texel of an atlas shows."""

from __future__ import annotations

from dataclasses import dataclass

from .typing import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class TexelMap:
    """Texels of an R x R atlas that lie in a chart, as flat lists; row 0 of the image is v = 1.

    rows, cols: (k,) image coordinates. face: (k,) the mesh's face. position, normal, tangent, bitangent: (k, 3); metres and unit
    vectors, tangent towards +u and bitangent towards +v, as a glTF viewer derives them (MikkTSpace).
    nearest: (R, R) int32, index into the lists of the nearest texel in a chart: the gutter fill (-1 only when the atlas is empty).
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
