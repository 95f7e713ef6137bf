"""Painters whose answer is known, and measures of what became of it. Tests and benchmarks share them.

Nothing here comes from the code that is measured: surface points are found by trimesh's own rays, colours by bilinear
sampling in numpy, and what is compared are texels of the true texture or points of the surface drawn at random.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import trimesh
from PIL import Image

from backend.engines.texture import PaintRequest

ROOT = Path(__file__).resolve().parents[1]
Colour = Callable[[np.ndarray], np.ndarray]


def data_folder() -> Path:
    return Path(os.environ.get("MUSEUM_TEST_DATA") or ROOT.parent / "shared" / "data") / "meshes"


def spot() -> tuple[trimesh.Trimesh, np.ndarray]:
    """The mesh with its texture coordinates, and its true texture (1024, 1024, 3) uint8."""
    mesh = trimesh.load(data_folder() / "spot.obj", process=False)
    return mesh, np.asarray(Image.open(data_folder() / "spot_texture.png").convert("RGB"))


def bilinear(texture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """(n, 3) float64 in 0..1. texture: (R, R, 3) uint8, row 0 is v = 1."""
    size = texture.shape[0]
    x = np.clip(uv[:, 0] * size - 0.5, 0.0, size - 1.0)
    y = np.clip((1.0 - uv[:, 1]) * size - 0.5, 0.0, size - 1.0)
    left, top = np.minimum(x.astype(int), size - 2), np.minimum(y.astype(int), size - 2)
    a, b = (x - left)[:, None], (y - top)[:, None]
    image = texture.astype(np.float64) / 255.0
    upper = image[top, left] * (1 - a) + image[top, left + 1] * a
    lower = image[top + 1, left] * (1 - a) + image[top + 1, left + 1] * a
    return upper * (1 - b) + lower * b


def solid_pattern(points: np.ndarray) -> np.ndarray:
    """(n, 3) in 0..1: a colour for every place in a box of about side 1; waves down to 3 % of the side."""
    rng = np.random.default_rng(5)
    out = np.zeros((len(points), 3))
    for frequency, amount in ((6.0, 0.2), (20.0, 0.12), (60.0, 0.06), (180.0, 0.04)):
        for channel in range(3):
            direction = rng.normal(size=3)
            direction /= np.linalg.norm(direction)
            out[:, channel] += amount * np.sin(frequency * points @ direction + rng.uniform(0.0, 6.0))
    return np.clip(0.5 + out, 0.0, 1.0)


def in_unit_box(mesh: trimesh.Trimesh) -> Callable[[np.ndarray], np.ndarray]:
    """Points of the mesh's space in a box about the origin whose longest side is 1."""
    low, high = mesh.bounds
    return lambda points: (points - (low + high) / 2.0) / float((high - low).max())


@dataclass
class TextureOracle:
    """Paints what the true texture shows: a ray of trimesh through each pixel, and the texture where it hits."""

    mesh: trimesh.Trimesh
    texture: np.ndarray
    name: str = "oracle"
    seen: list[PaintRequest] = field(default_factory=list)

    def paint(self, request: PaintRequest) -> np.ndarray:
        self.seen.append(request)
        origins, directions = pixel_rays(request)
        rays = trimesh.ray.ray_pyembree.RayMeshIntersector(self.mesh)
        face = rays.intersects_first(origins, directions)
        out = np.full((len(face), 3), 0.5)
        hit = face >= 0
        triangles = self.mesh.triangles[face[hit]]
        normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        along = np.einsum("ij,ij->i", triangles[:, 0] - origins[hit], normal)
        along /= np.einsum("ij,ij->i", directions[hit], normal)
        points = origins[hit] + along[:, None] * directions[hit]
        weights = trimesh.triangles.points_to_barycentric(triangles, points)
        uv = np.einsum("ij,ijk->ik", weights, np.asarray(self.mesh.visual.uv)[self.mesh.faces[face[hit]]])
        out[hit] = bilinear(self.texture, uv)
        return out.reshape(request.rgb.shape).astype(np.float32)


@dataclass
class SolidOracle:
    """Paints a colour that depends on the place in space alone."""

    colour: Colour
    name: str = "solid oracle"

    def paint(self, request: PaintRequest) -> np.ndarray:
        out = np.full(request.rgb.shape, 0.5, dtype=np.float32)
        shown = np.isfinite(request.depth)
        out[shown] = self.colour(request.position[shown].astype(np.float64))
        return out


@dataclass
class Shifted:
    """Another painter's pictures, each moved by 1 to 2 pixels in a direction of its own."""

    painter: TextureOracle | SolidOracle
    name: str = "shifted oracle"

    def paint(self, request: PaintRequest) -> np.ndarray:
        rng = np.random.default_rng(100 + request.view_index)
        angle, far = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(1.0, 2.0)
        move = np.array([[1.0, 0.0, far * np.cos(angle)], [0.0, 1.0, far * np.sin(angle)]])
        picture = self.painter.paint(request)
        height, width = picture.shape[:2]
        return cv2.warpAffine(picture, move, (width, height), flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)


@dataclass
class Drifting:
    """Another painter's pictures, each brighter or darker by up to 15 %.

    Ten views in a row have ten exposures whose product is 1: how bright all of them should be nothing could tell.
    """

    painter: TextureOracle | SolidOracle
    seed: int = 3
    name: str = "drifting oracle"

    def gain(self, view: int) -> float:
        steps = np.random.default_rng(self.seed).permutation(np.linspace(-1.0, 1.0, 10))
        return float(1.15 ** steps[view % 10])

    def paint(self, request: PaintRequest) -> np.ndarray:
        return np.clip(self.painter.paint(request) * self.gain(request.view_index), 0.0, 1.0).astype(np.float32)


def pixel_rays(request: PaintRequest) -> tuple[np.ndarray, np.ndarray]:
    """(H * W, 3) origins and unit directions in double precision, from the camera's numbers alone."""
    camera = request.camera
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    right, up, back, place = (camera.to_world[:3, k] for k in range(4))
    x = (columns.ravel() - camera.centre[0])[:, None] / camera.focal[0]
    y = (rows.ravel() - camera.centre[1])[:, None] / camera.focal[1]
    if camera.orthographic:
        return place + x * right - y * up, np.tile(-back, (len(x), 1))
    directions = x * right - y * up - back
    return np.tile(place, (len(x), 1)), directions / np.linalg.norm(directions, axis=1, keepdims=True)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal-to-noise ratio, dB, of values in 0..255."""
    error = one.astype(np.float64) - other.astype(np.float64)
    return float(10.0 * np.log10(255.0**2 / np.mean(error**2)))


def surface_points(mesh: trimesh.Trimesh, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points drawn evenly from the surface: (n,) face, (n, 3) weights, (n, 3) place."""
    rng = np.random.default_rng(seed)
    areas = mesh.area_faces / mesh.area_faces.sum()
    face = rng.choice(len(areas), count, p=areas)
    one, two = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack([1.0 - one, one * (1.0 - two), one * two], axis=1)
    return face, weights, np.einsum("ij,ijk->ik", weights, mesh.triangles[face])


def surface_psnr(mesh: trimesh.Trimesh, result: object, colour: Colour, count: int = 200_000) -> float:
    """PSNR of a texture at points of the surface against the colour that belongs there."""
    face, weights, points = surface_points(mesh, count)
    uv = np.einsum("ij,ijk->ik", weights, result.uv[result.faces[face]])
    return psnr(255.0 * bilinear(result.albedo, uv), 255.0 * colour(points))


def charts(uv: np.ndarray, faces: np.ndarray, size: int) -> np.ndarray:
    """(R, R) bool: texels whose centre lies in a triangle, by point-in-triangle tests in numpy."""
    inside = np.zeros((size, size), dtype=bool)
    corners = np.stack([uv[faces][..., 0] * size - 0.5, (1.0 - uv[faces][..., 1]) * size - 0.5], axis=-1)
    for a, b, c in corners:
        low = np.ceil(np.minimum(np.minimum(a, b), c)).astype(int)
        high = np.floor(np.maximum(np.maximum(a, b), c)).astype(int)
        if (high < low).any():
            continue
        x, y = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if area == 0.0:
            continue
        s = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area
        t = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area
        found = (s >= 0.0) & (t >= 0.0) & (s + t <= 1.0)
        rows, columns = y[found], x[found]
        valid = (rows >= 0) & (rows < size) & (columns >= 0) & (columns < size)
        inside[rows[valid], columns[valid]] = True
    return inside


def seam_points(
    uv: np.ndarray, faces: np.ndarray, corners: np.ndarray, per_edge: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) and (n, 2): texture coordinates on both sides of every seam, half a texel of 1/1024 inside the charts.

    faces: (m, 3) rows of uv. corners: (m, 3, 3) the places of the faces' corners; equal places are one.
    """
    keys = np.unique(np.round(corners.reshape(-1, 3), 9), axis=0, return_inverse=True)[1].reshape(-1, 3)
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for number, face in enumerate(keys):
        for k in range(3):
            pair = (int(face[k]), int(face[(k + 1) % 3]))
            edges.setdefault((min(pair), max(pair)), []).append((number, k))
    near, far = [], []
    for uses in edges.values():
        if len(uses) != 2:
            continue
        (f, j), (g, k) = uses
        a, b = uv[faces[f][j]], uv[faces[f][(j + 1) % 3]]
        d, c = uv[faces[g][k]], uv[faces[g][(k + 1) % 3]]
        if keys[f][j] == keys[g][k]:
            c, d = d, c
        if np.allclose(a, c, atol=1e-7) and np.allclose(b, d, atol=1e-7):
            continue
        for share in (np.arange(per_edge) + 0.5) / per_edge:
            near.append(_inset(a + share * (b - a), uv[faces[f]].mean(axis=0)))
            far.append(_inset(c + share * (d - c), uv[faces[g]].mean(axis=0)))
    return np.array(near).reshape(-1, 2), np.array(far).reshape(-1, 2)


def _inset(point: np.ndarray, middle: np.ndarray) -> np.ndarray:
    way = middle - point
    return point + way / max(np.linalg.norm(way), 1e-12) * 0.5 / 1024


def blobs(inside: np.ndarray, share: float, seed: int) -> np.ndarray:
    """(R, R) bool: discs about random texels of charts until so much of the charts is covered."""
    rng = np.random.default_rng(seed)
    places = np.argwhere(inside)
    rows, columns = np.mgrid[: inside.shape[0], : inside.shape[1]]
    hole = np.zeros_like(inside)
    while hole[inside].mean() < share:
        row, column = places[rng.integers(len(places))]
        hole |= (rows - row) ** 2 + (columns - column) ** 2 < rng.integers(12, 45) ** 2
    return hole


def gradient_error(picture: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    """Root mean square difference of the forward differences, of 255, where both texels of a difference are meant."""
    errors = []
    for axis in (0, 1):
        both = where & np.roll(where, -1, axis=axis)
        steps = [np.roll(p.astype(float), -1, axis=axis) - p for p in (picture, truth)]
        errors.append(((steps[0] - steps[1]) ** 2)[both])
    return float(np.sqrt(np.concatenate(errors).mean()))
