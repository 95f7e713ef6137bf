"""Compiled loops of the back-projection: each texel looks into a view."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, Points
from .quality import CUT, fineness

HIDDEN, SEEN, DOUBTFUL = 0, 1, 2
AGREES = 0.75
"""Pixels (their size at the surface) that a pixel's surface point may lie off a texel's plane and still be its
surface."""
ROUGHLY = 4.0
CLEAN_TAPS = 2.75
"""Pixels to a silhouette from which on all 16 pixels of a bicubic sample lie on the same surface. The furthest lies two
across and two down; were it another surface, then the one before it, sqrt(5) away, would lie half a pixel from that.
"""
AREA = 1.5
"""Pixels along a texel's side from which on it shows their mean: a bicubic sample takes in as many by itself."""
BACK = 0.05
"""What the back of a face is worth beside its front: open scans are painted from there only where nothing else sees
them."""


@njit(cache=True, nogil=True)
def planes(
    vertices: Points, faces: Faces, pose: FloatArray, lens: FloatArray, orthographic: bool, backs: bool
) -> Float32Array:
    """(F, 6) the planes of the faces as a camera sees them.

    A point (x, y, z) of camera space lies in the plane when p0 * fx * x + p1 * fy * y + p2 * z = p3; the normal (p0 *
    fx, p1 * fy, p2) is of unit length and looks at the camera. p4: pixels of depth that the face may rise over one and
    a half pixels. p5: what its side that is seen is worth, 0 for faces seen at no useful angle. pose, lens: as for
    ``look``. backs: whether backs of faces are seen at all.
    """
    out = np.zeros((len(faces), 6), dtype=np.float32)
    corner = np.empty((3, 3))
    for f in range(len(faces)):
        for k in range(3):
            p = vertices[faces[f, k]]
            dx, dy, dz = p[0] - pose[3, 0], p[1] - pose[3, 1], p[2] - pose[3, 2]
            for i in range(3):
                corner[k, i] = pose[i, 0] * dx + pose[i, 1] * dy + pose[i, 2] * dz
        ux, uy, uz = corner[1, 0] - corner[0, 0], corner[1, 1] - corner[0, 1], corner[1, 2] - corner[0, 2]
        vx, vy, vz = corner[2, 0] - corner[0, 0], corner[2, 1] - corner[0, 1], corner[2, 2] - corner[0, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        length = np.sqrt(x * x + y * y + z * z)
        if not length > 0.0:
            continue
        x, y, z = x / length, y / length, z / length
        own = x * corner[0, 0] + y * corner[0, 1] + z * corner[0, 2]
        side = 1.0
        if (z < 0.0) if orthographic else (own > 0.0):
            if not backs:
                continue
            x, y, z, own, side = -x, -y, -z, -own, BACK
        most, least = 0.0, 1.0
        for k in range(3):
            away = np.sqrt(corner[k, 0] ** 2 + corner[k, 1] ** 2 + corner[k, 2] ** 2)
            facing = z if orthographic else -own / max(away, 1e-30)
            most, least = max(most, facing), min(least, facing)
        if most > CUT:
            least = max(least, CUT)
            out[f, 0], out[f, 1], out[f, 2], out[f, 3] = x / lens[0], y / lens[1], z, own
            out[f, 4] = 2.0 + 1.5 * np.sqrt(max(1.0 - least * least, 0.0)) / least
            out[f, 5] = side
    return out


@njit(cache=True, nogil=True)
def look(
    position: Float32Array,
    face: IntArray,
    density: Float32Array,
    plane: Float32Array,
    pose: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    depth: Float32Array,
    solid: IntArray,
    edge: Float32Array,
    value: Float32Array,
    state: IntArray,
    quality: IntArray,
) -> None:
    """What the view is worth at each texel, and whether the pixels around show its surface.

    position, face, density: of n texels. plane: of the faces, see ``planes``. pose: (4, 3) right, up, backward, place.
    lens: focal x, y, centre x, y. depth, solid, edge: as in ViewBuffers. value: (H, W) ``quality`` of the pixels but
    for how fine they are. Written: state (n,) uint8, HIDDEN, SEEN or DOUBTFUL (pixels disagree: a ray must decide);
    quality (n,) uint16 of 0..1.
    """
    height, width = depth.shape
    fx, fy, cx, cy = lens[0], lens[1], lens[2], lens[3]
    for t in range(len(face)):
        state[t] = HIDDEN
        f = face[t]
        if plane[f, 5] == 0.0:
            continue
        dx, dy, dz = position[t, 0] - pose[3, 0], position[t, 1] - pose[3, 1], position[t, 2] - pose[3, 2]
        z = -(pose[2, 0] * dx + pose[2, 1] * dy + pose[2, 2] * dz)
        if not z > 1e-6:
            continue
        a = pose[0, 0] * dx + pose[0, 1] * dy + pose[0, 2] * dz
        b = pose[1, 0] * dx + pose[1, 1] * dy + pose[1, 2] * dz
        pixel = (1.0 if orthographic else z) / fx
        scale = 1.0 if orthographic else 1.0 / z
        px, py = cx + fx * a * scale, cy - fy * b * scale
        if not (px >= 0.0 and px < width and py >= 0.0 and py < height):
            continue
        # Cut off rather than rounded down: the first half pixel is extrapolated from its neighbours, as bilinear.
        i, j = min(max(int(px - 0.5), 0), width - 1), min(max(int(py - 0.5), 0), height - 1)
        i1, j1 = min(i + 1, width - 1), min(j + 1, height - 1)
        nearer = z - pixel * plane[f, 4]
        d00, d10, d01, d11 = depth[j, i], depth[j, i1], depth[j1, i], depth[j1, i1]
        if d00 < nearer and d10 < nearer and d01 < nearer and d11 < nearer:
            continue
        u, v = max(px - 0.5 - i, 0.0), max(py - 0.5 - j, 0.0)
        above = value[j, i] * (1.0 - u) + value[j, i1] * u
        below = value[j1, i] * (1.0 - u) + value[j1, i1] * u
        worth = plane[f, 5] * (above * (1.0 - v) + below * v) * np.sqrt(fineness(1.0 / (pixel * density[t])))
        if not worth > 0.0:
            continue
        off = np.inf
        if solid[j, i] == 0 and solid[j, i1] == 0 and solid[j1, i] == 0 and solid[j1, i1] == 0:
            gx, gy, gz, own = plane[f, 0], plane[f, 1], plane[f, 2], plane[f, 3]
            x0, x1, y0, y1 = gx * (i + 0.5 - cx), gx * (i1 + 0.5 - cx), gy * (cy - j - 0.5), gy * (cy - j1 - 0.5)
            if orthographic:
                e00, e10 = x0 + y0 - gz * d00 - own, x1 + y0 - gz * d10 - own
                e01, e11 = x0 + y1 - gz * d01 - own, x1 + y1 - gz * d11 - own
            else:
                e00, e10 = (x0 + y0 - gz) * d00 - own, (x1 + y0 - gz) * d10 - own
                e01, e11 = (x0 + y1 - gz) * d01 - own, (x1 + y1 - gz) * d11 - own
            off = max(max(abs(e00), abs(e10)), max(abs(e01), abs(e11)))
        limit = AGREES * pixel
        # Far from any edge the surface is one layer: there a rough one may lie further off a texel's plane.
        agree = off <= limit or (off <= ROUGHLY * limit and edge[j, i] >= CLEAN_TAPS)
        state[t] = SEEN if agree else DOUBTFUL
        quality[t] = np.uint16(min(max(worth * 65535.0, 1.0), 65535.0))


@njit(cache=True, nogil=True)
def _bicubic(picture: Float32Array, px: float, py: float, out: Float32Array) -> None:
    """Catmull-Rom (1974) in a picture, its edge pixels repeated, held between 0 and 1."""
    height, width = picture.shape[:2]
    i, j = int(np.floor(px - 0.5)), int(np.floor(py - 0.5))
    t, s = np.float32(px - 0.5 - i), np.float32(py - 0.5 - j)
    one, half, more, least = np.float32(1.0), np.float32(0.5), np.float32(1.5), np.float32(2.5)
    two = np.float32(2.0)
    x0, x1 = t * (t * (one - half * t) - half), one + t * t * (more * t - least)
    x2, x3 = t * (half + t * (two - more * t)), t * t * half * (t - one)
    y0, y1 = s * (s * (one - half * s) - half), one + s * s * (more * s - least)
    y2, y3 = s * (half + s * (two - more * s)), s * s * half * (s - one)
    c0, c1 = min(max(i - 1, 0), width - 1), min(max(i, 0), width - 1)
    c2, c3 = min(max(i + 1, 0), width - 1), min(max(i + 2, 0), width - 1)
    r0, r1 = min(max(j - 1, 0), height - 1), min(max(j, 0), height - 1)
    r2, r3 = min(max(j + 1, 0), height - 1), min(max(j + 2, 0), height - 1)
    for k in range(3):
        row0 = (
            x0 * picture[r0, c0, k] + x1 * picture[r0, c1, k] + x2 * picture[r0, c2, k] + x3 * picture[r0, c3, k]
        )
        row1 = (
            x0 * picture[r1, c0, k] + x1 * picture[r1, c1, k] + x2 * picture[r1, c2, k] + x3 * picture[r1, c3, k]
        )
        row2 = (
            x0 * picture[r2, c0, k] + x1 * picture[r2, c1, k] + x2 * picture[r2, c2, k] + x3 * picture[r2, c3, k]
        )
        row3 = (
            x0 * picture[r3, c0, k] + x1 * picture[r3, c1, k] + x2 * picture[r3, c2, k] + x3 * picture[r3, c3, k]
        )
        total = y0 * row0 + y1 * row1 + y2 * row2 + y3 * row3
        out[k] = min(max(total, np.float32(0.0)), one)


@njit(cache=True, nogil=True)
def _checked(
    picture: Float32Array,
    depth: Float32Array,
    solid: IntArray,
    lens: FloatArray,
    orthographic: bool,
    plane: Float32Array,
    limit: float,
    px: float,
    py: float,
    out: Float32Array,
) -> bool:
    """Bilinear over those pixels that show the texel's own surface; else the nearest such of the 16 around.

    plane: (6,) of the texel's face. limit: how far surface points may lie off it. False: there is no such pixel.
    """
    height, width = depth.shape
    i, j = int(np.floor(px - 0.5)), int(np.floor(py - 0.5))
    total, s0, s1, s2 = 0.0, 0.0, 0.0, 0.0
    for ring in range(2):
        for r in range(j - ring, j + 2 + ring):
            for c in range(i - ring, i + 2 + ring):
                if r < 0 or c < 0 or r >= height or c >= width or solid[r, c] != 0:
                    continue
                d = depth[r, c]
                s = 1.0 if orthographic else d
                at = plane[0] * (c + 0.5 - lens[2]) * s + plane[1] * (lens[3] - r - 0.5) * s - plane[2] * d
                if abs(at - plane[3]) > limit:
                    continue
                w = max(1.0 + ring - abs(c + 0.5 - px), 0.0) * max(1.0 + ring - abs(r + 0.5 - py), 0.0)
                total += w
                s0 += w * picture[r, c, 0]
                s1 += w * picture[r, c, 1]
                s2 += w * picture[r, c, 2]
        if total > 0.2:
            out[0], out[1], out[2] = s0 / total, s1 / total, s2 / total
            return True
    return False


@njit(cache=True, nogil=True)
def fetch(
    texel: IntArray,
    position: Float32Array,
    face: IntArray,
    density: Float32Array,
    plane: Float32Array,
    pose: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    depth: Float32Array,
    solid: IntArray,
    edge: Float32Array,
    picture: Float32Array,
    half: Float32Array,
    quarter: Float32Array,
    flow: Float32Array,
    colour: IntArray,
    place: IntArray,
    found: BoolArray,
) -> None:
    """The picture's colour at each of m texels that the view sees.

    texel: (m,) rows of position, face and density. plane: of the faces. half, quarter: the picture at a half and a
    quarter of its size, for texels on which several pixels fall. flow: (h, w, 2) pixels by which the picture lies off,
    at even steps from its upper left to its lower right corner. Written: colour (m, 3) uint16 of 0..1; place (m, 2)
    uint16 where in the picture the texel falls, as shares of its sides; found (m,).
    """
    height, width = depth.shape
    one, two = np.empty(3, dtype=np.float32), np.empty(3, dtype=np.float32)
    still = flow.shape[0] < 2
    # Constants would have ``spread`` compiled once more for each of them.
    first, second = np.int64(0), np.int64(1)
    for m in range(len(texel)):
        t = texel[m]
        dx, dy, dz = position[t, 0] - pose[3, 0], position[t, 1] - pose[3, 1], position[t, 2] - pose[3, 2]
        z = -(pose[2, 0] * dx + pose[2, 1] * dy + pose[2, 2] * dz)
        a = pose[0, 0] * dx + pose[0, 1] * dy + pose[0, 2] * dz
        b = pose[1, 0] * dx + pose[1, 1] * dy + pose[1, 2] * dz
        scale = 1.0 if orthographic else 1.0 / z
        px, py = lens[2] + lens[0] * a * scale, lens[3] - lens[1] * b * scale
        pixel = (1.0 if orthographic else z) / lens[0]
        place[m, 0] = np.uint16(min(max(px / width, 0.0), 1.0) * 65535.0)
        place[m, 1] = np.uint16(min(max(py / height, 0.0), 1.0) * 65535.0)
        if not still:
            x, y = px / width, py / height
            px += spread(flow, x, y, first)
            py += spread(flow, x, y, second)
        c, r = min(max(int(px), 0), width - 1), min(max(int(py), 0), height - 1)
        clean = edge[r, c]
        if clean < CLEAN_TAPS:
            limit = 2.0 * AGREES * pixel
            found[m] = _checked(picture, depth, solid, lens, orthographic, plane[face[t]], limit, px, py, one)
            if not found[m]:
                continue
        else:
            found[m] = True
            wide = 1.0 / (pixel * density[t] * AREA)
            if wide <= 1.0 or clean < CLEAN_TAPS * 1.01:
                _bicubic(picture, px, py, one)
            else:
                level = min(np.log2(wide), np.log2(clean / CLEAN_TAPS), 2.0)
                if level <= 1.0:
                    _bicubic(picture, px, py, one)
                    _bicubic(half, px * half.shape[1] / width, py * half.shape[0] / height, two)
                else:
                    _bicubic(half, px * half.shape[1] / width, py * half.shape[0] / height, one)
                    _bicubic(quarter, px * quarter.shape[1] / width, py * quarter.shape[0] / height, two)
                    level -= 1.0
                for k in range(3):
                    one[k] += level * (two[k] - one[k])
        for k in range(3):
            colour[m, k] = np.uint16(one[k] * np.float32(65535.0) + np.float32(0.5))


@njit(cache=True, nogil=True)
def spread(grid: Float32Array, x: float, y: float, k: int) -> float:
    """Bilinear in a grid (h, w, C) whose corners lie at x, y = 0 and 1."""
    u, v = x * (grid.shape[1] - 1), y * (grid.shape[0] - 1)
    i, j = min(max(int(u), 0), grid.shape[1] - 2), min(max(int(v), 0), grid.shape[0] - 2)
    u, v = u - i, v - j
    above = grid[j, i, k] * (1.0 - u) + grid[j, i + 1, k] * u
    below = grid[j + 1, i, k] * (1.0 - u) + grid[j + 1, i + 1, k] * u
    return above * (1.0 - v) + below * v


@njit(cache=True, nogil=True)
def shares(accept: Float32Array, place: IntArray, out: IntArray) -> None:
    """Bilinear samples (m,), uint16 of 0..1, of a picture with one channel at places as ``fetch`` writes them."""
    height, width = accept.shape
    for m in range(len(place)):
        px, py = place[m, 0] / 65535.0 * width - 0.5, place[m, 1] / 65535.0 * height - 0.5
        i, j = int(np.floor(px)), int(np.floor(py))
        u, v = px - i, py - j
        c0, c1 = min(max(i, 0), width - 1), min(max(i + 1, 0), width - 1)
        r0, r1 = min(max(j, 0), height - 1), min(max(j + 1, 0), height - 1)
        above = accept[r0, c0] * (1.0 - u) + accept[r0, c1] * u
        below = accept[r1, c0] * (1.0 - u) + accept[r1, c1] * u
        out[m] = np.uint16(min(max(above * (1.0 - v) + below * v, 0.0), 1.0) * 65535.0 + 0.5)
