"""Compiled loops of the back-projection: each texel looks into a view."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, Points
from .quality import CUT, worth

HIDDEN, SEEN, DOUBTFUL = 0, 1, 2
AGREES = 0.75
"""Pixels (their size at the surface) that a pixel's surface point may lie off a texel's plane and still be its
surface."""
CLEAN_TAPS = 2.4
"""Pixels to a silhouette from which on all 16 pixels of a bicubic sample lie on the same surface: the furthest is
sqrt(8) away from the one in the middle, and the silhouette runs half a pixel before the first that does not."""
BACK = 0.05
"""What the back of a face is worth beside its front: open scans are painted from there only where nothing else sees
them."""


@njit(cache=True, nogil=True)
def face_normals(vertices: Points, faces: Faces) -> Float32Array:
    """(F, 3) unit normals, 0 for faces without area."""
    out = np.zeros((len(faces), 3), dtype=np.float32)
    for f in range(len(faces)):
        a, b, c = vertices[faces[f, 0]], vertices[faces[f, 1]], vertices[faces[f, 2]]
        ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        length = np.sqrt(x * x + y * y + z * z)
        if length > 0.0:
            out[f, 0], out[f, 1], out[f, 2] = x / length, y / length, z / length
    return out


@njit(cache=True, nogil=True)
def look(
    position: Float32Array,
    face: IntArray,
    density: Float32Array,
    face_normal: Float32Array,
    pose: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    depth: Float32Array,
    solid: IntArray,
    edge: Float32Array,
    state: IntArray,
    x: Float32Array,
    y: Float32Array,
    quality: Float32Array,
) -> None:
    """Where each texel falls in the picture, what the view is worth there, and whether its pixels show its surface.

    position, face, density: of n texels. face_normal: (F, 3) unit, 0 for faces without area. pose: (4, 3) right, up,
    backward, place. lens: focal x, y, centre x, y. depth, solid, edge: as in ViewBuffers. Written: state (n,) int8,
    HIDDEN, SEEN or DOUBTFUL (pixels disagree: a ray must decide); x, y (n,) pixels; quality (n,).
    """
    height, width = depth.shape
    fx, fy, cx, cy = lens[0], lens[1], lens[2], lens[3]
    for t in range(len(face)):
        state[t] = HIDDEN
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
        n = face_normal[face[t]]
        gx = pose[0, 0] * n[0] + pose[0, 1] * n[1] + pose[0, 2] * n[2]
        gy = pose[1, 0] * n[0] + pose[1, 1] * n[1] + pose[1, 2] * n[2]
        gz = pose[2, 0] * n[0] + pose[2, 1] * n[1] + pose[2, 2] * n[2]
        facing = gz if orthographic else (gz * z - gx * a - gy * b) / np.sqrt(a * a + b * b + z * z)
        side = 1.0
        if facing < 0.0:
            facing, gx, gy, gz, side = -facing, -gx, -gy, -gz, BACK
        if not facing > CUT:
            continue
        i, j = int(np.floor(px - 0.5)), int(np.floor(py - 0.5))
        u, v = px - 0.5 - i, py - 0.5 - j
        slope = np.sqrt(max(1.0 - facing * facing, 0.0)) / facing
        nearer = z - pixel * (2.0 + 1.5 * slope)
        agree, hidden, off = 0, 0, 0.0
        for q in range(4):
            c, r = min(max(i + q % 2, 0), width - 1), min(max(j + q // 2, 0), height - 1)
            d = depth[r, c]
            if d < nearer:
                hidden += 1
            elif solid[r, c] == 0:
                s = 1.0 if orthographic else d
                offset = (
                    gx * ((c + 0.5 - cx) / fx * s - a) + gy * ((cy - r - 0.5) / fy * s - b) + gz * (z - d)
                )
                if abs(offset) <= AGREES * pixel:
                    agree += 1
            off += (u if q % 2 else 1.0 - u) * (v if q // 2 else 1.0 - v) * edge[r, c]
        if hidden == 4:
            continue
        border = min(min(px, width - px), min(py, height - py)) + 0.5
        value = side * worth(facing, 1.0 / (pixel * density[t]), max(min(off, border), 0.5))
        if value > 0.0:
            state[t] = SEEN if agree == 4 else DOUBTFUL
            x[t], y[t], quality[t] = px, py, value


@njit(cache=True, nogil=True)
def _cubic(t: float) -> tuple[float, float, float, float]:
    """Weights of four pixels in a row, of which the second lies t before the place. Catmull and Rom 1974."""
    return (
        t * (-0.5 + t * (1.0 - 0.5 * t)),
        1.0 + t * t * (-2.5 + 1.5 * t),
        t * (0.5 + t * (2.0 - 1.5 * t)),
        t * t * (-0.5 + 0.5 * t),
    )


@njit(cache=True, nogil=True)
def _bicubic(picture: Float32Array, px: float, py: float, out: FloatArray) -> None:
    """Catmull-Rom in a picture, its edge pixels repeated, held between 0 and 1."""
    height, width = picture.shape[:2]
    i, j = int(np.floor(px - 0.5)), int(np.floor(py - 0.5))
    wx, wy = _cubic(px - 0.5 - i), _cubic(py - 0.5 - j)
    r0, r1, r2 = 0.0, 0.0, 0.0
    inner = i >= 1 and j >= 1 and i + 2 < width and j + 2 < height
    for q in range(4):
        r = j - 1 + q if inner else min(max(j - 1 + q, 0), height - 1)
        for p in range(4):
            c = i - 1 + p if inner else min(max(i - 1 + p, 0), width - 1)
            w = wx[p] * wy[q]
            r0 += w * picture[r, c, 0]
            r1 += w * picture[r, c, 1]
            r2 += w * picture[r, c, 2]
    out[0], out[1], out[2] = min(max(r0, 0.0), 1.0), min(max(r1, 0.0), 1.0), min(max(r2, 0.0), 1.0)


@njit(cache=True, nogil=True)
def _checked(
    picture: Float32Array,
    depth: Float32Array,
    solid: IntArray,
    lens: FloatArray,
    orthographic: bool,
    plane: FloatArray,
    px: float,
    py: float,
    out: FloatArray,
) -> bool:
    """Bilinear over those pixels that show the texel's own surface; else the nearest such of the 16 around.

    plane: (7,) the texel in camera space, its normal there, the tolerance. False: there is none.
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
                offset = (
                    plane[3] * ((c + 0.5 - lens[2]) / lens[0] * s - plane[0])
                    + plane[4] * ((lens[3] - r - 0.5) / lens[1] * s - plane[1])
                    + plane[5] * (-d - plane[2])
                )
                if abs(offset) > plane[6]:
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
    face_normal: Float32Array,
    pose: FloatArray,
    lens: FloatArray,
    orthographic: bool,
    x: Float32Array,
    y: Float32Array,
    depth: Float32Array,
    solid: IntArray,
    edge: Float32Array,
    picture: Float32Array,
    half: Float32Array,
    quarter: Float32Array,
    accept: Float32Array,
    colour: IntArray,
    accepted: IntArray,
    found: BoolArray,
) -> None:
    """The picture's colour at each of m texels that the view sees.

    texel: (m,) rows of position, face and density. x, y: (m,) pixels. half, quarter: the picture at a half and a
    quarter of its size, for texels on which several pixels fall. Written: colour (m, 3) uint16 of 0..1, accepted (m,)
    uint16 of 0..1, found (m,).
    """
    height, width = depth.shape
    one, two, plane = np.empty(3), np.empty(3), np.empty(7)
    for m in range(len(texel)):
        t = texel[m]
        px, py = x[m], y[m]
        c, r = min(int(px), width - 1), min(int(py), height - 1)
        clean = edge[r, c]
        dx, dy, dz = position[t, 0] - pose[3, 0], position[t, 1] - pose[3, 1], position[t, 2] - pose[3, 2]
        z = -(pose[2, 0] * dx + pose[2, 1] * dy + pose[2, 2] * dz)
        pixel = (1.0 if orthographic else z) / lens[0]
        if clean < CLEAN_TAPS:
            n = face_normal[face[t]]
            plane[0] = pose[0, 0] * dx + pose[0, 1] * dy + pose[0, 2] * dz
            plane[1] = pose[1, 0] * dx + pose[1, 1] * dy + pose[1, 2] * dz
            plane[2] = -z
            for k in range(3):
                plane[3 + k] = pose[k, 0] * n[0] + pose[k, 1] * n[1] + pose[k, 2] * n[2]
            plane[6] = 2.0 * AGREES * pixel
            found[m] = _checked(picture, depth, solid, lens, orthographic, plane, px, py, one)
            if not found[m]:
                continue
        else:
            found[m] = True
            level = np.log2(max(1.0 / (pixel * density[t] * 1.5), 1.0))
            level = min(level, np.log2(clean / CLEAN_TAPS), 2.0)
            if level < 0.01:
                _bicubic(picture, px, py, one)
            else:
                if level <= 1.0:
                    _bicubic(picture, px, py, one)
                    _bicubic(half, px / 2.0, py / 2.0, two)
                else:
                    _bicubic(half, px / 2.0, py / 2.0, one)
                    _bicubic(quarter, px / 4.0, py / 4.0, two)
                    level -= 1.0
                for k in range(3):
                    one[k] += level * (two[k] - one[k])
        for k in range(3):
            colour[m, k] = np.uint16(one[k] * 65535.0 + 0.5)
        accepted[m] = np.uint16(min(max(_bilinear(accept, px, py), 0.0), 1.0) * 65535.0 + 0.5)


@njit(cache=True, nogil=True)
def _bilinear(image: Float32Array, px: float, py: float) -> float:
    height, width = image.shape
    i, j = int(np.floor(px - 0.5)), int(np.floor(py - 0.5))
    u, v = px - 0.5 - i, py - 0.5 - j
    i0, i1 = min(max(i, 0), width - 1), min(max(i + 1, 0), width - 1)
    j0, j1 = min(max(j, 0), height - 1), min(max(j + 1, 0), height - 1)
    above = image[j0, i0] * (1.0 - u) + image[j0, i1] * u
    below = image[j1, i0] * (1.0 - u) + image[j1, i1] * u
    return above * (1.0 - v) + below * v
