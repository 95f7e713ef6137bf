"""Compiled loops over the texels of an atlas."""

from __future__ import annotations

import numpy as np
from numba import njit

from .normals import angle_at
from .typing import Faces, Float32Array, FloatArray, IntArray, Points, TexCoords, Vectors


@njit(cache=True)
def vertex_tangents(vertices: Points, faces: Faces, uv: TexCoords, normals: Vectors) -> tuple[FloatArray, FloatArray]:
    """(n, 3) unit tangent of each vertex and (n,) the sign of its bitangent.

    As MikkTSpace (Mikkelsen 2008, Simulation of wrinkled surfaces revisited): each face's direction of +u, projected
    onto the vertex's plane, weighted by the angle at the vertex.
    """
    sums = np.zeros((len(vertices), 3))
    signs = np.ones(len(vertices))
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        u1, v1 = uv[b, 0] - uv[a, 0], uv[b, 1] - uv[a, 1]
        u2, v2 = uv[c, 0] - uv[a, 0], uv[c, 1] - uv[a, 1]
        area = u1 * v2 - u2 * v1
        if area == 0.0:
            continue
        sign = 1.0 if area > 0.0 else -1.0
        tx = sign * ((vertices[b, 0] - vertices[a, 0]) * v2 - (vertices[c, 0] - vertices[a, 0]) * v1)
        ty = sign * ((vertices[b, 1] - vertices[a, 1]) * v2 - (vertices[c, 1] - vertices[a, 1]) * v1)
        tz = sign * ((vertices[b, 2] - vertices[a, 2]) * v2 - (vertices[c, 2] - vertices[a, 2]) * v1)
        for k in range(3):
            i = faces[f, k]
            off = tx * normals[i, 0] + ty * normals[i, 1] + tz * normals[i, 2]
            px, py, pz = tx - off * normals[i, 0], ty - off * normals[i, 1], tz - off * normals[i, 2]
            size = np.sqrt(px * px + py * py + pz * pz)
            if size > 0.0:
                weight = angle_at(vertices, i, faces[f, (k + 1) % 3], faces[f, (k + 2) % 3]) / size
                sums[i, 0] += px * weight
                sums[i, 1] += py * weight
                sums[i, 2] += pz * weight
            signs[i] = sign
    for i in range(len(vertices)):
        size = np.sqrt(sums[i, 0] ** 2 + sums[i, 1] ** 2 + sums[i, 2] ** 2)
        if size > 0.0:
            sums[i] /= size
    return sums, signs


@njit(cache=True, nogil=True)
def interpolate(
    vertices: Points,
    faces: Faces,
    uv: TexCoords,
    normals: Vectors,
    tangents: FloatArray,
    signs: FloatArray,
    rows: IntArray,
    cols: IntArray,
    face: IntArray,
    resolution: int,
    beyond: bool,
    position: Float32Array,
    normal: Float32Array,
    tangent: Float32Array,
    bitangent: Float32Array,
) -> None:
    """Position, normal, tangent and bitangent at the centres of texels, written to (k, 3) arrays.

    beyond: a centre may lie outside its face, in the plane of which the surface is thought to go on.
    """
    for k in range(len(rows)):
        i, j, m = faces[face[k], 0], faces[face[k], 1], faces[face[k], 2]
        a, b, c = weights_at(uv, i, j, m, rows[k], cols[k], resolution, beyond)
        for axis in range(3):
            position[k, axis] = a * vertices[i, axis] + b * vertices[j, axis] + c * vertices[m, axis]
        a, b, c = max(a, 0.0), max(b, 0.0), max(c, 0.0)
        nx = a * normals[i, 0] + b * normals[j, 0] + c * normals[m, 0]
        ny = a * normals[i, 1] + b * normals[j, 1] + c * normals[m, 1]
        nz = a * normals[i, 2] + b * normals[j, 2] + c * normals[m, 2]
        size = 1.0 / max(np.sqrt(nx * nx + ny * ny + nz * nz), 1e-30)
        nx, ny, nz = nx * size, ny * size, nz * size
        tx = a * tangents[i, 0] + b * tangents[j, 0] + c * tangents[m, 0]
        ty = a * tangents[i, 1] + b * tangents[j, 1] + c * tangents[m, 1]
        tz = a * tangents[i, 2] + b * tangents[j, 2] + c * tangents[m, 2]
        off = tx * nx + ty * ny + tz * nz
        tx, ty, tz = tx - off * nx, ty - off * ny, tz - off * nz
        size = np.sqrt(tx * tx + ty * ty + tz * tz)
        if size < 1e-12:
            # The tangents cancel out: any direction across the normal will do, as for a texture of one colour.
            tx, ty, tz = (0.0, nz, -ny) if abs(nx) < 0.9 else (-nz, 0.0, nx)
            size = np.sqrt(tx * tx + ty * ty + tz * tz)
        tx, ty, tz = tx / size, ty / size, tz / size
        normal[k, 0], normal[k, 1], normal[k, 2] = nx, ny, nz
        tangent[k, 0], tangent[k, 1], tangent[k, 2] = tx, ty, tz
        sign = signs[i]
        bitangent[k, 0] = sign * (ny * tz - nz * ty)
        bitangent[k, 1] = sign * (nz * tx - nx * tz)
        bitangent[k, 2] = sign * (nx * ty - ny * tx)


@njit(cache=True, nogil=True)
def repeated(at: float, a: float, b: float, c: float) -> float:
    """A coordinate of the picture as a face sees it that lies beyond 0..1: as many pictures away.

    The picture in which it falls onto the face, else the one in which it is nearest to the face's middle.
    """
    low, high = min(a, b, c), max(a, b, c)
    if low >= 0.0 and high <= 1.0:
        return at
    first = at + np.ceil(low - at)
    if first <= high:
        return float(first)
    return float(at + np.floor((a + b + c) / 3.0 - at + 0.5))


@njit(cache=True, nogil=True)
def weights_at(
    uv: TexCoords, i: int, j: int, m: int, row: int, col: int, resolution: int, beyond: bool
) -> tuple[float, float, float]:
    """Barycentric weights of a texel's centre in the triangle (i, j, m) of the atlas; limited to the triangle,
    or, with ``beyond``, to its own size around it.
    """
    u = (col + 0.5) / resolution
    v = 1.0 - (row + 0.5) / resolution
    u = repeated(u, uv[i, 0], uv[j, 0], uv[m, 0]) - uv[i, 0]
    v = repeated(v, uv[i, 1], uv[j, 1], uv[m, 1]) - uv[i, 1]
    u1, v1 = uv[j, 0] - uv[i, 0], uv[j, 1] - uv[i, 1]
    u2, v2 = uv[m, 0] - uv[i, 0], uv[m, 1] - uv[i, 1]
    area = u1 * v2 - u2 * v1
    b, c = (u * v2 - u2 * v) / area, (u1 * v - u * v1) / area
    if not beyond:
        b = min(1.0, max(0.0, b))
        c = min(1.0 - b, max(0.0, c))
        return 1.0 - b - c, b, c
    # A texel beside a sliver lies many slivers away from it: going on that far would leave the surface.
    b, c = min(max(b, -1.0), 2.0), min(max(c, -1.0), 2.0)
    return 1.0 - b - c, b, c
