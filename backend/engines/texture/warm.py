"""Compiling the loops of texturing ahead of their first use: small meshes are textured in every mode."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import trimesh

from ...geometry.typing import FloatArray
from ...geometry.unwrap import warm_unwrap
from .contract import Photograph, TextureOptions
from .exemplar import ExemplarPainter
from .pipeline import texture_mesh
from .solid_painter import SolidPainter, look_of

SIZE = 64
FEW = TextureOptions(resolution=SIZE, view_size=SIZE, view_count=2, refinement_views=1)


def warm() -> None:
    """Compile, or load from numba's cache, every loop that a job needs; the most asked for first."""
    mesh = _sheet()
    shades = np.rint(255.0 * _waves()).astype(np.uint8)
    missing = np.zeros((SIZE, SIZE), dtype=bool)
    missing[16:32, 16:32] = True
    given = replace(FEW, mode="restore", albedo=shades, missing=missing)
    views = texture_mesh(mesh, ExemplarPainter(), given).views
    texture_mesh(mesh, SolidPainter(mesh, look_of("bronze"), "z", SIZE), FEW)
    texture_mesh(mesh, ExemplarPainter(), replace(given, mode="refine"))
    photographs = tuple(Photograph(view.camera, shades) for view in (*views, *views))
    texture_mesh(mesh, None, replace(FEW, mode="project", photographs=photographs))
    warm_unwrap()
    ball = trimesh.creation.icosphere(subdivisions=2, radius=0.1)
    texture_mesh(ball, SolidPainter(ball, look_of("bronze"), "z", SIZE), FEW)


def _sheet() -> trimesh.Trimesh:
    """A bent sheet with texture coordinates."""
    y, x = (axis.ravel() for axis in np.mgrid[0:9, 0:9] / 8.0)
    corner = (np.arange(8)[:, None] * 9 + np.arange(8)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + 10], 1), np.stack([corner, corner + 10, corner + 9], 1)]
    )
    vertices = np.stack([x, y, 0.1 * np.sin(5.0 * x)], axis=1)
    looks = trimesh.visual.TextureVisuals(uv=0.05 + 0.9 * np.stack([x, y], axis=1))
    return trimesh.Trimesh(vertices, faces, visual=looks, process=False)


def _waves() -> FloatArray:
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    return np.stack([0.5 + 0.4 * np.sin(40.0 * x), 0.5 + 0.4 * np.sin(30.0 * y + 20.0 * x), x], axis=-1)
