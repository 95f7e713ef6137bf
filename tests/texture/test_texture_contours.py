"""Plain colours that go on along the surface: contours whose course is known, over a flat sheet and across a seam."""

import dataclasses

import numpy as np
import pytest

from backend.engines.texture.contours import contours_continued
from backend.engines.texture.contract import PaintRequest
from backend.engines.texture.exemplar import ExemplarPainter
from backend.engines.texture.filling import texel_graph
from backend.geometry.cameras import Camera
from backend.geometry.mesh import UVMesh
from backend.geometry.seams import seam_pairs
from backend.geometry.surface_texels import surface_texels

SIZE = 128
LIGHT, DARK = np.array([0.9, 0.8, 0.6]), np.array([0.3, 0.2, 0.2])


def sheet(split=False):
    """A square of side 1 in two triangles; split: two halves, unwrapped apart, that meet at x = 0.5."""
    corners = np.array([[0, 0, 0], [0.5, 0, 0], [1, 0, 0], [0, 1, 0], [0.5, 1, 0], [1, 1, 0]], float)
    faces = np.array([[0, 1, 4], [0, 4, 3], [1, 2, 5], [1, 5, 4]])
    uv = corners[:, :2] * 0.9 + 0.05
    if split:
        corners = np.concatenate([corners, corners[[1, 4]]])
        uv = np.concatenate([uv, uv[[1, 4]] + [0.04, 0]])
        uv[:6, 0] -= 0.04 * (corners[:6, 0] < 0.6)
        faces = np.array([[0, 1, 4], [0, 4, 3], [6, 2, 5], [6, 5, 7]])
    normals = np.tile([0.0, 0.0, 1.0], (len(corners), 1))
    mesh = UVMesh(corners, faces, uv, normals, np.zeros(len(faces), np.int32), ("body",))
    texels = surface_texels(mesh, SIZE, 2)
    return texels, texel_graph(texels, seam_pairs(mesh, texels))


def disc(texels, x, y, radius):
    return np.hypot(texels.position[:, 0] - x, texels.position[:, 1] - y) < radius


def painted(where):
    return np.where(where[:, None], DARK, LIGHT).astype(np.float32)


def off(found, truth, hole):
    """The share of the hole's texels that took the wrong one of the two colours."""
    middle = (LIGHT + DARK) / 2
    return np.mean(((found - middle) @ (LIGHT - DARK) > 0)[hole] != ((truth - middle) @ (LIGHT - DARK) > 0)[hole])


@pytest.mark.parametrize("split", [False, True])
def test_a_round_contour_keeps_its_bend(split):
    texels, graph = sheet(split)
    truth = painted(disc(texels, 0.5, 0.5, 0.3))
    hole = disc(texels, 0.5, 0.8, 0.12)
    found = contours_continued(graph, np.where(hole[:, None], np.float32(1), truth), ~hole)
    inner = hole & texels.inside
    assert found.plain[inner].all()
    assert off(found.colour, truth, inner) < 0.05
    np.testing.assert_array_equal(found.colour[~hole], truth[~hole])


def test_edges_stay_edges():
    texels, graph = sheet()
    truth = painted(texels.position[:, 0] + 0.3 * texels.position[:, 1] < 0.6)
    hole = disc(texels, 0.45, 0.5, 0.15)
    found = contours_continued(graph, np.where(hole[:, None], np.float32(1), truth), ~hole).colour
    inner = hole & texels.inside
    assert off(found, truth, inner) < 0.03
    near = np.abs(found[inner][:, None] - [LIGHT, DARK]).max(-1).min(-1)
    assert np.mean(near < 0.05) > 0.7, "a blur"


def test_a_slow_change_goes_on_without_steps():
    texels, graph = sheet()
    truth = (0.2 + 0.6 * texels.position[:, :1] * [1, 0.8, 0.6]).astype(np.float32)
    hole = disc(texels, 0.5, 0.5, 0.2)
    found = contours_continued(graph, np.where(hole[:, None], np.float32(1), truth), ~hole)
    inner = hole & texels.inside
    assert found.plain[inner].all()
    assert np.abs(found.colour - truth)[inner].max() < 0.02


def test_what_is_grainy_is_left_to_patches():
    texels, graph = sheet()
    noise = np.random.default_rng(2).normal(0, 0.05, (len(texels), 1))
    truth = np.clip(LIGHT - 0.2 + noise, 0, 1).astype(np.float32)
    hole = disc(texels, 0.5, 0.5, 0.2)
    found = contours_continued(graph, truth, ~hole)
    assert not found.plain.any()


def test_nothing_missing_and_nothing_known():
    texels, graph = sheet()
    truth, none = painted(disc(texels, 0.5, 0.5, 0.3)), np.zeros(len(texels), bool)
    np.testing.assert_array_equal(contours_continued(graph, truth, ~none).colour, truth)
    assert not contours_continued(graph, truth, none).plain.any()


def request_with(guess, sure, known):
    camera = Camera.look_at((0, 0, 2), (0, 0, 0), (0, 1, 0), (64, 64), extent=1.0)
    normal = np.zeros((64, 64, 3), np.float32)
    normal[..., 2] = 1
    return PaintRequest(
        camera, np.full((64, 64), 2, np.float32), normal, np.zeros_like(normal), np.full_like(normal, 0.5), ~known,
        np.zeros_like(known), known, 0.4, "", 0, 0, np.ones_like(known), mask_observed=known, guess=guess,
        mask_guess=sure,
    )  # fmt: skip


def test_the_painter_takes_the_guess_where_there_is_one():
    guess = np.random.default_rng(1).random((64, 64, 3)).astype(np.float32)
    hole = np.zeros((64, 64), bool)
    hole[20:40, 20:40] = True
    found = ExemplarPainter().paint(request_with(guess, hole, ~hole))
    np.testing.assert_array_equal(found[hole], guess[hole])


def test_a_view_without_anything_to_go_by_is_declined():
    none, every = np.zeros((64, 64), bool), np.ones((64, 64), bool)
    guess = np.full((64, 64, 3), 0.3, np.float32)
    painter = ExemplarPainter()
    assert not painter.can_paint(request_with(guess, none, none))
    assert painter.can_paint(request_with(guess, every, none))
    assert painter.can_paint(request_with(guess, none, every))
    lender = dataclasses.replace(request_with(guess, none, every), view_index=1)
    painter.prepare([lender])
    assert painter.can_paint(request_with(guess, none, none))
