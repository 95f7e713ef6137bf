"""The surface under the texels of an atlas, of one tile or of several UDIM tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import GeometryError
from .mesh import UVMesh
from .surface_kernels import FARTHEST, face_scales, surface_at
from .texels import in_chunks, lay_faces
from .typing import BoolArray, Faces, Float32Array, FloatArray, IntArray, TexCoords, TileArray

FIRST_TILE = 1001
TILES_ACROSS = 10
MOST_TILES = 100
OVER = 1e-6
"""How far a face may reach over the border of its tile: rounding in files."""


@dataclass(frozen=True)
class SurfaceTexels:
    """Texels of an atlas that lie in a chart or in its margin, as flat lists over all tiles, by tile, row, column.

    resolution: texels along a side of a tile. tiles: UDIM numbers, (1001,) for a plain atlas. tile: (k,) index into
    ``tiles``. row, col: (k,) in the tile's picture, whose row 0 is at the top (v = 1). face: (k,) of the mesh.
    weights: (k, 2) barycentric, of the face's corners 2 and 3. position: (k, 3) in the mesh's unit. normal: (k, 3)
    unit, smooth. density: (k,) texels per unit of length on the surface, the geometric mean of the face's directions.
    inside: (k,) whether the centre lies in a chart; otherwise it lies in the margin, where the surface is thought to
    go on beyond its seam in the plane of the nearest face. index: (T, R, R) number of the texel at a place, or -1.
    """

    resolution: int
    tiles: tuple[int, ...]
    tile: TileArray
    row: IntArray
    col: IntArray
    face: IntArray
    weights: Float32Array
    position: Float32Array
    normal: Float32Array
    density: Float32Array
    inside: BoolArray
    index: IntArray

    def __len__(self) -> int:
        return len(self.row)


def surface_texels(mesh: UVMesh, resolution: int, margin: int = 2, tiles: Sequence[int] | None = None) -> SurfaceTexels:
    """The surface point under the centre of each texel that lies in a chart, or at most margin + 1/2 texels beside.

    tiles: UDIM numbers; those that the mesh's coordinates lie in when None (see ``tiles_of_faces``). A centre that
    several faces cover belongs to the one with the lowest number; one beside charts to the face that is nearest, so
    that charts too thin for any centre have texels too. Faces without area in the atlas, or whose coordinates are no
    numbers, have no texels. Raises GeometryError for more tiles than can be told apart.
    """
    if tiles is None:
        numbers, place = tiles_of_faces(mesh.uv, mesh.faces)
    else:
        numbers, place = _checked(tuple(tiles)), places_in(mesh.uv, mesh.faces, tuple(tiles))
    repeats = numbers == (FIRST_TILE,)
    shape = (len(numbers), resolution, resolution)
    owner, near = np.full(shape, -1, dtype=np.int32), np.full(shape, -1, dtype=np.int32)
    for number in range(len(numbers)):
        chosen = np.flatnonzero(place == number).astype(np.int32)
        corner = corner_of(numbers[number])
        lay_faces(mesh.uv, mesh.faces, chosen, corner, repeats, margin, owner[number], near[number])
    flat = [np.flatnonzero((owner[n] >= 0) | (near[n] >= 0)) for n in range(len(numbers))]
    count = sum(len(part) for part in flat)
    found = _empty(resolution, numbers, count, owner)
    scale = face_scales(mesh.vertices, mesh.faces, mesh.uv, resolution)
    start = 0
    for number, part in enumerate(flat):
        _collect(mesh, found, number, repeats, scale, start, part, near[number].ravel())
        start += len(part)
    return found


def _collect(
    mesh: UVMesh,
    found: SurfaceTexels,
    number: int,
    repeats: bool,
    scale: Float32Array,
    start: int,
    flat: IntArray,
    near: IntArray,
) -> None:
    """Fill in the texels of one tile, ``flat`` (k,) in it, from number ``start`` on. index: still holds owners."""
    corner, index, resolution = corner_of(found.tiles[number]), found.index[number].ravel(), found.resolution

    def work(first: int, last: int) -> None:
        here, part = flat[first:last], slice(start + first, start + last)
        owner = index[here]
        found.tile[part] = number
        found.row[part] = here // resolution
        found.col[part] = here % resolution
        found.inside[part] = owner >= 0
        found.face[part] = np.where(owner >= 0, owner, near[here])
        surface_at(
            mesh.vertices,
            mesh.faces,
            mesh.uv,
            mesh.normals,
            scale,
            corner,
            repeats,
            resolution,
            found.row[part],
            found.col[part],
            found.face[part],
            found.inside[part],
            found.weights[part],
            found.position[part],
            found.normal[part],
            found.density[part],
        )
        index[here] = np.arange(start + first, start + last, dtype=np.int32)

    in_chunks(len(flat), work)


def _empty(resolution: int, tiles: tuple[int, ...], count: int, index: IntArray) -> SurfaceTexels:
    whole, single = np.int32, np.float32
    return SurfaceTexels(
        resolution,
        tiles,
        np.empty(count, dtype=np.uint8),
        np.empty(count, dtype=whole),
        np.empty(count, dtype=whole),
        np.empty(count, dtype=whole),
        np.empty((count, 2), dtype=single),
        np.empty((count, 3), dtype=single),
        np.empty((count, 3), dtype=single),
        np.empty(count, dtype=single),
        np.empty(count, dtype=bool),
        index,
    )


def corner_of(tile: int) -> FloatArray:
    """(2,) the lower left corner of a UDIM tile in texture coordinates."""
    number = tile - FIRST_TILE
    return np.array([number % TILES_ACROSS, number // TILES_ACROSS], dtype=np.float64)


def tiles_of_faces(uv: TexCoords, faces: Faces) -> tuple[tuple[int, ...], IntArray]:
    """The UDIM tiles that a mesh's coordinates lie in, rising, and (m,) the index of each face's own, -1 for none.

    Coordinates are those of UDIM tiles when every face lies in one tile, from 0 to 10 along u and above 0 along v; but
    not when charts reach from tile to tile although all of them would fit into one picture. All else is a plain atlas,
    (1001,), which repeats beyond 0..1. Raises GeometryError for more than 100 tiles.
    """
    if ((uv >= 0.0) & (uv <= 1.0)).all():
        return (FIRST_TILE,), np.zeros(len(faces), dtype=np.int32)
    corners = uv[faces]
    finite = (np.abs(corners) <= FARTHEST).all(axis=(1, 2))
    corners = np.where(finite[:, None, None], corners, 0.0)
    low, high = corners.min(axis=1), corners.max(axis=1)
    tile = np.floor(0.5 * (low + high))
    within = (low >= tile - OVER).all(axis=1) & (high <= tile + 1.0 + OVER).all(axis=1)
    within &= (tile >= 0).all(axis=1) & (tile[:, 0] < TILES_ACROSS) & (tile[:, 1] < 900)
    if not finite.any() or not within[finite].all() or _fits_one(faces[finite], corners[finite], tile[finite]):
        return (FIRST_TILE,), np.where(finite, 0, -1).astype(np.int32)
    number = FIRST_TILE + tile[:, 0].astype(np.int32) + TILES_ACROSS * tile[:, 1].astype(np.int32)
    found, place = np.unique(number[finite], return_inverse=True)
    out = np.full(len(faces), -1, dtype=np.int32)
    out[finite] = place
    return _checked(tuple(int(tile) for tile in found)), out


def _fits_one(faces: Faces, corners: FloatArray, tile: FloatArray) -> bool:
    """Whether faces of different tiles, (m, 2), share corners in the atlas, and all cover less than a picture."""
    place = np.zeros((int(faces.max()) + 1, 2))
    place[faces] = tile[:, None]
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = 0.5 * float(np.abs(a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]).sum())
    return area < 1.0 and bool((place[faces] != tile[:, None]).any())


def places_in(uv: TexCoords, faces: Faces, tiles: tuple[int, ...]) -> IntArray:
    """(m,) the index in ``tiles`` of the tile in which each face's middle lies, -1 for none; 0 for a plain atlas."""
    if tiles == (FIRST_TILE,):
        return np.zeros(len(faces), dtype=np.int32)
    corners = np.where(np.abs(uv) <= FARTHEST, uv, -1.0)[faces]
    middle = np.floor(0.5 * (corners.min(axis=1) + corners.max(axis=1)))
    out = np.full(len(faces), -1, dtype=np.int32)
    for index, tile in enumerate(tiles):
        out[(middle == corner_of(tile)).all(axis=1)] = index
    return out


def _checked(tiles: tuple[int, ...]) -> tuple[int, ...]:
    if len(tiles) > MOST_TILES:
        raise GeometryError(
            f"The texture coordinates lie in {len(tiles)} UDIM tiles; at most {MOST_TILES} are taken.",
            "Lay the mesh out in fewer tiles, or let it be unwrapped anew.",
        )
    return tiles
