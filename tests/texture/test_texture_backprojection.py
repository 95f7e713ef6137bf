"""Texels look into views: against a plain numpy reference, planes in closed form, and things that hide each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.engines.texture.backprojection import FULL, ViewSamples, gather, retaken
from backend.engines.texture.quality import CUT, quality
from backend.engines.texture.views import render_view
from backend.geometry.cameras import Camera
from backend.geometry.mesh import UVMesh
from backend.geometry.raycasting import RayScene
from backend.geometry.surface_texels import SurfaceTexels, surface_texels

SIZE = (96, 80)


def mesh_of(points: np.ndarray, faces: np.ndarray, uv: np.ndarray) -> UVMesh:
    corners = points[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(points)
    for k in range(3):
        np.add.at(normals, faces[:, k], cross)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    return UVMesh(points, faces.astype(np.int32), uv, normals, np.zeros(len(faces), np.int32), ("body",))


def plane(z: float = 0.0, side: float = 1.0) -> UVMesh:
    """A square in the plane of x and y that looks up; u runs along x and v along y."""
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)
    points = np.column_stack([side * (uv - 0.5), np.full(4, z)])
    return mesh_of(points, np.array([[0, 1, 2], [0, 2, 3]]), uv)


def bumps(seed: int = 0, count: int = 24) -> UVMesh:
    """A height field that hides parts of itself when seen from the side."""
    rng = np.random.default_rng(seed)
    u, v = np.meshgrid(np.linspace(0, 1, count), np.linspace(0, 1, count))
    height = sum(
        0.08 * np.sin(2 * np.pi * (a * u + b * v) + c)
        for a, b, c in zip(rng.integers(-3, 4, 5), rng.integers(-3, 4, 5), rng.uniform(0, 6, 5), strict=True)
    )
    points = np.column_stack([u.ravel() - 0.5, v.ravel() - 0.5, np.asarray(height).ravel()])
    number = np.arange(count * count).reshape(count, count)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return mesh_of(points, faces, np.column_stack([u.ravel(), v.ravel()]))


def camera(eye: tuple[float, float, float], *, extent: float | None = None, size: tuple[int, int] = SIZE) -> Camera:
    lens = {"extent": extent} if extent else {"field_of_view": 40.0}
    return Camera.look_at(eye, (0, 0, 0), (0, 1, 0.2), size, **lens)  # type: ignore[arg-type]


def coloured(position: np.ndarray) -> np.ndarray:
    """Smooth colours in space."""
    x, y, z = np.moveaxis(position, -1, 0)
    return np.stack(
        [0.5 + 0.4 * np.sin(4 * x + z), 0.5 + 0.4 * np.cos(5 * y), 0.5 + 0.3 * np.sin(3 * (x + y))], axis=-1
    ).astype(np.float32)


def looked(
    mesh: UVMesh, eye: Camera, resolution: int = 64, others: tuple = (), background: float = 1.0
) -> tuple[SurfaceTexels, RayScene, ViewSamples]:
    texels, scene = surface_texels(mesh, resolution), RayScene(mesh, others)
    buffers = render_view(scene, mesh, eye, texels.tiles)
    picture = np.where((buffers.solid == 0)[..., None], coloured(buffers.position), np.float32(background))
    samples = gather(texels, scene, buffers, picture, np.ones(buffers.solid.shape, np.float32))
    return texels, scene, samples


def colours(samples: ViewSamples) -> np.ndarray:
    return samples.colour / FULL


@pytest.mark.parametrize("extent", [None, 1.2])
@pytest.mark.parametrize("eye", [(0.0, 0.0, 1.5), (0.6, -0.5, 1.2), (-0.9, 0.3, 0.9)])
def test_a_plane_takes_the_colours_of_its_picture(eye: tuple[float, float, float], extent: float | None) -> None:
    texels, _, samples = looked(plane(), camera(eye, extent=extent))
    truth = coloured(texels.position[samples.texel])
    assert len(samples) > 0.8 * texels.inside.sum()
    assert np.abs(colours(samples) - truth).max() < 0.03
    assert np.abs(colours(samples) - truth).mean() < 1e-3


def catmull_rom(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """One sample, as slow as it is plain: the kernel of Keys 1981 with a = -1/2 over all pixels of 4 x 4."""

    def kernel(t: float) -> float:
        t = abs(t)
        if t < 1.0:
            return 1.5 * t**3 - 2.5 * t**2 + 1.0
        return -0.5 * t**3 + 2.5 * t**2 - 4.0 * t + 2.0 if t < 2.0 else 0.0

    total = np.zeros(3)
    for row in range(int(y) - 3, int(y) + 4):
        for column in range(int(x) - 3, int(x) + 4):
            total += kernel(column + 0.5 - x) * kernel(row + 0.5 - y) * picture[row, column]
    return np.clip(total, 0.0, 1.0)


@pytest.mark.parametrize("extent", [None, 1.6])
def test_samples_agree_with_a_plain_reference(extent: float | None) -> None:
    eye, mesh = camera((0.4, -0.3, 1.5), extent=extent, size=(120, 100)), plane()
    texels, scene = surface_texels(mesh, 80), RayScene(mesh)
    buffers = render_view(scene, mesh, eye, texels.tiles)
    picture = np.random.default_rng(3).random((100, 120, 3)).astype(np.float32)
    samples = gather(texels, scene, buffers, picture, np.ones((100, 120), np.float32))
    inner = np.flatnonzero((np.abs(texels.position[samples.texel][:, :2]) < 0.44).all(axis=1))[::37]
    pixels, _ = eye.project(texels.position[samples.texel[inner]].astype(np.float64))
    truth = np.array([catmull_rom(picture, x, y) for x, y in pixels])
    assert len(truth) > 80
    np.testing.assert_allclose(colours(samples)[inner], truth, atol=2e-4)


def test_the_place_of_a_texel_is_where_the_camera_projects_it() -> None:
    eye = camera((0.5, 0.4, 1.3))
    texels, _, samples = looked(plane(), eye)
    pixels, _ = eye.project(texels.position[samples.texel].astype(np.float64))
    np.testing.assert_allclose(samples.place / FULL * np.array(SIZE), pixels, atol=0.01)


def test_sight_agrees_with_rays_cast_one_by_one() -> None:
    eye = camera((0.2, -1.4, 0.55), size=(256, 256))
    mesh = bumps()
    texels, scene, samples = looked(mesh, eye, 96)
    away = eye.place - texels.position
    distance = np.linalg.norm(away, axis=1)
    towards = away / distance[:, None]
    corners = mesh.vertices[mesh.faces[texels.face]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    facing = np.einsum("ij,ij->i", normal, towards)
    # The sheet is open: its back is seen too where it lies bare.
    free = ~scene.blocked(texels.position + 1e-4 * np.sign(facing)[:, None] * normal, towards, distance)
    pixels, _ = eye.project(texels.position.astype(np.float64))
    in_picture = ((pixels > 0) & (pixels < 256)).all(axis=1)
    seen = np.zeros(len(texels), dtype=bool)
    seen[samples.texel] = True
    assert (~free & in_picture).sum() > 500  # the bumps do hide a lot
    wrong = seen & ~(free & in_picture)
    assert wrong.mean() < 0.002
    well = free & in_picture & (np.abs(facing) > CUT + 0.1) & texels.inside
    assert (well & seen).sum() > 0.98 * well.sum()


def test_no_texel_takes_the_colour_of_what_hides_it_or_of_the_background() -> None:
    """A small square hangs before a large one; the picture is red on it, blue beside, and grey on the large one."""
    mesh, front = plane(side=1.0), plane(z=0.3, side=0.35)
    texels, scene = surface_texels(mesh, 128), RayScene(mesh, [(front.vertices, front.faces)])
    eye = camera((0.3, 0.2, 1.6), size=(200, 200))
    buffers = render_view(scene, mesh, eye, texels.tiles)
    picture = np.empty((200, 200, 3), np.float32)
    picture[:] = (0.0, 0.0, 1.0)
    picture[buffers.solid == 1] = (1.0, 0.0, 0.0)
    picture[buffers.solid == 0] = (0.5, 0.5, 0.5)
    samples = gather(texels, scene, buffers, picture, np.ones((200, 200), np.float32))
    np.testing.assert_allclose(colours(samples), 0.5, atol=1e-4)
    hidden = np.setdiff1d(np.arange(len(texels)), samples.texel)
    # The shadow of the small square, in closed form: its corners seen from the eye, on the plane z = 0.
    point = texels.position[hidden]
    at = point + (eye.place - point) * ((0.3 - point[:, 2]) / (eye.place[2] - point[:, 2]))[:, None]
    shadow = (np.abs(at[:, :2]) < 0.175).all(axis=1)
    assert shadow[texels.inside[hidden]].mean() > 0.95
    seen = texels.position[samples.texel]
    at = seen + (eye.place - seen) * ((0.3 - seen[:, 2]) / (eye.place[2] - seen[:, 2]))[:, None]
    assert not (np.abs(at[:, :2]) < 0.17).all(axis=1).any()


def test_a_closed_box_is_seen_on_the_sides_that_look_at_the_camera_alone() -> None:
    import trimesh

    box = trimesh.creation.box((1, 1, 1))
    points = box.vertices[box.faces].reshape(-1, 3)
    faces = np.arange(36).reshape(12, 3)
    cell = np.array([[0.02, 0.02], [0.98, 0.02], [0.02, 0.98]])
    grid = np.stack(np.meshgrid(np.arange(4), np.arange(3)), -1).reshape(-1, 1, 2)
    uv = ((grid + cell[None]) / np.array([4, 3])).reshape(-1, 2)
    texels, _, samples = looked(mesh_of(np.asarray(points), faces, uv), camera((3.0, 2.0, 1.5), size=(300, 300)), 128)
    normal = texels.normal[samples.texel]
    assert len(samples) > 1000
    assert (normal @ np.array([3.0, 2.0, 1.5]) > 0).all()


def test_a_single_sheet_is_worth_much_less_from_behind() -> None:
    above, below = (looked(plane(), camera((0.2, 0.1, z)))[2] for z in (1.5, -1.5))
    assert len(below) > 0.8 * len(above)
    assert np.median(below.quality) < 0.1 * np.median(above.quality)


def test_large_texels_show_the_mean_of_their_pixels() -> None:
    mesh, eye = plane(), camera((0.0, 0.0, 1.4), size=(512, 512))
    texels, scene = surface_texels(mesh, 64), RayScene(mesh)
    buffers = render_view(scene, mesh, eye, texels.tiles)
    x, y = np.meshgrid(np.arange(512), np.arange(512))
    picture = np.repeat(((x + y) % 2).astype(np.float32)[..., None], 3, axis=2)
    samples = gather(texels, scene, buffers, picture, np.ones((512, 512), np.float32))
    inner = (np.abs(texels.position[samples.texel][:, :2]) < 0.45).all(axis=1)
    assert np.abs(colours(samples)[inner] - 0.5).max() < 0.01


def test_a_picture_that_lies_off_is_taken_from_where_it_lies() -> None:
    mesh, eye = plane(), camera((0.3, 0.0, 1.5), size=(200, 200))
    texels, scene = surface_texels(mesh, 96), RayScene(mesh)
    buffers = render_view(scene, mesh, eye, texels.tiles)
    wide = render_view(scene, mesh, replace(eye, centre=(eye.centre[0] + 3.0, eye.centre[1] - 2.0)), texels.tiles)
    picture = np.where((wide.solid == 0)[..., None], coloured(wide.position), np.float32(0.5))
    samples = gather(texels, scene, buffers, picture, np.ones((200, 200), np.float32))
    flow = np.broadcast_to(np.array([3.0, -2.0], np.float32), (5, 5, 2)).copy()
    moved = retaken(texels, samples, flow)
    truth = coloured(texels.position[samples.texel])
    inner = (np.abs(texels.position[samples.texel][:, :2]) < 0.42).all(axis=1)
    assert np.abs(colours(samples) - truth)[inner].mean() > 0.01
    assert np.abs(colours(moved) - truth)[inner].mean() < 1e-3


def test_accepted_shares_follow_the_picture() -> None:
    mesh, eye = plane(), camera((0.0, 0.0, 1.5), extent=1.0, size=(100, 100))
    texels, scene = surface_texels(mesh, 50), RayScene(mesh)
    buffers = render_view(scene, mesh, eye, texels.tiles)
    ramp = np.repeat(((np.arange(100) + 0.5) / 100).astype(np.float32)[None], 100, axis=0)
    samples = gather(texels, scene, buffers, np.full((100, 100, 3), 0.3, np.float32), ramp)
    x = samples.place[:, 0] / FULL
    inner = (x > 0.01) & (x < 0.99)
    np.testing.assert_allclose((samples.accepted / FULL)[inner], x[inner], atol=1e-3)


def test_a_camera_that_sees_nothing_of_the_mesh_gives_no_samples() -> None:
    away = Camera.look_at((0, 0, 2.0), (0, 0, 4.0), (0, 1, 0), SIZE, field_of_view=40.0)
    assert len(looked(plane(), away)[2]) == 0


def test_faces_without_area_do_no_harm() -> None:
    whole = plane()
    faces = np.concatenate([whole.faces, np.array([[0, 0, 1], [2, 2, 2]])])
    mesh = UVMesh(whole.vertices, faces.astype(np.int32), whole.uv, whole.normals, np.zeros(4, np.int32), ("body",))
    assert len(looked(mesh, camera((0.0, 0.0, 1.5)))[2]) == len(looked(whole, camera((0.0, 0.0, 1.5)))[2])


def test_quality_falls_with_angle_distance_and_silhouettes() -> None:
    facing = np.linspace(-1.0, 1.0, 201, dtype=np.float32)
    value = quality(facing, 1.0, np.full(201, 50.0, np.float32))
    assert value[-1] == pytest.approx(1.0) and (value[facing <= CUT] == 0.0).all()
    assert (np.diff(value[facing >= CUT]) > 0).all()
    edges = quality(np.float32(0.9), 1.0, np.linspace(0.0, 10.0, 101, dtype=np.float32))
    assert edges[0] == 0.0 and (np.diff(edges) >= 0).all() and edges[5] < 0.1 * edges[-1]
    fine = quality(np.float32(0.9), np.linspace(0.0, 3.0, 31, dtype=np.float32), np.full(31, 9.0, np.float32))
    assert fine[0] == 0.0 and (np.diff(fine) >= 0).all() and fine[5] < fine[-1]
    odd = np.array([np.nan, np.inf, -np.inf], np.float32)
    assert np.isfinite(quality(odd, 1.0, np.float32(3.0))).all()
