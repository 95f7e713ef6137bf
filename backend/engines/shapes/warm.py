"""Compiling the loops of the repair line ahead of their first use: small meshes with every fault go through it."""

from __future__ import annotations

import numpy as np
import trimesh

from ...geometry.gutter import fill_gutter
from ...geometry.repair.contract import RawShape, RepairWish
from ...geometry.repair.line import repaired
from ...geometry.unwrap import warm_unwrap
from .finishing import thumbnail

SIZE = 64
FEW = 300
"""Triangles that are left of a ball of 1,280."""
MANY_SIDES = 420
"""Of a tube: its ends are holes that are filled in pieces."""


def warm() -> None:
    """Compile, or load from numba's cache, every loop that a job needs; the most asked for first."""
    thumbnail(repaired(_coloured(), RepairWish(FEW, SIZE), _nobody))
    repaired(_textured(), RepairWish(texture_size=SIZE), _nobody)
    repaired(_faulty(), RepairWish(texture_size=SIZE), _nobody)
    _wide_gaps()
    warm_unwrap()


def _coloured() -> RawShape:
    """As Shap-E's decoder gives it: closed, with a colour at each vertex."""
    ball = trimesh.creation.icosphere(subdivisions=3)
    colours = np.rint(127.5 * (np.asarray(ball.vertices) + 1.0)).astype(np.uint8)
    return RawShape(np.array(ball.vertices), np.array(ball.faces, dtype=np.int32), colours, up="z")


def _textured() -> RawShape:
    """As servers give it: a picture on it, and open."""
    ball = trimesh.creation.icosphere(subdivisions=2)
    faces = np.array(ball.faces[6:], dtype=np.int32)
    picture = np.full((SIZE, SIZE, 3), 90, dtype=np.uint8)
    uv = 0.5 * (np.asarray(ball.vertices)[:, :2] + 1.0)
    return RawShape(np.array(ball.vertices), faces, uv=uv, uv_faces=faces, textures=(picture,), up="y")


def _faulty() -> RawShape:
    """Two parts, of which one has long open ends and three faces at an edge."""
    tube = trimesh.creation.cylinder(radius=1.0, height=1.0, sections=MANY_SIDES)
    side = tube.faces[np.abs(tube.face_normals[:, 2]) < 0.5]
    a, b = side[0, :2]
    vertices = np.concatenate([tube.vertices, [1.2 * tube.vertices[[a, b]].mean(axis=0)]])
    fin = np.array([[a, b, len(tube.vertices)]])
    ball = trimesh.creation.icosphere(subdivisions=1, radius=0.3)
    faces = np.concatenate([side, fin, ball.faces + len(vertices)])
    return RawShape(np.concatenate([vertices, ball.vertices]), faces.astype(np.int32), up="z")


def _wide_gaps() -> None:
    """Between charts, as only large atlases have them."""
    filled = np.zeros((1, 2 * SIZE, 2 * SIZE), dtype=bool)
    filled[0, 0, 0] = True
    fill_gutter(np.zeros((*filled.shape, 3), dtype=np.uint8), filled, np.where(filled, 0, -1).astype(np.int32))


def _nobody(share: float, what: str) -> None:
    """Tells nobody."""
