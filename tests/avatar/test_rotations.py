"""Rotation vectors against scipy, and where formulas lose their digits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.engines.avatar.rotations import rotation_matrices, rotation_vectors

ANGLES = [0.0, 1e-300, 1e-12, 1e-8, 1e-4, 0.5, 2.0, np.pi - 1e-4, np.pi - 1e-8, np.pi - 1e-12, np.pi]


def axes(rng):
    unit = rng.normal(size=(50, 3))
    unit = np.concatenate([unit, np.eye(3), -np.eye(3), [[1, 1, 0], [1, 1e-9, 0]]])
    return unit / np.linalg.norm(unit, axis=1, keepdims=True)


@pytest.mark.parametrize("angle", ANGLES)
def test_matrices_are_those_of_scipy_at_every_angle(angle, rng):
    vectors = axes(rng) * angle
    assert np.abs(rotation_matrices(vectors) - Rotation.from_rotvec(vectors).as_matrix()).max() < 3e-15


@pytest.mark.parametrize("angle", ANGLES)
def test_a_vector_comes_back_from_its_matrix_near_no_turn_and_near_half_a_turn(angle, rng):
    vectors = axes(rng) * angle
    back = rotation_vectors(rotation_matrices(vectors))
    same = np.minimum(np.abs(back - vectors).max(axis=1), np.abs(back + vectors).max(axis=1) + (angle < 3.1) * 9)
    assert same.max() < 1e-14 if angle < 3.1 else same.max() < 1e-9


def test_more_than_half_a_turn_comes_back_as_the_short_way(rng):
    vectors = axes(rng) * 4.0
    back = rotation_vectors(rotation_matrices(vectors))
    assert np.abs(Rotation.from_rotvec(back).as_matrix() - Rotation.from_rotvec(vectors).as_matrix()).max() < 1e-14
    assert np.linalg.norm(back, axis=1).max() <= np.pi


def test_float32_stays_float32(rng):
    assert rotation_matrices(axes(rng).astype(np.float32)).dtype == np.float32
