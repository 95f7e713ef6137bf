"""Joining vertices that lie at one place."""

from __future__ import annotations

import numpy as np

from backend.geometry.normals import weld


def test_places_mirrored_in_round_numbers_stay_apart() -> None:
    points = np.array([[-250000.0, -433013.0, 0.0], [250000.0, 433012.0, 0.0], [-250000.0, -433013.0, -0.0]])
    assert weld(points).tolist() == [0, 1, 0]


def test_places_on_a_grid_stay_apart() -> None:
    """Against a sort of the rows."""
    side = np.arange(-60.0, 60.0, 1.0)
    grid = np.stack(np.meshgrid(side, side, side[:20] * 0.5), axis=-1).reshape(-1, 3)
    points = np.concatenate([grid, grid[::-7], (grid * 4096.0 + 0.5)])
    first = weld(points)
    assert len(np.unique(first)) == len(np.unique(points, axis=0))
    assert np.array_equal(points[first], points)
    assert (first <= np.arange(len(points))).all()
