"""Compiled loops that lay faces over the texels of an atlas and find the surface under each texel."""

from __future__ import annotations

import numpy as np
from numba import njit

from .texel_kernels import repeated
from .typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, Points, TexCoords, Vectors

EDGE = 1e-9
"""Barycentric slack at a face's edge: less than a hundred-thousandth of a texel, more than rounding."""
FARTHEST = 1e6
"""Texture coordinates beyond this are no places of a picture: faces with such are left out, as those with NaN."""
LEAST = 1e-12
"""Texels' area, doubled: a face that has no more covers nothing, and its weights would be nothing but rounding."""
LONGEST = 64
"""Pictures that a face may reach over; what repeats more often is no atlas and would take for ever to lay out."""
MOST = 8
"""Pictures that one face is followed over where they repeat."""
NEARLY = 1e-3
"""Texels around a row in which a face's texels are looked for before they are tested exactly."""


@njit(cache=True, nogil=True)
def corners_at(uv: TexCoords, faces: Faces, f: int, corner: FloatArray, resolution: int, out: FloatArray) -> bool:
    """A face's corners in texels of the tile whose lower left is ``corner``: x0, y0, x1, y1, x2, y2 and its doubled
    area, where a texel's centre has whole numbers. False for a face that covers nothing.
    """
    for k in range(3):
        u, v = uv[faces[f, k], 0] - corner[0], uv[faces[f, k], 1] - corner[1]
        if not (abs(u) <= FARTHEST and abs(v) <= FARTHEST):
            return False
        out[2 * k], out[2 * k + 1] = u * resolution - 0.5, (1.0 - v) * resolution - 0.5
    if max(out[0], out[2], out[4]) - min(out[0], out[2], out[4]) > LONGEST * resolution:
        return False
    if max(out[1], out[3], out[5]) - min(out[1], out[3], out[5]) > LONGEST * resolution:
        return False
    out[6] = (out[2] - out[0]) * (out[5] - out[1]) - (out[4] - out[0]) * (out[3] - out[1])
    return abs(out[6]) > LEAST


@njit(cache=True, nogil=True)
def span(at: FloatArray, low: float, high: float) -> tuple[float, float]:
    """How far a triangle reaches to the left and right between two heights; (inf, -inf) where it does not reach."""
    left, right = np.inf, -np.inf
    for k in range(3):
        i, j = 2 * k, (2 * k + 2) % 6
        x, y, dx, dy = at[i], at[i + 1], at[j] - at[i], at[j + 1] - at[i + 1]
        if max(y, y + dy) < low or min(y, y + dy) > high:
            continue
        one, other = 0.0, 1.0
        if dy != 0.0:
            one, other = min(1.0, max(0.0, (low - y) / dy)), min(1.0, max(0.0, (high - y) / dy))
        left = min(left, x + one * dx, x + other * dx)
        right = max(right, x + one * dx, x + other * dx)
    return left, right


@njit(cache=True, nogil=True)
def cover(
    uv: TexCoords,
    faces: Faces,
    chosen: IntArray,
    corner: FloatArray,
    repeats: bool,
    first: int,
    last: int,
    owner: IntArray,
) -> None:
    """Write into rows first..last - 1 of ``owner`` (R, R) the lowest-numbered chosen face over each texel's centre;
    they hold -1 before.

    chosen: rising numbers of faces. repeats: what lies beyond the tile comes in again on its other side, as in a
    picture that repeats; otherwise it is cut off. Rows are apart, so that threads can share the work.
    """
    resolution = owner.shape[0]
    left_over = (last - first) * resolution
    at = np.empty(7)
    for f in chosen:
        if left_over == 0:
            return
        if not corners_at(uv, faces, f, corner, resolution, at):
            continue
        low_row, high_row = np.ceil(min(at[1], at[3], at[5]) - EDGE), np.floor(max(at[1], at[3], at[5]) + EDGE)
        low_col, high_col = np.ceil(min(at[0], at[2], at[4]) - EDGE), np.floor(max(at[0], at[2], at[4]) + EDGE)
        if low_row >= first and high_row < last and low_col >= 0 and high_col < resolution:
            wraps = False
        elif repeats and (low_row < 0 or high_row >= resolution or low_col < 0 or high_col >= resolution):
            wraps = True
            high_row = min(high_row, low_row + MOST * resolution)
        else:
            wraps = False
            low_row, high_row = max(low_row, first), min(high_row, last - 1)
            low_col, high_col = max(low_col, 0), min(high_col, resolution - 1)
        bx, by = (at[5] - at[1]) / at[6], -(at[4] - at[0]) / at[6]
        cx, cy = -(at[3] - at[1]) / at[6], (at[2] - at[0]) / at[6]
        for row in range(int(low_row), int(high_row) + 1):
            r = row % resolution if wraps else row
            if r < first or r >= last:
                continue
            left, right = span(at, row - NEARLY, row + NEARLY)
            y = row - at[1]
            for col in range(
                int(max(low_col, np.ceil(left - NEARLY))), int(min(high_col, np.floor(right + NEARLY))) + 1
            ):
                s = col % resolution if wraps else col
                if owner[r, s] >= 0:
                    continue
                b, c = (col - at[0]) * bx + y * by, (col - at[0]) * cx + y * cy
                if b >= -EDGE and c >= -EDGE and b + c <= 1.0 + EDGE:
                    owner[r, s] = f
                    left_over -= 1


@njit(cache=True, nogil=True)
def beside(
    uv: TexCoords,
    faces: Faces,
    chosen: IntArray,
    corner: FloatArray,
    repeats: bool,
    margin: float,
    first: int,
    last: int,
    owner: IntArray,
    near: IntArray,
    reach: Float32Array,
) -> None:
    """Write into rows first..last - 1 of ``near`` (R, R) the chosen face that is nearest to the centre of each texel
    that none covers, where one is at most ``margin`` texels away. Ties go to the lower number.

    reach: (R, R) squared distance to it in texels; give (margin + a hair) squared everywhere.
    """
    resolution = owner.shape[0]
    margin += NEARLY
    at = np.empty(7)
    for f in chosen:
        if not corners_at(uv, faces, f, corner, resolution, at):
            continue
        low_row, high_row = min(at[1], at[3], at[5]), max(at[1], at[3], at[5])
        low_col, high_col = min(at[0], at[2], at[4]), max(at[0], at[2], at[4])
        beyond = low_row < -0.5 or high_row > resolution - 0.5 or low_col < -0.5 or high_col > resolution - 0.5
        wraps = repeats and beyond
        low_row, high_row = np.ceil(low_row - margin), np.floor(high_row + margin)
        low_col, high_col = np.ceil(low_col - margin), np.floor(high_col + margin)
        if wraps:
            high_row = min(high_row, low_row + MOST * resolution)
        else:
            low_row, high_row = max(low_row, first), min(high_row, last - 1)
            low_col, high_col = max(low_col, 0), min(high_col, resolution - 1)
        for row in range(int(low_row), int(high_row) + 1):
            r = row % resolution if wraps else row
            if r < first or r >= last:
                continue
            left, right = span(at, row - margin, row + margin)
            for col in range(
                int(max(low_col, np.ceil(left - margin))), int(min(high_col, np.floor(right + margin))) + 1
            ):
                s = col % resolution if wraps else col
                if owner[r, s] >= 0:
                    continue
                away = min(
                    _to_edge(col, row, at[0], at[1], at[2], at[3]),
                    _to_edge(col, row, at[2], at[3], at[4], at[5]),
                    _to_edge(col, row, at[4], at[5], at[0], at[1]),
                )
                if away < reach[r, s]:
                    reach[r, s] = away
                    near[r, s] = f


@njit(cache=True, nogil=True)
def _to_edge(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> float:
    """Squared distance of a point from a segment."""
    dx, dy = x1 - x0, y1 - y0
    size = dx * dx + dy * dy
    t = 0.0 if size == 0.0 else min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / size))
    dx, dy = x0 + t * dx - x, y0 + t * dy - y
    return dx * dx + dy * dy


@njit(cache=True, nogil=True)
def surface_at(
    vertices: Points,
    faces: Faces,
    uv: TexCoords,
    normals: Vectors,
    scale: Float32Array,
    corner: FloatArray,
    repeats: bool,
    resolution: int,
    rows: IntArray,
    cols: IntArray,
    face: IntArray,
    inside: BoolArray,
    weights: Float32Array,
    position: Float32Array,
    normal: Float32Array,
    density: Float32Array,
) -> None:
    """The surface under the centres of texels, written to (k, ...) arrays. scale: (m,) texels per length of each face.

    Texels of one row that follow each other mostly show one face, whose corners are then read but once.
    """
    at, known = np.empty(7), -1
    for k in range(len(rows)):
        f = face[k]
        i, j, m = faces[f, 0], faces[f, 1], faces[f, 2]
        if f != known:
            corners_at(uv, faces, f, corner, resolution, at)
            known = f
            bx, by = (at[5] - at[1]) / at[6], -(at[4] - at[0]) / at[6]
            cx, cy = -(at[3] - at[1]) / at[6], (at[2] - at[0]) / at[6]
        x, y = float(cols[k]), float(rows[k])
        if repeats:
            x = repeated_texel(x, at[0], at[2], at[4], resolution)
            y = repeated_texel(y, at[1], at[3], at[5], resolution)
        x, y = x - at[0], y - at[1]
        b, c = x * bx + y * by, x * cx + y * cy
        if inside[k]:
            b = min(1.0, max(0.0, b))
            c = min(1.0 - b, max(0.0, c))
        else:
            # A texel beside a sliver lies many slivers away from it: going on that far would leave the surface.
            b, c = min(max(b, -1.0), 2.0), min(max(c, -1.0), 2.0)
        a = 1.0 - b - c
        weights[k, 0], weights[k, 1] = b, c
        density[k] = scale[f]
        for axis in range(3):
            position[k, axis] = a * vertices[i, axis] + b * vertices[j, axis] + c * vertices[m, axis]
        if not inside[k]:
            a, b, c = max(a, 0.0), max(b, 0.0), max(c, 0.0)
        x = a * normals[i, 0] + b * normals[j, 0] + c * normals[m, 0]
        y = a * normals[i, 1] + b * normals[j, 1] + c * normals[m, 1]
        z = a * normals[i, 2] + b * normals[j, 2] + c * normals[m, 2]
        size = np.sqrt(x * x + y * y + z * z)
        if not size > 1e-12:
            x, y, z = _flat_normal(vertices, i, j, m)
            size = 1.0
        normal[k, 0], normal[k, 1], normal[k, 2] = x / size, y / size, z / size


@njit(cache=True, nogil=True)
def repeated_texel(at: float, a: float, b: float, c: float, resolution: int) -> float:
    """``texel_kernels.repeated`` in texels, whose centres have whole numbers."""
    inverse = 1.0 / resolution
    shown = (at + 0.5) * inverse
    found = repeated(shown, (a + 0.5) * inverse, (b + 0.5) * inverse, (c + 0.5) * inverse)
    return at + np.round(found - shown) * resolution


@njit(cache=True, nogil=True)
def _flat_normal(vertices: Points, i: int, j: int, m: int) -> tuple[float, float, float]:
    """The unit normal of a triangle; up for one without area."""
    a, b, c = vertices[j, 0] - vertices[i, 0], vertices[j, 1] - vertices[i, 1], vertices[j, 2] - vertices[i, 2]
    d, e, f = vertices[m, 0] - vertices[i, 0], vertices[m, 1] - vertices[i, 1], vertices[m, 2] - vertices[i, 2]
    x, y, z = b * f - c * e, c * d - a * f, a * e - b * d
    size = np.sqrt(x * x + y * y + z * z)
    if not size > 0.0:
        return 0.0, 0.0, 1.0
    return x / size, y / size, z / size


@njit(cache=True, nogil=True)
def face_scales(vertices: Points, faces: Faces, uv: TexCoords, resolution: int) -> Float32Array:
    """(m,) texels per unit of length on each face: the geometric mean of its two directions, that is the root of its
    area in the atlas over its area in space. A face without one of the two gets that of the whole.
    """
    flat, solid = np.zeros(len(faces)), np.zeros(len(faces))
    for f in range(len(faces)):
        i, j, m = faces[f, 0], faces[f, 1], faces[f, 2]
        u1, v1 = uv[j, 0] - uv[i, 0], uv[j, 1] - uv[i, 1]
        u2, v2 = uv[m, 0] - uv[i, 0], uv[m, 1] - uv[i, 1]
        a, b, c = vertices[j, 0] - vertices[i, 0], vertices[j, 1] - vertices[i, 1], vertices[j, 2] - vertices[i, 2]
        d, e, g = vertices[m, 0] - vertices[i, 0], vertices[m, 1] - vertices[i, 1], vertices[m, 2] - vertices[i, 2]
        x, y, z = b * g - c * e, c * d - a * g, a * e - b * d
        here, there = abs(u1 * v2 - u2 * v1), np.sqrt(x * x + y * y + z * z)
        if 0.0 < here <= FARTHEST and 0.0 < there < np.inf:
            flat[f], solid[f] = here, there
    # Where no face has both there is no measure, and any will do that is one.
    whole = resolution * np.sqrt(flat.sum() / solid.sum()) if solid.sum() > 0.0 else 1.0 * resolution
    out = np.full(len(faces), np.float32(whole))
    for f in range(len(faces)):
        if solid[f] > 0.0:
            out[f] = np.float32(min(max(resolution * np.sqrt(flat[f] / solid[f]), whole * 1e-3), whole * 1e3))
    return out
