"""What lies outside the charts of an atlas, and what smaller versions of it show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from backend.geometry.gutter import REACH, fill_gutter
from backend.geometry.typing import BoolArray, FloatArray


def discs(resolution: int, seed: int, count: int = 5, reach: float = 0.12) -> BoolArray:
    """Charts: discs anywhere."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:resolution, :resolution]
    out = np.zeros((resolution, resolution), dtype=bool)
    for _ in range(count):
        row, col, radius = *rng.uniform(0, resolution, 2), 1.0 + rng.uniform() * reach * resolution
        out |= (rows - row) ** 2 + (cols - col) ** 2 <= radius**2
    return out


def numbered(charts: BoolArray) -> np.ndarray:
    """The index of texels that a chart mask has."""
    out = np.full(charts.shape, -1, dtype=np.int32)
    out[charts] = np.arange(int(charts.sum()))
    return out


def coloured(charts: BoolArray, seed: int = 0) -> np.ndarray:
    colours = np.random.default_rng(seed).integers(60, 256, (*charts.shape, 3)).astype(np.uint8)
    return np.where(charts[..., None], colours, 0).astype(np.uint8)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), resolution=st.integers(8, 90))
def test_every_texel_near_a_chart_has_the_colour_of_a_nearest_one(seed: int, resolution: int) -> None:
    """Against the exact distances of scipy; where several texels are nearest it is one of their colours."""
    charts = discs(resolution, seed)
    if not charts.any():
        return
    image = coloured(charts, seed)
    out = fill_gutter(image[None], charts[None], numbered(charts)[None])[0]
    distance = distance_transform_edt(~charts)
    sources = np.argwhere(charts)
    for row, col in np.argwhere((distance > 0.0) & (distance <= REACH))[::7]:
        squared = ((sources - (row, col)) ** 2).sum(axis=1)
        nearest = sources[squared == squared.min()]
        assert squared.min() == pytest.approx(distance[row, col] ** 2)
        assert (image[nearest[:, 0], nearest[:, 1]] == out[row, col]).all(axis=1).any()
    assert np.array_equal(out[charts], image[charts])


def halved(image: FloatArray) -> FloatArray:
    return 0.25 * (image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2])


def test_smaller_versions_show_nothing_but_charts_colours() -> None:
    """Two kinds of charts, one only red and one only green, on black: no mip level from 1 to 4 is darker anywhere
    than what a chart has, and next to charts it is what the charts themselves would give.
    """
    resolution = 512
    charts = discs(resolution, 7, 12, 0.1)
    image = np.zeros((resolution, resolution, 3), dtype=np.float32)
    image[charts] = (0.8, 0.3, 0.6)
    level = fill_gutter(image[None], charts[None], numbered(charts)[None])[0].astype(np.float64)
    for _ in range(4):
        level = halved(level)
        assert np.abs(level - (0.8, 0.3, 0.6)).max() < 1e-5


def test_no_chart_bleeds_into_another_down_to_level_four() -> None:
    """Charts of two colours 48 texels apart: blocks that hold a bit of a chart hold its colour alone."""
    resolution = 256
    left, right = np.zeros((2, resolution, resolution), dtype=bool)
    left[20:200, 10:104] = True
    right[37:230, 152:240] = True
    image = np.zeros((resolution, resolution, 3), dtype=np.float32)
    image[left], image[right] = (1.0, 0.2, 0.1), (0.1, 0.3, 1.0)
    level = fill_gutter(image[None], (left | right)[None], numbered(left | right)[None])[0].astype(np.float64)
    one, other = left.astype(float), right.astype(float)
    for _ in range(4):
        level, one, other = halved(level), halved(one), halved(other)
        assert np.allclose(level[one > 0.0], (1.0, 0.2, 0.1), atol=1e-6)
        assert np.allclose(level[other > 0.0], (0.1, 0.3, 1.0), atol=1e-6)


@pytest.mark.parametrize("resolution", [1, 7, 100, 129])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_far_texels_lie_between_the_colours_that_there_are(resolution: int, kind: type) -> None:
    charts = np.zeros((resolution, resolution), dtype=bool)
    charts[0, 0] = charts[-1, -1] = True
    image = np.zeros((resolution, resolution, 3), dtype=kind)
    image[0, 0], image[-1, -1] = (40, 100, 250), (80, 100, 200)
    out = fill_gutter(image[None], charts[None], numbered(charts)[None])[0].astype(float)
    low, high = image[charts].min(axis=0), image[charts].max(axis=0)
    assert (out >= low - 1e-3).all()
    assert (out <= high + 1e-3).all()


def test_far_texels_change_softly() -> None:
    charts = np.zeros((256, 256), dtype=bool)
    charts[:, :20], charts[:, -20:] = True, True
    image = np.zeros((256, 256, 1), dtype=np.float32)
    image[:, -20:] = 1.0
    out = fill_gutter(image[None], charts[None], numbered(charts)[None])[0, :, :, 0]
    far = out[:, 20 + REACH : -20 - REACH]
    assert np.abs(np.diff(far, axis=1)).max() < 0.05
    assert np.abs(np.diff(far, axis=0)).max() < 0.02


def test_texels_of_charts_that_have_no_colour_stay_as_they_are() -> None:
    charts = np.zeros((64, 64), dtype=bool)
    charts[10:50, 10:50] = True
    filled = charts.copy()
    filled[20:30, 20:30] = False
    image = coloured(charts)
    image[~filled] = 7
    out = fill_gutter(image[None], filled[None], numbered(charts)[None])[0]
    assert np.array_equal(out[charts], image[charts])
    assert (image[5, 20] == 7).all()
    assert np.array_equal(out[5, 20], image[10, 20])


def test_tiles_do_not_know_of_each_other_and_empty_ones_stay() -> None:
    charts = discs(80, 3)
    image = np.stack([coloured(charts), np.full((80, 80, 3), 9, dtype=np.uint8)])
    index = np.stack([numbered(charts), np.full((80, 80), -1, dtype=np.int32)])
    out = fill_gutter(image, index >= 0, index)
    assert (out[1] == 9).all()
    assert np.array_equal(out[0], fill_gutter(image[:1], index[:1] >= 0, index[:1])[0])


def test_the_number_of_cores_does_not_change_the_gutter(monkeypatch: pytest.MonkeyPatch) -> None:
    charts = discs(300, 11, 4, 0.05)
    args = (coloured(charts)[None], charts[None], numbered(charts)[None])
    many = fill_gutter(*args)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert np.array_equal(many, fill_gutter(*args))
