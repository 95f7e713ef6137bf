"""Whole texturings against painters whose answer is known, by measures that the texturing has no part in."""

from __future__ import annotations

import os
from dataclasses import replace

import cv2
import numpy as np
import pytest
import trimesh

from backend.engines.texture import Camera, TextureOptions, texture_mesh
from benchmarks import _oracles as oracles
from tests.texture.proof_scenes import (
    DIRECTIONS,
    Kept,
    around,
    bumpy,
    meshed,
    painted_in,
    pattern,
    texel_points,
    textured,
    true_atlas,
    with_atlas,
)

TEN = TextureOptions(schedule="published", view_count=10, refinement_views=0)
FIVE = TextureOptions(resolution=192, view_size=160, schedule="cameras", cameras=around(), refinement_views=0)


@pytest.fixture(scope="module")
def spot():
    """spot(size) -> mesh, its true texture at that size, which texels lie in charts."""
    if not (oracles.data_folder() / "spot.obj").is_file():
        pytest.skip("spot.obj is not among the shared data")
    mesh, truth = oracles.spot()
    whole = oracles.charts(np.asarray(mesh.visual.uv), np.asarray(mesh.faces), 1024)
    half = oracles.charts(np.asarray(mesh.visual.uv), np.asarray(mesh.faces), 512)
    smaller = cv2.resize(truth, (512, 512), interpolation=cv2.INTER_AREA)
    return {1024: (mesh, truth, whole), 512: (mesh, smaller, half)}


@pytest.fixture(scope="module")
def whole(spot):
    mesh, truth, _ = spot[1024]
    options = replace(TEN, resolution=1024, view_size=768, up="y")
    return texture_mesh(mesh, oracles.TextureOracle(mesh, truth), options)


SMALLER = replace(TEN, resolution=512, view_size=384, up="y")


@pytest.fixture(scope="module")
def smaller(spot):
    mesh, truth, inside = spot[512]
    result = texture_mesh(mesh, oracles.TextureOracle(mesh, truth), SMALLER)
    painted = painted_in(result, inside)
    return result, painted, oracles.psnr(result.albedo[painted], truth[painted])


@pytest.fixture(scope="module")
def mesh():
    return bumpy()


@pytest.fixture(scope="module")
def pictures(mesh):
    """What the five cameras see of the mesh."""
    painter = oracles.TextureOracle(mesh, true_atlas(mesh, 512))
    texture_mesh(mesh, painter, FIVE)
    return [painter.paint(request) for request in list(painter.seen)]


@pytest.fixture(scope="module")
def plain(mesh, pictures):
    return texture_mesh(mesh, Kept(pictures), FIVE)


def similarity(one: np.ndarray, other: np.ndarray, inside: np.ndarray) -> float:
    """Mean structural similarity over the texels inside (Wang et al. 2004, Gaussian window of 1.5)."""

    def mean(picture: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(picture, (11, 11), 1.5)

    a, b = one.astype(np.float64), other.astype(np.float64)
    middle_a, middle_b = mean(a), mean(b)
    spread_a, spread_b = mean(a * a) - middle_a**2, mean(b * b) - middle_b**2
    both = mean(a * b) - middle_a * middle_b
    c, d = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    found = (2 * middle_a * middle_b + c) * (2 * both + d)
    found /= (middle_a**2 + middle_b**2 + c) * (spread_a + spread_b + d)
    return float(found.mean(axis=2)[inside].mean())


def test_a_painter_of_the_true_texture_gives_that_texture(spot, whole):
    _, truth, inside = spot[1024]
    painted = painted_in(whole, inside)
    assert oracles.psnr(whole.albedo[painted], truth[painted]) >= 42.0
    assert similarity(whole.albedo, truth, inside) >= 0.99
    assert (whole.evidence[..., 0] > 0)[inside].mean() >= 0.9999
    assert painted[inside].mean() >= 0.97
    assert [view.kind for view in whole.views] == ["schedule"] * 10


def test_texels_on_both_sides_of_a_seam_agree(spot, whole):
    mesh, truth, _ = spot[1024]
    near, far = oracles.seam_points(whole.uv, whole.faces, np.asarray(mesh.vertices)[mesh.faces])
    ours, true = (np.abs(oracles.bilinear(p, near) - oracles.bilinear(p, far)).mean() for p in (whole.albedo, truth))
    assert len(near) > 1000
    assert ours <= 1.5 * true


def test_half_the_size_is_nearly_as_true(spot, smaller):
    result, painted, value = smaller
    _, truth, inside = spot[512]
    assert value >= 36.5
    assert similarity(result.albedo, truth, inside) >= 0.98
    assert result.coverage["painted"] == pytest.approx(painted[inside].mean(), abs=0.002)
    assert result.coverage["filled"] == 1.0


def test_pictures_that_lie_beside_the_mesh_cost_little_and_double_no_edges(spot, smaller):
    mesh, truth, inside = spot[512]
    painter = oracles.Shifted(oracles.TextureOracle(mesh, truth))
    moved = texture_mesh(mesh, painter, SMALLER)
    still, painted, value = smaller
    assert value - oracles.psnr(moved.albedo[painted], truth[painted]) <= 3.0
    ghosted = (still.albedo.astype(float) + np.roll(still.albedo, 4, axis=1)) / 2.0
    true, found, doubled = (edges(picture, inside) for picture in (still.albedo, moved.albedo, ghosted))
    assert doubled > 1.3 * true
    assert 0.9 * true < found < 1.1 * true


def edges(picture: np.ndarray, inside: np.ndarray) -> int:
    """How many edges there are along the rows: peaks of the difference between neighbours."""
    grey = picture.astype(np.float64).mean(axis=2)
    step = np.abs(grey[:, 1:] - grey[:, :-1])
    step[~(inside[:, 1:] & inside[:, :-1])] = 0.0
    peak = (step[:, 1:-1] >= step[:, :-2]) & (step[:, 1:-1] > step[:, 2:]) & (step[:, 1:-1] > 8.0)
    return int(peak.sum())


def test_exposure_that_drifts_from_view_to_view_is_brought_together(spot):
    """By up to 15 %, on a texture so dark that no view is cut off at white."""
    mesh, truth, inside = spot[512]
    dark = np.rint(0.86 * truth.astype(float)).astype(np.uint8)
    painter = oracles.TextureOracle(mesh, dark)
    still, moved = (texture_mesh(mesh, one, SMALLER) for one in (painter, oracles.Drifting(painter, 1)))
    painted = painted_in(still, inside)
    before = oracles.psnr(still.albedo[painted], dark[painted])
    assert before - oracles.psnr(moved.albedo[painted], dark[painted]) <= 0.5
    for number, view in enumerate(moved.views):
        assert np.array(view.gain) * oracles.Drifting(painter, 1).gain(number) == pytest.approx(1.0, abs=0.01)


def test_whites_that_drift_beyond_white_cost_no_more_than_they_must(spot, smaller):
    mesh, truth, _ = spot[512]
    painter = oracles.Drifting(oracles.TextureOracle(mesh, truth), 1)
    result = texture_mesh(mesh, painter, SMALLER)
    _, painted, _ = smaller
    assert oracles.psnr(result.albedo[painted], truth[painted]) >= 28.0
    alone = texture_mesh(mesh, painter, replace(SMALLER, match_exposure=False))
    assert oracles.psnr(alone.albedo[painted], truth[painted]) < 28.0


def test_a_scan_takes_a_pattern_of_space():
    path = oracles.data_folder() / "nefertiti.obj"
    if not path.is_file():
        pytest.skip("nefertiti.obj is not among the shared data")
    scan = trimesh.load(path, process=False)
    box = oracles.in_unit_box(scan)
    painter = oracles.SolidOracle(lambda p: oracles.solid_pattern(box(p)))
    result = texture_mesh(scan, painter, replace(TEN, resolution=1024, view_size=512))
    assert result.unwrapped
    assert result.faces.shape == scan.faces.shape
    assert oracles.surface_psnr(scan, result, lambda p: oracles.solid_pattern(box(p)), 100_000) >= 31.0
    assert result.coverage["filled"] >= 0.995


def test_a_bumpy_ball_takes_a_pattern_of_space(mesh):
    result = texture_mesh(mesh, oracles.SolidOracle(pattern), replace(TEN, resolution=256, view_size=256))
    assert oracles.surface_psnr(mesh, result, pattern, 50_000) >= 36.0
    assert result.coverage["filled"] == 1.0


RED, BLUE = np.array([0.9, 0.15, 0.1]), np.array([0.1, 0.2, 0.9])


def front_and_back() -> tuple[trimesh.Trimesh, trimesh.Trimesh]:
    """A small ball that hides a part of a large one from the front."""
    front = trimesh.creation.icosphere(3, 0.22)
    front.apply_translation((0.1, -0.75, 0.05))
    return front, trimesh.creation.icosphere(3, 0.5)


def red_and_blue(points: np.ndarray) -> np.ndarray:
    """The small ball is red, the large one blue."""
    return np.where((points[:, 1] < -0.505)[:, None], RED, BLUE)


def few_cameras(size: int = 192) -> tuple[Camera, ...]:
    return around(size, [(0, -1, 0.1), (0.4, -1, 0.3), (-0.7, -0.7, 0.2), (0, 1, 0)])


def test_an_object_in_front_leaves_no_ghost_on_the_one_behind():
    front, back = front_and_back()
    both = with_atlas(trimesh.util.concatenate([front, back]))
    options = replace(FIVE, cameras=few_cameras(), resolution=256, view_size=192)
    result = texture_mesh(both, oracles.SolidOracle(red_and_blue), options)
    row, col, points = texel_points(both, 256)
    true = 255.0 * red_and_blue(points)
    assert 0.1 < (true[:, 0] > 128).mean() < 0.3
    assert np.abs(result.albedo[row, col] - true).max() <= 4.0


def test_what_stands_before_the_mesh_leaves_no_ghost_on_it():
    front, back = front_and_back()
    back = with_atlas(back)
    options = replace(FIVE, cameras=few_cameras(), resolution=256, view_size=192, occluders=(front,))
    painter = oracles.SolidOracle(red_and_blue)
    result = texture_mesh(back, painter, options)
    row, col, _ = texel_points(back, 256)
    assert np.abs(result.albedo[row, col] - 255.0 * BLUE).max() <= 4.0
    alone = texture_mesh(back, painter, replace(options, occluders=()))
    assert result.coverage["painted"] < alone.coverage["painted"] - 0.005


def test_the_evidence_names_views_that_see_the_texel(mesh, plain):
    row, col, points = texel_points(mesh, 192)
    chosen = np.random.default_rng(2).choice(len(row), 3000, replace=False)
    row, col, points = row[chosen], col[chosen], points[chosen]
    source, view, sure = plain.evidence[row, col].T
    seen = view != 255
    assert set(np.unique(source)) == {128}
    assert set(np.unique(view[seen])) == set(range(5))
    assert (sure[seen] > 0).all()
    assert sure[seen].mean() > sure[~seen].mean() + 10
    rays = trimesh.ray.ray_pyembree.RayMeshIntersector(mesh)
    places = np.array([camera.place for camera in FIVE.cameras])[view[seen]]
    towards = places - points[seen]
    lifted = points[seen] + 0.004 * towards / np.linalg.norm(towards, axis=1, keepdims=True)
    blocked = rays.intersects_any(lifted, places - lifted)
    assert blocked.mean() < 0.003
    for number in range(5):
        pixel, depth = FIVE.cameras[number].project(points[seen][view[seen] == number])
        assert (depth > 0).all()
        assert ((pixel > -0.5) & (pixel < 160.5)).all()


def test_texels_that_no_view_can_see_are_not_said_to_be_painted():
    """A ball within a ball."""
    inner = trimesh.creation.icosphere(2, 0.2)
    both = with_atlas(trimesh.util.concatenate([trimesh.creation.icosphere(2, 0.5), inner]))
    result = texture_mesh(both, oracles.SolidOracle(pattern), FIVE)
    row, col, points = texel_points(both, 192)
    hidden = np.linalg.norm(points, axis=1) < 0.3
    assert (result.evidence[row, col][hidden, 1] == 255).all()
    assert (result.evidence[row, col][~hidden, 1] != 255).mean() > 0.8


def test_smaller_pictures_of_the_texture_show_nothing_of_the_gutter(mesh):
    bright = oracles.SolidOracle(lambda p: 0.65 + 0.5 * (pattern(p) - 0.5))
    result = texture_mesh(mesh, bright, replace(FIVE, resolution=256))
    row, col, _ = texel_points(mesh, 256)
    charts = np.zeros((256, 256), dtype=bool)
    charts[row, col] = True
    darkest = int(result.albedo[charts].min())
    for level in (1, 2, 3, 4):
        side = 2**level
        small = result.albedo.reshape(256 // side, side, 256 // side, side, 3).mean(axis=(1, 3))
        shown = charts.reshape(256 // side, side, 256 // side, side).any(axis=(1, 3))
        assert small[shown].min() >= darkest - 1
    assert (result.evidence[..., 0][~charts] == 64).mean() > 0.9


def turned(angle: float, axis: tuple[float, float, float]) -> np.ndarray:
    return trimesh.transformations.rotation_matrix(np.radians(angle), axis)


def placed(scale: float = 1.0, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> np.ndarray:
    out = np.diag([scale, scale, scale, 1.0])
    out[:3, 3] = shift
    return out


@pytest.mark.parametrize(
    "move",
    [
        turned(90, (0, 0, 1)),
        turned(90, (1, 0, 0)),
        turned(37, (1, 2, -3)),
        placed(0.001),
        placed(1000.0),
        placed(1.0, (1e5, -1e5, 1e5)),
        placed(0.01, (0.0, 500.0, 0.0)) @ turned(150, (1, 1, 0)),
    ],
    ids=["quarter turn", "on its side", "any turn", "millimetres", "kilometres", "far away", "all at once"],
)
def test_where_the_mesh_stands_and_how_large_it_is_makes_no_difference(mesh, pictures, plain, move):
    scale = float(np.cbrt(np.linalg.det(move[:3, :3])))
    cameras = []
    for camera in FIVE.cameras:
        pose = move @ camera.to_world
        pose[:3, :3] /= scale
        cameras.append(replace(camera, to_world=pose))
    vertices = trimesh.transform_points(mesh.vertices, move)
    moved = textured(vertices, mesh.faces, np.asarray(mesh.visual.uv))
    painter = Kept(pictures)
    result = texture_mesh(moved, painter, replace(FIVE, cameras=tuple(cameras)))
    for request, camera in zip(painter.asked, cameras, strict=True):
        assert np.allclose(request.camera.to_world, camera.to_world, atol=1e-9 * np.abs(move).max())
        shown = request.object_mask
        pixel, depth = camera.project(request.position[shown].astype(np.float64))
        near = 1e-4 + 300.0 * float(np.spacing(np.float32(np.abs(vertices).max()))) / scale
        assert np.abs(depth - request.depth[shown]).max() < near * scale
        at = np.argwhere(shown)[:, ::-1] + 0.5
        assert np.abs(pixel - at).max() < 200.0 * near
    assert differing(result.albedo, plain.albedo) < 0.001


def differing(one: np.ndarray, other: np.ndarray, by: float = 3.0) -> float:
    """The share of texels that differ visibly."""
    return float((np.abs(one.astype(float) - other.astype(float)).max(axis=-1) > by).mean())


@pytest.mark.parametrize("how", ["shuffled", "split", "merged", "turned within"])
def test_how_the_faces_are_written_down_makes_no_difference(mesh, pictures, plain, how):
    faces, vertices, uv = np.asarray(mesh.faces), np.asarray(mesh.vertices), np.asarray(mesh.visual.uv)
    order = np.arange(len(faces))
    if how == "shuffled":
        order = np.random.default_rng(4).permutation(len(faces))
        other = textured(vertices, faces[order], uv)
    elif how == "split":
        other = textured(vertices[faces].reshape(-1, 3), np.arange(faces.size).reshape(-1, 3), uv[faces].reshape(-1, 2))
    elif how == "merged":
        split = textured(vertices[faces].reshape(-1, 3), np.arange(faces.size).reshape(-1, 3), None)
        _, first, place = np.unique(
            np.c_[vertices, uv][faces].reshape(-1, 5), axis=0, return_index=True, return_inverse=True
        )
        other = textured(split.vertices[first], place.reshape(-1, 3), uv[faces].reshape(-1, 2)[first])
    else:
        other = textured(vertices, np.roll(faces, 1, axis=1), uv)
    result = texture_mesh(other, Kept(pictures), FIVE)
    assert result.faces.shape == faces.shape
    weights = np.random.default_rng(6).dirichlet((1, 1, 1), len(faces))
    again = weights if how != "turned within" else np.roll(weights, 1, axis=1)
    here = np.einsum("ij,ijk->ik", weights[order], plain.uv[plain.faces[order]])
    there = np.einsum("ij,ijk->ik", again[order], result.uv[result.faces])
    assert (
        differing(255.0 * oracles.bilinear(plain.albedo, here), 255.0 * oracles.bilinear(result.albedo, there)) < 0.002
    )


def test_the_same_work_gives_the_same_bytes_on_any_number_of_cores(mesh, pictures, plain, monkeypatch):
    again = texture_mesh(mesh, Kept(pictures), FIVE)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    alone = texture_mesh(mesh, Kept(pictures), FIVE)
    for other in (again, alone):
        assert other.albedo.tobytes() == plain.albedo.tobytes()
        assert other.evidence.tobytes() == plain.evidence.tobytes()
        assert [repr(view) for view in other.views] == [repr(view) for view in plain.views]


def test_an_own_atlas_is_the_same_on_any_number_of_cores(monkeypatch):
    bare = textured(*(np.asarray(part) for part in (bumpy(2).vertices, bumpy(2).faces)), None)
    options = replace(FIVE, resolution=96, schedule="automatic", view_count=4, refinement_views=1)
    one = texture_mesh(bare, oracles.SolidOracle(pattern), options)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    other = texture_mesh(bare, oracles.SolidOracle(pattern), options)
    assert one.uv.tobytes() == other.uv.tobytes()
    assert one.albedo.tobytes() == other.albedo.tobytes()


def test_the_views_say_what_they_did(mesh, plain):
    row, col, _ = texel_points(mesh, 192)
    view = plain.evidence[row, col, 1]
    assert len(plain.views) == len(DIRECTIONS)
    assert all(record.kind == "schedule" for record in plain.views)
    assert plain.views[0].share_new > 0.9
    for number, record in enumerate(plain.views):
        assert record.texels == pytest.approx((view == number).sum(), rel=0.01, abs=5)
        assert np.allclose(record.camera.to_world, FIVE.cameras[number].to_world, atol=1e-9)
    assert set(plain.timings) >= {"prepare", "texels", "rays", "views", "painter", "projection", "blend", "fill"}


def test_meshes_made_of_parts_with_their_own_atlas_rows_keep_the_order_of_their_faces():
    one, two = bumpy(2), bumpy(2)
    uv = np.concatenate([np.asarray(one.visual.uv) * 0.48, np.asarray(two.visual.uv) * 0.48 + 0.51])
    faces = np.concatenate([one.faces, two.faces + len(one.vertices)])
    points = np.concatenate([one.vertices - np.array([0.7, 0.0, 0.0]), two.vertices + np.array([0.7, 0.0, 0.0])])
    both = meshed(points, faces, uv, faces)
    result = texture_mesh(both, oracles.SolidOracle(pattern), replace(TEN, resolution=256, view_size=256, view_count=6))
    assert not result.unwrapped
    assert (result.faces == faces).all()
    row, col, places = texel_points(both, 256)
    painted = result.evidence[row, col, 1] != 255
    true = 255.0 * pattern(places)
    assert oracles.psnr(result.albedo[row, col][painted], true[painted]) > 28.0
