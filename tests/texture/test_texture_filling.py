"""Filling along the surface against closed forms, a direct solver and what was there before."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.linalg import spsolve

from backend.engines.texture.filling import (
    TexelGraph,
    fill_surface,
    harmonic_fill,
    match_surroundings,
    texel_graph,
)
from backend.engines.texture.filling_solver import Links, components_without_contact, hierarchy, solve
from backend.geometry.mesh import UVMesh
from backend.geometry.seams import seam_pairs
from backend.geometry.surface_texels import SurfaceTexels, surface_texels
from backend.geometry.typing import BoolArray, Float32Array, FloatArray, Points, TexCoords


def grid_mesh(place: Points, uv: TexCoords) -> UVMesh:
    """A mesh of (rows, columns) vertices, two faces for each square."""
    rows, cols = place.shape[:2]
    number = np.arange(rows * cols).reshape(rows, cols)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    normals = np.tile([0.0, 0.0, 1.0], (rows * cols, 1))
    region = np.zeros(len(faces), dtype=np.int32)
    return UVMesh(place.reshape(-1, 3), faces.astype(np.int32), uv.reshape(-1, 2), normals, region, ("top",))


def coordinates(rows: int, cols: int) -> TexCoords:
    v, u = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : cols * 1j]
    return np.stack([u, v], axis=-1)


def square(resolution: int, shift: float = 0.0) -> tuple[TexelGraph, SurfaceTexels]:
    """A flat unit square that fills the atlas."""
    uv = coordinates(2, 2)
    mesh = grid_mesh(np.concatenate([uv, np.full((2, 2, 1), shift)], axis=-1), uv)
    texels = surface_texels(mesh, resolution)
    return texel_graph(texels, seam_pairs(mesh, texels)), texels


def colours(*columns: FloatArray) -> Float32Array:
    return np.stack(columns, axis=1).astype(np.float32)


def direct(unknown: BoolArray, values: FloatArray, periodic: bool) -> FloatArray:
    """(R, R) Laplace's five-point equation, by factorisation; columns may go round."""
    size = unknown.shape[1]
    number = np.full(unknown.shape, -1)
    number[unknown] = np.arange(unknown.sum())
    rows, cols, entries, right = [], [], [], np.zeros(unknown.sum())
    for r, c in zip(*np.nonzero(unknown), strict=True):
        for y, x in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            x = x % size if periodic else x
            if not (0 <= y < len(unknown) and 0 <= x < size):
                continue
            rows.append(number[r, c])
            cols.append(number[r, c])
            entries.append(1.0)
            if unknown[y, x]:
                rows.append(number[r, c])
                cols.append(number[y, x])
                entries.append(-1.0)
            else:
                right[number[r, c]] += values[y, x]
    out = values.copy()
    out[unknown] = spsolve(coo_matrix((entries, (rows, cols))).tocsc(), right)
    return out


def test_a_strip_between_two_colours_goes_over_evenly() -> None:
    graph, texels = square(64)
    x = (texels.col + 0.5) / 64
    known = (texels.col < 8) | (texels.col >= 50)
    filled = harmonic_fill(graph, np.where(known[:, None], colours(x, 1 - x, 0 * x), np.nan), known)
    assert np.allclose(filled, colours(x, 1 - x, 0 * x), atol=2e-3)


def test_a_ring_follows_the_logarithm_of_the_radius() -> None:
    graph, texels = square(256)
    radius = np.hypot(texels.position[:, 0] - 0.5, texels.position[:, 1] - 0.5)
    true = colours(np.log(np.maximum(radius, 0.05)), texels.position[:, 0] ** 2 - texels.position[:, 1] ** 2)
    known = (radius < 0.1) | (radius > 0.4)
    filled = harmonic_fill(graph, true * known[:, None], known)
    assert np.abs(filled - true).max() < 4e-3
    assert np.array_equal(filled[known], true[known])


def test_a_sphere_in_a_stretched_atlas_with_a_seam_follows_its_harmonic_functions() -> None:
    uv = coordinates(65, 129)
    theta, phi = np.pi * (1.0 - uv[..., 1]), 2.0 * np.pi * uv[..., 0]
    # Exactly one place on both sides of the seam, as files have it.
    phi[:, -1] = phi[:, 0]
    place = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
    mesh = grid_mesh(place, uv)
    texels = surface_texels(mesh, 192)
    theta, phi = np.pi * (texels.row + 0.5) / 192, 2.0 * np.pi * (texels.col + 0.5) / 192
    half = np.tan(theta / 2.0)
    true = colours(np.log(half), half * np.cos(phi), half**2 * np.sin(2 * phi))
    known = abs(theta - np.pi / 2.0) > 0.5
    filled = harmonic_fill(texel_graph(texels, seam_pairs(mesh, texels)), true, known)
    assert np.abs(filled - true)[texels.inside].max() < 0.01
    cut = harmonic_fill(texel_graph(texels), true, known)
    assert np.abs(cut - true)[texels.inside].max() > 0.05


def test_any_hole_agrees_with_a_direct_solver() -> None:
    graph, texels = square(48)
    rng = np.random.default_rng(5)
    values = rng.random((48, 48))
    unknown = np.kron(rng.random((12, 12)) < 0.6, np.ones((4, 4))).astype(bool)
    unknown[3, 3], unknown[0, 0] = True, False
    flat = values[texels.row, texels.col].astype(np.float32)[:, None]
    filled = harmonic_fill(graph, flat, ~unknown[texels.row, texels.col], tolerance=1e-6)
    expected = direct(unknown, values, periodic=False)[texels.row, texels.col]
    assert np.abs(filled[:, 0] - expected).max() < 1e-4


def test_a_cylinder_cut_by_a_seam_is_filled_like_one_that_is_not_cut() -> None:
    uv = coordinates(2, 129)
    angle = 2.0 * np.pi * uv[..., 0]
    angle[:, -1] = angle[:, 0]
    place = np.stack([np.cos(angle), np.sin(angle), 2.0 * np.pi * uv[..., 1]], axis=-1)
    mesh = grid_mesh(place, uv)
    texels = surface_texels(mesh, 64, margin=0)
    rng = np.random.default_rng(2)
    values = rng.random((64, 64))
    unknown = rng.random((64, 64)) < 0.8
    unknown[:, :5] = unknown[:, -5:] = True
    unknown[0] = False
    graph = texel_graph(texels, seam_pairs(mesh, texels))
    flat = values[texels.row, texels.col].astype(np.float32)[:, None]
    filled = harmonic_fill(graph, flat, ~unknown[texels.row, texels.col], tolerance=1e-6)
    expected = direct(unknown, values, periodic=True)[texels.row, texels.col]
    assert np.abs(filled[:, 0] - expected).max() < 1e-3


def test_one_missing_texel_is_the_mean_of_its_neighbours() -> None:
    graph, texels = square(16)
    values = np.random.default_rng(1).random((len(texels), 3)).astype(np.float32)
    known = np.ones(len(texels), dtype=bool)
    lone = texels.index[0, 7, 9]
    known[lone] = False
    around = texels.index[0, [6, 8, 7, 7], [9, 9, 8, 10]]
    assert np.allclose(harmonic_fill(graph, values, known)[lone], values[around].mean(axis=0), atol=1e-3)


def test_where_nothing_is_known_it_is_grey() -> None:
    graph, texels = square(16)
    nothing = np.zeros(len(texels), dtype=bool)
    assert (harmonic_fill(graph, np.ones((len(texels), 3), np.float32), nothing) == 0.5).all()
    assert (fill_surface(graph, np.ones((len(texels), 3), np.float32), nothing) == 0.5).all()


def test_where_all_is_known_nothing_changes() -> None:
    graph, texels = square(16)
    values = np.random.default_rng(1).random((len(texels), 3)).astype(np.float32)
    everything = np.ones(len(texels), dtype=bool)
    assert np.array_equal(fill_surface(graph, values, everything), values)


@pytest.mark.parametrize("tiles", [1, 2])
def test_a_part_that_touches_nothing_known_takes_the_nearest_colours(tiles: int) -> None:
    uv = coordinates(2, 2) * 0.4 + 0.05
    flat = np.concatenate([coordinates(2, 2), np.zeros((2, 2, 1))], axis=-1)
    parts = [
        grid_mesh(flat + np.array([2.0 * n, 0, 0]), uv + np.array([n * (1.0 if tiles == 2 else 0.5), 0]))
        for n in (0, 1)
    ]
    mesh = UVMesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([parts[0].faces, parts[1].faces + 4]).astype(np.int32),
        np.concatenate([part.uv for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.zeros(4, dtype=np.int32),
        ("top",),
    )
    texels = surface_texels(mesh, 64)
    assert len(texels.tiles) == tiles
    known = texels.face < 2
    values = colours(*[np.where(texels.position[:, 0] > 0.5, c, 0.0) for c in (0.2, 0.6, 0.9)])
    filled = fill_surface(texel_graph(texels, seam_pairs(mesh, texels)), values, known)
    assert np.allclose(filled[~known], (0.2, 0.6, 0.9), atol=5e-3)


@pytest.mark.parametrize("seed", range(3))
def test_weighted_graphs_without_a_grid_are_solved_like_a_direct_solver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 700
    ends = rng.integers(0, count, (2200, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    weight = 10.0 ** rng.uniform(-1, 1, len(ends))
    half = coo_matrix((weight, ends.T), (count, count)).tocsr()
    whole = csr_matrix(half + half.T)
    contact = np.where(rng.random(count) < 0.1, 1.0, 0.0)
    contact[0] = 1.0
    links = Links(
        whole.indptr.astype(np.int32),
        whole.indices.astype(np.int32),
        whole.data.astype(np.float32),
        contact.astype(np.float32),
    )
    levels = hierarchy(links)
    reached = components_without_contact(levels) < 0
    right = (rng.random((count, 3)) * contact[:, None]).astype(np.float32)
    found = solve(levels, right, 1e-6)
    matrix = diags(np.asarray(whole.sum(axis=1)).ravel() + contact) - whole
    part = np.flatnonzero(reached)
    expected = spsolve(matrix.tocsc()[part][:, part], right[part].astype(np.float64))
    assert np.abs(found[part] - expected).max() < 1e-3


def test_a_drift_of_what_was_painted_is_taken_off_and_what_was_observed_stays() -> None:
    graph, texels = square(128)
    rng = np.random.default_rng(4)
    true = (0.4 + 0.2 * rng.random((len(texels), 3))).astype(np.float32)
    painted = np.hypot(texels.row - 60.0, texels.col - 70.0) < 30.0
    drift = np.array([0.08, -0.05, 0.02], dtype=np.float32)
    matched = match_surroundings(graph, np.where(painted[:, None], true + drift, true), painted, ~painted)
    assert np.array_equal(matched[~painted], true[~painted])
    error = (matched - true)[painted]
    assert np.abs(error.mean(axis=0)).max() < 0.015
    # The texture itself is not smoothed: what is taken off is smooth.
    assert np.abs(np.std(matched[painted], axis=0) / np.std(true[painted], axis=0) - 1.0).max() < 0.02


def test_what_touches_nothing_observed_is_left_as_it_was_painted() -> None:
    graph, texels = square(32)
    values = np.random.default_rng(1).random((len(texels), 3)).astype(np.float32)
    everything = np.ones(len(texels), dtype=bool)
    assert np.allclose(match_surroundings(graph, values, everything, ~everything), values, atol=1e-6)


def grain(texels: SurfaceTexels, values: Float32Array, part: BoolArray) -> float:
    """Mean absolute difference to the texel on the right."""
    size = texels.resolution
    right = texels.index[texels.tile, texels.row, np.minimum(texels.col + 1, size - 1)]
    part = part & (right >= 0)
    return float(np.abs(values[part] - values[right[part]]).mean())


def weave(texels: SurfaceTexels) -> Float32Array:
    """Slanting stripes six texels wide with some grain."""
    rng = np.random.default_rng(8)
    wave = np.sin(2.0 * np.pi * (texels.col + 0.5 * texels.row) / 6.0)
    noise = rng.random(len(texels)) * 0.06
    return colours(0.5 + 0.2 * wave + noise, 0.4 + 0.15 * wave + noise, 0.3 + noise)


def test_a_filled_hole_is_as_rough_as_its_surroundings_and_never_beyond_their_colours() -> None:
    graph, texels = square(160)
    true = weave(texels)
    hole = np.hypot(texels.row - 80.0, texels.col - 75.0) < 32.0
    filled = fill_surface(graph, np.where(hole[:, None], np.nan, true).astype(np.float32), ~hole)
    smooth = harmonic_fill(graph, true, ~hole)
    assert np.array_equal(filled[~hole], true[~hole])
    assert grain(texels, smooth, hole) < 0.3 * grain(texels, true, hole)
    assert 0.7 < grain(texels, filled, hole) / grain(texels, true, hole) < 1.3
    # The stripes go on: a copy in step with them differs less from the truth than the smooth fill does.
    assert np.square(filled - true)[hole].mean() < 0.7 * np.square(smooth - true)[hole].mean()


def test_the_same_hole_is_filled_in_the_same_way() -> None:
    graph, texels = square(96)
    hole = np.hypot(texels.row - 40.0, texels.col - 50.0) < 20.0
    first, second = (fill_surface(graph, weave(texels), ~hole, seed=3) for _ in range(2))
    assert np.array_equal(first, second)


def test_one_colour_is_continued_as_it_is() -> None:
    graph, texels = square(64)
    hole = np.hypot(texels.row - 30.0, texels.col - 20.0) < 25.0
    values = np.where(hole[:, None], 0.9, np.array([0.3, 0.5, 0.2])).astype(np.float32)
    assert np.allclose(fill_surface(graph, values, ~hole), (0.3, 0.5, 0.2), atol=2e-3)


def test_margins_take_the_colours_beside_them() -> None:
    uv = coordinates(2, 2) * 0.5 + 0.2
    mesh = grid_mesh(np.concatenate([coordinates(2, 2), np.zeros((2, 2, 1))], axis=-1), uv)
    texels = surface_texels(mesh, 64, margin=3)
    assert not texels.inside.all()
    known = texels.inside & (texels.col > 30)
    values = np.where(known[:, None], np.array([0.7, 0.1, 0.4]), np.nan).astype(np.float32)
    assert np.allclose(fill_surface(texel_graph(texels), values, known), (0.7, 0.1, 0.4), atol=2e-3)
