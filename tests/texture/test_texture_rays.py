"""What rays meet, against a plain Moeller-Trumbore in numpy and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.geometry.cameras import Camera
from backend.geometry.raycasting import RayScene
from backend.geometry.typing import IntArray
from tests.texture.view_scenes import (
    any_camera,
    ball,
    first_met,
    from_front,
    look,
    meshed,
    pixel_rays,
    sheet,
    solid_of,
    soup,
)


@settings(deadline=None, max_examples=120)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([20.0, 40.0, 90.0]), st.booleans())
def test_each_pixel_shows_what_its_ray_meets_first(seed: int, orthographic: bool, angle: float, inside: bool) -> None:
    mesh, camera = soup(seed), any_camera(seed, orthographic, angle, inside)
    found = look(mesh, camera)
    far, nearest = first_met(mesh.vertices, mesh.faces, *pixel_rays(camera))
    shape = found.face.shape
    assert np.array_equal(np.isfinite(far[:, 0]).reshape(shape), found.face >= 0)
    # Where two faces cross the two ways to reckon may differ.
    with np.errstate(invalid="ignore"):
        sure = (far[:, 1] - far[:, 0] > 1e-9).reshape(shape) & (found.face >= 0)
    assert np.array_equal(found.face[sure], nearest.reshape(shape)[sure])
    seen = found.face >= 0
    assert np.allclose(found.depth[seen], far[:, 0].reshape(shape)[seen], rtol=1e-6)
    assert np.isinf(found.depth[~seen]).all()
    origins, along = pixel_rays(camera)
    points = (origins + np.where(np.isfinite(far[:, :1]), far[:, :1], 0.0) * along).reshape(*shape, 3)
    assert np.allclose(found.position[seen], points[seen], atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.booleans())
def test_rays_meet_what_a_plain_search_finds(seed: int, long: bool) -> None:
    mesh, other = soup(seed), soup(seed + 1, 20)
    scene = RayScene(mesh, [solid_of(other)])
    rng = np.random.default_rng(seed)
    origins, along = rng.uniform(-1, 1, (300, 3)), rng.normal(size=(300, 3)) * (100.0 if long else 1.0)
    hits = scene.cast(origins, along)
    vertices = np.concatenate([mesh.vertices, other.vertices])
    faces = np.concatenate([mesh.faces, other.faces + len(mesh.vertices)])
    far, nearest = first_met(vertices, faces, origins, along)
    any_hit = np.isfinite(far[:, 0])
    # Embree reckons in float32: what passes within 1e-5 of an edge is left out.
    same = any_hit == (hits.solid >= 0)
    assert same.mean() > 0.99
    sure = same & any_hit & np.isclose(hits.distance, far[:, 0], rtol=1e-4, atol=1e-6)
    assert sure.sum() >= any_hit.sum() - 2
    assert np.array_equal(hits.solid[sure], (nearest >= len(mesh.faces)).astype(int)[sure])
    target = sure & (hits.solid == 0)
    assert np.array_equal(hits.face[target], nearest[target])
    assert (hits.face[hits.solid != 0] == -1).all()
    corners = mesh.vertices[mesh.faces[hits.face[target]]]
    weights = np.stack([1.0 - hits.u[target] - hits.v[target], hits.u[target], hits.v[target]], axis=1)
    points = np.einsum("nk,nkc->nc", weights, corners)
    assert np.allclose(points, (origins + far[:, :1] * along)[target], atol=1e-4)
    assert np.isinf(hits.distance[hits.solid < 0]).all()
    for reach in (0.5, np.inf):
        blocked = scene.blocked(origins, along, reach)
        clear = np.abs(far[:, 0] - reach) > 1e-4 if np.isfinite(reach) else np.ones(len(far), dtype=bool)
        assert (blocked == (far[:, 0] < reach))[clear].mean() > 0.99


def test_each_ray_may_have_a_reach_of_its_own() -> None:
    scene = RayScene(sheet())
    origins, along = np.tile([0.1, -1.0, 0.05], (3, 1)), np.tile([0.0, 2.0, 0.0], (3, 1))
    reach = np.array([0.49, 0.51, 5.0])
    assert scene.blocked(origins, along, reach).tolist() == [False, True, True]
    assert reach.tolist() == [0.49, 0.51, 5.0]
    assert np.allclose(scene.cast(origins, along).distance, 0.5)


def test_many_rays_are_answered_as_few_are() -> None:
    scene = RayScene(ball())
    rng = np.random.default_rng(0)
    origins, along = rng.uniform(-1, 1, (70_000, 3)), rng.normal(size=(70_000, 3))
    many = scene.cast(origins, along)
    for start in (0, 32_000, 69_000):
        part = slice(start, start + 1000)
        few = scene.cast(origins[part], along[part])
        assert np.array_equal(few.face, many.face[part])
        assert np.array_equal(few.distance, many.distance[part])
    assert np.array_equal(scene.blocked(origins, along), many.solid >= 0)


@pytest.mark.parametrize("lens", [{"field_of_view": 20.0}, {"field_of_view": 90.0}, {"extent": 1.2}])
def test_a_ball_has_the_depth_and_normals_of_its_closed_form(lens: dict[str, float]) -> None:
    camera = from_front((160, 120), **lens)
    found = look(ball(subdivisions=5), camera)
    origins, along = pixel_rays(camera)
    a, b, c = (along**2).sum(axis=1), (origins * along).sum(axis=1), (origins**2).sum(axis=1) - 0.25
    root = b * b - a * c
    far = ((-b - np.sqrt(np.maximum(root, 0.0))) / a).reshape(120, 160)
    # A ray that passes the middle at less than 0.49 meets the facets too, which lie up to 0.0005 deeper than the ball.
    passes = np.sqrt(0.25 - root / a).reshape(120, 160)
    core = passes < 0.49
    assert (found.face[core] >= 0).all()
    assert (found.face[passes > 0.5] == -1).all()
    assert np.abs(found.depth - far)[core].max() < 0.005
    points = (origins + far.reshape(-1, 1) * along).reshape(120, 160, 3)
    assert np.linalg.norm(found.normal - points / 0.5, axis=2)[core].max() < 0.02
    cosine = -(points / 0.5 * along.reshape(120, 160, 3)).sum(axis=2) / np.sqrt(a).reshape(120, 160)
    assert np.abs(found.facing - cosine)[core].max() < 0.05
    assert not found.flipped[core].any()
    assert np.allclose(np.linalg.norm(found.normal[found.face >= 0], axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("size", [63, 64])
def test_no_ray_slips_through_between_faces(size: int) -> None:
    """Pixels' centres lie exactly on edges and corners here."""
    steps = np.linspace(-0.5, 0.5, 33)
    x, z = np.meshgrid(steps, steps)
    vertices = np.stack([x.ravel(), np.zeros(x.size), z.ravel()], axis=1)
    corner = (np.arange(32)[:, None] * 33 + np.arange(32)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + 34], axis=1), np.stack([corner, corner + 34, corner + 33], axis=1)]
    )
    for lens in ({"extent": 1.0}, {"extent": 0.5}, {"field_of_view": 20.0}):
        found = look(meshed(vertices, faces), from_front((size, size), **lens))
        assert (found.face >= 0).all()


def test_a_camera_far_away_sees_as_exactly_as_one_near_by() -> None:
    mesh = soup(4)
    far = Camera.look_at((0, -1e5, 0), (0, 0, 0), (0, 0, 1), (50, 50), field_of_view=float(np.degrees(1.2e-5)))
    plain = Camera.look_at((0, -5, 0), (0, 0, 0), (0, 0, 1), (50, 50), extent=1e5 * 2 * np.tan(0.6e-5))
    one, other = look(mesh, far), look(mesh, plain)
    assert (one.face != other.face).mean() < 0.01
    same = (one.face == other.face) & (one.face >= 0)
    assert np.allclose(one.position[same], other.position[same], atol=1e-4)


def test_a_floor_that_reaches_behind_the_camera_is_seen() -> None:
    floor = meshed(
        np.array([(-50.0, -50.0, 0.0), (50.0, -50.0, 0.0), (50.0, 50.0, 0.0), (-50.0, 50.0, 0.0)]),
        np.array([(0, 1, 2), (0, 2, 3)]),
    )
    camera = Camera.look_at((0, 0, 1), (0, 1, 0.8), (0, 0, 1), (40, 30), field_of_view=60)
    found = look(floor, camera)
    origins, along = pixel_rays(camera)
    far = np.where(along[:, 2] < 0.0, -1.0 / np.minimum(along[:, 2], -1e-12), np.inf)
    reached = (np.abs(origins + far[:, None] * along)[:, :2].max(axis=1) < 50.0) & np.isfinite(far)
    assert np.array_equal(found.face >= 0, reached.reshape(30, 40))
    assert np.allclose(found.depth[found.face >= 0], far[reached], rtol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from([1e-3, 1.0, 1e3]), st.booleans())
def test_turning_and_scaling_everything_changes_no_picture(seed: int, scale: float, orthographic: bool) -> None:
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    mesh, camera = soup(seed), any_camera(seed, orthographic, 40.0, False)
    matrix = camera.to_world.copy()
    matrix[:3, :3], matrix[:3, 3] = turn @ matrix[:3, :3], scale * turn @ matrix[:3, 3]
    focal = (camera.focal[0] / scale, camera.focal[1] / scale) if orthographic else camera.focal
    moved = meshed(scale * mesh.vertices @ turn.T, mesh.faces, mesh.uv)
    one, other = look(mesh, camera), look(moved, replace(camera, to_world=matrix, focal=focal))
    assert (one.face != other.face).mean() < 0.005
    same = (one.face == other.face) & (one.face >= 0)
    assert np.allclose(one.depth[same] * scale, other.depth[same], rtol=1e-5)
    assert np.allclose(one.facing[same], other.facing[same], atol=1e-5)
    assert np.allclose(one.uv[same], other.uv[same], atol=1e-5)


def test_the_order_of_faces_changes_no_picture() -> None:
    mesh, camera = ball(), any_camera(3, False, 40.0, False)
    order: IntArray = np.random.default_rng(0).permutation(len(mesh.faces))
    one, other = look(mesh, camera), look(replace(mesh, faces=np.ascontiguousarray(mesh.faces[order])), camera)
    seen = one.face >= 0
    assert np.array_equal(seen, other.face >= 0)
    assert np.array_equal(one.face[seen], order[other.face[seen]])
    assert np.array_equal(one.position, other.position)
