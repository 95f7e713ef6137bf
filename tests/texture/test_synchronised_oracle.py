"""Views denoised together by denoisers that know the truth: where that leads, and where it must not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from backend.engines.painters.synchronised import ALONE, Agreeing, SynchronisedPainter
from backend.engines.painters.synchronised.agreement import agreement_of
from backend.engines.painters.synchronised.joint import Joint
from backend.engines.painters.synchronised.noise import on_surface
from backend.engines.painters.synchronised.sheet import MOST_BYTES, sheet_png
from backend.engines.painters.synchronised.surfaces import padded, surfaces_of
from backend.engines.texture import PainterFailed, TextureOptions, texture_mesh
from backend.errors import Cancelled
from benchmarks import _oracles as oracles
from tests.texture.oracle_denoisers import OracleDenoiser, Overlap, lend_to
from tests.texture.proof_scenes import (
    Kept,
    around,
    bumpy,
    painted_in,
    texel_points,
    true_atlas,
    with_atlas,
)
from tests.texture.test_texture_proofs import few_cameras, front_and_back, red_and_blue

SIZE = 160
FIVE = TextureOptions(
    resolution=192, view_size=SIZE, schedule="cameras", cameras=around(SIZE), refinement_views=0, match_exposure=False,
    register=False,
)  # fmt: skip
TEN = replace(FIVE, schedule="published", cameras=(), view_count=10)


@pytest.fixture(scope="module")
def mesh():
    return bumpy()


@pytest.fixture(scope="module")
def oracle(mesh):
    return oracles.TextureOracle(mesh, true_atlas(mesh, 512))


@pytest.fixture(scope="module")
def inside(mesh):
    row, col, _ = texel_points(mesh, 192)
    out = np.zeros((192, 192), dtype=bool)
    out[row, col] = True
    return out


@pytest.fixture(scope="module")
def requests(mesh, oracle):
    """What painters are asked for the five views."""
    return asked(mesh, oracle, FIVE)


class Planned:
    """A painter that keeps what it is told before it paints."""

    name = "planned"

    def __init__(self, painter):
        self.painter = painter

    def prepare(self, requests):
        self.requests = list(requests)

    def paint(self, request):
        return self.painter.paint(request)


def asked(mesh, oracle, options):
    painter = Planned(oracle)
    texture_mesh(mesh, painter, options)
    return painter.requests


def tinted(picture, view):
    return np.clip(picture + np.random.default_rng(10 + view).uniform(-0.15, 0.15, 3).astype(np.float32), 0, 1)


def noisy(picture, view):
    return picture + np.random.default_rng(view).normal(0, 0.12, picture.shape).astype(np.float32)


def shifted(picture, view):
    x, y = np.random.default_rng(20 + view).uniform(-1.5, 1.5, 2)
    move = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
    return cv2.warpAffine(picture, move, picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def textured_by(mesh, oracle, options, agreeing, **more):
    """PSNR of what was painted, and the pictures."""
    denoiser = OracleDenoiser(oracle.paint, **more)
    kept = []
    painter = SynchronisedPainter(lambda use: kept.append(use(denoiser)) or kept[0], oracle, agreeing)
    result = texture_mesh(mesh, painter, options)
    return result, kept[0]


@pytest.mark.parametrize("factor", [1, 8])
def test_views_that_are_right_give_the_true_texture(mesh, oracle, inside, factor):
    result, _ = textured_by(mesh, oracle, FIVE, Agreeing(), factor=factor)
    painted = painted_in(result, inside)
    assert painted[inside].mean() > 0.95
    assert oracles.psnr(result.albedo[painted], true_atlas(mesh, 192)[painted]) >= 38.0


@pytest.mark.parametrize(("wrong", "gain"), [(noisy, 2.5), (tinted, 3.0)])
def test_what_views_get_wrong_each_in_its_way_is_evened_out(mesh, oracle, inside, wrong, gain):
    """Ten views: the texture of the mean of all that see a place is nearer to the truth than that of the best."""
    truth, found = true_atlas(mesh, 192), {}
    for name, agreeing in {"alone": ALONE, "together": Agreeing(power=(1.0, 1.0))}.items():
        result, _ = textured_by(mesh, oracle, TEN, agreeing, wrong=wrong)
        painted = painted_in(result, inside)
        found[name] = oracles.psnr(result.albedo[painted], truth[painted])
    assert found["together"] >= found["alone"] + gain


@pytest.mark.parametrize(("wrong", "times"), [(noisy, 3.0), (shifted, 8.0), (tinted, 50.0)])
def test_views_agree_where_they_overlap(mesh, oracle, requests, wrong, times):
    overlap = Overlap(mesh, requests)
    (_, alone), (_, together) = (
        textured_by(mesh, oracle, FIVE, agreeing, wrong=wrong) for agreeing in (ALONE, Agreeing())
    )
    assert overlap.disagreement(alone) >= times * overlap.disagreement(together)


@pytest.mark.parametrize("factor", [1, 8])
def test_nothing_leaks_past_what_stands_in_front(factor):
    """A red ball before a blue one, and views that show both: no view gives the one the colour of the other."""
    both = with_atlas(trimesh_of(front_and_back()))
    truth = oracles.SolidOracle(red_and_blue)
    views = asked(both, truth, replace(FIVE, cameras=few_cameras(192), view_size=192))
    # Positions are left out of what is held; the truth needs them.
    pictures = {view.view_index: truth.paint(view) for view in views}
    denoiser = OracleDenoiser(lambda view: pictures[view.view_index], factor=factor)
    agreeing = Agreeing(power=(1.0, 1.0)) if factor == 1 else Agreeing(power=(1.0, 1.0), pictures=0.0)
    found = Joint(denoiser, views, agreeing, lambda share, text: None).paint(1)
    for view, picture in zip(views, found, strict=True):
        red = pictures[view.view_index][..., 0] > 0.7
        blue = view.object_mask & ~red
        assert red.sum() > 20 or view.camera.place[1] > 0
        # Half-way pixels at outlines apart: there the true pictures themselves differ by what a pixel covers.
        assert np.abs(picture - pictures[view.view_index])[view.object_mask].max() < (0.02 if factor == 1 else 0.3)
        assert picture[blue][:, 0].max() < 0.45


def trimesh_of(parts):
    import trimesh

    return trimesh.util.concatenate(list(parts))


def test_what_stands_before_the_mesh_is_no_part_of_what_views_share():
    front, back = front_and_back()
    back = with_atlas(back)
    truth = oracles.SolidOracle(red_and_blue)
    views = asked(back, truth, replace(FIVE, cameras=few_cameras(192), view_size=192, occluders=(front,)))
    agreement = agreement_of(surfaces_of(padded(views, 8), 1), nearest=False)
    pictures = [truth.paint(view).transpose(2, 0, 1) for view in views]
    for view, picture in zip(views, agreement.mean(pictures, 1.0), strict=True):
        assert picture[0][view.object_mask].max() < 0.15


def test_values_that_agree_stay_and_others_meet_between(requests):
    agreement = agreement_of(surfaces_of(padded(requests, 8), 1), nearest=False)
    shape = (2, *agreement.shape)
    assert min(agreement.overlap) > 0.1
    same = agreement.mean([np.full(shape, 0.7, dtype=np.float32)] * 5, 3.0)
    assert max(float(np.abs(one - 0.7).max()) for one in same) < 1e-6
    levels = [np.full(shape, level, dtype=np.float32) for level in range(5)]
    for view, met in enumerate(agreement.mean(levels, 1.0)):
        assert met.min() >= 0.0 and met.max() <= 4.0
        alone = met == view
        assert 0.2 < alone.mean() < 1.0
        assert (alone[0] == alone[1]).all()


def test_far_from_the_worlds_origin_views_agree_as_near_it(requests):
    def moved(request):
        matrix = request.camera.to_world.copy()
        matrix[:3, 3] += (4.1e5, -2.3e5, 120.0)
        return replace(request, camera=replace(request.camera, to_world=matrix))

    near, far = (
        agreement_of(surfaces_of(padded(views, 8), 1), nearest=False).overlap
        for views in (requests, [moved(request) for request in requests])
    )
    assert far == pytest.approx(near, abs=0.002)


def test_noise_is_the_same_on_the_surface_and_white_in_each_view(requests):
    agreement = agreement_of(surfaces_of(padded(requests, 8), 1), nearest=True)
    drawn = [np.random.default_rng(n).normal(size=(4, SIZE, SIZE)) for n in range(5)]
    met = on_surface(drawn, agreement)
    assert (met[0] == drawn[0]).all()
    assert (met[4] != drawn[4]).mean() > 0.05
    for view in range(1, 5):
        values = met[view][0].ravel()
        assert len(np.unique(values)) == values.size
        taken = met[view] != drawn[view]
        assert taken.mean() > 0.002
        assert np.isin(values[taken[0].ravel()], np.concatenate([one[0].ravel() for one in drawn[:view]])).all()


def painter_of(oracle, agreeing=None, **more):
    denoiser = OracleDenoiser(oracle.paint, **more)
    return SynchronisedPainter(lend_to(denoiser), oracle, agreeing), denoiser


def test_whichever_view_is_asked_for_first_all_are_the_same(oracle, requests):
    pictures = []
    for order in ((0, 1, 2, 3, 4), (3, 4, 0)):
        painter, denoiser = painter_of(oracle, wrong=noisy)
        painter.prepare(iter(requests))
        assert denoiser.calls == []
        pictures.append({view: painter.paint(requests[view]) for view in order})
        assert len(denoiser.calls) == 5 * denoiser.steps
    for view in (0, 3, 4):
        assert (pictures[0][view] == pictures[1][view]).all()


def test_a_retry_goes_on_with_the_pictures_of_the_same_work(mesh, oracle, tmp_path):
    class Failing:
        name = "failing"

        def __init__(self, painter, at):
            self.painter, self.at = painter, at
            self.prepare = painter.prepare

        def paint(self, request):
            if request.view_index == self.at:
                raise RuntimeError("no more")
            return self.painter.paint(request)

    options = replace(FIVE, checkpoint=tmp_path)
    whole = texture_mesh(mesh, Failing(painter_of(oracle, wrong=noisy)[0], -1), replace(FIVE, checkpoint=None))
    with pytest.raises(PainterFailed):
        texture_mesh(mesh, Failing(painter_of(oracle, wrong=noisy)[0], 2), options)
    assert len(list(tmp_path.iterdir())) == 2
    again = texture_mesh(mesh, Failing(painter_of(oracle, wrong=noisy)[0], -1), options)
    assert (again.albedo == whole.albedo).all()


def test_further_views_are_painted_by_the_other_painter(mesh, oracle):
    ordinary = Kept([np.full((SIZE, SIZE, 3), 0.5, dtype=np.float32)] * 9)
    few = replace(FIVE, cameras=around(SIZE)[:2], refinement_views=2)
    denoiser = OracleDenoiser(oracle.paint)
    ordinary.paint = lambda request: ordinary.asked.append(request) or oracle.paint(request)
    result = texture_mesh(mesh, SynchronisedPainter(lend_to(denoiser), ordinary), few)
    assert [view.kind for view in result.views] == ["schedule"] * 2 + ["refinement"] * len(ordinary.asked)
    assert len(ordinary.asked) == 2
    assert len(denoiser.masks) == 2


def test_what_is_kept_stays_and_around_the_hole_views_agree(mesh, oracle, inside):
    row, col, points = texel_points(mesh, 192)
    missing = np.zeros((192, 192), dtype=bool)
    missing[row, col] = points[:, 1] < -0.15
    albedo = true_atlas(mesh, 192)
    given = np.where(missing[..., None], 0, albedo).astype(np.uint8)
    painter, _ = painter_of(oracle)
    options = replace(FIVE, mode="restore", albedo=given, missing=missing)
    result = texture_mesh(mesh, painter, options)
    kept = inside & ~missing
    assert (result.albedo[kept] == albedo[kept]).all()
    painted = painted_in(result, inside)
    assert painted.sum() > 500
    assert oracles.psnr(result.albedo[painted], albedo[painted]) >= 30.0


def test_the_same_seed_gives_the_same_bytes_and_the_seed_is_handed_on(mesh, oracle):
    painters = [painter_of(oracle, wrong=noisy) for _ in range(2)]
    one, other = (texture_mesh(mesh, painter, replace(FIVE, seed=7)) for painter, _ in painters)
    assert (one.albedo == other.albedo).all()
    assert painters[0][1].seeds == [7]


def test_progress_grows_with_each_view_of_each_step(mesh, oracle):
    told = []
    painter, denoiser = painter_of(oracle)
    texture_mesh(mesh, painter, FIVE, lambda share, text: told.append((share, text)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert sum("step " in text for _, text in told) == 5 * denoiser.steps


def test_a_cancelled_work_ends_with_the_view_under_way(mesh, oracle):
    painter, denoiser = painter_of(oracle)

    def progress(share, text):
        if "step 3 of" in text and "view 2 of 5" in text:
            raise Cancelled

    with pytest.raises(Cancelled):
        texture_mesh(mesh, painter, FIVE, progress)
    assert denoiser.calls[-1] == (2, 1)


def test_watchers_are_shown_all_views(oracle, requests):
    sent = []
    painter = SynchronisedPainter(lend_to(OracleDenoiser(oracle.paint)), oracle, None, sent.append, 2)
    painter.prepare(requests)
    painter.paint(requests[0])
    assert len(sent) == 3
    picture = cv2.imdecode(np.frombuffer(sent[-1], dtype=np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (256, 384, 3)
    noise = [np.random.default_rng(n).random((300, 200, 3)).astype(np.float32) for n in range(10)]
    assert len(sheet_png(noise)) <= MOST_BYTES


def test_views_of_several_sizes_come_back_in_theirs(oracle, requests):
    small = asked(oracle.mesh, oracle, replace(FIVE, view_size=100, cameras=around(100)[:2]))
    mixed = [requests[0], *small]
    pictures = Joint(OracleDenoiser(oracle.paint), mixed, Agreeing(), lambda share, text: None).paint(0)
    assert [picture.shape for picture in pictures] == [(SIZE, SIZE, 3), (100, 100, 3), (100, 100, 3)]
    for view, picture in zip(mixed, pictures, strict=True):
        seen = view.mask_new
        assert oracles.psnr(255.0 * picture[seen], 255.0 * oracle.paint(view)[seen]) > 28.0
