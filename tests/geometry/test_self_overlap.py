"""Parts do not run through themselves: every point just inside is inside once, every point just outside not at all.

Told by the winding number, the sum of the solid angles of all faces (van Oosterom and Strackee 1983), not by the mesh.
"""

from __future__ import annotations

import numpy as np
import pytest

from backend.engines.artifact import types
from backend.engines.artifact.types import _orders, antefix, pan
from backend.geometry import implicit
from backend.geometry.sweep import sweep


def winding(points: np.ndarray, faces: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(k,) how many times the surface goes round each place (k, 3)."""
    found = []
    for place in places:
        a, b, c = np.moveaxis(points[faces] - place, 1, 0)
        la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
        top = np.einsum("ij,ij->i", a, np.cross(b, c))
        below = la * lb * lc + (a * b).sum(axis=1) * lc + (b * c).sum(axis=1) * la + (c * a).sum(axis=1) * lb
        found.append(np.arctan2(top, below).sum() / (2.0 * np.pi))
    return np.array(found)


def turns_beside_faces(
    points: np.ndarray, faces: np.ndarray, count: int = 300, most_x: float = np.inf
) -> tuple[np.ndarray, np.ndarray]:
    """The winding number a millionth of the size outside and inside the middles of faces, slivers left out."""
    a, b, c = np.moveaxis(points[faces], 1, 0)
    cross = np.cross(b - a, c - a)
    size = np.linalg.norm(cross, axis=1)
    wide = np.flatnonzero((size > 1e-4 * np.median(size)) & (points[faces].mean(axis=1)[:, 0] < most_x))
    chosen = np.random.default_rng(0).permutation(wide)[:count]
    step = 1e-6 * np.ptp(points, axis=0).max() * cross[chosen] / size[chosen, None]
    middle = points[faces[chosen]].mean(axis=1)
    return winding(points, faces, middle + step), winding(points, faces, middle - step)


def assert_simple(points: np.ndarray, faces: np.ndarray, count: int = 300, most_x: float = np.inf) -> None:
    outside, inside = turns_beside_faces(points, faces, count, most_x)
    assert np.abs(outside).max() < 0.01
    assert np.abs(inside - 1.0).max() < 0.01


def test_the_measure_sees_a_tube_that_runs_through_itself():
    ring = np.linspace(0.0, 2.2 * np.pi, 30)
    path = np.stack([10 * np.cos(ring), np.zeros(30), 10 * np.sin(ring)], axis=1)
    tube = sweep(path, [(2.0, 2.0)])
    assert np.abs(turns_beside_faces(tube.points, tube.faces)[1] - 1.0).max() > 0.9


@pytest.mark.parametrize("thickness", [1.0, 3.0, 6.0])
def test_a_tube_thicker_than_its_bend_does_not_fold_into_itself(thickness):
    path = [(0.0, 0.0, 0.0), (6.0, 0.0, 0.0), (10.0, 0.0, 0.0), (10.6, 0.0, 0.7), (10.6, 0.0, 5.0), (10.6, 0.0, 12.0)]
    tube = sweep(path, [(2.0, thickness)], squareness=3.0)
    assert_simple(tube.points, tube.faces)


def test_a_tube_with_room_for_its_bends_keeps_its_section():
    turn = np.linspace(0.0, np.pi, 9)
    path = np.stack([10 * np.cos(turn), np.zeros(9), 10 * np.sin(turn)], axis=1)
    tube = sweep(path, [(2.0, 2.0)], sides=22, max_step=0.002)
    rows = tube.points[np.unique(tube.faces[tube.chart == 0])].reshape(-1, 23, 3)
    for k in range(11):
        assert np.linalg.norm(rows[:, k] - rows[:, k + 11], axis=1) == pytest.approx(0.02, rel=1e-3)


@pytest.mark.parametrize("gap", [0.001, 0.004, 0.012])
def test_the_sides_of_a_gap_narrower_than_a_cell_do_not_pass_each_other(gap):
    def two(side: float):
        return implicit.capsule((side * (0.05 + 0.5 * gap), 0.0, -0.1), (side * (0.05 + 0.5 * gap), 0.0, 0.1), 0.05)

    joined = implicit.union(two(1.0), two(-1.0), implicit.sphere((0.0, 0.0, 0.08), 0.05), smooth=0.004)
    points, faces = implicit.surface_of(joined, np.full(3, -0.2), np.full(3, 0.2), 0.01)
    assert_simple(points, faces, 500)


@pytest.mark.parametrize("form", ["_helix", "_corner_volute"])
def test_the_volutes_of_a_corinthian_capital_roll_up_clear_of_themselves(form):
    made = _orders._corner_volute() if form == "_corner_volute" else _orders._helix(1.0)
    assert_simple(made.points, made.faces)


@pytest.mark.parametrize("made", [pan._ear(21.0, 0.0), antefix._scroll(1.0)], ids=["ear of a pan", "scroll"])
def test_tight_loops_are_inside_once(made):
    assert_simple(made.points, made.faces)


def test_the_inside_of_a_jue_ends_before_the_walls_of_its_tail_cross():
    mesh = types.load("jue").build(np.random.default_rng(82))
    assert_simple(mesh.vertices, mesh.faces, 800, -0.35 * mesh.size[0])
