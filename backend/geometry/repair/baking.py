"""The colours of a mesh as it came, baked into the atlas of the mesh that it became."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..gutter import fill_gutter
from ..mesh import UVMesh
from ..surface_texels import FIRST_TILE, surface_texels
from ..texels import in_chunks
from ..typing import BoolArray, ByteImage, Float32Array, FloatArray, IntArray, Points
from .contract import PLAIN_COLOUR, RawShape
from .nearest import NearestFaces
from .sampling_kernels import from_picture, from_vertices

MARGIN = 2
CAP = 0.02
"""Share of the size within which the surface that looks the same way is looked for before any other is taken."""
MOST = 99.0
"""Percentile of the texels' distances that is told as the deviation: what fills a hole lies far from everything."""
FINER = 2.0
"""How many times finer than the atlas a texture may be before it is made smaller first."""


@dataclass(frozen=True)
class Source:
    """The faces of a raw shape that colours are taken from. face: (s,) of the raw shape. back: (s,) those whose
    direction has turned out to be the opposite. place: their vertices (n, 3) where the new mesh stands.
    """

    shape: RawShape
    face: IntArray
    back: BoolArray
    place: Points


@dataclass(frozen=True)
class Baked:
    """picture: (R, R, 3) sRGB. coloured: whether the source had colours. deviation: metres."""

    picture: ByteImage
    coloured: bool
    deviation: float


def baked(mesh: UVMesh, source: Source, resolution: int, say: Callable[[float], None]) -> Baked:
    """The atlas of ``mesh`` with the colours of the source's nearest surface that looks the same way."""
    triangles = source.place[source.shape.faces[source.face]]
    cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    cross[source.back] *= -1.0
    size = np.linalg.norm(cross, axis=1, keepdims=True)
    near = NearestFaces(triangles, np.where(size > 0.0, cross / np.maximum(size, 1e-300), 0.0))
    say(0.15)
    texels = surface_texels(mesh, resolution, margin=MARGIN, tiles=(FIRST_TILE,))
    say(0.25)
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    flat = (flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-300)).astype(np.float32)
    colours = np.empty((len(texels), 3), dtype=np.uint8)
    far = np.empty(len(texels), dtype=np.float32)
    cap = CAP * float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    sampler = _Sampler(source, _density(mesh, resolution))

    def work(start: int, stop: int) -> None:
        part = slice(start, stop)
        found, weights, far[part] = near.find_here(texels.position[part], flat[texels.face[part]], cap)
        sampler.write(source.face[found], weights, colours[part])

    in_chunks(len(texels), work, done=lambda share: say(0.25 + 0.65 * share))
    picture = np.empty((1, resolution, resolution, 3), dtype=np.uint8)
    picture[:] = PLAIN_COLOUR
    picture[0, texels.row, texels.col] = colours
    filled = texels.index >= 0
    deviation = float(np.percentile(far[texels.inside], MOST)) if texels.inside.any() else 0.0
    return Baked(fill_gutter(picture, filled, texels.index)[0], sampler.coloured, deviation)


def _density(mesh: UVMesh, resolution: int) -> float:
    """Texels of the atlas on the surface, in all."""
    corners = mesh.uv[mesh.faces]
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return 0.5 * float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) * resolution * resolution


class _Sampler:
    """Colours of a raw shape at points of its faces: textures first, then vertices, then plain."""

    def __init__(self, source: Source, texels: float) -> None:
        shape = source.shape
        self.faces, self.colours, self.plain = shape.faces, shape.vertex_colours, shape.face_colours
        self.uv, self.uv_faces = shape.uv, shape.uv_faces
        self.wears: IntArray | None = None
        self.pictures: list[ByteImage] = []
        if shape.uv is not None and shape.uv_faces is not None and shape.textures:
            wears = np.zeros(len(shape.faces), dtype=np.int32)
            self.wears = wears if shape.texture_of_face is None else shape.texture_of_face.astype(np.int32)
            self.pictures = [_fit(shape, source.face, self.wears, n, texels) for n in range(len(shape.textures))]
        self.coloured = bool(self.pictures) or self.colours is not None or self.plain is not None

    def write(self, face: IntArray, weights: Float32Array, out: ByteImage) -> None:
        """Write the colours (n, 3) at points given by faces (n,) of the raw shape and weights (n, 3)."""
        if self.colours is not None:
            from_vertices(self.colours, self.faces, face, weights, out)
        elif self.plain is not None:
            out[:] = self.plain[face]
        else:
            out[:] = PLAIN_COLOUR
        for number, picture in enumerate(self.pictures):
            from_picture(picture, self.uv, self.uv_faces, self.wears, number, face, weights, out)


def _fit(shape: RawShape, chosen: IntArray, wears: IntArray, number: int, texels: float) -> ByteImage:
    """A texture, made smaller when the atlas is so much coarser that single pixels of it would be picked out."""
    picture = np.array(shape.textures[number][..., :3], order="C")  # read-only ones would be a type of their own
    assert shape.uv is not None and shape.uv_faces is not None
    mine = chosen[wears[chosen] == number]
    if len(mine) == 0:
        return picture
    corners = shape.uv[shape.uv_faces[mine]]
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = 0.5 * float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) * picture.shape[0] * picture.shape[1]
    places = shape.vertices[shape.faces[mine]]
    share = _area(places) / max(_area(shape.vertices[shape.faces[chosen]]), 1e-300)
    finer = float(np.sqrt(area / max(texels * share, 1.0)))
    if finer <= FINER:
        return picture
    size = [max(1, round(side / finer)) for side in (picture.shape[1], picture.shape[0])]
    return np.ascontiguousarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _area(corners: FloatArray) -> float:
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return 0.5 * float(np.linalg.norm(cross, axis=1).sum())
