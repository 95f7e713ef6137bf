"""The painter that fills from the surroundings, against pictures whose continuation is known."""

import dataclasses

import cv2
import numpy as np
import pytest

from backend.engines.texture.contract import PainterFailed, PaintRequest
from backend.engines.texture.exemplar import ExemplarPainter, lie_of
from backend.geometry.cameras import Camera

SIZE = 96


def request_of(picture, new, *, shown=None, update=None, strength=0.4, seed=0, view_index=0, surface=None):
    """A view of a flat picture, or of ``surface``: camera, depth, normal, position."""
    height, width = new.shape
    shown = np.ones(new.shape, bool) if shown is None else shown
    update = np.zeros(new.shape, bool) if update is None else update
    if surface is None:
        camera = Camera.look_at((0, 0, 2), (0, 0, 0), (0, 1, 0), (width, height), extent=1.0)
        normal = np.zeros((height, width, 3), np.float32)
        normal[..., 2] = 1.0
        surface = camera, np.full(new.shape, 2.0, np.float32), normal, np.zeros_like(normal)
    camera, depth, normal, position = surface
    keep = shown & ~new & ~update
    rgb = np.where((new | ~shown)[..., None], np.float32(0.5), picture).astype(np.float32)
    return PaintRequest(
        camera=camera,
        depth=np.where(shown, depth, np.inf).astype(np.float32),
        normal=np.where(shown[..., None], normal, 0).astype(np.float32),
        position=position,
        rgb=rgb,
        mask_new=new,
        mask_update=update,
        mask_keep=keep,
        strength=strength,
        prompt="",
        seed=seed,
        view_index=view_index,
        object_mask=shown,
        mask_observed=keep,
    )


def disc(row, col, radius, size=SIZE):
    y, x = np.mgrid[0:size, 0:size]
    return (y - row) ** 2 + (x - col) ** 2 <= radius**2


def stripes(period=12, size=SIZE):
    y, x = np.mgrid[0:size, 0:size]
    light = ((x + 0.5 * y) % period < period / 2)[..., None]
    return np.where(light, [0.8, 0.6, 0.4], [0.3, 0.2, 0.1]).astype(np.float32)


def grain(size=SIZE, deviation=0.06):
    noise = np.random.default_rng(4).standard_normal((size, size, 1))
    return np.clip(np.array([0.7, 0.6, 0.5]) + deviation * noise, 0, 1).astype(np.float32)


def psnr(found, truth, where):
    return -10 * np.log10(np.mean((found[where] - truth[where]) ** 2) + 1e-12)


def telea(picture, hole):
    eight_bit = np.round(np.where(hole[..., None], 0, picture) * 255).astype(np.uint8)
    return cv2.inpaint(eight_bit, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA).astype(np.float32) / 255


def test_a_periodic_pattern_goes_on_as_it_must():
    truth, hole = stripes(), disc(50, 46, 15)
    found = ExemplarPainter().paint(request_of(truth, hole))
    assert psnr(found, truth, hole) > 30
    assert psnr(found, truth, hole) > psnr(telea(truth, hole), truth, hole) + 10


def test_a_band_of_keys_goes_on():
    key = ["11111111", "10000000", "10111110", "10100010", "10101110", "10100000", "10111111", "00000000"]
    tile = np.kron(np.array([[int(c) for c in row] for row in key]), np.ones((4, 4)))
    plain = np.zeros((SIZE, 160))
    plain[32:64] = np.tile(tile, (1, 5))
    truth = np.where(plain[..., None] > 0, [0.1, 0.1, 0.1], [0.8, 0.5, 0.3]).astype(np.float32)
    y, x = np.mgrid[0:SIZE, 0:160]
    hole = (abs(y - 48) < 22) & (abs(x - 80) < 12)
    found = ExemplarPainter().paint(request_of(truth, hole))
    assert psnr(found, truth, hole) > psnr(telea(truth, hole), truth, hole) + 6


def test_contours_of_flat_colours_keep_their_bend():
    truth = np.where(disc(48, 48, 30)[..., None], [0.9, 0.7, 0.5], [0.2, 0.2, 0.3]).astype(np.float32)
    truth = cv2.GaussianBlur(truth, (3, 3), 0)
    hole = disc(48, 78, 11) | disc(20, 40, 8)
    found = ExemplarPainter().paint(request_of(truth, hole))
    assert psnr(found, truth, hole) > psnr(telea(truth, hole), truth, hole) + 2


def test_one_colour_stays_that_colour():
    truth = np.full((SIZE, SIZE, 3), [0.31, 0.62, 0.17], np.float32)
    hole = disc(40, 40, 18)
    assert np.abs(ExemplarPainter().paint(request_of(truth, hole)) - truth)[hole].max() < 1e-3


def test_a_slow_change_of_colour_goes_on_without_steps():
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    truth = np.stack([0.2 + 0.6 * x, 0.3 + 0.4 * y, 0.5 + 0 * x], -1).astype(np.float32)
    hole = disc(48, 48, 16)
    assert psnr(ExemplarPainter().paint(request_of(truth, hole)), truth, hole) > 36


def test_grain_stays_as_grainy_and_keeps_its_colour():
    truth, hole = grain(), disc(48, 48, 18)
    found = ExemplarPainter().paint(request_of(truth, hole))
    np.testing.assert_allclose(found[hole].std(0), truth[~hole].std(0), rtol=0.25)
    np.testing.assert_allclose(found[hole].mean(0), truth[~hole].mean(0), atol=0.015)
    steps, before = np.abs(np.diff(found, axis=1)), np.abs(np.diff(truth, axis=1))
    np.testing.assert_allclose(steps[hole[:, 1:]].mean(), before.mean(), rtol=0.25)


def test_what_is_kept_comes_back_bit_for_bit_and_nothing_is_written_into_the_request():
    request = request_of(grain(), disc(48, 48, 18), shown=disc(48, 48, 44))
    before = {
        f.name: np.copy(v) for f in dataclasses.fields(request) if isinstance(v := getattr(request, f.name), np.ndarray)
    }
    found = ExemplarPainter().paint(request)
    np.testing.assert_array_equal(found[request.mask_keep], request.rgb[request.mask_keep])
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(request, name), value)


def test_the_same_request_gives_the_same_picture_and_another_seed_may_give_another():
    painter, hole = ExemplarPainter(), disc(48, 48, 18)
    first = painter.paint(request_of(grain(), hole))
    np.testing.assert_array_equal(ExemplarPainter().paint(request_of(grain(), hole)), first)
    assert (painter.paint(request_of(grain(), hole, seed=1)) != first).any()


def test_without_anything_known_the_view_is_named():
    with pytest.raises(PainterFailed) as caught:
        ExemplarPainter().paint(request_of(grain(), np.ones((SIZE, SIZE), bool), view_index=3))
    assert caught.value.view_index == 3
    assert caught.value.fix


def test_a_view_that_shows_nothing_borrows_from_the_others():
    painter, hole = ExemplarPainter(), np.ones((SIZE, SIZE), bool)
    empty = request_of(stripes(), hole, view_index=0)
    painter.prepare([empty, request_of(stripes(), np.zeros_like(hole), view_index=1)])
    found = painter.paint(empty)
    near = np.abs(found[:, :, None] - np.array([[0.8, 0.6, 0.4], [0.3, 0.2, 0.1]])).max(-1).min(-1)
    assert np.mean(near < 0.08) > 0.9
    assert 0.3 < np.mean(found[..., 0] > 0.55) < 0.7


@pytest.mark.parametrize("radius", [0, 1, 2])
def test_tiny_holes_are_filled(radius):
    truth = stripes()
    hole = disc(30, 40, radius) | disc(70, 20, radius)
    assert psnr(ExemplarPainter().paint(request_of(truth, hole)), truth, hole) > 25


def test_a_hole_at_the_edge_of_the_object_takes_nothing_of_the_background():
    truth, shown = stripes(), disc(48, 48, 40)
    hole = disc(48, 84, 14) & shown
    found = ExemplarPainter().paint(request_of(truth, hole, shown=shown))
    assert psnr(found, truth, hole) > 22
    assert np.abs(found[hole] - 0.5).max(-1).min() > 0.04, "the grey of the background"


def test_what_lies_just_beside_what_was_painted_goes_on_with_it():
    truth, shown = np.full((SIZE, SIZE, 3), [0.9, 0.2, 0.1], np.float32), disc(48, 48, 40)
    hole = disc(48, 84, 14) & shown
    found = ExemplarPainter().paint(request_of(truth, hole, shown=shown))
    beside = cv2.dilate(hole.astype(np.uint8), np.ones((3, 3))).astype(bool) & ~shown
    assert np.abs(found[beside] - truth[beside]).max() < 0.01


def test_a_view_that_is_nearly_all_hole_is_filled_with_what_little_is_known():
    truth = grain()
    known = np.zeros((SIZE, SIZE), bool)
    known[:30, :30] = True
    found = ExemplarPainter().paint(request_of(truth, ~known))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[~known].mean(0), truth[known].mean(0), atol=0.04)
    assert found[~known].std(0).min() > 0.5 * truth[known].std(0).min()


def test_repainting_follows_its_strength():
    truth, where = grain(), disc(48, 48, 14)
    blurred = truth.copy()
    blurred[where] = cv2.GaussianBlur(truth, (0, 0), 3)[where]
    none = np.zeros_like(where)

    def painted(strength):
        return ExemplarPainter().paint(request_of(blurred, none, update=where, strength=strength))

    np.testing.assert_array_equal(painted(0.0)[where], blurred[where])
    assert painted(1.0)[where].std(0).min() > 2 * blurred[where].std(0).min()


def cylinder(size=160):
    """An upright cylinder of radius 0.4 before an orthographic camera, and the angle around it at each pixel."""
    camera = Camera.look_at((0, 0, 2), (0, 0, 0), (0, 1, 0), (size, size), extent=1.0)
    x = np.broadcast_to((np.arange(size) + 0.5) / size - 0.5, (size, size))
    shown = np.abs(x) < 0.36
    sine = np.where(shown, x / 0.4, 0.0)
    cosine = np.sqrt(1 - sine**2)
    y = np.broadcast_to(0.5 - (np.arange(size)[:, None] + 0.5) / size, (size, size))
    position = np.stack([x, y, 0.4 * cosine], -1).astype(np.float32)
    normal = np.stack([sine, 0 * sine, cosine], -1).astype(np.float32)
    return (camera, (2 - 0.4 * cosine).astype(np.float32), normal, position), shown, np.arcsin(sine)


def test_foreshortened_stripes_go_on_along_the_surface():
    surface, shown, angle = cylinder()
    light = 0.5 + 0.3 * np.sin(angle * 24)
    truth = np.repeat(light[..., None], 3, axis=-1).astype(np.float32)
    hole = disc(80, 112, 14, 160) & shown
    found = ExemplarPainter().paint(request_of(truth, hole, shown=shown, surface=surface))
    assert psnr(found, truth, hole) > 22
    assert psnr(found, truth, hole) > psnr(telea(truth, hole), truth, hole) + 4


@pytest.mark.parametrize("perspective", [False, True])
def test_the_lie_measures_steps_as_the_positions_do(perspective):
    lens = {"field_of_view": 40.0} if perspective else {"extent": 1.4}
    camera = Camera.look_at((0.4, 0.3, 2.0), (0, 0, 0), (0, 1, 0), (SIZE, SIZE), **lens)
    normal_world = np.array([0.3, -0.4, 0.866])
    normal_world /= np.linalg.norm(normal_world)
    origins, directions = (a.astype(np.float64) for a in camera.rays())
    distance = -(origins @ normal_world) / (directions @ normal_world)
    position = (origins + distance[:, None] * directions).reshape(SIZE, SIZE, 3)
    depth = camera.project(position.reshape(-1, 3))[1].reshape(SIZE, SIZE)
    normal = np.broadcast_to(normal_world @ camera.to_world[:3, :3], position.shape)
    request = request_of(
        stripes(), np.zeros((SIZE, SIZE), bool), surface=(camera, depth, normal, position.astype(np.float32))
    )
    lie = lie_of(request)
    middle = (slice(20, -20), slice(20, -20))
    for axis, columns in ((1, (0, 2)), (0, (1, 3))):
        true = np.linalg.norm((np.roll(position, -1, axis) - np.roll(position, 1, axis)) / 2, axis=-1)[middle]
        ours = np.hypot(lie[..., columns[0]], lie[..., columns[1]])[middle]
        np.testing.assert_allclose(ours, true, rtol=2e-3)
