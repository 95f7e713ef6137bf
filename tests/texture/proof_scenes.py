"""A mesh with an atlas, cameras around it and pictures of it that tests of whole texturings share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import trimesh
from trimesh.visual import TextureVisuals

from backend.engines.texture import Camera, PaintRequest, TextureResult
from backend.geometry.unwrap import unwrap
from benchmarks import _oracles as oracles

GENERATED, OBSERVED, NO_VIEW = 128, 255, 255
DIRECTIONS = ((0, -1, 0.2), (0.9, 0.4, 0.3), (-0.9, 0.4, 0.1), (0.1, 0.3, 1), (0, 0.2, -1))


def bumpy(subdivisions: int = 3) -> trimesh.Trimesh:
    """A ball with dents and an atlas of several charts, about the origin, of a size about 1."""
    ball = trimesh.creation.icosphere(subdivisions)
    x, y, z = ball.vertices.T
    radius = 0.5 * (1.0 + 0.22 * np.sin(3.0 * x + 1.0) * np.cos(4.0 * y) + 0.1 * np.sin(5.0 * z))
    return with_atlas(trimesh.Trimesh(ball.vertices * radius[:, None], ball.faces, process=False))


def with_atlas(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """The same, unwrapped."""
    new = unwrap(np.asarray(mesh.vertices), np.asarray(mesh.faces, dtype=np.int32), resolution=256, gutter=6)
    return meshed(np.asarray(mesh.vertices), np.asarray(mesh.faces), new.uv, new.faces)


def meshed(points: np.ndarray, faces: np.ndarray, uv: np.ndarray, rows: np.ndarray) -> trimesh.Trimesh:
    """A mesh with one vertex for each row of texture coordinates. faces, rows: (m, 3)."""
    vertices = np.zeros((len(uv), 3))
    vertices[rows.ravel()] = points[faces.ravel()]
    return textured(vertices, rows, uv)


def textured(vertices: np.ndarray, faces: np.ndarray, uv: np.ndarray | None) -> trimesh.Trimesh:
    return trimesh.Trimesh(vertices, faces, process=False, visual=None if uv is None else TextureVisuals(uv=uv))


def around(size: int = 160, directions: Sequence[Sequence[float]] = DIRECTIONS, **lens: float) -> tuple[Camera, ...]:
    """Cameras that look at the origin."""
    lens = lens or {"field_of_view": 40.0}
    eyes = [2.0 * np.array(d) / np.linalg.norm(d) for d in directions]
    return tuple(Camera.look_at(eye, (0, 0, 0), (0, 0, 1), (size, size), **lens) for eye in eyes)


def pattern(points: np.ndarray) -> np.ndarray:
    """(n, 3) in 0.15..0.85: nothing of it is black, or the grey of a background."""
    return 0.5 + 0.7 * (oracles.solid_pattern(points) - 0.5)


@dataclass
class Kept:
    """Paints the pictures that it was given, and remembers what it was asked."""

    pictures: Sequence[np.ndarray]
    name: str = "kept pictures"
    asked: list[PaintRequest] = field(default_factory=list)

    def paint(self, request: PaintRequest) -> np.ndarray:
        self.asked.append(request)
        return self.pictures[request.view_index]


@dataclass
class Asked:
    """Another painter, and what it was asked."""

    painter: Any
    name: str = "asked"
    requests: list[PaintRequest] = field(default_factory=list)

    def paint(self, request: PaintRequest) -> np.ndarray:
        self.requests.append(request)
        return self.painter.paint(request)


def true_atlas(mesh: trimesh.Trimesh, size: int, colour: oracles.Colour = pattern) -> np.ndarray:
    """(size, size, 3) uint8: a colour of space at the surface point of each texel of a chart, grey elsewhere."""
    out = np.full((size, size, 3), 128, dtype=np.uint8)
    row, col, points = texel_points(mesh, size)
    out[row, col] = np.rint(255.0 * colour(points))
    return out


def texel_points(mesh: trimesh.Trimesh, size: int, corner: Sequence[int] = (0, 0)) -> tuple[np.ndarray, ...]:
    """(k,) row, (k,) column and (k, 3) surface point of texels whose centre lies in a face: face by face, in numpy."""
    uv = np.asarray(mesh.visual.uv) - corner
    at = np.stack([uv[:, 0] * size - 0.5, (1.0 - uv[:, 1]) * size - 0.5], axis=1)[mesh.faces]
    rows, cols, points = [], [], []
    for (a, b, c), corners in zip(at, mesh.vertices[mesh.faces], strict=True):
        low = np.maximum(np.ceil(np.min((a, b, c), axis=0)).astype(int), 0)
        high = np.minimum(np.floor(np.max((a, b, c), axis=0)).astype(int), size - 1)
        turn = np.array([b - a, c - a]).T
        if (high < low).any() or abs(np.linalg.det(turn)) < 1e-12:
            continue
        x, y = (v.ravel() for v in np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1)))
        s, t = np.linalg.solve(turn, np.stack([x - a[0], y - a[1]]))
        found = (s >= 0) & (t >= 0) & (s + t <= 1)
        rows.append(y[found])
        cols.append(x[found])
        points.append(np.stack([1 - s - t, s, t], axis=1)[found] @ corners)
    return np.concatenate(rows), np.concatenate(cols), np.concatenate(points)


def painted_in(result: TextureResult, inside: np.ndarray) -> np.ndarray:
    """(R, R) bool: texels of charts that a view painted."""
    return inside & (result.evidence[..., 0] == GENERATED) & (result.evidence[..., 1] != NO_VIEW)
