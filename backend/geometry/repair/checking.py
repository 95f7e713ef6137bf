"""What a raw shape brings besides triangles: colours and coordinates that cannot be used are left out, and said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .contract import RawShape


def checked(shape: RawShape) -> tuple[RawShape, tuple[str, ...]]:
    """The shape with nothing but what can be used, its arrays as the contract has them, and sentences on the rest."""
    notes: list[str] = []
    vertices = np.asarray(shape.vertices, dtype=np.float64)
    faces = np.asarray(shape.faces)
    colours = shape.vertex_colours
    if colours is not None and np.shape(colours) != (len(vertices), 3):
        notes.append("The colours of the vertices are not as many as the vertices: left out.")
        colours = None
    plain = shape.face_colours
    if plain is not None and np.shape(plain) != (len(faces), 3):
        plain = None
    shape = replace(
        shape, vertices=vertices, faces=faces, face_colours=plain,
        vertex_colours=None if colours is None else np.ascontiguousarray(colours, dtype=np.uint8),
    )  # fmt: skip
    if shape.textures and not _textured(shape):
        notes.append("The texture does not fit the mesh: left out.")
        shape = replace(shape, textures=(), uv=None, uv_faces=None, texture_of_face=None)
    elif shape.textures:
        shape = replace(
            shape, uv=np.ascontiguousarray(shape.uv, dtype=np.float64),
            uv_faces=np.ascontiguousarray(shape.uv_faces, dtype=np.int32),
        )  # fmt: skip
    return shape, tuple(notes)


def _textured(shape: RawShape) -> bool:
    """Whether coordinates and pictures are such that every face that wears one finds its place."""
    uv, uv_faces, wears = shape.uv, shape.uv_faces, shape.texture_of_face
    if uv is None or uv_faces is None or np.shape(uv_faces) != np.shape(shape.faces) or np.ndim(uv) != 2:
        return False
    if len(uv_faces) and not 0 <= uv_faces.min() <= uv_faces.max() < len(uv):
        return False
    if wears is not None and (len(wears) != len(shape.faces) or wears.max(initial=-1) >= len(shape.textures)):
        return False
    pictures = all(p.ndim == 3 and p.shape[2] in (3, 4) and p.size and p.dtype == np.uint8 for p in shape.textures)
    return pictures and bool((np.abs(uv) < 1e6).all())
