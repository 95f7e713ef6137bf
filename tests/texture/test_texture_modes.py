"""What each mode of texturing promises, over the whole way from a mesh to its texture and evidence."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import trimesh

from backend.engines.texture import Photograph, TextureOptions, texture_mesh
from backend.engines.texture.exemplar import ExemplarPainter
from backend.errors import BadInput
from benchmarks import _oracles as oracles
from tests.texture.proof_scenes import Asked, around, bumpy, pattern, texel_points, textured, true_atlas

SIZE = 192
FIVE = TextureOptions(resolution=SIZE, view_size=160, schedule="cameras", cameras=around(), refinement_views=0)
KEY = (255, 0, 255)


@pytest.fixture(scope="module")
def mesh():
    return bumpy()


@pytest.fixture(scope="module")
def charts(mesh):
    row, col, _ = texel_points(mesh, SIZE)
    out = np.zeros((SIZE, SIZE), dtype=bool)
    out[row, col] = True
    return out


@pytest.fixture(scope="module")
def truth(mesh):
    return true_atlas(mesh, SIZE)


@pytest.fixture(scope="module")
def hole(charts):
    """Discs over a fifth of the charts' texels."""
    rows, cols = np.mgrid[:SIZE, :SIZE]
    out, rng, places = np.zeros((SIZE, SIZE), dtype=bool), np.random.default_rng(8), np.argwhere(charts)
    while out[charts].mean() < 0.2:
        row, col = places[rng.integers(len(places))]
        out |= (rows - row) ** 2 + (cols - col) ** 2 < rng.integers(5, 13) ** 2
    return out


def damaged(truth: np.ndarray, hole: np.ndarray) -> np.ndarray:
    out = truth.copy()
    out[hole] = KEY
    return out


def evidence_of(hole: np.ndarray) -> np.ndarray:
    """Observed outside the hole, with a confidence that nothing else has; generated within."""
    out = np.zeros((*hole.shape, 3), dtype=np.uint8)
    out[...] = (255, 255, 222)
    out[hole] = (128, 7, 33)
    return out


@pytest.fixture(scope="module")
def restored(mesh, truth, hole):
    painter = Asked(oracles.SolidOracle(pattern))
    options = replace(FIVE, mode="restore", albedo=damaged(truth, hole), missing=hole)
    return texture_mesh(mesh, painter, options), painter


def test_restoring_leaves_what_was_observed_to_the_bit_and_paints_the_rest(restored, truth, hole, charts):
    result, _ = restored
    assert (result.albedo[~hole & charts] == truth[~hole & charts]).all()
    assert (np.abs(result.albedo[hole].astype(int) - KEY).max(axis=1) > 30).all()
    assert oracles.psnr(result.albedo[hole & charts], truth[hole & charts]) > 32.0


def test_restoring_says_which_is_which(restored, hole, charts):
    result, _ = restored
    source, view, sure = np.moveaxis(result.evidence, 2, 0)
    assert (source[charts & ~hole] == 255).all()
    assert (view[charts & ~hole] == 255).all()
    assert (sure[charts & ~hole] == 255).all()
    assert set(np.unique(source[charts & hole])) <= {128, 192}
    assert ((source == 128) == (view != 255))[charts & hole].all()
    assert (sure[charts & hole] < 200).all()
    assert result.coverage["observed"] == pytest.approx((charts & ~hole).sum() / charts.sum(), abs=0.002)


def test_painters_are_shown_what_is_there_and_asked_only_for_what_is_missing(restored, truth, mesh):
    _, painter = restored
    for request in painter.requests:
        masks = np.stack([request.mask_new, request.mask_update, request.mask_keep])
        assert masks.sum(axis=0).max() == 1
        assert not (masks & ~request.object_mask).any()
        assert request.mask_new.any()
        assert not request.mask_update.any() or request.view_index > 0
        observed = request.mask_observed
        assert (request.mask_keep | ~observed).all()
        inner = cv2.erode(observed.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        true = pattern(request.position[inner].astype(np.float64))
        assert np.abs(request.rgb[inner] - true).mean() < 0.02
    assert (painter.requests[0].rgb[~painter.requests[0].object_mask] == 0.5).all()


def test_what_a_painter_makes_too_bright_agrees_with_what_lies_around_it(mesh, truth, hole, charts):
    options = replace(FIVE, mode="restore", albedo=damaged(truth, hole), missing=hole, match_exposure=False)
    bright = oracles.SolidOracle(lambda p: np.minimum(pattern(p) + 0.08, 1.0))
    result = texture_mesh(mesh, bright, options)
    error = (result.albedo.astype(float) - truth)[hole & charts].mean()
    assert abs(error) < 0.35 * 0.08 * 255.0


@pytest.mark.parametrize("how", ["mask", "alpha", "evidence", "mask over evidence"])
def test_what_is_missing_is_known_from_a_mask_from_alpha_or_from_evidence(mesh, truth, hole, charts, how):
    options = replace(FIVE, mode="restore", albedo=damaged(truth, hole))
    if how == "mask":
        options = replace(options, missing=hole.astype(np.uint8) * 255)
    elif how == "alpha":
        alpha = np.where(hole, 0, 255).astype(np.uint8)
        options = replace(options, albedo=np.dstack([options.albedo, alpha]))
    elif how == "evidence":
        options = replace(options, evidence=evidence_of(hole))
    else:
        options = replace(options, evidence=evidence_of(hole), missing=np.ones_like(hole))
    result = texture_mesh(mesh, oracles.SolidOracle(pattern), options)
    assert (result.albedo[~hole & charts] == truth[~hole & charts]).all()
    assert oracles.psnr(result.albedo[hole & charts], truth[hole & charts]) > 32.0
    if "evidence" in how:
        assert (result.evidence[charts & ~hole] == (255, 255, 222)).all()


def beside_observed(charts: np.ndarray, hole: np.ndarray, from_: float) -> np.ndarray:
    """(R, R) bool: pixels outside charts, so far from them and more, that clearly belong to what is observed."""
    away, labels = cv2.distanceTransformWithLabels(
        (~charts).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    observed = np.zeros(labels.max() + 1, dtype=bool)
    observed[labels[charts]] = ~hole[charts]
    beside = ~charts & (away > from_) & observed[labels]
    far = cv2.distanceTransform((~(hole & charts)).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5) > away + 4.0
    return beside & far


def test_the_gutter_of_what_was_observed_stays_too(restored, truth, hole, charts):
    result, _ = restored
    stays = beside_observed(charts, hole, 3.0)
    assert stays.sum() > 500
    assert (result.albedo[stays] == truth[stays]).all()


def test_no_photograph_runs_into_the_gutter_of_what_was_observed(mesh, truth, hole, charts, taken):
    """The evidence map says gutter of what lies beside a chart, whatever is in the chart."""
    evidence = evidence_of(hole)
    evidence[~charts] = (64, 255, 0)
    before = 255 - truth
    options = TextureOptions(resolution=SIZE, mode="project", photographs=taken, albedo=before, evidence=evidence)
    result = texture_mesh(mesh, None, options)
    stays = beside_observed(charts, hole, 0.0)
    assert stays.sum() > 1000
    assert (result.albedo[stays] == before[stays]).all()


def test_refining_keeps_what_was_observed_and_goes_over_softly(mesh, truth, charts):
    row, col, points = texel_points(mesh, SIZE)
    region, observed = np.zeros_like(charts), np.zeros_like(charts)
    region[row, col] = points[:, 0] > 0.0
    observed[row, col] = points[:, 2] > 0.1
    options = replace(
        FIVE, mode="refine", albedo=truth, missing=region, evidence=evidence_of(~observed), feather=6, strength=1.0,
        match_exposure=False,
    )  # fmt: skip
    result = texture_mesh(mesh, oracles.SolidOracle(lambda p: 1.0 - pattern(p)), options)
    stays = charts & (~region | observed)
    assert (result.albedo[stays] == truth[stays]).all()
    assert (result.evidence[stays & observed] == (255, 255, 222)).all()
    assert (result.evidence[stays & ~observed] == (128, 7, 33)).all()
    deep = cv2.distanceTransform((region & ~observed & charts | ~charts).astype(np.uint8), cv2.DIST_L2, 5)
    painted = result.evidence[..., 1] < 5
    inner, rim = charts & painted & (deep > 9), charts & painted & (deep > 0) & (deep < 1.5)
    assert inner.sum() > 500
    assert oracles.psnr(result.albedo[inner], (255 - truth)[inner]) > 28.0
    step = np.abs(result.albedo.astype(int) - truth)
    assert step[rim].mean() < 0.2 * np.abs(255 - 2 * truth.astype(int))[rim].mean()


def test_a_region_that_no_view_shows_is_not_refined(mesh, truth, charts):
    options = replace(
        FIVE, mode="refine", albedo=truth, missing=np.ones_like(charts), cameras=FIVE.cameras[:1], strength=1.0
    )
    result = texture_mesh(mesh, oracles.SolidOracle(lambda p: 1.0 - pattern(p)), options)
    row, col, points = texel_points(mesh, SIZE)
    behind = points[:, 1] > 0.25
    assert (result.albedo[row, col][behind] == truth[row, col][behind]).all()
    assert 0.2 < result.coverage["painted"] < 0.6


def photographs(size: int = 200) -> tuple[Photograph, ...]:
    out = []
    for camera in around(size):
        painter = Asked(oracles.SolidOracle(pattern))
        options = TextureOptions(
            resolution=32, view_size=size, schedule="cameras", cameras=(camera,), refinement_views=0
        )
        texture_mesh(bumpy(), painter, options)
        picture = painter.painter.paint(painter.requests[0])
        out.append(Photograph(camera, np.rint(255.0 * picture).astype(np.uint8)))
    return tuple(out)


@pytest.fixture(scope="module")
def taken():
    return photographs()


def test_photographs_are_laid_on_the_mesh(mesh, truth, charts, taken):
    result = texture_mesh(mesh, None, TextureOptions(resolution=SIZE, mode="project", photographs=taken))
    observed = charts & (result.evidence[..., 0] == 255)
    assert observed[charts].mean() > 0.97
    assert oracles.psnr(result.albedo[observed], truth[observed]) > 36.0
    assert set(np.unique(result.evidence[observed][:, 1])) == set(range(5))
    assert set(np.unique(result.evidence[charts & ~observed][:, 0])) <= {192}
    assert [view.kind for view in result.views] == ["photograph"] * 5


def test_photographs_of_other_exposure_are_brought_together(mesh, truth, charts, taken):
    factors = (1.0, 0.85, 1.1, 0.95, 1.1)
    drifted = tuple(
        replace(one, picture=np.clip(np.rint(one.picture * factor), 0, 255).astype(np.uint8))
        for one, factor in zip(taken, factors, strict=True)
    )
    options = TextureOptions(resolution=SIZE, mode="project", photographs=drifted)
    result = texture_mesh(mesh, None, options)
    observed = charts & (result.evidence[..., 0] == 255)
    assert oracles.psnr(result.albedo[observed], truth[observed]) > 34.0
    plain = texture_mesh(mesh, None, replace(options, match_exposure=False))
    assert oracles.psnr(plain.albedo[observed], truth[observed]) < 28.0


def test_projecting_keeps_what_was_observed_before(mesh, truth, hole, charts, taken):
    before = truth // 2
    options = TextureOptions(
        resolution=SIZE, mode="project", photographs=taken, albedo=before, evidence=evidence_of(hole)
    )
    result = texture_mesh(mesh, None, replace(options, match_exposure=False))
    assert (result.albedo[charts & ~hole] == before[charts & ~hole]).all()
    assert (result.evidence[charts & ~hole] == (255, 255, 222)).all()
    laid = charts & hole & (result.evidence[..., 1] < 5)
    assert oracles.psnr(result.albedo[laid], truth[laid]) > 30.0


def test_masked_parts_of_photographs_are_not_used(mesh, charts, taken):
    red = np.zeros_like(taken[0].picture)
    red[...] = (255, 0, 0)
    spoiled = np.zeros(red.shape[:2], dtype=bool)
    spoiled[:, 100:] = True
    some = tuple(replace(one, picture=np.where(spoiled[..., None], red, one.picture), mask=~spoiled) for one in taken)
    options = TextureOptions(resolution=SIZE, mode="project", photographs=some, register=False)
    result = texture_mesh(mesh, None, options)
    colour = result.albedo[charts & (result.evidence[..., 0] == 255)].astype(int)
    assert not ((colour[:, 0] > 230) & (colour[:, 1] < 25)).any()


def test_generating_keeps_what_was_observed(mesh, truth, hole, charts):
    options = replace(FIVE, albedo=damaged(truth, hole), evidence=evidence_of(hole))
    result = texture_mesh(mesh, oracles.SolidOracle(pattern), options)
    assert (result.albedo[charts & ~hole] == truth[charts & ~hole]).all()
    assert (result.evidence[charts & ~hole] == (255, 255, 222)).all()
    assert (result.evidence[charts & hole][:, 0] == 128).all()


def stripes(points: np.ndarray) -> np.ndarray:
    """(n, 3) in 0..1: wavy bands with sharp edges."""
    band = np.tanh(8.0 * np.sin(28.0 * (points[:, 2] + 0.25 * np.sin(3.0 * points[:, 0]))))
    return np.stack([0.5 + 0.32 * band, 0.5 + 0.25 * band, 0.55 - 0.2 * band], axis=1)


def test_the_exemplar_painter_goes_on_with_what_inpainting_of_the_atlas_smears(mesh, hole, charts):
    banded = true_atlas(mesh, SIZE, stripes)
    options = replace(FIVE, mode="restore", albedo=damaged(banded, hole), missing=hole)
    result = texture_mesh(mesh, ExemplarPainter(), options)
    plain = cv2.inpaint(options.albedo, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    where = hole & charts
    assert (result.albedo[charts & ~hole] == banded[charts & ~hole]).all()
    assert oracles.psnr(result.albedo[where], banded[where]) > oracles.psnr(plain[where], banded[where]) + 2.0
    ours, theirs = (oracles.gradient_error(picture, banded, where) for picture in (result.albedo, plain))
    assert ours < theirs


def test_a_view_without_anything_observed_borrows_from_the_others(mesh, truth, charts):
    """Half of the surface is missing, so one camera sees nothing of the original."""
    row, col, points = texel_points(mesh, SIZE)
    gone = np.zeros_like(charts)
    gone[row, col] = points[:, 1] > -0.1
    options = replace(
        FIVE, mode="restore", albedo=damaged(truth, gone), missing=gone,
        cameras=around(160, [(0, 1, 0), (0.3, -1, 0.2), (1, 0.1, 0)]),
    )  # fmt: skip
    results = [texture_mesh(mesh, ExemplarPainter(), options) for _ in range(2)]
    assert results[0].albedo.tobytes() == results[1].albedo.tobytes()
    colours = results[0].albedo[gone & charts].astype(int)
    assert (np.abs(colours - KEY).max(axis=1) > 40).all()
    spread = truth[charts & ~gone].std(axis=0).mean()
    assert 0.4 * spread < colours.std(axis=0).mean() < 1.6 * spread


def udim(mesh: trimesh.Trimesh, tiles: tuple[int, ...]) -> tuple[trimesh.Trimesh, np.ndarray]:
    """The mesh with its charts moved to tiles in turn, and (m,) the index of each face's tile."""
    uv, faces = np.asarray(mesh.visual.uv), np.asarray(mesh.faces)
    edges = np.concatenate([faces[:, :2], faces[:, 1:]])
    chart = trimesh.graph.connected_component_labels(edges, len(uv))
    place = np.unique(chart[faces[:, 0]], return_inverse=True)[1] % len(tiles)
    corner = np.array([((t - 1001) % 10, (t - 1001) // 10) for t in tiles], dtype=float)
    moved = uv.copy()
    moved[faces.ravel()] += np.repeat(corner[place], 3, axis=0)
    return textured(np.asarray(mesh.vertices), faces, moved), place


TILES = (1001, 1002, 1012)


def test_udim_tiles_are_textured_as_one_picture_would_be(mesh, charts):
    painter = oracles.SolidOracle(pattern)
    plain = texture_mesh(mesh, painter, FIVE)
    tiled, place = udim(mesh, TILES)
    result = texture_mesh(tiled, painter, FIVE)
    assert result.tiles == TILES
    assert not result.unwrapped
    assert result.albedo.shape == result.evidence.shape == (3, SIZE, SIZE, 3)
    assert (result.uv == np.asarray(tiled.visual.uv)).all()
    for number in range(3):
        part = mesh.submesh([np.flatnonzero(place == number)], append=True)
        row, col, _ = texel_points(part, SIZE)
        one, other = result.albedo[number][row, col].astype(int), plain.albedo[row, col].astype(int)
        painted = plain.evidence[row, col, 1] != 255
        assert len(row) > 200
        assert (np.abs(one - other).max(axis=1)[painted] > 2).mean() < 0.005
        same = result.evidence[number][row, col, 1] == plain.evidence[row, col, 1]
        assert same.mean() > 0.995
        assert (np.abs(one - other).max(axis=1) > 25).mean() < 0.003


def test_udim_tiles_are_restored(mesh, truth, hole):
    tiled, place = udim(mesh, TILES)
    given = np.stack([truth] * 3)
    holes = np.stack([hole] * 3)
    given[holes] = KEY
    options = replace(FIVE, mode="restore", albedo=given, missing=holes)
    result = texture_mesh(tiled, oracles.SolidOracle(pattern), options)
    for number in range(3):
        row, col, _ = texel_points(mesh.submesh([np.flatnonzero(place == number)], append=True), SIZE)
        kept = ~hole[row, col]
        assert (result.albedo[number][row, col][kept] == truth[row, col][kept]).all()
        assert (result.evidence[number][row, col][kept, 0] == 255).all()
        assert oracles.psnr(result.albedo[number][row, col][~kept], truth[row, col][~kept]) > 32.0
    with pytest.raises(BadInput, match=r"1 tiles.*use 3"):
        texture_mesh(tiled, oracles.SolidOracle(pattern), replace(options, albedo=given[:1], missing=holes[:1]))


def test_a_single_tile_other_than_the_first_is_textured_where_it_lies(mesh):
    uv = np.asarray(mesh.visual.uv) + np.array([3.0, 1.0])
    result = texture_mesh(textured(mesh.vertices, mesh.faces, uv), oracles.SolidOracle(pattern), FIVE)
    assert result.tiles == (1014,)
    assert result.albedo.shape == (SIZE, SIZE, 3)
    row, col, points = texel_points(mesh, SIZE)
    painted = result.evidence[row, col, 1] != 255
    assert oracles.psnr(result.albedo[row, col][painted], 255.0 * pattern(points)[painted]) > 34.0


@pytest.mark.parametrize("size", [64, 1536])
def test_atlases_of_any_size_are_painted(mesh, size):
    result = texture_mesh(mesh, oracles.SolidOracle(pattern), replace(FIVE, resolution=size))
    assert result.albedo.shape == (size, size, 3)
    least = {64: 20.0, 1536: 33.0}[size]
    assert oracles.surface_psnr(mesh, result, pattern, 20_000) > least
    assert (result.evidence[..., 0] > 0).all()


def test_views_of_any_size_and_shape_are_painted(mesh, truth, charts):
    wide = tuple(camera.resized(320, 200) for camera in around(320))
    cameras = tuple(replace(camera, focal=(camera.focal[0], camera.focal[0])) for camera in wide)
    painter = Asked(oracles.SolidOracle(pattern))
    result = texture_mesh(mesh, painter, replace(FIVE, view_size=230, cameras=cameras))
    assert {request.rgb.shape for request in painter.requests} == {(144, 230, 3)}
    painted = charts & (result.evidence[..., 1] != 255)
    assert oracles.psnr(result.albedo[painted], truth[painted]) > 34.0


def test_orthographic_cameras_paint_as_well(mesh, truth, charts):
    painter = Asked(oracles.SolidOracle(pattern))
    result = texture_mesh(mesh, painter, replace(FIVE, cameras=around(160, extent=1.3)))
    painted = charts & (result.evidence[..., 1] != 255)
    assert painted[charts].mean() > 0.93
    assert oracles.psnr(result.albedo[painted], truth[painted]) > 35.0
    request = painter.requests[0]
    assert request.camera.orthographic
    depth = request.depth[request.object_mask]
    along = (request.position[request.object_mask] - request.camera.place) @ request.camera.forward
    assert np.abs(depth - along).max() < 1e-5


def test_the_automatic_schedule_sees_everything_in_few_views(mesh):
    painter = Asked(oracles.SolidOracle(pattern))
    result = texture_mesh(mesh, painter, TextureOptions(resolution=SIZE, view_size=160))
    assert 3 <= len(result.views) <= 12
    assert result.coverage["painted"] > 0.99
    assert [request.view_index for request in painter.requests] == list(range(len(result.views)))
    assert all(request.view_name for request in painter.requests)


def test_the_last_place_that_no_view_sees_may_be_left_empty(mesh):
    options = replace(FIVE, cameras=FIVE.cameras[:1])
    whole = texture_mesh(mesh, oracles.SolidOracle(pattern), options)
    bare = texture_mesh(mesh, oracles.SolidOracle(pattern), replace(options, fill="none"))
    row, col, _ = texel_points(mesh, SIZE)
    unseen = bare.evidence[row, col, 1] == 255
    assert 0.3 < unseen.mean() < 0.8
    assert set(np.unique(bare.evidence[row, col][unseen, 0])) == {0}
    assert set(np.unique(whole.evidence[row, col][unseen, 0])) == {128}
    # Beside a seam what was painted may meet what was filled half way.
    same = (bare.albedo[row, col][~unseen] == whole.albedo[row, col][~unseen]).all(axis=1)
    assert same.mean() > 0.97
    assert bare.coverage["filled"] == pytest.approx(bare.coverage["painted"])
    assert whole.coverage["filled"] == 1.0
