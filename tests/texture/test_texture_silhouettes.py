"""Pictures that lie beside the mesh: how far is found, and they are put back."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from backend.engines.texture.silhouettes import shift_of, shifted_back

SIZE = 400


@cache
def ellipse(shift: tuple[float, float]) -> np.ndarray:
    """(H, W) float64 how much of each pixel an ellipse covers, from 4 x 4 samples a pixel."""
    at = (np.arange(SIZE * 4) + 0.5) / 4.0
    x, y = np.meshgrid(at - 200.0 - shift[0], at - 190.0 - shift[1])
    inside = (x / 130.0) ** 2 + (y / 90.0) ** 2 < 1.0
    return inside.reshape(SIZE, 4, SIZE, 4).mean(axis=(1, 3))


SHOWN = ellipse((0.0, 0.0)) > 0.5


def picture(shift: tuple[float, float], inner: float, outer: float) -> np.ndarray:
    """An object with waves on it before a plain background, both shifted as one picture."""
    cover = ellipse(shift)[..., None]
    return (cover * (inner + waves(shift)) + (1.0 - cover) * outer).astype(np.float32)


def waves(shift: tuple[float, float]) -> np.ndarray:
    x, y = np.meshgrid(np.arange(SIZE) - shift[0], np.arange(SIZE) - shift[1])
    return 0.1 * np.stack([np.sin(x / 9.0), np.cos(y / 7.0), np.sin((x + y) / 11.0)], axis=2)


@pytest.mark.parametrize("shift", [(1.0, 0.0), (-1.5, 0.8), (0.4, -1.9), (0.0, 0.0)])
def test_a_silhouette_tells_how_far_a_picture_is_shifted(shift: tuple[float, float]) -> None:
    found = shift_of(picture(shift, 0.7, 0.2), SHOWN)
    assert found == pytest.approx(shift, abs=0.15)


def test_a_background_that_stayed_in_place_holds_the_picture() -> None:
    """Only the inside moved: the silhouette is where it belongs, so nothing is moved."""
    cover = ellipse((0.0, 0.0))[..., None]
    moved = (cover * (0.7 + waves((1.5, 1.0))) + (1.0 - cover) * 0.2).astype(np.float32)
    assert shift_of(moved, SHOWN) == (0.0, 0.0)


def test_nothing_to_hold_on_to_leaves_the_picture_alone() -> None:
    flat = np.full((SIZE, SIZE, 3), 0.4, dtype=np.float32)
    noise = np.random.default_rng(1).random((SIZE, SIZE, 3)).astype(np.float32)
    for found in (flat, noise):
        assert shift_of(found, SHOWN) == (0.0, 0.0)


def test_what_is_too_far_away_is_something_else() -> None:
    far = picture((9.0, 0.0), 0.7, 0.2)
    assert shift_of(far, SHOWN) == (0.0, 0.0)


def test_shifting_back_puts_the_picture_where_it_belongs() -> None:
    back = shifted_back(picture((1.4, -0.6), 0.7, 0.2), (1.4, -0.6))
    middle = (slice(20, -20), slice(20, -20))
    assert np.abs(back - picture((0.0, 0.0), 0.7, 0.2))[middle].mean() < 0.003
