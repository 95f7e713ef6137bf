"""Compiled loops over the pixels of a view."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ...geometry.raycasting import crossing
from ...geometry.typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, Points, TexCoords, Vectors

GRAZING = 0.02
"""Cosine below which a pixel's footprint on the surface grows no further."""
JUMP = 2.0
"""Pixels, as long as they are at that depth, by which the surface must jump between two pixels to be torn there."""
WIDEST = 12
"""Samples along a side of a pixel's footprint in the atlas at most."""


@njit(cache=True, nogil=True)
def camera_rays(
    turn: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    near: float,
    start: int,
    stop: int,
    width: int,
    origins: Float32Array,
    directions: Float32Array,
) -> None:
    """Rays through the pixels of the rows start..stop, from the plane at depth ``near``, written to ((stop - start) *
    width, 3) arrays. Directions are as long as the depth that they cover. turn: (4, 4) to the world; lens: focal x,
    focal y, centre x, centre y.
    """
    k = 0
    for row in range(start, stop):
        y = -(row + 0.5 - lens[3]) / lens[1]
        for col in range(width):
            x = (col + 0.5 - lens[2]) / lens[0]
            for axis in range(3):
                side = x * turn[axis, 0] + y * turn[axis, 1]
                along = -turn[axis, 2]
                if orthographic:
                    origins[k, axis] = turn[axis, 3] + side + near * along
                    directions[k, axis] = along
                else:
                    origins[k, axis] = turn[axis, 3] + near * (side + along)
                    directions[k, axis] = side + along
            k += 1


@njit(cache=True, nogil=True)
def shade(
    met: IntArray,
    start: int,
    stop: int,
    width: int,
    turn: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    vertices: Points,
    faces: Faces,
    first: IntArray,
    normals: Vectors,
    uv: TexCoords,
    tile_numbers: IntArray,
    depth: Float32Array,
    solid: IntArray,
    face: IntArray,
    coordinates: Float32Array,
    footprint: Float32Array,
    tile: IntArray,
    position: Float32Array,
    normal: Float32Array,
    facing: Float32Array,
    flipped: BoolArray,
    plane: FloatArray,
) -> None:
    """What the pixels of the rows start..stop show; ``met`` are their rows of ``faces``, -1 for nothing.

    The other arrays are those of ViewBuffers, whole pictures. plane: (H, W, 3), how a pixel's face goes on beyond it:
    the inverse depth (orthographic: the depth), and its change to the next pixel to the right and below.
    """
    k = -1
    for row in range(start, stop):
        y = -(row + 0.5 - lens[3]) / lens[1]
        for col in range(width):
            k += 1
            f = met[k]
            if f < 0:
                continue
            which = 0
            while f >= first[which + 1]:
                which += 1
            solid[row, col] = which
            x = (col + 0.5 - lens[2]) / lens[0]
            sx = x * turn[0, 0] + y * turn[0, 1]
            sy = x * turn[1, 0] + y * turn[1, 1]
            sz = x * turn[2, 0] + y * turn[2, 1]
            ox, oy, oz = turn[0, 3], turn[1, 3], turn[2, 3]
            dx, dy, dz = -turn[0, 2], -turn[1, 2], -turn[2, 2]
            if orthographic:
                ox, oy, oz = ox + sx, oy + sy, oz + sz
            else:
                dx, dy, dz = dx + sx, dy + sy, dz + sz
            i, j, m = faces[f, 0], faces[f, 1], faces[f, 2]
            b, c, far = crossing(vertices, i, j, m, ox, oy, oz, dx, dy, dz)
            a = 1.0 - b - c
            depth[row, col] = far
            ux, uy, uz = vertices[j, 0] - vertices[i, 0], vertices[j, 1] - vertices[i, 1], vertices[j, 2] - vertices[i, 2]
            vx, vy, vz = vertices[m, 0] - vertices[i, 0], vertices[m, 1] - vertices[i, 1], vertices[m, 2] - vertices[i, 2]
            gx, gy, gz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
            size = math.sqrt(gx * gx + gy * gy + gz * gz)
            if size == 0.0:
                continue
            gx, gy, gz = gx / size, gy / size, gz / size
            along = gx * dx + gy * dy + gz * dz
            cosine = -along / math.sqrt(dx * dx + dy * dy + dz * dz)
            # The surface point moves in its plane when the pixel does; the ray's length changes so that it stays there.
            least = GRAZING * along / max(abs(cosine), 1e-12) if abs(cosine) < GRAZING else along
            if least == 0.0:
                least = GRAZING
            grow = 1.0 if orthographic else far
            rx, ry, rz = grow * turn[0, 0] / lens[0], grow * turn[1, 0] / lens[0], grow * turn[2, 0] / lens[0]
            qx, qy, qz = -grow * turn[0, 1] / lens[1], -grow * turn[1, 1] / lens[1], -grow * turn[2, 1] / lens[1]
            right = -(gx * rx + gy * ry + gz * rz) / least
            below = -(gx * qx + gy * qy + gz * qz) / least
            if orthographic:
                plane[row, col, 0], plane[row, col, 1], plane[row, col, 2] = far, right, below
            else:
                plane[row, col, 0] = 1.0 / max(far, 1e-12)
                plane[row, col, 1] = -right / max(far * far, 1e-24)
                plane[row, col, 2] = -below / max(far * far, 1e-24)
            facing[row, col] = abs(cosine)
            flipped[row, col] = cosine < 0.0
            position[row, col, 0] = vertices[i, 0] + b * ux + c * vx
            position[row, col, 1] = vertices[i, 1] + b * uy + c * vy
            position[row, col, 2] = vertices[i, 2] + b * uz + c * vz
            if which > 0:
                side = 1.0 if cosine >= 0.0 else -1.0
                normal[row, col, 0], normal[row, col, 1], normal[row, col, 2] = side * gx, side * gy, side * gz
                continue
            face[row, col] = f
            nx = a * normals[i, 0] + b * normals[j, 0] + c * normals[m, 0]
            ny = a * normals[i, 1] + b * normals[j, 1] + c * normals[m, 1]
            nz = a * normals[i, 2] + b * normals[j, 2] + c * normals[m, 2]
            length = math.sqrt(nx * nx + ny * ny + nz * nz)
            if length < 1e-12:
                nx, ny, nz, length = gx, gy, gz, 1.0
            # To the side of the face that is seen, whichever way the face or its normals were wound.
            side = (nx * gx + ny * gy + nz * gz) * cosine
            length = -length if side < 0.0 else length
            normal[row, col, 0], normal[row, col, 1], normal[row, col, 2] = nx / length, ny / length, nz / length
            rx, ry, rz = rx + right * dx, ry + right * dy, rz + right * dz
            qx, qy, qz = qx + below * dx, qy + below * dy, qz + below * dz
            bx, cx = _weights(rx, ry, rz, ux, uy, uz, vx, vy, vz, gx, gy, gz, size)
            by, cy = _weights(qx, qy, qz, ux, uy, uz, vx, vy, vz, gx, gy, gz, size)
            for axis in range(2):
                one, two = uv[j, axis] - uv[i, axis], uv[m, axis] - uv[i, axis]
                coordinates[row, col, axis] = a * uv[i, axis] + b * uv[j, axis] + c * uv[m, axis]
                footprint[row, col, axis, 0] = bx * one + cx * two
                footprint[row, col, axis, 1] = by * one + cy * two
            _into_tile(uv, i, j, m, a, b, c, tile_numbers, row, col, coordinates, tile)


@njit(cache=True, nogil=True)
def _weights(
    x: float,
    y: float,
    z: float,
    ux: float,
    uy: float,
    uz: float,
    vx: float,
    vy: float,
    vz: float,
    gx: float,
    gy: float,
    gz: float,
    size: float,
) -> tuple[float, float]:
    """How the weights of corners 2 and 3 change along (x, y, z), a way in the plane of a triangle with the sides u, v,
    the unit normal g and twice the area ``size``.
    """
    b = (y * vz - z * vy) * gx + (z * vx - x * vz) * gy + (x * vy - y * vx) * gz
    c = (uy * z - uz * y) * gx + (uz * x - ux * z) * gy + (ux * y - uy * x) * gz
    return b / size, c / size


@njit(cache=True, nogil=True)
def _into_tile(
    uv: TexCoords,
    i: int,
    j: int,
    m: int,
    a: float,
    b: float,
    c: float,
    tile_numbers: IntArray,
    row: int,
    col: int,
    coordinates: Float32Array,
    tile: IntArray,
) -> None:
    """Texture coordinates within their tile, and the tile's index; 255 for a tile that is not among the numbers."""
    s = a * uv[i, 0] + b * uv[j, 0] + c * uv[m, 0]
    t = a * uv[i, 1] + b * uv[j, 1] + c * uv[m, 1]
    if len(tile_numbers) == 1 and tile_numbers[0] == 1001:
        # One picture: it repeats beyond 0..1.
        tile[row, col] = 0
        left = 0.0 if 0.0 <= s <= 1.0 else math.floor(s)
        low = 0.0 if 0.0 <= t <= 1.0 else math.floor(t)
    else:
        # By the face's middle: a point on the border of two tiles belongs to the face's own.
        left = math.floor((uv[i, 0] + uv[j, 0] + uv[m, 0]) / 3.0)
        low = math.floor((uv[i, 1] + uv[j, 1] + uv[m, 1]) / 3.0)
        number = 1001 + left + 10 * low
        tile[row, col] = 255
        for index in range(len(tile_numbers)):
            if tile_numbers[index] == number:
                tile[row, col] = index
    coordinates[row, col, 0] = s - left
    coordinates[row, col, 1] = t - low


@njit(cache=True, nogil=True)
def tears(
    solid: IntArray, face: IntArray, plane: FloatArray, lens: FloatArray, orthographic: bool, whole: IntArray
) -> None:
    """Write 0 to ``whole`` (H, W) on both sides of each place where the target ends or jumps, between neighbours."""
    height, width = solid.shape
    for row in range(height):
        for col in range(width):
            if col + 1 < width and _torn(solid, face, plane, lens, orthographic, row, col, row, col + 1, 1):
                whole[row, col] = 0
                whole[row, col + 1] = 0
            if row + 1 < height and _torn(solid, face, plane, lens, orthographic, row, col, row + 1, col, 2):
                whole[row, col] = 0
                whole[row + 1, col] = 0


@njit(cache=True, nogil=True)
def _torn(
    solid: IntArray,
    face: IntArray,
    plane: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    row: int,
    col: int,
    next_row: int,
    next_col: int,
    axis: int,
) -> bool:
    """Whether the surface is torn between two neighbouring pixels.

    It is not when their two planes meet between them, as they do at any bend, or all but meet there.
    """
    if solid[row, col] != solid[next_row, next_col]:
        return solid[row, col] == 0 or solid[next_row, next_col] == 0
    if solid[row, col] != 0 or face[row, col] == face[next_row, next_col]:
        return False
    one, other = plane[row, col, 0], plane[next_row, next_col, 0]
    here = one - (other - plane[next_row, next_col, axis])
    there = one + plane[row, col, axis] - other
    if here * there <= 0.0:
        return False
    gap = min(abs(here), abs(there))
    if orthographic:
        return gap * lens[axis - 1] > JUMP
    # Planes are straight in inverse depth: a gap in it is one of gap / (one * other) in depth.
    return gap * lens[axis - 1] > JUMP * max(one, other)


@njit(cache=True, nogil=True)
def sample(
    start: int,
    stop: int,
    face: IntArray,
    tile: IntArray,
    coordinates: Float32Array,
    footprint: Float32Array,
    faces: Faces,
    uv: TexCoords,
    atlas: Float32Array,
    known: Float32Array,
    shown: BoolArray,
    rgb: Float32Array,
    quality: Float32Array,
) -> None:
    """Colour and quality of the pixels of the rows start..stop, from an atlas (T, R, R, 3). shown: (T, R, R), or of no
    size: the texels that count for the quality.
    """
    resolution = atlas.shape[1]
    for row in range(start, stop):
        for col in range(face.shape[1]):
            f, t = face[row, col], tile[row, col]
            if f < 0 or t >= atlas.shape[0]:
                continue
            x, y = coordinates[row, col, 0] * resolution - 0.5, (1.0 - coordinates[row, col, 1]) * resolution - 0.5
            ax, bx = footprint[row, col, 0, 0] * resolution, footprint[row, col, 0, 1] * resolution
            ay, by = -footprint[row, col, 1, 0] * resolution, -footprint[row, col, 1, 1] * resolution
            across = min(WIDEST, max(1, math.ceil(math.sqrt(ax * ax + ay * ay))))
            down = min(WIDEST, max(1, math.ceil(math.sqrt(bx * bx + by * by))))
            low_x, high_x = _span(uv, faces, f, 0, coordinates[row, col, 0], resolution)
            low_y, high_y = _span(uv, faces, f, 1, coordinates[row, col, 1], resolution)
            low_y, high_y = resolution - 1.0 - high_y, resolution - 1.0 - low_y
            red, green, blue, weight, seen, total = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for p in range(across):
                s = (p + 0.5) / across - 0.5
                for q in range(down):
                    r = (q + 0.5) / down - 0.5
                    u = min(high_x, max(low_x, x + s * ax + r * bx))
                    v = min(high_y, max(low_y, y + s * ay + r * by))
                    left, top = math.floor(u), math.floor(v)
                    for e in range(2):
                        share_y = v - top if e == 1 else 1.0 - (v - top)
                        at_row = min(resolution - 1, max(0, int(top) + e))
                        for d in range(2):
                            share = share_y * (u - left if d == 1 else 1.0 - (u - left))
                            at_col = min(resolution - 1, max(0, int(left) + d))
                            worth = share * known[t, at_row, at_col]
                            if shown.size == 0 or shown[t, at_row, at_col]:
                                total += share
                                seen += worth
                            weight += worth
                            red += worth * atlas[t, at_row, at_col, 0]
                            green += worth * atlas[t, at_row, at_col, 1]
                            blue += worth * atlas[t, at_row, at_col, 2]
            if weight > 0.0:
                rgb[row, col, 0], rgb[row, col, 1], rgb[row, col, 2] = red / weight, green / weight, blue / weight
            if total > 0.0:
                quality[row, col] = seen / total


@njit(cache=True, nogil=True)
def _span(uv: TexCoords, faces: Faces, f: int, axis: int, at: float, resolution: int) -> tuple[float, float]:
    """Between which texels a pixel's footprint may reach along u or v: its face's, and one more.

    A long footprint would otherwise leave the chart and reach into the one beside it.
    """
    one, two, three = uv[faces[f, 0], axis], uv[faces[f, 1], axis], uv[faces[f, 2], axis]
    away = math.floor((one + two + three) / 3.0 - at + 0.5)
    low = (min(one, two, three) - away) * resolution - 1.5
    high = (max(one, two, three) - away) * resolution + 0.5
    here = at * resolution - 0.5
    if here < low or here > high:
        return -1e9, 1e9
    return low, high
