"""Cameras against closed forms and OpenCV's projection."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.geometry.cameras import MAX_SIDE, Camera
from backend.geometry.typing import FloatArray

IDENTITY = np.eye(4)


def turned(rng: np.random.Generator) -> FloatArray:
    """A random rigid matrix."""
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.sign(np.linalg.det(turn))
    matrix[:3, 3] = rng.normal(size=3)
    return matrix


def any_camera(seed: int, orthographic: bool) -> Camera:
    rng = np.random.default_rng(seed)
    focal = (float(rng.uniform(50, 900)), float(rng.uniform(50, 900)))
    centre = (float(rng.uniform(-40, 200)), float(rng.uniform(-40, 200)))
    return Camera(turned(rng), int(rng.integers(1, 90)), int(rng.integers(1, 90)), focal, centre, orthographic)


cameras = st.builds(any_camera, st.integers(0, 10**6), st.booleans())


@given(cameras, st.floats(0.1, 50.0))
def test_what_lies_on_a_pixels_ray_falls_into_its_centre(camera: Camera, far: float) -> None:
    origins, directions = camera.rays()
    assert np.allclose(np.linalg.norm(directions, axis=1), 1.0, atol=1e-6)
    pixels, depth = camera.project(origins.astype(np.float64) + far * directions)
    rows, cols = np.divmod(np.arange(camera.width * camera.height), camera.width)
    limit = 1e-5 * max(camera.focal) * (1.0 + np.abs(camera.place).max() / far) * 10
    assert np.abs(pixels - np.stack([cols + 0.5, rows + 0.5], axis=1)).max() < limit
    assert np.allclose(depth, far * directions @ camera.forward, atol=1e-4)
    assert (depth > 0.0).all()


@given(cameras)
def test_projection_is_that_of_opencv(camera: Camera) -> None:
    camera = replace(camera, orthographic=False)
    rng = np.random.default_rng(5)
    points = (rng.normal(size=(50, 3)) - (0, 0, 6)) @ camera.to_world[:3, :3].T + camera.place
    # OpenCV looks along +z with y downwards, and counts from the centre of the first pixel.
    to_cv = np.diag([1.0, -1.0, -1.0]) @ camera.to_world[:3, :3].T
    lens = np.array(
        [[camera.focal[0], 0, camera.centre[0] - 0.5], [0, camera.focal[1], camera.centre[1] - 0.5], [0, 0, 1]]
    )
    expected, _ = cv2.projectPoints(points, cv2.Rodrigues(to_cv)[0], -to_cv @ camera.place, lens, None)
    pixels, depth = camera.project(points)
    assert np.allclose(pixels - 0.5, expected[:, 0], atol=1e-4 * max(camera.focal))
    assert np.allclose(depth, (to_cv @ (points - camera.place).T)[2])


@given(cameras, st.floats(1e-3, 1e3))
def test_a_moved_camera_sees_the_moved_points_in_the_same_place(camera: Camera, scale: float) -> None:
    rng = np.random.default_rng(7)
    centre = rng.normal(size=3)
    points = (rng.normal(size=(20, 3)) - (0, 0, 6)) @ camera.to_world[:3, :3].T + camera.place
    pixels, depth = camera.project(points)
    moved_pixels, moved_depth = camera.moved(centre, scale).project((points - centre) / scale)
    assert np.allclose(moved_pixels, pixels, rtol=1e-7, atol=1e-6)
    assert np.allclose(moved_depth * scale, depth)


@given(cameras, st.integers(1, 300), st.integers(1, 300))
def test_a_resized_picture_shows_the_same(camera: Camera, width: int, height: int) -> None:
    points = (np.random.default_rng(3).normal(size=(20, 3)) - (0, 0, 6)) @ camera.to_world[:3, :3].T + camera.place
    sides, resized = np.array([camera.width, camera.height]), np.array([width, height])
    assert np.allclose(camera.resized(width, height).project(points)[0] / resized, camera.project(points)[0] / sides)


@given(cameras)
def test_a_camera_survives_json(camera: Camera) -> None:
    again = Camera.from_json(json.loads(json.dumps(camera.to_json())))
    assert np.allclose(again.to_world, camera.to_world, atol=1e-9)
    assert replace(again, to_world=IDENTITY).to_json() == replace(camera, to_world=IDENTITY).to_json()


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (512, 512)])
@pytest.mark.parametrize("angle", [20.0, 90.0, 120.0])
def test_the_field_of_view_spans_the_shorter_side(size: tuple[int, int], angle: float) -> None:
    camera = Camera.look_at((0, -2, 0), (0, 0, 0), (0, 0, 1), size, field_of_view=angle)
    half = 2.0 * np.tan(np.radians(angle / 2.0))
    side = (half, 0.0, 0.0) if size[0] <= size[1] else (0.0, 0.0, half)
    pixels, depth = camera.project(np.array([side, (0.0, 0.0, 0.0), (1e-3, 0.0, 1e-3)]))
    shorter = 0 if size[0] <= size[1] else 1
    assert abs(pixels[0, shorter] - (size[0] if shorter == 0 else 0.0)) < 1e-6
    assert np.allclose(pixels[1], (size[0] / 2.0, size[1] / 2.0))
    assert depth[1] == 2.0
    # x is to the right, z, which is up, above.
    assert pixels[2, 0] > pixels[1, 0]
    assert pixels[2, 1] < pixels[1, 1]


def test_the_extent_spans_the_shorter_side_of_an_orthographic_picture() -> None:
    camera = Camera.look_at((0, -2, 0), (0, 0, 0), (0, 0, 1), (300, 200), extent=4.0)
    pixels, _ = camera.project(np.array([(0.0, 7.0, 2.0), (3.0, -1.0, -2.0)]))
    assert np.allclose(pixels, [(150.0, 0.0), (300.0, 200.0)])


@pytest.mark.parametrize("up", [(0, 0, 1), (0, 0, -1), (0, 1, 0), (0, 0, 5)])
@pytest.mark.parametrize("eye", [(0, 0, 3), (0, 0, -3), (0, 3, 0), (3, 0, 0)])
def test_looking_along_the_up_direction_is_a_camera_too(eye: tuple[float, ...], up: tuple[float, ...]) -> None:
    camera = Camera.look_at(eye, (0, 0, 0), up, (64, 64), field_of_view=40)
    assert np.allclose(camera.forward, -np.array(eye) / 3.0)
    assert np.allclose(camera.project(np.zeros((1, 3)))[0], (32.0, 32.0))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"field_of_view": 40.0, "extent": 1.0},
        {"field_of_view": 0.0},
        {"field_of_view": 180.0},
        {"field_of_view": 200.0},
        {"field_of_view": float("nan")},
        {"extent": 0.0},
        {"extent": -1.0},
    ],
)
def test_an_impossible_lens_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        Camera.look_at((0, -2, 0), (0, 0, 0), (0, 0, 1), (64, 64), **options)


def test_looking_at_its_own_place_is_refused() -> None:
    with pytest.raises(BadInput):
        Camera.look_at((1, 2, 3), (1, 2, 3), (0, 0, 1), (64, 64), field_of_view=40)


@pytest.mark.parametrize(
    "matrix",
    [
        np.diag([2.0, 2.0, 2.0, 1.0]),
        np.diag([-1.0, 1.0, 1.0, 1.0]),
        np.full((4, 4), np.nan),
        np.eye(3),
        np.zeros((4, 4)),
    ],
    ids=["scaled", "mirrored", "nan", "3x3", "zero"],
)
def test_a_matrix_that_is_not_rigid_is_refused(matrix: FloatArray) -> None:
    with pytest.raises(BadInput):
        Camera(matrix, 64, 64, (50.0, 50.0), (32.0, 32.0))


@pytest.mark.parametrize("side", [0, -1, MAX_SIDE + 1])
def test_a_picture_of_an_impossible_size_is_refused(side: int) -> None:
    for width, height in ((side, 64), (64, side)):
        with pytest.raises(BadInput):
            Camera(IDENTITY, width, height, (50.0, 50.0), (32.0, 32.0))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("to_world", [[1, 0], [0, 1]]),
        ("to_world", [[1, 0, 0, 0], [0, 1, 0]]),
        ("to_world", "up"),
        ("width", "wide"),
        ("width", None),
        ("width", float("inf")),
        ("height", float("nan")),
        ("focal", [50.0]),
        ("focal", [50.0, -1.0]),
        ("focal", [50.0, float("inf")]),
        ("centre", 3.0),
        ("centre", [float("nan"), 1.0]),
    ],
)
def test_json_that_is_no_camera_is_refused(key: str, value: object) -> None:
    good = Camera(IDENTITY, 64, 48, (50.0, 50.0), (32.0, 24.0)).to_json()
    with pytest.raises(BadInput):
        Camera.from_json({**good, key: value})
    missing = {name: member for name, member in good.items() if name != key}
    with pytest.raises(BadInput):
        Camera.from_json(missing)
