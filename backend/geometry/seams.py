"""Which texels lie opposite each other across the seams of an atlas."""

from __future__ import annotations

import numpy as np
from numba import njit

from .mesh import UVMesh
from .normals import weld
from .surface_texels import FIRST_TILE, SurfaceTexels, corner_of, places_in
from .typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, TexCoords

STEP = 0.5
"""How far samples along a seam lie apart, texels of its finer side."""
MOST_SAMPLES = 4096
"""Along one edge; more than an atlas has texels across cannot tell anything new."""
SAME = 1e-3
"""Texels that an edge's ends may lie apart in the atlas without being a seam."""
NEAR = 4.0
"""Texels on the surface between a place on the seam and a texel that shows the surface there: where a chart is
stretched, one texel along it may be as long as some of the mean."""


def seam_pairs(mesh: UVMesh, texels: SurfaceTexels) -> IntArray:
    """(p, 2) numbers of texels that are neighbours on the surface across a seam, the lower one first, sorted.

    A seam is an edge that two faces share in space, by vertices at exactly one place, but not in the atlas. On each of
    its sides the texel is taken whose centre is nearest to half a texel within the chart, so both centres lie within
    about one texel of the seam and of each other on the surface. Texels in charts are preferred; charts too thin to
    have any take part with those of their margin. Where more than two faces meet, each is joined to the next. A chart
    that leaves a plain atlas and comes in again on its other side is joined there too.
    """
    one, other = seam_edges(mesh, texels.resolution)
    sides = np.concatenate([_ends(mesh, one), _ends(mesh, other)], axis=1).astype(np.int32)
    place = places_in(mesh.uv, mesh.faces, texels.tiles)
    corners = np.stack([corner_of(tile) for tile in texels.tiles])
    found = _opposite(
        mesh.vertices.astype(np.float32),
        mesh.faces,
        mesh.uv,
        sides,
        place,
        corners,
        texels.tiles == (FIRST_TILE,),
        texels.index,
        texels.inside,
        texels.position,
        texels.density,
    )
    found = np.concatenate([found, _around(texels)])
    key = np.unique(found[:, 0].astype(np.int64) * len(texels) + found[:, 1])
    return np.stack([key // max(len(texels), 1), key % max(len(texels), 1)], axis=1).astype(np.int32)


def seam_edges(mesh: UVMesh, resolution: int) -> tuple[IntArray, IntArray]:
    """(s,) and (s,) half-edges, 3 face + corner, that share an edge in space but not in the atlas.

    The half-edges of faces that are wound against each other run the same way, all others run against each other.
    """
    first = weld(mesh.vertices)
    place = first[mesh.faces]
    # Along a seam at least one end has several vertices, one for each side; all other edges need not be compared.
    split = (np.bincount(first, minlength=len(first)) > 1)[place]
    start, end = place.ravel().astype(np.int64), place[:, (1, 2, 0)].ravel().astype(np.int64)
    usable = np.flatnonzero((split | split[:, (1, 2, 0)]).ravel() & (start != end))
    key = np.minimum(start, end)[usable] * len(first) + np.maximum(start, end)[usable]
    order = np.argsort(key, kind="stable")
    key, order = key[order], usable[order]
    same = np.flatnonzero(key[1:] == key[:-1])
    one, other = order[same], order[same + 1]
    a, b = mesh.uv[_ends(mesh, one)[:, 1:3]], mesh.uv[_ends(mesh, other)[:, 1:3]]
    against = start[one] != start[other]
    b[against] = b[against, ::-1]
    with np.errstate(invalid="ignore"):
        apart = np.abs(a - b).max(axis=(1, 2), initial=0.0) * resolution > SAME
    return one[apart].astype(np.int32), other[apart].astype(np.int32)


def _around(texels: SurfaceTexels) -> IntArray:
    """(q, 2) texels in charts at opposite borders of a plain atlas that show neighbouring places of the surface."""
    if texels.tiles != (FIRST_TILE,):
        return np.zeros((0, 2), dtype=np.int32)
    index = texels.index[0]
    pairs = np.concatenate([index[[0, -1]].T, index[:, [0, -1]]])
    pairs = np.sort(pairs[(pairs >= 0).all(axis=1)], axis=1)
    pairs = pairs[texels.inside[pairs].all(axis=1)]
    one, other = texels.position[pairs[:, 0]], texels.position[pairs[:, 1]]
    near = np.linalg.norm(one - other, axis=1) * texels.density[pairs].min(axis=1) <= NEAR
    return pairs[near & (pairs[:, 0] != pairs[:, 1])]


def _ends(mesh: UVMesh, halfedges: IntArray) -> IntArray:
    """(s, 4) the face, the two vertices of a half-edge in its direction, and the third vertex."""
    face, corner = halfedges // 3, halfedges % 3
    ends = [mesh.faces[face, (corner + k) % 3] for k in range(3)]
    return np.stack([face.astype(np.int32), *ends], axis=1)


@njit(cache=True, nogil=True)
def _opposite(
    vertices: Float32Array,
    faces: Faces,
    uv: TexCoords,
    sides: IntArray,
    place: IntArray,
    corners: FloatArray,
    repeats: bool,
    index: IntArray,
    inside: BoolArray,
    position: Float32Array,
    density: Float32Array,
) -> IntArray:
    """(q, 2) pairs along seams, the lower number first, some of them more than once. sides: (s, 8) what _ends says of
    both half-edges. place: (m,) index of each face's tile. corners: (T, 2) lower left corners of the tiles.
    """
    resolution = index.shape[1]
    out, count = np.empty((256, 2), dtype=np.int32), 0
    for s in range(len(sides)):
        if place[sides[s, 0]] < 0 or place[sides[s, 4]] < 0:
            continue
        first, then = sides[s, 1], sides[s, 2]
        backwards = False
        for axis in range(3):
            backwards = backwards or vertices[sides[s, 5], axis] != vertices[first, axis]
        length = 0.0
        for k in (1, 5):
            du, dv = uv[sides[s, k + 1], 0] - uv[sides[s, k], 0], uv[sides[s, k + 1], 1] - uv[sides[s, k], 1]
            length = max(length, np.sqrt(du * du + dv * dv) * resolution)
        if not length <= MOST_SAMPLES * resolution:
            continue
        samples = min(MOST_SAMPLES, int(np.ceil(length / STEP)) + 1)
        last_a, last_b = np.int32(-1), np.int32(-1)
        for n in range(samples):
            t = (n + 0.5) / samples
            x = vertices[first, 0] + t * (vertices[then, 0] - vertices[first, 0])
            y = vertices[first, 1] + t * (vertices[then, 1] - vertices[first, 1])
            z = vertices[first, 2] + t * (vertices[then, 2] - vertices[first, 2])
            a = _within(uv, sides[s, :4], t, place, corners, repeats, index, inside, position, density, x, y, z)
            back = 1.0 - t if backwards else t
            b = _within(uv, sides[s, 4:], back, place, corners, repeats, index, inside, position, density, x, y, z)
            if a < 0 or b < 0 or a == b or (a == last_a and b == last_b):
                continue
            last_a, last_b = a, b
            if count == len(out):
                out = np.concatenate((out, np.empty_like(out)))
            out[count, 0], out[count, 1] = min(a, b), max(a, b)
            count += 1
    return out[:count]


@njit(cache=True, nogil=True)
def _within(
    uv: TexCoords,
    side: IntArray,
    t: float,
    place: IntArray,
    corners: FloatArray,
    repeats: bool,
    index: IntArray,
    inside: BoolArray,
    position: Float32Array,
    density: Float32Array,
    x: float,
    y: float,
    z: float,
) -> int:
    """The texel half a texel within a chart at t of the way along an edge, that shows the surface about (x, y, z);
    -1 when there is none.
    """
    resolution, tile = index.shape[1], place[side[0]]
    ax, ay = uv[side[1], 0] * resolution, -uv[side[1], 1] * resolution
    dx, dy = uv[side[2], 0] * resolution - ax, -uv[side[2], 1] * resolution - ay
    size = np.sqrt(dx * dx + dy * dy)
    nx, ny = (-dy / size, dx / size) if size > 0.0 else (0.0, 0.0)
    inward = (uv[side[3], 0] * resolution - ax) * nx + (-uv[side[3], 1] * resolution - ay) * ny
    way = 0.5 if inward > 0.0 else -0.5
    u = ax + t * dx + way * nx - corners[tile, 0] * resolution - 0.5
    v = ay + t * dy + way * ny + (1.0 + corners[tile, 1]) * resolution - 0.5
    if not (abs(u) < 1e9 and abs(v) < 1e9):
        return -1
    best, chosen = np.inf, -1
    for ring in range(2):
        for dr in range(-ring, ring + 1):
            for dc in range(-ring, ring + 1):
                row, col = int(np.round(v)) + dr, int(np.round(u)) + dc
                away = (row - v) ** 2 + (col - u) ** 2
                if repeats:
                    row, col = row % resolution, col % resolution
                elif row < 0 or row >= resolution or col < 0 or col >= resolution:
                    continue
                k = index[tile, row, col]
                if k < 0:
                    continue
                if not inside[k]:
                    away += 100.0
                px, py, pz = position[k, 0] - x, position[k, 1] - y, position[k, 2] - z
                if away < best and (px * px + py * py + pz * pz) * density[k] ** 2 <= NEAR * NEAR:
                    best, chosen = away, k
        if best < 100.0:
            break
    return chosen
