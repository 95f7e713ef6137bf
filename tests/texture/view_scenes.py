"""Meshes and cameras that tests of views share, and a plain search for what a ray meets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import trimesh

from backend.engines.texture.views import ViewBuffers, render_view
from backend.geometry.cameras import Camera
from backend.geometry.mesh import UVMesh
from backend.geometry.raycasting import RayScene
from backend.geometry.typing import Faces, FloatArray, Points

SQUARE = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])


def meshed(vertices: Points, faces: Faces, uv: FloatArray | None = None, normals: FloatArray | None = None) -> UVMesh:
    """A mesh with the texture coordinates and normals that it is given, or some."""
    vertices, faces = np.asarray(vertices, dtype=np.float64), np.asarray(faces, dtype=np.int32)
    if normals is None:
        normals = np.array(trimesh.Trimesh(vertices, faces, process=False).vertex_normals)
    uv = np.zeros((len(vertices), 2)) if uv is None else np.asarray(uv, dtype=np.float64)
    return UVMesh(vertices, faces, uv, normals, np.zeros(len(faces), dtype=np.int32), ("body",))


def ball(radius: float = 0.5, subdivisions: int = 4, centre: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> UVMesh:
    solid = trimesh.creation.icosphere(subdivisions, radius)
    return meshed(solid.vertices + centre, solid.faces, normals=solid.vertices / radius)


def sheet(uv: FloatArray = SQUARE, y: float = 0.0) -> UVMesh:
    """A square of side 1 across the y axis, facing -y; seen from there u is to the right and v up."""
    corners = np.array([(-0.5, y, -0.5), (0.5, y, -0.5), (0.5, y, 0.5), (-0.5, y, 0.5)])
    return meshed(corners, np.array([(0, 1, 2), (0, 2, 3)]), uv, np.tile([0.0, -1.0, 0.0], (4, 1)))


def inside_out(mesh: UVMesh) -> UVMesh:
    return replace(mesh, faces=np.ascontiguousarray(mesh.faces[:, ::-1]), normals=-mesh.normals)


def solid_of(mesh: UVMesh) -> tuple[Points, Faces]:
    return mesh.vertices, mesh.faces


def from_front(size: tuple[int, int] = (64, 64), **lens: float) -> Camera:
    return Camera.look_at((0, -2, 0), (0, 0, 0), (0, 0, 1), size, **(lens or {"field_of_view": 40.0}))


def look(mesh: UVMesh, camera: Camera, *others: UVMesh, tiles: tuple[int, ...] = (1001,)) -> ViewBuffers:
    return render_view(RayScene(mesh, [solid_of(other) for other in others]), mesh, camera, tiles)


def pixel_rays(camera: Camera) -> tuple[FloatArray, FloatArray]:
    """(n, 3) origins and directions, written down anew; a direction covers a depth of 1."""
    x = (np.arange(camera.width) + 0.5 - camera.centre[0]) / camera.focal[0]
    y = (camera.centre[1] - np.arange(camera.height) - 0.5) / camera.focal[1]
    right, up, back, place = camera.to_world[:3, :4].T
    side = (x[None, :, None] * right + y[:, None, None] * up).reshape(-1, 3)
    if camera.orthographic:
        return place + side, np.tile(-back, (len(side), 1))
    return np.tile(place, (len(side), 1)), side - back


def first_met(vertices: Points, faces: Faces, origins: FloatArray, along: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(n, 2) how far off the nearest and the second face are, inf for none, and (n,) the nearest: each with each."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    e, g = b - a, c - a
    p = np.cross(along[:, None], g)
    with np.errstate(divide="ignore", invalid="ignore"):
        det = np.einsum("fk,nfk->nf", e, p)
        t = origins[:, None] - a
        u = np.einsum("nfk,nfk->nf", t, p) / det
        q = np.cross(t, e)
        v = np.einsum("nk,nfk->nf", along, q) / det
        far = np.einsum("fk,nfk->nf", g, q) / det
        far = np.where((u >= 0) & (v >= 0) & (u + v <= 1) & (far > 0), far, np.inf)
    return np.sort(far, axis=1)[:, :2], np.argmin(far, axis=1)


def soup(seed: int, count: int = 40) -> UVMesh:
    rng = np.random.default_rng(seed)
    vertices = (rng.uniform(-0.5, 0.5, (count, 1, 3)) + rng.normal(0, 0.15, (count, 3, 3))).reshape(-1, 3)
    return meshed(vertices, np.arange(3 * count).reshape(-1, 3), rng.random((3 * count, 2)))


def any_camera(seed: int, orthographic: bool, angle: float, inside: bool) -> Camera:
    """Around or amid the unit cube, not square, its principal point off the middle."""
    rng = np.random.default_rng(seed)
    eye = rng.normal(size=3)
    eye *= (0.3 if inside else 1.6) / np.linalg.norm(eye)
    lens = {"extent": 1.4} if orthographic else {"field_of_view": angle}
    camera = Camera.look_at(eye, rng.normal(0, 0.1, 3), (0, 0, 1), (int(rng.integers(9, 30)), 23), **lens)
    shift = rng.uniform(-8, 8, 2)
    return replace(camera, centre=(camera.centre[0] + shift[0], camera.centre[1] + shift[1]))
