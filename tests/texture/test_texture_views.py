"""Views against closed forms: several solids, sides of faces, edges, what painters get."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from backend.engines.texture.views import (
    appearance,
    inverse_depth,
    is_inside,
    refuse_inside,
    render_view,
    request_arrays,
)
from backend.errors import GeometryError
from backend.geometry.cameras import Camera
from backend.geometry.mesh import UVMesh
from backend.geometry.raycasting import RayScene
from tests.texture.view_scenes import ball, from_front, inside_out, look, meshed, sheet


def test_what_stands_before_the_mesh_hides_it_and_has_no_faces() -> None:
    camera = from_front()
    near, beside, behind = (
        ball(0.15, 2, (0.0, -1.0, 0.0)), ball(0.1, 2, (0.45, -0.8, 0.3)), ball(1.6, 2, (0.0, 2.0, 0.0))
    )  # fmt: skip
    found, alone = look(sheet(), camera, near, beside, behind), look(sheet(), camera)
    assert set(np.unique(found.solid)) == {-1, 0, 1, 2, 3}
    for number, other in ((1, near), (2, beside)):
        assert np.array_equal(found.solid == number, look(other, camera).face >= 0)
    assert np.array_equal(found.face >= 0, (alone.face >= 0) & (found.solid == 0))
    rest = found.solid == 0
    assert np.array_equal(found.face[rest], alone.face[rest])
    assert (found.solid[32, 32] == 1) and abs(found.depth[32, 32] - 0.85) < 0.01
    assert (found.face[found.solid != 0] == -1).all()
    assert (found.tile[found.solid != 0] == 255).all()
    assert (found.depth[found.solid == 3] > 2.0).all()


def test_inverted_faces_are_seen_and_told_apart() -> None:
    camera = from_front()
    plain, turned = look(ball(), camera), look(inside_out(ball()), camera)
    wound = look(replace(ball(), faces=np.ascontiguousarray(ball().faces[:, ::-1])), camera)
    seen = plain.face >= 0
    for found in (turned, wound):
        assert np.array_equal(found.face, plain.face)
        assert found.flipped[seen].all()
        for name in ("depth", "facing", "normal", "position", "edge"):
            assert np.allclose(getattr(found, name), getattr(plain, name), atol=1e-5)
    assert not plain.flipped.any()


@pytest.mark.parametrize("lens", [{"field_of_view": 40.0}, {"extent": 1.3}])
@pytest.mark.parametrize("first", [0, 1])
def test_a_sheet_of_two_sides_shows_the_one_that_is_looked_at(lens: dict[str, float], first: int) -> None:
    """Two faces at one place, back to back, in either order, slanting so that depths round differently."""
    one = sheet()
    pair = [one.faces, one.faces[:, ::-1] + 4]
    faces = np.concatenate(pair[::-1] if first else pair)
    turn = trimesh.transformations.rotation_matrix(0.4, (0.3, 0.2, 1.0))[:3, :3]
    both = meshed(np.tile(one.vertices @ turn.T, (2, 1)), faces, np.tile(one.uv, (2, 1)), np.tile(one.normals, (2, 1)))
    for eye in ((0.3, -2.0, 0.1), (0.3, 2.0, 0.1)):
        found = look(both, Camera.look_at(eye, (0, 0, 0), (0, 0, 1), (70, 70), **lens))
        assert not found.flipped.any()
        assert len(np.unique(found.face[found.face >= 0] // 2)) == 1


def test_faces_without_area_show_nothing() -> None:
    good = sheet()
    vertices = np.concatenate([good.vertices, [(0.0, -0.5, 0.0), (0.0, -0.5, 0.0), (0.2, -0.5, 0.2), (0.4, -0.5, 0.4)]])
    faces = np.concatenate([[(4, 5, 6), (4, 4, 4), (4, 6, 7)], good.faces])
    for lens in ({"field_of_view": 40.0}, {"extent": 1.3}):
        found = look(meshed(vertices, faces, np.zeros((8, 2)), np.zeros((8, 3))), from_front(**lens))
        alone = look(good, from_front(**lens))
        assert np.array_equal(np.where(found.face >= 0, found.face - 3, -1), alone.face)
        for name in ("uv", "footprint", "position", "normal", "facing", "edge"):
            assert np.isfinite(getattr(found, name)).all()


def test_a_face_seen_edge_on_gives_finite_numbers() -> None:
    mesh = sheet()
    for lens in ({"field_of_view": 40.0}, {"extent": 1.0}):
        for eye in ((2, 0, 0), (2, 1e-9, 0), (2, -1e-4, 0)):
            found = look(mesh, Camera.look_at(eye, (0, 0, 0), (0, 0, 1), (65, 65), **lens))
            for name in ("uv", "footprint", "position", "normal", "facing", "edge"):
                assert np.isfinite(getattr(found, name)).all()


@pytest.mark.parametrize(
    ("mesh", "eye", "inside"),
    [
        (ball(), (0.1, 0.0, 0.2), True),
        (ball(), (0.0, -2.0, 0.0), False),
        (inside_out(ball()), (0.0, -2.0, 0.0), False),
        (inside_out(ball()), (0.0, -0.55, 0.0), False),
        (inside_out(ball(5.0)), (1.0, 0.0, 0.2), False),
    ],
    ids=["inside", "outside", "inside out", "close to inside out", "in a room"],
)
def test_a_camera_inside_the_mesh_is_noticed(mesh: UVMesh, eye: tuple[float, float, float], inside: bool) -> None:
    scene = RayScene(mesh)
    for angle in (20.0, 90.0):
        target = np.add(eye, (0.0, 1.0, 0.0))
        found = render_view(scene, mesh, Camera.look_at(eye, target, (0, 0, 1), (32, 32), field_of_view=angle))
        assert is_inside(found, scene) == inside
        if inside:
            with pytest.raises(GeometryError, match="front left"):
                refuse_inside(found, scene, "front left")
        else:
            refuse_inside(found, scene, "front left")


def test_a_camera_that_touches_the_mesh_is_refused() -> None:
    scene = RayScene(sheet())
    camera = Camera.look_at((0.1, -1e-4, 0.1), (0.1, 1, 0.1), (0, 0, 1), (32, 32), field_of_view=40)
    with pytest.raises(GeometryError, match="touches"):
        refuse_inside(render_view(scene, sheet(), camera), scene, "")


def test_an_empty_view_is_empty() -> None:
    camera = Camera.look_at((0, -2, 0), (0, -4, 0), (0, 0, 1), (20, 10), field_of_view=40)
    found = look(ball(), camera)
    assert (found.solid == -1).all() and (found.edge == 0).all() and np.isinf(found.depth).all()
    rgb, quality = appearance(found, np.ones((1, 8, 8, 3), np.float32), np.ones((1, 8, 8), np.float32))
    assert (rgb == 0.5).all() and (quality == 0).all()
    assert not is_inside(found, RayScene(ball()))


@pytest.mark.parametrize("lens", [{"field_of_view": 30.0}, {"extent": 1.3}])
def test_the_edge_of_a_disc_is_as_far_as_its_rim(lens: dict[str, float]) -> None:
    found = look(ball(subdivisions=5), from_front((301, 301), **lens))
    seen = found.face >= 0
    radius = np.sqrt(seen.sum() / np.pi)
    rows, cols = np.nonzero(seen)
    expected = radius - np.hypot(rows - 150.0, cols - 150.0)
    assert np.abs(found.edge[seen] - expected).max() < 1.6
    assert (found.edge[~seen] == 0.0).all()


def test_bends_are_no_edges_and_steps_are() -> None:
    box = trimesh.creation.box((1.0, 1.0, 1.0))
    camera = Camera.look_at((1.5, -2, 1.2), (0, 0, 0), (0, 0, 1), (201, 201), field_of_view=45)
    found = look(meshed(box.vertices, box.faces), camera)
    seen = np.pad(found.face >= 0, 1)
    around = seen[1:-1, 1:-1] & ~(seen[:-2, 1:-1] & seen[2:, 1:-1] & seen[1:-1, :-2] & seen[1:-1, 2:])
    assert np.array_equal(found.edge == 0.5, around)
    behind = sheet(y=0.2)
    both = meshed(
        np.concatenate([sheet().vertices * (0.5, 1.0, 0.5), behind.vertices]),
        np.concatenate([sheet().faces, behind.faces + 4]),
    )
    stepped = look(both, from_front((201, 201), extent=1.2))
    cols = np.flatnonzero(np.diff((stepped.face[100] < 2).astype(int)))
    assert len(cols) >= 2
    inner = cols[(cols > 40) & (cols < 160)]
    assert len(inner) == 2
    for col in inner:
        assert stepped.edge[100, col] == stepped.edge[100, col + 1] == 0.5
        assert stepped.edge[100, col - 3 : col + 5].max() <= 4.5


def test_a_bumpy_surface_without_hidden_parts_has_no_edges_inside() -> None:
    rng = np.random.default_rng(1)
    steps = np.linspace(-0.8, 0.8, 161)
    x, z = np.meshgrid(steps, steps)
    height = sum(rng.normal(0, 0.004) * np.sin(rng.normal(0, 12) * x + rng.normal(0, 12) * z) for _ in range(20))
    vertices = np.stack([x.ravel(), height.ravel(), z.ravel()], axis=1)
    corner = (np.arange(160)[:, None] * 161 + np.arange(160)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + 162], axis=1), np.stack([corner, corner + 162, corner + 161], axis=1)]
    )
    for size in (50, 150, 450):
        found = look(meshed(vertices, faces), from_front((size, size), extent=1.0))
        assert (found.face >= 0).all()
        assert (found.edge >= size).all()


def test_another_solid_in_front_is_an_edge() -> None:
    found = look(sheet(), from_front((200, 200), extent=0.9), ball(0.2, 3, (0.0, -0.5, 0.0)))
    rows, cols = np.nonzero(found.solid == 0)
    radius = np.sqrt((found.solid == 1).sum() / np.pi)
    away = np.hypot(rows - 99.5, cols - 99.5) - radius
    # The sheet reaches beyond the picture, whose border is no edge.
    assert np.abs(found.edge[rows, cols] - away).max() < 1.6


def test_painters_get_the_worlds_units_and_the_cameras_axes() -> None:
    class Frame:
        centre = np.array([10.0, 20.0, 30.0])
        scale = 4.0

    camera = Camera.look_at((0.7, -2, 0.4), (0, 0, 0), (0, 0, 1), (80, 60), field_of_view=40)
    found = look(sheet(), camera, ball(0.1, 2, (0.0, -0.5, 0.0)))
    depth, normal, position = request_arrays(found, Frame())
    seen = found.solid >= 0
    world = camera.moved(-Frame.centre / Frame.scale, 1.0 / Frame.scale)
    pixels, far = world.project(position[seen].astype(np.float64))
    rows, cols = np.nonzero(seen)
    assert np.allclose(pixels, np.stack([cols, rows], axis=1) + 0.5, atol=1e-3)
    assert np.allclose(depth[seen], far, rtol=1e-5)
    assert np.isinf(depth[~seen]).all() and (position[~seen] == 0).all() and (normal[~seen] == 0).all()
    expected = np.array([0.0, -1.0, 0.0]) @ camera.to_world[:3, :3]
    assert np.allclose(normal[found.solid == 0], expected, atol=1e-6)
    # z is towards the camera.
    assert (normal[seen][:, 2] > 0.0).all()
    assert [array.dtype for array in (depth, normal, position)] == [np.float32] * 3


def test_depth_is_encoded_as_models_want_it() -> None:
    depth = np.array([[1.0, 2.0, 4.0, np.inf]], dtype=np.float32)
    assert np.allclose(inverse_depth(depth, "view"), [[1.0, 1.0 / 3.0, 0.0, 0.0]])
    assert np.allclose(inverse_depth(depth, "global", (0.5, 8.0)), [[0.875 / 1.875, 0.375 / 1.875, 0.125 / 1.875, 0.0]])
    assert np.allclose(inverse_depth(depth, "text2tex") * 255.0, [[255.0, 255.0 - 205.0 / 3.0, 50.0, 10.0]])
    assert (inverse_depth(depth, "global", (2.0, 3.0))[0] == [1.0, 1.0, 0.0, 0.0]).all()


@pytest.mark.parametrize(("mode", "empty", "flat"), [("view", 0.0, 1.0), ("text2tex", 10 / 255, 1.0)])
def test_views_of_nothing_and_of_one_depth_are_encoded_too(mode: str, empty: float, flat: float) -> None:
    nothing, wall = np.full((4, 4), np.inf, dtype=np.float32), np.full((4, 4), 2.0, dtype=np.float32)
    assert np.allclose(inverse_depth(nothing, mode), empty)  # type: ignore[arg-type]
    assert np.allclose(inverse_depth(wall, mode), flat)  # type: ignore[arg-type]
