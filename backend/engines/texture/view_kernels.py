"""Compiled loops over the pixels of a view."""

from __future__ import annotations

import math

from numba import njit

from ...geometry.raycasting import crossing
from ...geometry.typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, Points, TexCoords, Vectors

GRAZING = 0.02
"""Cosine below which a pixel's footprint on the surface grows no further."""
JUMP = 2.0
"""Pixels, as long as they are at that depth, by which the surface must jump between two pixels to be torn there."""
NO_TILE = 255
MANY = 127
"""Further solids share this number."""


@njit(cache=True, nogil=True, error_model="numpy")
def meet(
    met: IntArray,
    turn: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    vertices: Points,
    faces: Faces,
    first: IntArray,
    start: int,
    stop: int,
    depth: Float32Array,
    solid: IntArray,
    face: IntArray,
    weights: Float32Array,
    position: Float32Array,
    normal: Float32Array,
    facing: Float32Array,
    flipped: BoolArray,
    plane: FloatArray,
) -> None:
    """Where the rays of the rows start..stop meet the faces ``met``, (H, W) rows of ``faces``, -1 for nothing.

    Written to pictures as ViewBuffers has them; normal: the face's own, on the side that is seen. For the rows alone:
    weights, (stop - start, W, 2), of corners 2 and 3; plane, (stop - start + 1, W, 3), of the row ``stop`` too: how the
    face goes on beyond the pixel, as its inverse depth (orthographic: its depth), and the change of that to the next
    pixel to the right and below.
    """
    for row in range(start, min(stop + 1, len(met))):
        for col in range(met.shape[1]):
            f = met[row, col]
            if f < 0:
                continue
            i, j, m = faces[f, 0], faces[f, 1], faces[f, 2]
            ox, oy, oz, dx, dy, dz = _ray(turn, lens, orthographic, row, col)
            b, c, far = crossing(vertices, i, j, m, ox, oy, oz, dx, dy, dz)
            gx, gy, gz = _upright(vertices, i, j, m)
            along = gx * dx + gy * dy + gz * dz
            slant = abs(along) / math.sqrt(dx * dx + dy * dy + dz * dz)
            least = along if slant >= GRAZING else along * GRAZING / max(slant, 1e-9)
            least = GRAZING if least == 0.0 else least
            _go_on(turn, lens, orthographic, far, gx / least, gy / least, gz / least, plane[row - start, col])
            if row == stop:
                continue
            which = _solid_of(first, f)
            solid[row, col] = min(which, MANY)
            face[row, col] = f if which == 0 else -1
            depth[row, col], facing[row, col], flipped[row, col] = far, slant, along > 0.0
            weights[row - start, col, 0], weights[row - start, col, 1] = b, c
            side = -1.0 if along > 0.0 else 1.0
            normal[row, col, 0], normal[row, col, 1], normal[row, col, 2] = side * gx, side * gy, side * gz
            for axis in range(3):
                one, two, three = vertices[i, axis], vertices[j, axis], vertices[m, axis]
                position[row, col, axis] = one + b * (two - one) + c * (three - one)


@njit(cache=True, nogil=True, error_model="numpy")
def _ray(
    turn: FloatArray, lens: FloatArray, orthographic: bool, row: int, col: int
) -> tuple[float, float, float, float, float, float]:
    """Origin and direction of the ray through a pixel's centre; the direction is 1 long along the camera's axis."""
    x, y = (col + 0.5 - lens[2]) / lens[0], -(row + 0.5 - lens[3]) / lens[1]
    sx = x * turn[0, 0] + y * turn[0, 1]
    sy = x * turn[1, 0] + y * turn[1, 1]
    sz = x * turn[2, 0] + y * turn[2, 1]
    if orthographic:
        return turn[0, 3] + sx, turn[1, 3] + sy, turn[2, 3] + sz, -turn[0, 2], -turn[1, 2], -turn[2, 2]
    return turn[0, 3], turn[1, 3], turn[2, 3], sx - turn[0, 2], sy - turn[1, 2], sz - turn[2, 2]


@njit(cache=True, nogil=True, error_model="numpy")
def _upright(vertices: Points, i: int, j: int, m: int) -> tuple[float, float, float]:
    """Unit normal of a triangle; 0 when it has no area."""
    ux, uy, uz = vertices[j, 0] - vertices[i, 0], vertices[j, 1] - vertices[i, 1], vertices[j, 2] - vertices[i, 2]
    vx, vy, vz = vertices[m, 0] - vertices[i, 0], vertices[m, 1] - vertices[i, 1], vertices[m, 2] - vertices[i, 2]
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    size = math.sqrt(x * x + y * y + z * z)
    return (x / size, y / size, z / size) if size > 0.0 else (0.0, 0.0, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _solid_of(first: IntArray, f: int) -> int:
    which = 0
    while f >= first[which + 1]:
        which += 1
    return which


@njit(cache=True, nogil=True, error_model="numpy")
def _go_on(
    turn: FloatArray, lens: FloatArray, orthographic: bool, far: float, x: float, y: float, z: float, plane: FloatArray
) -> None:
    """How a face with the normal (x, y, z), over its cosine with the ray, goes on beyond a pixel: as ``meet`` says.

    The ray's origin (orthographic) or direction moves with the pixel; its length changes so that it ends on the plane.
    """
    grow = 1.0 if orthographic else far
    right = -grow * (x * turn[0, 0] + y * turn[1, 0] + z * turn[2, 0]) / lens[0]
    below = grow * (x * turn[0, 1] + y * turn[1, 1] + z * turn[2, 1]) / lens[1]
    if orthographic:
        plane[0], plane[1], plane[2] = far, right, below
    else:
        inverse = 1.0 / max(far, 1e-12)
        plane[0], plane[1], plane[2] = inverse, -right * inverse * inverse, -below * inverse * inverse


@njit(cache=True, nogil=True, error_model="numpy")
def smooth_normals(
    face: IntArray, weights: Float32Array, faces: Faces, normals: Vectors, start: int, stop: int, normal: Float32Array
) -> None:
    """Replace the faces' normals in the rows start..stop by the smooth ones, on the same side of the surface."""
    for row in range(start, stop):
        for col in range(face.shape[1]):
            f = face[row, col]
            if f < 0:
                continue
            i, j, m = faces[f, 0], faces[f, 1], faces[f, 2]
            b, c = weights[row - start, col, 0], weights[row - start, col, 1]
            a = 1.0 - b - c
            x = a * normals[i, 0] + b * normals[j, 0] + c * normals[m, 0]
            y = a * normals[i, 1] + b * normals[j, 1] + c * normals[m, 1]
            z = a * normals[i, 2] + b * normals[j, 2] + c * normals[m, 2]
            size = math.sqrt(x * x + y * y + z * z)
            if size < 1e-9:
                continue
            if x * normal[row, col, 0] + y * normal[row, col, 1] + z * normal[row, col, 2] < 0.0:
                size = -size
            normal[row, col, 0], normal[row, col, 1], normal[row, col, 2] = x / size, y / size, z / size


@njit(cache=True, nogil=True, error_model="numpy")
def coordinates_of(
    face: IntArray,
    weights: Float32Array,
    plane: FloatArray,
    turn: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    vertices: Points,
    faces: Faces,
    uv: TexCoords,
    numbers: IntArray,
    start: int,
    stop: int,
    coordinates: Float32Array,
    footprint: Float32Array,
    tile: IntArray,
) -> None:
    """Texture coordinates of the rows start..stop, within their tile, and how they change from pixel to pixel.

    numbers: of the UDIM tiles. coordinates (H, W, 2), footprint (H, W, 2, 2) and tile are ViewBuffers' own.
    """
    for row in range(start, stop):
        for col in range(face.shape[1]):
            f = face[row, col]
            if f < 0:
                continue
            i, j, m = faces[f, 0], faces[f, 1], faces[f, 2]
            b, c = weights[row - start, col, 0], weights[row - start, col, 1]
            far, right, below = plane[row - start, col, 0], plane[row - start, col, 1], plane[row - start, col, 2]
            grow = 1.0
            if not orthographic:
                far = 1.0 / far
                grow, right, below = far, -right * far * far, -below * far * far
            _, _, _, dx, dy, dz = _ray(turn, lens, orthographic, row, col)
            r, q = grow / lens[0], -grow / lens[1]
            bx, cx = _weights(
                vertices, i, j, m, r * turn[0, 0] + right * dx, r * turn[1, 0] + right * dy, r * turn[2, 0] + right * dz
            )
            by, cy = _weights(
                vertices, i, j, m, q * turn[0, 1] + below * dx, q * turn[1, 1] + below * dy, q * turn[2, 1] + below * dz
            )
            s = (1.0 - b - c) * uv[i, 0] + b * uv[j, 0] + c * uv[m, 0]
            t = (1.0 - b - c) * uv[i, 1] + b * uv[j, 1] + c * uv[m, 1]
            if not math.isfinite(s + t):
                continue
            for axis in range(2):
                one, two = uv[j, axis] - uv[i, axis], uv[m, axis] - uv[i, axis]
                footprint[row, col, axis, 0] = bx * one + cx * two
                footprint[row, col, axis, 1] = by * one + cy * two
            left, low, tile[row, col] = _tile_of(uv, i, j, m, s, t, numbers)
            coordinates[row, col, 0], coordinates[row, col, 1] = s - left, t - low


@njit(cache=True, nogil=True, error_model="numpy")
def _weights(vertices: Points, i: int, j: int, m: int, x: float, y: float, z: float) -> tuple[float, float]:
    """How the weights of a triangle's corners 2 and 3 change along (x, y, z), a way in its plane."""
    ux, uy, uz = vertices[j, 0] - vertices[i, 0], vertices[j, 1] - vertices[i, 1], vertices[j, 2] - vertices[i, 2]
    vx, vy, vz = vertices[m, 0] - vertices[i, 0], vertices[m, 1] - vertices[i, 1], vertices[m, 2] - vertices[i, 2]
    gx, gy, gz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    size = gx * gx + gy * gy + gz * gz
    if size == 0.0:
        return 0.0, 0.0
    b = (y * vz - z * vy) * gx + (z * vx - x * vz) * gy + (x * vy - y * vx) * gz
    c = (uy * z - uz * y) * gx + (uz * x - ux * z) * gy + (ux * y - uy * x) * gz
    return b / size, c / size


@njit(cache=True, nogil=True, error_model="numpy")
def _tile_of(uv: TexCoords, i: int, j: int, m: int, s: float, t: float, numbers: IntArray) -> tuple[float, float, int]:
    """The lower left corner of the tile in which a point (s, t) of a face lies, and the tile's index, 255 for none."""
    if len(numbers) == 1 and numbers[0] == 1001:
        # One picture: it repeats beyond 0..1.
        left = 0.0 if 0.0 <= s <= 1.0 else math.floor(s)
        low = 0.0 if 0.0 <= t <= 1.0 else math.floor(t)
        return left, low, 0
    # By the middle of the face's box: a point on the border of two tiles belongs to the face's own.
    left = math.floor(0.5 * (min(uv[i, 0], uv[j, 0], uv[m, 0]) + max(uv[i, 0], uv[j, 0], uv[m, 0])))
    low = math.floor(0.5 * (min(uv[i, 1], uv[j, 1], uv[m, 1]) + max(uv[i, 1], uv[j, 1], uv[m, 1])))
    if 0.0 <= left <= 9.0 and low >= 0.0:
        for index in range(len(numbers)):
            if numbers[index] == 1001 + left + 10 * low:
                return left, low, index
    return left, low, NO_TILE


@njit(cache=True, nogil=True, error_model="numpy")
def tears(
    met: IntArray,
    count: int,
    plane: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    start: int,
    stop: int,
    whole: IntArray,
) -> None:
    """Write 0 to ``whole`` (H, W) on both sides of each place in the rows start..stop, and between them and the row
    after, where the target ends or jumps between neighbours. count: of the target's faces. plane: as ``meet`` has it.
    """
    height, width = met.shape
    for row in range(start, stop):
        at = row - start
        for col in range(width):
            f = met[row, col]
            for axis in range(1, 3):
                down, right = axis - 1, 2 - axis
                if row + down >= height or col + right >= width:
                    continue
                g = met[row + down, col + right]
                if f == g or not (0 <= f < count or 0 <= g < count):
                    continue
                ends = min(f, g) < 0 or max(f, g) >= count
                if ends or _apart(plane, lens, orthographic, at, col, at + down, col + right, axis):
                    whole[row, col] = 0
                    whole[row + down, col + right] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _apart(
    plane: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    row: int,
    col: int,
    next_row: int,
    next_col: int,
    axis: int,
) -> bool:
    """Whether the surface jumps between two neighbouring pixels of two faces.

    It does not when their planes meet between them, as they do at any bend, or all but meet there.
    """
    one, other = plane[row, col, 0], plane[next_row, next_col, 0]
    here = one - (other - plane[next_row, next_col, axis])
    there = one + plane[row, col, axis] - other
    if here * there <= 0.0:
        return False
    gap = min(abs(here), abs(there)) * lens[axis - 1]
    # Planes are straight in inverse depth: a gap in it is one of gap / (one * other) in depth.
    return gap > JUMP if orthographic else gap > JUMP * max(one, other)


@njit(cache=True, nogil=True, error_model="numpy")
def into_world(
    start: int,
    stop: int,
    solid: IntArray,
    turn: FloatArray,
    centre: FloatArray,
    scale: float,
    position: Float32Array,
    normal: Float32Array,
    world: Float32Array,
    seen: Float32Array,
) -> None:
    """Write positions in the world and normals in the camera's axes, of the rows start..stop; all are (H, W, 3)."""
    for row in range(start, stop):
        for col in range(solid.shape[1]):
            if solid[row, col] < 0:
                continue
            x, y, z = normal[row, col, 0], normal[row, col, 1], normal[row, col, 2]
            for axis in range(3):
                world[row, col, axis] = position[row, col, axis] * scale + centre[axis]
                seen[row, col, axis] = x * turn[0, axis] + y * turn[1, axis] + z * turn[2, axis]
