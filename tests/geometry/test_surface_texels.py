"""The surface under texels, against every triangle tried in turn and against closed forms."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import GeometryError
from backend.geometry.atlas_faults import atlas_faults
from backend.geometry.intake import load_mesh
from backend.geometry.joining import joined_mesh
from backend.geometry.mesh import UVMesh
from backend.geometry.normals import corner_normals
from backend.geometry.surface_texels import SurfaceTexels, surface_texels
from backend.geometry.texels import rasterise_texels
from backend.geometry.typing import BoolArray, FloatArray

SHARED = Path(os.environ.get("MUSEUM_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
UNIT = [(0, 0), (1, 0), (1, 1), (0, 1)]


def meshed(vertices: FloatArray, faces: object, uv: FloatArray) -> UVMesh:
    """A mesh whose normals are those of its faces, averaged."""
    points, corners = np.asarray(vertices, dtype=np.float64), np.asarray(faces, dtype=np.int32)
    found = corner_normals(points, corners, np.pi)
    normals = np.zeros_like(points)
    normals[corners.ravel()] = found.reshape(-1, 3)
    return UVMesh(
        points, corners, np.asarray(uv, dtype=np.float64), normals, np.zeros(len(corners), np.int32), ("all",)
    )


def soup(uv: FloatArray) -> UVMesh:
    """Triangles (m, 3, 2) of an atlas, each lying in space where it lies in the atlas."""
    flat = np.asarray(uv, dtype=np.float64).reshape(-1, 2)
    points = np.concatenate([flat, np.zeros((len(flat), 1))], axis=1)
    return meshed(points, np.arange(len(flat)).reshape(-1, 3), flat)


def square(uv: object, size: float = 1.0) -> UVMesh:
    corners = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]) * size
    return meshed(corners, [(0, 1, 2), (0, 2, 3)], np.array(uv))


def centres(resolution: int) -> FloatArray:
    """(R, R, 2) texture coordinates of the centres of texels."""
    across = (np.arange(resolution) + 0.5) / resolution
    return np.stack(np.meshgrid(across, across[::-1]), axis=-1)


def sides(points: FloatArray, triangle: FloatArray) -> FloatArray:
    """(..., 3) distance of points from the lines through a triangle's edges, positive within."""
    ends = np.roll(triangle, -1, axis=0)
    along = ends - triangle
    offset = points[..., None, :] - triangle
    cross = along[:, 0] * offset[..., 1] - along[:, 1] * offset[..., 0]
    way = np.sign(along[0, 0] * along[1, 1] - along[0, 1] * along[1, 0])
    return way * cross / np.maximum(np.linalg.norm(along, axis=1), 1e-300)


def away(points: FloatArray, triangle: FloatArray) -> FloatArray:
    """(...) distance of points from a triangle, 0 within."""
    ends = np.roll(triangle, -1, axis=0)
    along = ends - triangle
    offset = points[..., None, :] - triangle
    t = np.clip((offset * along).sum(axis=-1) / np.maximum((along**2).sum(axis=-1), 1e-300), 0.0, 1.0)
    distance = np.linalg.norm(offset - t[..., None] * along, axis=-1).min(axis=-1)
    return np.where((sides(points, triangle) > 0.0).all(axis=-1), 0.0, distance)


thousandths = st.integers(0, 1000).map(lambda n: n / 1000)
triangles = st.lists(st.lists(st.tuples(thousandths, thousandths), min_size=3, max_size=3), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(uv=triangles)
def test_texels_are_those_of_every_triangle_tried_in_turn(uv: list[list[tuple[float, float]]]) -> None:
    resolution, margin = 24, 2
    corners = np.array(uv, dtype=np.float64)
    found = surface_texels(soup(corners), resolution, margin)
    points, hair = centres(resolution), 1e-6
    areas = np.abs(np.cross(*(np.pad(corners[:, k] - corners[:, 0], ((0, 0), (0, 1))) for k in (1, 2)))[:, 2])
    corners = corners[areas > 1e-9]
    within = [(sides(points, triangle) > hair).all(axis=-1) for triangle in corners]
    near = [away(points, triangle) * resolution for triangle in corners]
    shown, inside = found.index[0] >= 0, placed(found, found.inside)[0]
    assert inside[np.any(within, axis=0)].all() if within else not shown.any()
    if not near:
        return
    distance = np.min(near, axis=0)
    assert not inside[distance > hair].any()
    assert shown[distance < margin + 0.5 - hair].all()
    assert not shown[distance > margin + 0.5 + hair].any()
    face = np.flatnonzero(areas > 1e-9).tolist().index
    for k in np.flatnonzero(~found.inside):
        assert near[face(found.face[k])][found.row[k], found.col[k]] <= distance[found.row[k], found.col[k]] + 1e-3
    for k in np.flatnonzero(found.inside):
        first = [n for n, mask in enumerate(within) if mask[found.row[k], found.col[k]]]
        assert not first or face(found.face[k]) <= first[0]
        assert np.allclose(found.position[k, :2], points[found.row[k], found.col[k]], atol=2e-6)


def placed(found: SurfaceTexels, values: BoolArray) -> BoolArray:
    """(T, R, R) of what is said of each texel, False where there is none."""
    out = np.zeros(found.index.shape, dtype=bool)
    out[found.tile, found.row, found.col] = values
    return out


def test_a_square_shows_its_points_and_density() -> None:
    found = surface_texels(square(np.array(UNIT) * 0.5 + 0.25, size=2.0), 64, margin=0)
    assert len(found) == 32 * 32
    assert np.allclose(found.density, 16.0)
    assert np.allclose(found.position[:, 0], (found.col - 16 + 0.5) / 16, atol=1e-6)
    assert np.allclose(found.position[:, 1], 2.0 - (found.row - 16 + 0.5) / 16, atol=1e-6)
    assert np.allclose(found.normal, (0, 0, 1))


def test_the_margin_continues_the_surface_in_its_plane() -> None:
    found = surface_texels(square(np.array(UNIT) * 0.5 + 0.25, size=2.0), 64, margin=2)
    assert found.inside.sum() == 32 * 32
    # The edges lie between texels: 0.5, 1.5 and 2.5 texels to each side; at a corner only 2 x 2 are at most 2.5 away.
    assert len(found) == 32 * 32 + 4 * 3 * 32 + 4 * 4
    assert np.allclose(found.position[:, 0], (found.col - 16 + 0.5) / 16, atol=1e-6)
    assert np.allclose(found.position[:, 1], 2.0 - (found.row - 16 + 0.5) / 16, atol=1e-6)


def test_texels_go_by_tile_row_and_column_and_the_index_finds_them() -> None:
    found = surface_texels(square(np.array(UNIT) * 0.7 + 0.1), 50)
    order = (found.tile.astype(int) * 50 + found.row) * 50 + found.col
    assert (np.diff(order) > 0).all()
    assert np.array_equal(found.index[found.tile, found.row, found.col], np.arange(len(found)))
    assert (found.index >= 0).sum() == len(found)


def test_positions_are_the_weighted_corners_and_agree_with_the_map_of_materials() -> None:
    mesh = cylinder(48)
    found, other = surface_texels(mesh, 256), rasterise_texels(mesh, 256, 2)
    weights = np.concatenate([1.0 - found.weights.sum(axis=1, keepdims=True), found.weights], axis=1)
    expected = np.einsum("kc,kca->ka", weights, mesh.vertices[mesh.faces[found.face]])
    assert np.abs(found.position - expected).max() < 1e-6
    assert np.array_equal(found.face, other.face)
    assert np.abs(found.position - other.position).max() < 1e-6
    assert np.abs(found.normal - other.normal).max() < 1e-5


def cylinder(segments: int, radius: float = 0.3, height: float = 0.8, across: float = 0.9) -> UVMesh:
    """The side of a cylinder about z, unrolled over 0.05..0.95 of u and v, its seam at the angle 0."""
    angle = np.linspace(0.0, 2.0 * np.pi, segments + 1)
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(segments + 1)], axis=1)
    ring[-1] = ring[0]
    points = np.concatenate([ring, ring + np.array((0.0, 0.0, height))])
    u = 0.05 + across * angle / (2.0 * np.pi)
    uv = np.concatenate([np.stack([u, np.full_like(u, v)], axis=1) for v in (0.05, 0.95)])
    i = np.arange(segments)
    low, up = i, i + segments + 1
    faces = np.concatenate([np.stack([low, low + 1, up + 1], axis=1), np.stack([low, up + 1, up], axis=1)])
    mesh = meshed(points, faces, uv)
    radial = points * (1.0, 1.0, 0.0) / radius
    return replace(mesh, normals=radial)


def test_a_cylinder_has_its_analytic_points_normals_and_density() -> None:
    found = surface_texels(cylinder(512), 300)
    angle = ((found.col + 0.5) / 300 - 0.05) / 0.9 * 2.0 * np.pi
    radial = np.stack([np.cos(angle), np.sin(angle), np.zeros(len(angle))], axis=1)
    height = (1.0 - (found.row + 0.5) / 300 - 0.05) / 0.9 * 0.8
    inside = found.inside
    assert np.abs(found.position - radial * 0.3 - height[:, None] * (0, 0, 1))[inside].max() < 3e-5
    assert np.abs(found.normal - radial)[inside].max() < 1e-4
    expected = np.sqrt((300 * 0.9 / (2.0 * np.pi * 0.3)) * (300 * 0.9 / 0.8))
    assert np.allclose(found.density, expected, rtol=1e-4)


def test_charts_too_thin_for_any_centre_have_texels() -> None:
    thin = surface_texels(square([(0.2, 0.5001), (0.8, 0.5001), (0.8, 0.5002), (0.2, 0.5002)]), 100, margin=1)
    assert not thin.inside.any()
    assert len(thin) >= 60
    # A face goes on for no more than its own size.
    assert np.abs(thin.position[:, 1] - 0.5).max() <= 2.5


def test_tiles_of_udim_are_apart_and_each_is_a_picture() -> None:
    uv = np.array(UNIT) * 0.8 + 0.1
    first, other = square(uv), square(uv + np.array((2, 1)))
    both = UVMesh(
        np.concatenate([first.vertices, first.vertices + np.array((5, 0, 0))]),
        np.concatenate([first.faces, first.faces + 4]).astype(np.int32),
        np.concatenate([first.uv, other.uv]),
        np.concatenate([first.normals, other.normals]),
        np.zeros(4, dtype=np.int32),
        ("all",),
    )
    found = surface_texels(both, 40)
    assert found.tiles == (1001, 1013)
    assert found.index.shape == (2, 40, 40)
    one, two = (np.flatnonzero(found.tile == tile) for tile in (0, 1))
    assert np.array_equal(found.row[one], found.row[two])
    assert np.array_equal(found.col[one], found.col[two])
    assert np.allclose(found.position[two] - found.position[one], (5, 0, 0), atol=1e-5)
    only = surface_texels(both, 40, tiles=(1013,))
    assert np.array_equal(only.position, found.position[two])


def test_a_chart_over_the_border_of_tiles_is_one_of_a_picture_that_repeats() -> None:
    """Unless it covers more than a picture has room for, as the ground of a landscape does."""
    s, t = np.meshgrid(np.linspace(0.0, 1.0, 5), np.linspace(0.0, 1.0, 5))
    at = np.arange(25).reshape(5, 5)
    faces = np.concatenate(
        [
            np.stack([at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel()], axis=1),
            np.stack([at[:-1, :-1].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()], axis=1),
        ]
    )
    points = np.stack([s, t, np.zeros_like(s)], axis=2).reshape(-1, 3)
    small = meshed(points, faces, points[:, :2] * (0.5, 0.5) + (0.75, 0.2))
    assert surface_texels(small, 64).tiles == (1001,)
    assert surface_texels(small, 64).inside.sum() == 32 * 32
    large = meshed(points, faces, points[:, :2] * 2.0)
    assert surface_texels(large, 64).tiles == (1001, 1002, 1011, 1012)
    assert surface_texels(large, 64).inside.sum() == 4 * 64 * 64


def test_what_reaches_beyond_the_picture_comes_in_again() -> None:
    """As a picture that repeats, when the faces are not those of tiles."""
    found = surface_texels(square(np.array(UNIT) * 0.6 + (0.7, 0.2)), 50, margin=1)
    assert found.tiles == (1001,)
    assert found.inside.sum() == 30 * 30
    x = ((found.col + 0.5) / 50 - 0.7) / 0.6
    assert np.allclose(found.position[:, 0], np.where(x < -0.1, x + 1.0 / 0.6, x), atol=1e-5)


def test_too_many_tiles_are_refused() -> None:
    one = np.array([(0.1, 0.1), (0.9, 0.1), (0.1, 0.9)])
    uv = np.concatenate([one + np.array((n % 10, n // 10)) for n in range(150)])
    with pytest.raises(GeometryError, match="150 UDIM tiles"):
        surface_texels(soup(uv), 8)


wild = st.floats(allow_nan=True, allow_infinity=True, width=64) | st.sampled_from([0.0, 0.5, 1.0, 1e5, -1e5])


@settings(max_examples=100, deadline=None)
@given(
    uv=st.lists(st.tuples(wild, wild), min_size=5, max_size=5),
    faces=st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=8),
)
def test_any_coordinates_and_faces_give_finite_texels(
    uv: list[tuple[float, float]], faces: list[tuple[int, int, int]]
) -> None:
    points = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)], dtype=np.float64)
    mesh = UVMesh(
        points, np.array(faces, np.int32), np.array(uv), np.zeros((5, 3)), np.zeros(len(faces), np.int32), ("all",)
    )
    found = surface_texels(mesh, 16)
    for values in (found.position, found.normal, found.weights, found.density):
        assert np.isfinite(values).all()
    assert np.allclose(np.linalg.norm(found.normal, axis=1), 1.0, atol=1e-5)
    assert (found.density > 0.0).all()
    faults = atlas_faults(mesh.uv, mesh.faces, 16)
    assert 0.0 <= faults.overlap <= 1.0


def test_the_number_of_cores_does_not_change_texels(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = cylinder(96)
    many = surface_texels(mesh, 700)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    one = surface_texels(mesh, 700)
    for name in ("tile", "row", "col", "face", "weights", "position", "normal", "density", "inside", "index"):
        assert np.array_equal(getattr(many, name), getattr(one, name))


def test_sound_atlas_has_no_faults() -> None:
    faults = atlas_faults(cylinder(24).uv, cylinder(24).faces)
    assert faults.told() == ()
    assert (faults.charts, faults.overlap, len(faults.mirrored)) == (1, 0.0, 0)
    assert faults.area == pytest.approx(0.81)


def test_overlaps_are_measured_and_their_faces_named() -> None:
    """Three squares of which two share half of their area."""
    uv = np.concatenate([np.array(UNIT) * 0.2 + at for at in ((0.1, 0.1), (0.2, 0.1), (0.7, 0.7))])
    faces = np.concatenate([np.array([(0, 1, 2), (0, 2, 3)]) + 4 * n for n in range(3)]).astype(np.int32)
    faults = atlas_faults(uv, faces, 1000)
    assert faults.overlap == pytest.approx(0.02 / 0.12, rel=0.02)
    assert set(faults.overlapping) <= {0, 1, 2, 3}
    assert len(faults.overlapping) == 4
    assert faults.charts == 3


def test_mirrored_charts_are_told_apart_from_folded_ones() -> None:
    uv = np.array([(0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4), (0.9, 0.1), (0.6, 0.1), (0.6, 0.4), (0.9, 0.4)])
    faces = np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7)], dtype=np.int32)
    faults = atlas_faults(uv, faces)
    assert faults.mirrored.tolist() == [2, 3]
    assert faults.told() == ()
    folded = np.concatenate([uv[:4], [(0.3, 0.15)]])
    faults = atlas_faults(folded, np.array([(0, 1, 2), (0, 2, 3), (2, 1, 4)], dtype=np.int32))
    assert faults.turned.tolist() == [2]
    assert faults.overlapping.tolist() == [0, 2]


def test_flat_broken_and_outlying_faces_are_named() -> None:
    uv = np.array([(0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (np.nan, 0.5), (0.7, 0.1), (1.3, 0.9), (0.8, 0.9), (0.25, 0.1)])
    faces = np.array([(0, 1, 2), (0, 1, 3), (4, 5, 6), (0, 7, 1)], dtype=np.int32)
    faults = atlas_faults(uv, faces)
    assert (faults.flat.tolist(), faults.broken.tolist(), faults.beyond.tolist()) == ([3], [1], [2])
    assert len(faults.told()) == 3


def test_tiles_are_no_fault_unless_one_picture_is_meant() -> None:
    uv = np.concatenate([np.array(UNIT) * 0.8 + 0.1, np.array(UNIT) * 0.8 + (1.1, 0.1)])
    faces = np.concatenate([np.array([(0, 1, 2), (0, 2, 3)]) + 4 * n for n in range(2)]).astype(np.int32)
    apart = atlas_faults(uv, faces)
    assert apart.tiles == (1001, 1002)
    assert apart.told() == ()
    assert atlas_faults(uv, faces, tiles=(1001,)).overlap == pytest.approx(0.5, abs=0.01)


@pytest.mark.skipif(not (SHARED / "meshes" / "spot.obj").is_file(), reason="needs the shared mesh spot")
def test_spots_texels_show_its_surface() -> None:
    loaded = load_mesh(SHARED / "meshes" / "spot.obj")
    mesh = joined_mesh(loaded.vertices, loaded.faces, loaded.uv, loaded.uv_faces, loaded.normals)
    found = surface_texels(mesh, 512)
    corners = mesh.uv[mesh.faces[found.face]]
    weights = np.concatenate([1.0 - found.weights.sum(axis=1, keepdims=True), found.weights], axis=1)
    at = np.einsum("kc,kca->ka", weights, corners)
    shown = np.stack([(found.col + 0.5) / 512, 1.0 - (found.row + 0.5) / 512], axis=1)
    # One chart of spot reaches over the picture's border.
    apart = np.abs(at - shown)
    assert np.minimum(apart, np.abs(apart - 1.0))[found.inside].max() < 1e-6
    faults = atlas_faults(mesh.uv, mesh.faces)
    assert faults.overlap == 0.0
    assert found.inside.sum() == pytest.approx(faults.area * 512**2, rel=2e-3)
