"""What goes into the repair line, what is wished of it, and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..mesh import UVMesh
from ..typing import ByteImage, Faces, FloatArray, IntArray, Points

Say = Callable[[float, str], None]
"""Told the share that is done (0 to 1) and what is being done; may raise to stop."""
ByteColours = NDArray[np.uint8]
Up = Literal["y", "z"]
PLAIN_COLOUR = (203, 203, 203)
"""sRGB of a mesh that brings no colours."""


@dataclass(frozen=True)
class RawShape:
    """A mesh as a model, a file or a server gave it; nothing about it is taken for granted.

    vertices: (n, 3). faces: (m, 3) rows of vertices. vertex_colours: (n, 3) sRGB. uv: (k, 2), v = 0 at the bottom,
    with uv_faces (m, 3). textures: pictures (h, w, 3 or 4) sRGB, row 0 at the top, which repeat beyond 0..1.
    texture_of_face: (m,) index into ``textures``, -1 for faces without; all wear the first when None.
    face_colours: (m, 3) sRGB of faces that have neither a texture nor a vertex colour. unit: metres a unit, None when
    nothing is known. up: the axis that points up, None when nothing is known. notes: sentences of the reader.
    """

    vertices: Points
    faces: Faces
    vertex_colours: ByteColours | None = None
    uv: FloatArray | None = None
    uv_faces: Faces | None = None
    textures: tuple[ByteImage, ...] = ()
    texture_of_face: IntArray | None = None
    face_colours: ByteColours | None = None
    unit: float | None = None
    up: Up | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RepairWish:
    """What the mesh is to be like.

    max_triangles: the budget. texture_size: texels along a side of the atlas. size_m: width, depth and height in
    metres; those that are None follow the proportions, and with three None the mesh keeps its own size. keep_share:
    connected parts with less than this share of the largest one's surface are dropped. watertight: close everything;
    otherwise only holes that are small are filled, and what is open by design stays so.
    """

    max_triangles: int = 100_000
    texture_size: int = 2048
    size_m: tuple[float | None, float | None, float | None] = (None, None, None)
    keep_share: float = 0.01
    watertight: bool = True


@dataclass(frozen=True)
class RepairReport:
    """What was done. from_triangles, to_triangles: counts. unusable: faces dropped that were no faces. components:
    parts that are left; dropped: those that were not kept. holes: filled. edges_split: edges at which more than two
    faces met. flipped: faces turned over. sheets: parts without thickness that were given one. watertight: every edge
    has exactly two faces, also when places are rounded to 32 bits. size_m: width, depth, height. metres_per_unit: of
    the height. up: the axis of the input that points up. coloured: whether the input brought colours. deviation:
    distance from the new surface to the given one that 99 of 100 texels stay below, metres. notes: sentences for
    people.
    """

    from_triangles: int
    to_triangles: int
    unusable: int
    components: int
    dropped: int
    holes: int
    edges_split: int
    flipped: int
    sheets: int
    watertight: bool
    size_m: tuple[float, float, float]
    metres_per_unit: float
    up: Up
    coloured: bool
    deviation: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RepairedShape:
    """mesh: z up, metres, base centred on the origin. base_colour: (R, R, 3) sRGB, row 0 at v = 1."""

    mesh: UVMesh
    base_colour: ByteImage
    report: RepairReport = field(repr=False)
