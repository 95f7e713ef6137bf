"""Views are brought to agree and blended: against factors and shifts that are known because the test put them in."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from backend.engines.texture.backprojection import FULL, ViewSamples, gather
from backend.engines.texture.canvas import Blend, Canvas
from backend.engines.texture.exposure import Comparison, fields, gains
from backend.engines.texture.registration import flows
from backend.engines.texture.views import ViewBuffers, render_view
from backend.geometry.cameras import Camera
from backend.geometry.mesh import UVMesh
from backend.geometry.raycasting import RayScene
from backend.geometry.surface_texels import SurfaceTexels, surface_texels

SIDE = 256
EYES = ((0.5, 0.1, 1.3), (-0.5, 0.2, 1.3), (0.1, 0.6, 1.3), (0.0, -0.6, 1.2))


class Stage:
    """A gently curved sheet with a pattern, and cameras above it."""

    def __init__(self, resolution: int = 200) -> None:
        u, v = np.meshgrid(np.linspace(0, 1, 30), np.linspace(0, 1, 30))
        height = 0.15 * np.cos(3 * (u - 0.5)) * np.cos(2 * v)
        points = np.column_stack([u.ravel() - 0.5, v.ravel() - 0.5, height.ravel()])
        n = np.arange(900).reshape(30, 30)
        a, b, c, d = n[:-1, :-1], n[:-1, 1:], n[1:, 1:], n[1:, :-1]
        faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
        normals = np.broadcast_to([0.0, 0.0, 1.0], points.shape)
        uv = np.column_stack([u.ravel(), v.ravel()])
        self.mesh = UVMesh(points, faces.astype(np.int32), uv, normals, np.zeros(len(faces), np.int32), ("body",))
        self.texels: SurfaceTexels = surface_texels(self.mesh, resolution)
        self.scene = RayScene(self.mesh)
        self.views = [self.view(eye) for eye in EYES]
        self.truth = pattern(self.texels.position)

    def view(self, eye: tuple[float, float, float]) -> ViewBuffers:
        camera = Camera.look_at(eye, (0, 0, 0), (0, 1, 0.1), (SIDE, SIDE), field_of_view=45.0)
        return render_view(self.scene, self.mesh, camera, self.texels.tiles)

    def picture(self, number: int) -> np.ndarray:
        buffers = self.views[number]
        return np.where((buffers.solid == 0)[..., None], pattern(buffers.position), np.float32(0.5))

    def samples(self, number: int, picture: np.ndarray, accept: np.ndarray | None = None) -> ViewSamples:
        share = np.ones((SIDE, SIDE), np.float32) if accept is None else accept
        return gather(self.texels, self.scene, self.views[number], picture.astype(np.float32), share)

    def blended(self, pictures: list[np.ndarray], canvas: Canvas | None = None) -> Blend:
        canvas = canvas or Canvas(self.texels)
        for number, picture in enumerate(pictures):
            canvas.add(number, self.samples(number, picture))
        return canvas.blended()

    def psnr(self, blend: Blend, free_gain: bool = False) -> float:
        chosen = blend.painted & self.texels.inside
        found = blend.colour[chosen]
        if free_gain:
            found = found * np.median(self.truth[chosen] / found, axis=0)
        return float(-10.0 * np.log10(np.square(found - self.truth[chosen]).mean()))


def pattern(position: np.ndarray) -> np.ndarray:
    """Waves of several lengths with steps in them, 0.15 to 0.85."""
    x, y, z = np.moveaxis(position.astype(np.float64), -1, 0)
    waves = [np.sin(a * x + b * y + c * z + a) for a, b, c in ((31, 11, 3), (-9, 27, 5), (17, -23, 7))]
    steps = np.tanh(6 * np.sin(13 * x + 9 * y)), np.tanh(6 * np.sin(-8 * x + 15 * y)), np.tanh(6 * np.cos(12 * y))
    return np.stack([0.5 + 0.17 * w + 0.17 * s for w, s in zip(waves, steps, strict=True)], -1).astype(np.float32)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


def shifted(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    matrix = np.array([[1.0, 0.0, x], [0.0, 1.0, y]], dtype=np.float32)
    return cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def compared(stage: Stage, pictures: list[np.ndarray], **fixed: np.ndarray) -> Comparison:
    seen = Comparison(len(stage.texels), fixed.get("given"), fixed.get("locked"))
    for number, picture in enumerate(pictures):
        seen.add(stage.samples(number, picture))
    return seen


def test_pictures_of_one_truth_give_it_back(stage: Stage) -> None:
    blend = stage.blended([stage.picture(n) for n in range(4)])
    assert blend.painted[stage.texels.inside].mean() > 0.97
    assert stage.psnr(blend) > 40.0
    np.testing.assert_allclose(blend.gains, 1.0, atol=2e-3)


def test_gains_undo_exposures_up_to_one_factor_for_all(stage: Stage) -> None:
    factors = np.array([[1.15, 1.1, 1.12], [0.86, 0.9, 0.88], [1.0, 1.05, 0.97], [1.1, 0.92, 1.0]])
    pictures = [stage.picture(n) * factors[n] for n in range(4)]
    found = gains(compared(stage, pictures))
    np.testing.assert_allclose(np.log(found).mean(axis=0), 0.0, atol=1e-9)
    product = found * factors
    np.testing.assert_allclose(product / np.exp(np.log(product).mean(axis=0)), 1.0, atol=0.01)
    even = stage.psnr(stage.blended([stage.picture(n) for n in range(4)]))
    assert stage.psnr(stage.blended(pictures), free_gain=True) > even - 1.5


def test_gains_are_not_led_astray_by_a_part_that_shows_something_else(stage: Stage) -> None:
    pictures = [stage.picture(n) for n in range(4)]
    pictures[0] = pictures[0] * 1.12
    pictures[1] = pictures[1].copy()
    pictures[1][60:130, 60:130] = (0.8, 0.2, 0.3)
    found = gains(compared(stage, pictures))
    np.testing.assert_allclose(found[0] / found[2], 1.0 / 1.12, atol=0.02)
    np.testing.assert_allclose(found[1] / found[2], 1.0, atol=0.02)


def test_what_is_locked_sets_the_exposure_and_stays_bit_for_bit(stage: Stage) -> None:
    locked = stage.texels.position[:, 0] < -0.1
    given = stage.truth.copy()
    pictures = [stage.picture(n) * 0.85 for n in range(4)]
    np.testing.assert_allclose(gains(compared(stage, pictures, given=given, locked=locked)), 1 / 0.85, atol=0.01)
    canvas = Canvas(stage.texels, given, locked)
    blend = stage.blended(pictures, canvas)
    assert np.array_equal(blend.colour[locked], given[locked])
    assert not blend.painted[locked].any() and (blend.view[locked] == -1).all()
    assert stage.psnr(blend) > 36.0
    colour, quality = canvas.appearance()
    assert np.array_equal(colour[locked], given[locked]) and (quality[locked] == 1.0).all()


def test_light_that_falls_off_over_a_picture_is_evened_out(stage: Stage) -> None:
    ramp = np.linspace(0.9, 1.1, SIDE)[None, :, None]
    pictures = [stage.picture(n) * (ramp if n % 2 else ramp[:, ::-1]) for n in range(4)]
    seen = compared(stage, pictures)
    factors = gains(seen)
    over = fields(seen, factors)
    assert over[1][:, 0].mean() > 1.02 > 0.98 > over[1][:, -1].mean()
    even = np.broadcast_to(np.asarray(factors, np.float32)[:, None, None], over.shape)
    blend = stage.blended(pictures)
    assert stage.psnr(blend, free_gain=True) > 33.0
    assert np.abs(np.log(over / even)).max() < 0.2


def test_a_painter_that_gives_back_what_it_was_shown_does_not_speak_for_its_exposure(stage: Stage) -> None:
    canvas = Canvas(stage.texels)
    canvas.add(0, stage.samples(0, stage.picture(0)))
    accept = np.zeros((SIDE, SIDE), np.float32)
    accept[:, :90] = 1.0
    painted = np.where(accept[..., None] > 0, stage.picture(1) * 0.88, stage.picture(1))
    canvas.add(1, stage.samples(1, painted, accept))
    found = canvas.blended().gains
    np.testing.assert_allclose(found[1] / found[0], 1 / 0.88, atol=0.02)


def test_what_was_to_be_kept_paints_nothing(stage: Stage) -> None:
    canvas = Canvas(stage.texels)
    canvas.add(0, stage.samples(0, np.full((SIDE, SIDE, 3), 0.7), np.zeros((SIDE, SIDE), np.float32)))
    assert not canvas.blended().painted.any()
    assert (canvas.appearance()[1] == 0.0).all()


def test_shifts_of_pictures_are_found(stage: Stage) -> None:
    put = np.array([[1.5, 0.0], [-1.0, 1.0], [0.0, -1.5], [-0.5, 0.5]])
    pictures = [shifted(stage.picture(n), *put[n]) for n in range(4)]
    seen = compared(stage, pictures)
    sources = [stage.samples(n, pictures[n]).source for n in range(4)]
    over = np.ones((4, 13, 13, 3), np.float32)
    found = flows(seen, sources, over, None)
    assert found is not None
    middle = np.array([flow[4:9, 4:9].mean(axis=(0, 1)) for flow in found])
    # All views may slide over the surface together: pictures do not tell.
    np.testing.assert_allclose(middle - middle.mean(axis=0), put - put.mean(axis=0), atol=0.35)


def test_views_that_agree_are_left_where_they_are(stage: Stage) -> None:
    pictures = [stage.picture(n) for n in range(4)]
    sources = [stage.samples(n, pictures[n]).source for n in range(4)]
    assert flows(compared(stage, pictures), sources, np.ones((4, 13, 13, 3), np.float32), None) is None


def test_misaligned_views_cost_little_and_leave_no_double_edges(stage: Stage) -> None:
    rng = np.random.default_rng(5)
    turns = rng.uniform(0, 2 * np.pi, 4)
    turns -= np.angle(np.exp(1j * turns).mean())
    put = 1.5 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    put -= put.mean(axis=0)
    pictures = [shifted(stage.picture(n), *put[n]) for n in range(4)]
    blend = stage.blended(pictures)
    plain = stage.psnr(stage.blended(pictures, Canvas(stage.texels, match_places=False)))
    assert stage.psnr(blend) > max(plain + 5.0, 37.0)
    # A double edge is a line where the truth is level: curvature that the truth does not have.
    texels = stage.texels

    def curvature(colour: np.ndarray) -> np.ndarray:
        image = np.zeros((texels.resolution, texels.resolution), np.float32)
        image[texels.row, texels.col] = colour.mean(axis=1)
        return np.abs(cv2.Laplacian(image, cv2.CV_32F))[20:-20, 20:-20]

    assert np.quantile(curvature(blend.colour), 0.999) < 1.3 * np.quantile(curvature(stage.truth), 0.999)


def test_each_texel_names_the_view_that_sees_it_best(stage: Stage) -> None:
    canvas = Canvas(stage.texels)
    every = [stage.samples(n, stage.picture(n)) for n in range(4)]
    for number, samples in enumerate(every):
        canvas.add(number, samples)
    table = np.zeros((4, len(stage.texels)))
    for number, samples in enumerate(every):
        table[number, samples.texel] = samples.quality / FULL
    blend = canvas.blended()
    seen = blend.painted
    # Rounding may decide between views that are worth the same.
    assert (table[blend.view[seen], np.flatnonzero(seen)] >= table.max(axis=0)[seen] - 1e-4).all()
    np.testing.assert_allclose(blend.confidence, table.max(axis=0), atol=1e-4)


def test_the_same_views_give_the_same_texture_twice(stage: Stage) -> None:
    pictures = [shifted(stage.picture(n), n - 1.5, 0.5) for n in range(4)]
    one, two = stage.blended(pictures), stage.blended(pictures)
    assert np.array_equal(one.colour, two.colour) and np.array_equal(one.view, two.view)


def test_nothing_painted_is_no_error(stage: Stage) -> None:
    blend = Canvas(stage.texels).blended()
    assert not blend.painted.any() and blend.gains.shape == (0, 3) and (blend.view == -1).all()


def test_pictures_are_not_kept_when_they_are_not_to_be_moved(stage: Stage) -> None:
    canvas = Canvas(stage.texels, match_places=False)
    canvas.add(0, stage.samples(0, stage.picture(0)))
    assert canvas.views[0].source is None
    assert canvas.blended().painted.any()


def test_white_that_is_cut_off_gives_way_to_a_view_where_it_is_not(stage: Stage) -> None:
    """Two views of a white sheet with a dark mark; one is too bright, so that its white is cut off."""

    def sheet(number: int) -> np.ndarray:
        dark = np.square(stage.views[number].position[..., :2] - 0.1).sum(axis=2) < 0.04
        return np.where(dark[..., None], 0.3, np.array([0.9, 0.8, 0.75]))

    pictures = [np.minimum(sheet(0) * 1.15, 1.0), sheet(1)]
    blend = stage.blended(pictures)
    np.testing.assert_allclose(blend.gains[1] / blend.gains[0], 1.15, atol=0.02)
    both = np.intersect1d(stage.samples(0, pictures[0]).texel, stage.samples(1, pictures[1]).texel)
    red = blend.colour[both][:, 0] / blend.colour[both][:, 2]
    assert np.mean(np.abs(red - 0.9 / 0.75) < 0.02) > 0.5


def test_views_come_in_their_order(stage: Stage) -> None:
    with pytest.raises(ValueError, match="View 1"):
        Canvas(stage.texels).add(1, stage.samples(0, stage.picture(0)))
