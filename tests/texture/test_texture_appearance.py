"""Texture coordinates of pixels and how the painted surface looks, against closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.engines.texture.views import appearance, surface_appearance
from backend.geometry.cameras import Camera
from backend.geometry.typing import Float32Array, FloatArray
from tests.texture.view_scenes import SQUARE, from_front, look, meshed, pixel_rays, sheet


@pytest.mark.parametrize("lens", [{"field_of_view": 40.0}, {"extent": 1.3}])
@pytest.mark.parametrize("eye", [(0.0, -2.0, 0.0), (1.2, -1.5, 0.6), (1.9, -0.4, 0.0)])
def test_coordinates_and_footprints_are_those_of_the_plane(lens: dict[str, float], eye: tuple[float, ...]) -> None:
    camera = replace(Camera.look_at(eye, (0, 0, 0), (0, 0, 1), (90, 70), **lens), centre=(40.0, 38.0))

    def truth(camera: Camera) -> FloatArray:
        origins, along = pixel_rays(camera)
        points = origins - (origins[:, 1] / along[:, 1])[:, None] * along
        return (points[:, [0, 2]] + 0.5).reshape(70, 90, 2)

    found = look(sheet(), camera)
    seen = found.face >= 0
    assert seen.sum() > 100
    assert np.allclose(found.uv[seen], truth(camera)[seen], atol=1e-6)
    step = 1e-4
    right = (truth(replace(camera, centre=(camera.centre[0] - step, camera.centre[1]))) - truth(camera)) / step
    below = (truth(replace(camera, centre=(camera.centre[0], camera.centre[1] - step))) - truth(camera)) / step
    assert np.allclose(found.footprint[seen][..., 0], right[seen], rtol=1e-3, atol=1e-6)
    assert np.allclose(found.footprint[seen][..., 1], below[seen], rtol=1e-3, atol=1e-6)


def test_each_pixel_is_in_the_tile_of_its_face() -> None:
    left, right = sheet(SQUARE + np.array((1, 0))), sheet(SQUARE + np.array((2, 3)))
    away = replace(left, uv=SQUARE + np.array((7, 0)))
    parts = [(left, -1.1), (right, 0.0), (away, 1.1)]
    mesh = meshed(
        np.concatenate([part.vertices + np.array((x, 0, 0)) for part, x in parts]),
        np.concatenate([part.faces + 4 * n for n, (part, _) in enumerate(parts)]),
        np.concatenate([part.uv for part, _ in parts]),
    )
    found = look(mesh, from_front((120, 40), extent=1.2), tiles=(1002, 1033))
    for number, tile in ((0, 0), (1, 1), (2, 255)):
        mine = found.face // 2 == number
        assert (found.tile[mine] == tile).all()
        assert found.uv[mine].min() >= 0.0 and found.uv[mine].max() <= 1.0
        assert np.allclose(found.uv[mine][:, 0], found.position[mine][:, 0] + 0.5 - parts[number][1], atol=1e-5)
    atlas = np.stack([np.full((4, 4, 3), shade, dtype=np.float32) for shade in (0.1, 0.9)])
    rgb, quality = appearance(found, atlas, np.ones((2, 4, 4), dtype=np.float32))
    for number, shade, known in ((0, 0.1, 1.0), (1, 0.9, 1.0), (2, 0.5, 0.0)):
        assert np.allclose(rgb[found.face // 2 == number], shade)
        assert np.allclose(quality[found.face // 2 == number], known)


def test_a_single_picture_repeats_beyond_its_borders() -> None:
    found = look(sheet(SQUARE * 3 - 1), from_front((90, 90), extent=1.0))
    assert found.uv.min() >= 0.0 and found.uv.max() <= 1.0
    whole = found.position[..., [0, 2]] * 3 + 0.5
    gap = np.abs(found.uv - whole)
    assert np.allclose(gap, np.round(gap), atol=1e-5)
    assert (found.tile == 0).all()


def chequers(resolution: int, size: int) -> Float32Array:
    where = np.arange(resolution) // size
    shade = ((where[:, None] + where[None, :]) % 2).astype(np.float32)
    return np.repeat(shade[None, :, :, None], 3, axis=3)


def ramp(resolution: int) -> Float32Array:
    """Red is u, green is v."""
    at = ((np.arange(resolution) + 0.5) / resolution).astype(np.float32)
    u, v = np.meshgrid(at, at[::-1])
    return np.stack([u, v, np.full_like(u, 0.25)], axis=-1)[None]


def everywhere(atlas: Float32Array) -> Float32Array:
    return np.ones(atlas.shape[:3], dtype=np.float32)


@pytest.mark.parametrize("resolution", [8, 64, 512])
@pytest.mark.parametrize("lens", [{"field_of_view": 40.0}, {"extent": 1.3}])
def test_a_ramp_is_seen_where_it_lies(resolution: int, lens: dict[str, float]) -> None:
    found = look(sheet(), from_front((60, 80), **lens))
    rgb, quality = appearance(found, ramp(resolution), everywhere(ramp(resolution)))
    edge = 0.5 / resolution + 0.02
    core = (found.face >= 0) & (found.uv > edge).all(axis=2) & (found.uv < 1.0 - edge).all(axis=2)
    assert core.sum() > 500
    assert np.allclose(rgb[core][:, :2], found.uv[core], atol=2e-3)
    assert np.allclose(rgb[core][:, 2], 0.25)
    assert np.allclose(quality[found.face >= 0], 1.0)
    assert (rgb[found.face < 0] == 0.5).all() and (quality[found.face < 0] == 0.0).all()


def test_texels_smaller_than_pixels_are_averaged() -> None:
    atlas = chequers(512, 1)
    found = look(sheet(), from_front((100, 100), extent=1.2))
    rgb, _ = appearance(found, atlas, everywhere(atlas))
    inner = found.edge > 2.0
    assert np.abs(rgb[inner] - 0.5).max() < 0.1
    assert rgb[inner].std() < 0.03
    wide = look(sheet(), Camera.look_at((1.9, -0.5, 0), (0, 0, 0), (0, 0, 1), (100, 100), extent=1.2))
    rgb, _ = appearance(wide, atlas, everywhere(atlas))
    assert np.abs(rgb[wide.edge > 2.0] - 0.5).max() < 0.15


def test_a_pixel_is_the_mean_of_the_texels_that_it_covers() -> None:
    """4 x 4 texels to a pixel, exactly: a bilinear sample at each is a mean over a little more."""
    atlas = np.random.default_rng(2).random((1, 256, 256, 3)).astype(np.float32)
    found = look(sheet(), from_front((64, 64), extent=1.0))
    rgb, _ = appearance(found, atlas, everywhere(atlas))
    means = atlas[0].reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert np.abs(rgb - means)[1:-1, 1:-1].max() < 1e-4


def test_what_is_not_painted_does_not_bleed_into_what_is() -> None:
    atlas, known = np.zeros((1, 64, 64, 3), dtype=np.float32), np.zeros((1, 64, 64), dtype=np.float32)
    atlas[:, :, :32], known[:, :, :32] = (0.2, 0.4, 0.6), 0.7
    atlas[:, :, 32:] = (1.0, 0.0, 1.0)
    for size in (16, 150):
        found = look(sheet(), from_front((size, size), extent=1.1))
        rgb, quality = appearance(found, atlas, known)
        painted = quality > 0.0
        assert np.allclose(rgb[painted], (0.2, 0.4, 0.6))
        assert (rgb[~painted] == 0.5).all()
        texel = max(1.0 / 64.0, 1.0 / size)
        seen = found.face >= 0
        assert np.allclose(quality[seen & (found.uv[..., 0] < 0.5 - texel)], 0.7)
        assert (quality[seen & (found.uv[..., 0] > 0.5 + texel)] == 0.0).all()


def test_the_gutter_beside_a_chart_does_not_lower_its_quality() -> None:
    mesh = sheet(SQUARE * 0.5 + 0.25)
    known = np.zeros((1, 64, 64), dtype=np.float32)
    known[:, 16:48, 16:48] = 1.0
    atlas = np.where(known[..., None] > 0, np.float32(0.3), np.float32(1.0)) * np.ones(3, dtype=np.float32)
    found = look(mesh, from_front((150, 150), extent=1.1))
    seen = found.face >= 0
    rgb, quality = appearance(found, atlas, known, known > 0)
    assert np.allclose(rgb[seen], 0.3) and np.allclose(quality[seen], 1.0)
    assert appearance(found, atlas, known)[1][seen].min() < 0.8


def test_a_long_footprint_does_not_reach_into_another_chart() -> None:
    """A strip seen at a slant, its chart 8 texels wide, and all around it another colour, painted too."""
    mesh = sheet(SQUARE * (8 / 256, 1.0) + (0.5, 0.0))
    atlas = np.ones((1, 256, 256, 3), dtype=np.float32)
    atlas[:, :, 126:138] = 0.2
    for size in (13, 40):
        found = look(mesh, Camera.look_at((2.0, -0.35, 0.0), (0, 0, 0), (0, 0, 1), (size, size), extent=1.1))
        rgb, _ = appearance(found, atlas, everywhere(atlas))
        assert (found.face >= 0).sum() > 4
        assert np.allclose(rgb[found.face >= 0], 0.2)


def test_a_face_beyond_the_tenth_column_is_in_no_tile() -> None:
    """UDIM numbers count ten columns a row: the eleventh would have the number of the next row's first."""
    found = look(sheet(SQUARE + np.array((10, 0))), from_front((40, 40), extent=1.2), tiles=(1001, 1011))
    assert (found.tile == 255).all()
    rgb, quality = appearance(found, np.ones((2, 4, 4, 3), np.float32), np.ones((2, 4, 4), np.float32))
    assert (rgb == 0.5).all() and (quality == 0.0).all()


@pytest.mark.parametrize("fault", [np.nan, np.inf, -np.inf])
def test_coordinates_that_are_no_numbers_show_nothing(fault: float) -> None:
    uv = SQUARE.copy()
    uv[1, 0] = fault
    found = look(sheet(uv), from_front((40, 40), extent=1.2))
    broken, good = found.face == 0, found.face == 1
    assert np.isfinite(found.uv).all() and np.isfinite(found.footprint).all()
    rgb, quality = appearance(found, np.ones((1, 8, 8, 3), np.float32), np.ones((1, 8, 8), np.float32))
    assert (rgb[broken] == 0.5).all() and (quality[broken] == 0.0).all()
    assert np.allclose(rgb[good], 1.0) and np.allclose(quality[good], 1.0)


def test_lists_of_texels_look_as_their_atlas_does() -> None:
    rng = np.random.default_rng(6)
    shown = rng.random((1, 64, 64)) < 0.8
    index = np.full(shown.shape, -1, dtype=np.int32)
    index[shown] = np.arange(shown.sum())
    atlas, known = rng.random((1, 64, 64, 3), dtype=np.float32), rng.random((1, 64, 64), dtype=np.float32)
    found = look(sheet(), from_front((70, 50)))
    one, other = appearance(found, atlas, known, shown), surface_appearance(found, index, atlas[shown], known[shown])
    assert np.array_equal(one[0], other[0]) and np.array_equal(one[1], other[1])
