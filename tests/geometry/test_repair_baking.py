"""Colours of the mesh as it came, on the mesh that it became: against the functions that they were made from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import trimesh

from backend.geometry.repair.contract import PLAIN_COLOUR, RawShape, RepairedShape, RepairWish
from backend.geometry.repair.line import repaired
from backend.geometry.repair.nearest import NearestFaces


def silent(_share: float, _message: str) -> None:
    """Nobody watches."""


def sampled(shape: RepairedShape, count: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (n, 3), unit normals (n, 3) and colours (n, 3) as a viewer shows them: bilinear, v upwards."""
    mesh = trimesh.Trimesh(shape.mesh.vertices, shape.mesh.faces, process=False)
    place, face = trimesh.sample.sample_surface(mesh, count, seed=4)
    weights = trimesh.triangles.points_to_barycentric(mesh.triangles[face], place)
    uv = (shape.mesh.uv[shape.mesh.faces[face]] * weights[..., None]).sum(axis=1)
    picture, size = shape.base_colour.astype(np.float64), len(shape.base_colour)
    x, y = uv[:, 0] * size - 0.5, (1.0 - uv[:, 1]) * size - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = (x - left)[:, None], (y - top)[:, None]
    corner = {
        (i, j): picture[np.clip(top + j, 0, size - 1), np.clip(left + i, 0, size - 1)] for i in (0, 1) for j in (0, 1)
    }
    upper, lower = corner[0, 0] * (1 - fx) + corner[1, 0] * fx, corner[0, 1] * (1 - fx) + corner[1, 1] * fx
    return place, mesh.face_normals[face], upper * (1 - fy) + lower * fy


def field(place: np.ndarray) -> np.ndarray:
    """sRGB 0..255 of places on a ball of radius 1 about the origin."""
    return 127.5 + 110.0 * np.sin(np.stack([3 * place[:, 0], 2 * place[:, 1] + 1, 4 * place[:, 2]], axis=1))


def psnr(found: np.ndarray, true: np.ndarray) -> float:
    return float(10 * np.log10(255.0**2 / np.mean((found - true) ** 2)))


@pytest.mark.parametrize("budget", [100_000, 3_000])
def test_a_field_of_colours_at_vertices_is_kept(budget: int) -> None:
    ball = trimesh.creation.icosphere(subdivisions=5)
    colours = np.rint(field(ball.vertices)).astype(np.uint8)
    raw = RawShape(ball.vertices, ball.faces, vertex_colours=colours, unit=1.0, up="z")
    shape = repaired(raw, RepairWish(budget, 512), silent)
    place, _, found = sampled(shape)
    true = field(place - (0, 0, 1))
    assert shape.report.coloured
    assert np.abs(found - true).mean() < 2.0


def checker(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Soft squares of known colours, (n, 3)."""
    soft = 0.5 + 0.5 * np.tanh(14.0 * np.sin(5 * np.pi * u) * np.sin(4 * np.pi * v))
    return soft[:, None] * (230.0, 40.0, 60.0) + (1 - soft[:, None]) * (20.0, 90.0, 200.0)


def picture(size: int) -> np.ndarray:
    u, v = np.meshgrid((np.arange(size) + 0.5) / size, 1.0 - (np.arange(size) + 0.5) / size)
    return np.rint(checker(u.ravel(), v.ravel())).astype(np.uint8).reshape(size, size, 3)


def tile(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A relief over the unit square, whose texture coordinates are its x and y."""
    t = np.linspace(0, 1, n)
    x, y = (axis.ravel() for axis in np.meshgrid(t, t, indexing="ij"))
    cell = np.arange(n * n).reshape(n, n)
    a, b, c, d = cell[:-1, :-1].ravel(), cell[1:, :-1].ravel(), cell[1:, 1:].ravel(), cell[:-1, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    points = np.stack([x, y, 0.05 * np.sin(6 * x) * np.sin(5 * y)], axis=1)
    return points, faces.astype(np.int32), np.stack([x, y], axis=1)


@pytest.mark.parametrize(("budget", "source"), [(100_000, 512), (2_000, 2048)])
def test_a_checkered_texture_is_kept(budget: int, source: int) -> None:
    points, faces, uv = tile(40)
    raw = RawShape(points, faces, uv=uv, uv_faces=faces, textures=(picture(source),), unit=1.0, up="z")
    shape = repaired(raw, RepairWish(budget, 768, watertight=False), silent)
    place, _, found = sampled(shape)
    assert psnr(found, checker(place[:, 0] + 0.5, place[:, 1] + 0.5)) > 30.0


def test_a_sharp_edge_between_colours_stays_sharp() -> None:
    """Faces with different textures on either side of x = 0: no more than two texels are neither."""
    box = trimesh.creation.box().subdivide().subdivide()
    right = (box.triangles_center[:, 0] > 0).astype(np.int32)
    red, blue = (np.full((8, 8, 3), colour, dtype=np.uint8) for colour in ((250, 10, 10), (10, 10, 250)))
    uv = np.full((len(box.vertices), 2), 0.5)
    raw = RawShape(
        box.vertices,
        box.faces,
        uv=uv,
        uv_faces=box.faces,
        textures=(red, blue),
        texture_of_face=right,
        unit=1.0,
        up="z",
    )
    shape = repaired(raw, RepairWish(12, 512), silent)
    place, _, found = sampled(shape)
    away = np.abs(place[:, 0]) > 3.0 * np.sqrt(6.0 / (0.5 * 512 * 512))
    true = np.where(place[:, :1] > 0, (10.0, 10.0, 250.0), (250.0, 10.0, 10.0))
    assert np.abs(found - true)[away].max() < 1.5


def test_both_sides_of_paper_keep_their_colours() -> None:
    points, faces, uv = tile(20)
    both = np.concatenate([faces, faces[:, ::-1]])
    pictures = tuple(np.full((4, 4, 3), colour, dtype=np.uint8) for colour in ((240, 20, 20), (20, 20, 240)))
    wears = np.repeat(np.array([0, 1], dtype=np.int32), len(faces))
    raw = RawShape(points, both, uv=uv, uv_faces=both, textures=pictures, texture_of_face=wears, unit=1.0, up="z")
    shape = repaired(raw, RepairWish(texture_size=512), silent)
    _, normal, found = sampled(shape)
    assert np.median(found[normal[:, 2] > 0.5], axis=0) == pytest.approx((240, 20, 20))
    assert np.median(found[normal[:, 2] < -0.5], axis=0) == pytest.approx((20, 20, 240))
    assert np.abs(found[normal[:, 2] > 0.5] - (240, 20, 20)).mean() < 2.0
    assert np.abs(found[normal[:, 2] < -0.5] - (20, 20, 240)).mean() < 2.0


def test_a_mesh_without_colours_is_plain_and_says_so() -> None:
    box = trimesh.creation.box()
    shape = repaired(RawShape(box.vertices, box.faces), RepairWish(texture_size=64), silent)
    assert (shape.base_colour == PLAIN_COLOUR).all()
    assert not shape.report.coloured
    assert any("no colours" in note for note in shape.report.notes)


BROKEN: dict[str, Callable[[RawShape], dict[str, object]]] = {
    "too few coordinates": lambda raw: {"uv": raw.uv[:3]},
    "no numbers": lambda raw: {"uv": np.full_like(raw.uv, np.nan)},
    "other faces": lambda raw: {"uv_faces": raw.uv_faces[:5]},
    "no such texture": lambda raw: {"texture_of_face": np.full(len(raw.faces), 9, dtype=np.int32)},
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_texture_that_does_not_fit_is_left_out(how: str) -> None:
    points, faces, uv = tile(8)
    raw = RawShape(points, faces, uv=uv, uv_faces=faces, textures=(picture(16),))
    broken = RawShape(**{**raw.__dict__, **BROKEN[how](raw)})
    shape = repaired(broken, RepairWish(texture_size=64), silent)
    assert any("does not fit" in note for note in shape.report.notes)


def test_the_nearest_face_is_the_nearest() -> None:
    """Against every face, by trimesh's closest points."""
    rng = np.random.default_rng(8)
    triangles = rng.normal(size=(60, 1, 3)) + 0.4 * rng.normal(size=(60, 3, 3))
    places = (2.0 * rng.normal(size=(300, 3))).astype(np.float32)
    near = NearestFaces(triangles, np.zeros((60, 3)))
    face, weights, far = near.find_here(places, np.zeros((300, 3), dtype=np.float32), 1e9)
    each = np.array([trimesh.triangles.closest_point(triangles, np.tile(place, (60, 1))) for place in places])
    true = np.linalg.norm(each - places[:, None], axis=2).min(axis=1)
    assert far == pytest.approx(true, abs=1e-5)
    found = (triangles[face] * weights[..., None]).sum(axis=1)
    assert np.linalg.norm(found - places, axis=1) == pytest.approx(true, abs=1e-5)
