"""What is wrong with texture coordinates as an atlas, in which every place shows one place of the surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .normals import weld
from .surface_kernels import FARTHEST, MOST, corners_at, span
from .surface_texels import FIRST_TILE, OVER, corner_of, places_in, tiles_of_faces
from .typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, TexCoords

NO_AREA = 1e-12
"""Pictures: a face that covers less than this covers nothing."""
INTO = 1e-3
"""Texels that a centre must lie within both of two faces: neighbours touch, and rounding must not count."""
CERTAIN = 8.0
"""Times that the faces together cover the tiles, from which on nothing need be counted to know that they overlap."""


@dataclass(frozen=True)
class AtlasFaults:
    """tiles: UDIM numbers that the coordinates lie in, (1001,) for a plain atlas. area: pictures that the faces cover,
    each counted for itself. overlap: share of that area that lies over other faces. All others are rising numbers of
    faces. overlapping: those that reach over each other. mirrored: those of charts that are mirrored as a whole, which
    is no fault: symmetric objects have them. turned: those that are wound against most of their chart, where it is
    folded over. flat: without area in the atlas. beyond: outside 0..1 where there are no UDIM tiles. broken: with
    coordinates that are no numbers or no places. charts: how many there are.
    """

    tiles: tuple[int, ...]
    area: float
    overlap: float
    overlapping: IntArray
    mirrored: IntArray
    turned: IntArray
    flat: IntArray
    beyond: IntArray
    broken: IntArray
    charts: int

    def told(self) -> tuple[str, ...]:
        """A sentence about each thing that was found, mirrored charts aside."""
        found = (
            (self.broken, "have texture coordinates that are no numbers"),
            (self.flat, "have no area in the atlas"),
            (self.turned, "are folded over within their chart"),
            (self.beyond, "lie beyond 0..1 in the atlas"),
            (self.overlapping, f"share places in the atlas with others ({self.overlap:.1%} of its area)"),
        )
        return tuple(f"{len(faces):,} of the faces {what}." for faces, what in found if len(faces))


def atlas_faults(
    uv: TexCoords, faces: Faces, resolution: int = 1024, tiles: Sequence[int] | None = None
) -> AtlasFaults:
    """Look for faults. uv: (n, 2). faces: (m, 3) rows of uv. resolution: texels along a tile at whose centres overlaps
    are looked for, a thousandth of a texel deep or more. tiles: UDIM numbers; None finds out, (1001,) takes all for one
    picture that repeats beyond 0..1.
    """
    corners = uv[faces]
    sound = (np.abs(corners) <= FARTHEST).all(axis=(1, 2))
    corners = np.where(sound[:, None, None], corners, 0.0)
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    twice = a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]
    solid = np.abs(twice) > 2.0 * NO_AREA
    numbers, place = tiles_of_faces(uv, faces) if tiles is None else (tuple(tiles), places_in(uv, faces, tuple(tiles)))
    beyond = solid & ((corners < -OVER) | (corners > 1.0 + OVER)).any(axis=(1, 2)) & (numbers == (FIRST_TILE,))
    chart, charts = _charts(uv, faces, solid)
    mirrored, turned = _turned(twice, solid, chart, charts)
    area = 0.5 * float(np.abs(twice[solid]).sum())
    overlap, over = _overlaps(uv, faces, np.where(solid, place, -1).astype(np.int32), numbers, resolution, area)
    return AtlasFaults(
        numbers,
        area,
        overlap,
        _numbers(over),
        _numbers(mirrored),
        _numbers(turned),
        _numbers(sound & ~solid),
        _numbers(beyond),
        _numbers(~sound),
        charts,
    )


def _numbers(chosen: BoolArray) -> IntArray:
    return np.flatnonzero(chosen).astype(np.int32)


def _charts(uv: TexCoords, faces: Faces, solid: BoolArray) -> tuple[IntArray, int]:
    """(m,) chart of each face with an area: faces that share an edge of the atlas are of one. And their number."""
    number = np.flatnonzero(solid)
    corners = weld(uv)[faces[number]].astype(np.int64)
    ends = np.sort(np.stack([corners, corners[:, (1, 2, 0)]], axis=2).reshape(-1, 2), axis=1)
    key = ends[:, 0] * len(uv) + ends[:, 1]
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(key[order[1:]] == key[order[:-1]])
    links = (np.ones(len(same)), (order[same] // 3, order[same + 1] // 3))
    count, label = connected_components(coo_matrix(links, shape=(len(number), len(number))), directed=False)
    out = np.full(len(faces), -1, dtype=np.int32)
    out[number] = label
    return out, int(count) if len(number) else 0


def _turned(twice: FloatArray, solid: BoolArray, chart: IntArray, charts: int) -> tuple[BoolArray, BoolArray]:
    """(m,) faces of charts that are mirrored, and (m,) those wound against the larger part of their chart."""
    if charts == 0:
        return np.zeros(len(twice), dtype=bool), np.zeros(len(twice), dtype=bool)
    back = np.bincount(chart[solid], weights=twice[solid], minlength=charts) < 0.0
    mirrored = solid & back[chart]
    return mirrored, solid & ((twice < 0.0) != mirrored)


def _overlaps(
    uv: TexCoords, faces: Faces, place: IntArray, tiles: tuple[int, ...], resolution: int, area: float
) -> tuple[float, BoolArray]:
    """The share of the faces' area that lies over others, and (m,) which faces overlap."""
    over = np.zeros(len(faces), dtype=bool)
    if area > CERTAIN * len(tiles):
        return 1.0 - len(tiles) / area, place >= 0
    covered, again = 0, 0
    for index, tile in enumerate(tiles):
        owner = np.full((resolution, resolution), -1, dtype=np.int32)
        chosen = np.flatnonzero(place == index).astype(np.int32)
        first, more = _cover_again(uv, faces, chosen, corner_of(tile), tiles == (FIRST_TILE,), owner, over)
        covered, again = covered + first, again + more
    return again / max(covered + again, 1), over


@njit(cache=True, nogil=True)
def _cover_again(
    uv: TexCoords,
    faces: Faces,
    chosen: IntArray,
    corner: FloatArray,
    repeats: bool,
    owner: IntArray,
    over: BoolArray,
) -> tuple[int, int]:
    """How many texels have their centre within a face, and how often one lies within a further face. Marks in ``over``
    the faces that meet so. owner: (R, R), -1 everywhere.
    """
    resolution, covered, again = owner.shape[0], 0, 0
    at = np.empty(7)
    for f in chosen:
        if not corners_at(uv, faces, f, corner, resolution, at):
            continue
        low_row, high_row = int(np.ceil(min(at[1], at[3], at[5]))), int(np.floor(max(at[1], at[3], at[5])))
        low_col, high_col = int(np.ceil(min(at[0], at[2], at[4]))), int(np.floor(max(at[0], at[2], at[4])))
        if not repeats:
            low_row, high_row = max(low_row, 0), min(high_row, resolution - 1)
            low_col, high_col = max(low_col, 0), min(high_col, resolution - 1)
        high_row, high_col = min(high_row, low_row + MOST * resolution), min(high_col, low_col + MOST * resolution)
        for row in range(low_row, high_row + 1):
            left, right = span(at, np.float64(row), np.float64(row))
            for col in range(int(np.ceil(max(left, low_col))), int(np.floor(min(right, high_col))) + 1):
                if not _deep_within(at, col, row):
                    continue
                r, s = row % resolution, col % resolution
                if owner[r, s] < 0:
                    owner[r, s] = f
                    covered += 1
                else:
                    again += 1
                    over[f] = over[owner[r, s]] = True
    return covered, again


@njit(cache=True, nogil=True)
def _deep_within(at: Float32Array, x: float, y: float) -> bool:
    """Whether a point lies within all edges of a triangle, by INTO texels."""
    sign = 1.0 if at[6] > 0.0 else -1.0
    for k in range(3):
        i, j = 2 * k, (2 * k + 2) % 6
        dx, dy = at[j] - at[i], at[j + 1] - at[i + 1]
        if sign * (dx * (y - at[i + 1]) - dy * (x - at[i])) <= INTO * np.sqrt(dx * dx + dy * dy):
            return False
    return True
