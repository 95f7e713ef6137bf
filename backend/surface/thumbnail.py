"""A small picture of a textured mesh for lists: orthographic, software-rastered, lit by a soft studio."""

from __future__ import annotations

import math
from pathlib import Path
from typing import IO

import numpy as np
from numba import njit
from PIL import Image

from ..geometry.mesh import UVMesh
from ..geometry.texels import TexelMap
from ..geometry.typing import Faces, FloatArray, IntArray
from .evaluate import SurfaceMaps

SIZE = 256
OVERSAMPLING = 2
TURN_DEGREES = 28.0
LOOK_DOWN_DEGREES = 16.0
MARGIN = 0.06


@njit(cache=True)
def _raster(xy: FloatArray, depth: FloatArray, faces: Faces, uv: FloatArray, nearest: IntArray, size: int) -> IntArray:
    """(size, size): the texel seen in each pixel, -1 for none. xy: pixels; depth: larger is nearer."""
    seen = np.full((size, size), -1, dtype=np.int32)
    front = np.full((size, size), -np.inf)
    resolution = nearest.shape[0]
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        area = (xy[b, 0] - xy[a, 0]) * (xy[c, 1] - xy[a, 1]) - (xy[b, 1] - xy[a, 1]) * (xy[c, 0] - xy[a, 0])
        if abs(area) < 1e-12:
            continue
        left = max(int(np.floor(min(xy[a, 0], xy[b, 0], xy[c, 0]))), 0)
        right = min(int(np.ceil(max(xy[a, 0], xy[b, 0], xy[c, 0]))), size - 1)
        top = max(int(np.floor(min(xy[a, 1], xy[b, 1], xy[c, 1]))), 0)
        bottom = min(int(np.ceil(max(xy[a, 1], xy[b, 1], xy[c, 1]))), size - 1)
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                px, py = x + 0.5, y + 0.5
                w2 = ((xy[b, 0] - xy[a, 0]) * (py - xy[a, 1]) - (xy[b, 1] - xy[a, 1]) * (px - xy[a, 0])) / area
                w1 = ((px - xy[a, 0]) * (xy[c, 1] - xy[a, 1]) - (py - xy[a, 1]) * (xy[c, 0] - xy[a, 0])) / area
                w0 = 1.0 - w1 - w2
                if w0 < -1e-9 or w1 < -1e-9 or w2 < -1e-9:
                    continue
                d = w0 * depth[a] + w1 * depth[b] + w2 * depth[c]
                if d <= front[y, x]:
                    continue
                front[y, x] = d
                u = w0 * uv[a, 0] + w1 * uv[b, 0] + w2 * uv[c, 0]
                v = w0 * uv[a, 1] + w1 * uv[b, 1] + w2 * uv[c, 1]
                col = min(int((u - np.floor(u)) * resolution), resolution - 1)
                row = resolution - 1 - min(int((v - np.floor(v)) * resolution), resolution - 1)
                seen[y, x] = nearest[row, col]
    return seen


def write_thumbnail(target: Path | IO[bytes], mesh: UVMesh, texels: TexelMap, maps: SurfaceMaps) -> None:
    """Write a SIZE x SIZE PNG with a transparent background."""
    turn = _view()
    points = (mesh.vertices - (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2.0) @ turn.T
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    wide = SIZE * OVERSAMPLING
    scale = wide * (1.0 - 2.0 * MARGIN) / max(float((high - low).max()), 1e-9)
    xy = np.empty((len(points), 2))
    xy[:, 0] = (points[:, 0] - (low[0] + high[0]) / 2.0) * scale + wide / 2.0
    xy[:, 1] = wide / 2.0 - (points[:, 1] - (low[1] + high[1]) / 2.0) * scale
    seen = _raster(xy, np.ascontiguousarray(points[:, 2]), mesh.faces, mesh.uv, texels.nearest, wide)
    shown = seen >= 0
    picture = np.zeros((wide, wide, 4), dtype=np.float32)
    if shown.any():
        picture[shown, :3] = _shade(seen[shown], texels, maps, turn)
        picture[shown, 3] = 1.0
    Image.fromarray(_reduced(picture), "RGBA").save(target, "PNG", optimize=False)


def _view() -> FloatArray:
    """Rows: right, up, towards the viewer."""
    a, b = math.radians(TURN_DEGREES), math.radians(LOOK_DOWN_DEGREES)
    towards = np.array([math.sin(a) * math.cos(b), -math.cos(a) * math.cos(b), math.sin(b)])
    right = np.array([math.cos(a), math.sin(a), 0.0])
    return np.stack([right, np.cross(towards, right), towards])


def _shade(index: IntArray, texels: TexelMap, maps: SurfaceMaps, turn: FloatArray) -> FloatArray:
    """(n, 3) linear: a soft key light from the upper left, a sky above a floor, and their blurred reflections."""
    rows, cols = texels.rows[index], texels.cols[index]
    colour = (maps.base_color[rows, cols] / 255.0) ** 2.2
    rough = maps.roughness[rows, cols, None] / 255.0
    metal = maps.metallic[rows, cols, None] / 255.0
    normal = maps.bent[index] @ turn.T
    key = np.array([-0.5, 0.62, 0.6])
    key /= np.linalg.norm(key)
    lit = np.clip(normal @ key, 0.0, 1.0)[:, None]
    sky = 0.5 + 0.5 * normal[:, 1:2]
    facing = np.clip(normal[:, 2:3], 0.0, 1.0)
    reflected = 2.0 * facing * normal - np.array([0.0, 0.0, 1.0])
    half = (key + np.array([0.0, 0.0, 1.0])) / np.linalg.norm(key + np.array([0.0, 0.0, 1.0]))
    sharp = 2.0 / np.maximum(rough**4, 1e-3)
    glint = np.clip(normal @ half, 0.0, 1.0)[:, None] ** sharp * (sharp + 2.0) / 60.0
    studio = 0.32 + 0.75 * np.clip(0.5 + 0.5 * reflected[:, 1:2], 0.0, 1.0) ** 1.5
    fresnel = 0.04 + 0.5 * (1.0 - rough) * (1.0 - facing) ** 5
    diffuse = colour * (1.0 - metal) * (1.0 * lit + 0.34 * sky + 0.14)
    mirror = (colour * metal + fresnel * (1.0 - metal)) * (studio + np.minimum(glint, 4.0))
    return diffuse + mirror


def _reduced(picture: np.ndarray) -> np.ndarray:
    """Average the samples of each pixel, weighted by coverage, then to sRGB bytes."""
    blocks = picture.reshape(SIZE, OVERSAMPLING, SIZE, OVERSAMPLING, 4)
    alpha = blocks[..., 3].mean(axis=(1, 3))
    rgb = blocks[..., :3].sum(axis=(1, 3)) / np.maximum(blocks[..., 3].sum(axis=(1, 3)), 1.0)[..., None]
    rgb = np.clip(rgb, 0.0, 1.0) ** (1.0 / 2.2)
    return (np.concatenate([rgb, alpha[..., None]], axis=2) * 255.0 + 0.5).astype(np.uint8)
