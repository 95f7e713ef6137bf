"""Partition of a view: by what was really painted, without specks, each pixel in one mask."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from backend.engines.texture.partition import Masks, partition
from backend.geometry.typing import BoolArray, Float32Array

SIDE = 96


def picture(value: float) -> Float32Array:
    return np.full((SIDE, SIDE), value, dtype=np.float32)


def disc(radius: float, row: float = SIDE / 2, col: float = SIDE / 2) -> BoolArray:
    rows, cols = np.mgrid[:SIDE, :SIDE]
    return np.hypot(rows - row, cols - col) < radius


def thickness(mask: BoolArray) -> int:
    """The side of the largest square that each pixel of a mask lies in at least: 3 when opening by 3 x 3 keeps all."""
    opened = ndimage.binary_opening(np.pad(mask, 3, mode="edge"), np.ones((3, 3)))[3:-3, 3:-3]
    return 3 if np.array_equal(opened, mask) else 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_each_pixel_is_in_exactly_one_mask(seed: int) -> None:
    rng = np.random.default_rng(seed)
    smooth = [ndimage.gaussian_filter(rng.random((SIDE, SIDE)), rng.uniform(0.0, 4.0)) for _ in range(2)]
    painted, could = (((s - s.min()) / np.ptp(s) * rng.uniform(0.3, 1.0)).astype(np.float32) for s in smooth)
    painted[rng.random((SIDE, SIDE)) < 0.3] = 0.0
    shown, editable = disc(40.0), rng.random((SIDE, SIDE)) < 0.8
    masks = partition(shown, painted, could, editable)
    total = sum(mask.astype(int) for mask in (masks.new, masks.update, masks.keep, masks.ignore))
    assert (total == 1).all()
    assert not ((masks.new | masks.update | masks.keep) & ~shown).any()
    assert not ((masks.new | masks.update) & ~editable).any()
    assert (painted[masks.update] > 0.0).all() and (painted[masks.keep] > 0.0).all()
    assert thickness(masks.update) == 3
    sizes = np.bincount(ndimage.label(masks.new, np.ones((3, 3)))[0].ravel())[1:]
    assert (sizes >= 4).all()


def test_what_is_not_painted_is_new_and_what_is_seen_at_a_grazing_angle_is_left() -> None:
    shown, could = disc(40.0), picture(0.8)
    grazing = shown & ~disc(36.0)
    could[grazing] = 0.01
    masks = partition(shown, picture(0.0), could)
    assert np.array_equal(masks.new, disc(36.0))
    assert np.array_equal(masks.ignore, ~disc(36.0))
    assert not masks.update.any() and not masks.keep.any()


@pytest.mark.parametrize(
    ("painted", "could", "mask"),
    [(0.0, 0.5, "new"), (0.1, 0.7, "update"), (0.4, 0.9, "update"), (0.4, 0.55, "keep"), (0.7, 1.0, "keep"),
     (0.9, 0.1, "keep"), (0.3, 0.02, "keep"), (0.0, 0.02, "ignore")],
)  # fmt: skip
def test_repainted_is_what_this_view_does_clearly_better(painted: float, could: float, mask: str) -> None:
    masks = partition(disc(30.0), picture(painted), picture(could))
    assert getattr(masks, mask).sum() > 0.98 * disc(30.0).sum()


def test_what_may_not_be_painted_is_kept_where_something_is_there() -> None:
    painted = picture(0.1)
    painted[: SIDE // 2] = 0.0
    masks = partition(disc(30.0), painted, picture(1.0), np.zeros((SIDE, SIDE), dtype=bool))
    assert not masks.paints
    assert np.array_equal(masks.keep, disc(30.0) & (painted > 0.0))


def test_no_pepper_where_qualities_are_noisy() -> None:
    """Painted just as badly as is still good enough, give or take: single pixels must not flicker."""
    noise = np.random.default_rng(4).uniform(-0.12, 0.12, (SIDE, SIDE))
    painted = (0.45 + noise).astype(np.float32)
    masks = partition(disc(40.0), painted, picture(0.72))
    assert not masks.update.any()
    assert np.array_equal(masks.keep, disc(40.0))


def test_pinholes_of_what_is_new_are_closed_and_its_crumbs_dropped() -> None:
    painted = np.where(disc(20.0), np.float32(0.0), np.float32(0.9))
    painted[48, 48] = painted[40, 51] = 0.5
    painted[10, 10] = painted[86, 48] = 0.0
    masks = partition(np.ones((SIDE, SIDE), dtype=bool), painted, picture(0.9))
    assert np.array_equal(masks.new, disc(20.0))


def test_a_part_that_is_badly_painted_is_repainted_as_one_piece() -> None:
    painted = np.where(disc(18.0), np.float32(0.15), np.float32(0.85))
    masks = partition(np.ones((SIDE, SIDE), dtype=bool), painted, picture(0.9))
    assert ndimage.label(masks.update)[1] == 1
    assert (disc(15.0) <= masks.update).all() and (masks.update <= disc(21.0)).all()


def test_regions_at_the_border_of_the_picture_are_regions_too() -> None:
    painted = picture(0.9)
    painted[:, :8] = 0.1
    masks = partition(np.ones((SIDE, SIDE), dtype=bool), painted, picture(0.9))
    assert masks.update[:, :6].all() and masks.update[0, 0] and masks.update[-1, 0]


def test_it_is_what_was_painted_that_counts_not_the_view_that_was_planned() -> None:
    """Two views of the same quality: the second has nothing to do where the first painted, all where it did not."""
    first: Masks = partition(disc(40.0), picture(0.0), picture(0.6))
    half = first.new & (np.arange(SIDE)[None, :] < SIDE // 2)
    second = partition(disc(40.0), np.where(half, np.float32(0.6), np.float32(0.0)), picture(0.6))
    assert np.array_equal(second.new, first.new & ~half)
    assert np.array_equal(second.keep, half)
