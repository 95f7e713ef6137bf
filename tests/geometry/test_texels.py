"""Texel maps against closed forms and other algorithms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend.engines.artifact import types
from backend.geometry.curves import CORNER, profile
from backend.geometry.lathe import lathe
from backend.geometry.mesh import UVMesh
from backend.geometry.solid import assemble
from backend.geometry.texel_kernels import vertex_tangents
from backend.geometry.texels import TexelMap, rasterise_texels
from backend.geometry.typing import FloatArray
from backend.geometry.warm import compile_kernels


@pytest.fixture(scope="module")
def amphora() -> UVMesh:
    return types.load("amphora").build(np.random.default_rng(3))


@pytest.fixture(scope="module")
def texels(amphora: UVMesh) -> TexelMap:
    return rasterise_texels(amphora, 512)


def square(uv: FloatArray, size: float = 1.0) -> UVMesh:
    """A horizontal square with its corners at ``uv``."""
    corners = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], dtype=np.float64) * size
    faces = np.array([(0, 1, 2), (0, 2, 3)], dtype=np.int32)
    normals = np.tile([0.0, 0.0, 1.0], (4, 1))
    return UVMesh(corners, faces, np.asarray(uv, dtype=np.float64), normals, np.zeros(2, dtype=np.int32), ("top",))


FULL = [(0, 0), (1, 0), (1, 1), (0, 1)]


def test_full_square_has_every_texel_once_at_its_centre() -> None:
    found = rasterise_texels(square(FULL), 16)
    assert found.inside.all()
    assert len(found.rows) == 256
    assert np.allclose(found.position[:, 0], (found.cols + 0.5) / 16)
    assert np.allclose(found.position[:, 1], 1.0 - (found.rows + 0.5) / 16)
    assert np.allclose(found.tangent, (1, 0, 0))
    assert np.allclose(found.bitangent, (0, 1, 0))
    assert np.array_equal(found.nearest.ravel(), np.arange(256))


def test_a_square_beyond_the_picture_shows_the_same_points() -> None:
    inside, outside = (rasterise_texels(square(np.array(FULL) + shift), 16) for shift in ((0, 0), (3, -2)))
    assert outside.inside.all()
    assert np.allclose(outside.position, inside.position, atol=1e-6)


def test_turned_chart_turns_the_tangents() -> None:
    found = rasterise_texels(square([(1, 0), (1, 1), (0, 1), (0, 0)]), 8)
    assert np.allclose(found.tangent, (0, -1, 0))
    assert np.allclose(found.bitangent, (1, 0, 0))


def test_mirrored_chart_mirrors_the_bitangent() -> None:
    found = rasterise_texels(square([(1, 0), (0, 0), (0, 1), (1, 1)]), 8)
    assert np.allclose(found.tangent, (-1, 0, 0))
    assert np.allclose(found.bitangent, (0, 1, 0))


def test_empty_atlas_has_no_nearest_texel() -> None:
    found = rasterise_texels(square([(0.51, 0.51)] * 4), 8)
    assert len(found.rows) == 0
    assert (found.nearest == -1).all()


def test_gutter_takes_the_nearest_texel() -> None:
    found = rasterise_texels(square([(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]), 32)
    for row, col in [(0, 0), (3, 16), (16, 31), (31, 31), (20, 2)]:
        distance = np.hypot(found.rows - row, found.cols - col)
        chosen = found.nearest[row, col]
        assert distance[chosen] <= distance.min() * 1.05
    assert np.array_equal(found.nearest[found.rows, found.cols], np.arange(len(found.rows)))


def test_position_is_the_barycentric_point_of_its_face(amphora: UVMesh, texels: TexelMap) -> None:
    corners = amphora.faces[texels.face]
    at = np.stack([(texels.cols + 0.5) / 512, 1.0 - (texels.rows + 0.5) / 512], axis=1)
    matrix = np.concatenate([np.swapaxes(amphora.uv[corners], 1, 2), np.ones((len(at), 1, 3))], axis=1)
    weights = np.linalg.solve(matrix, np.concatenate([at, np.ones((len(at), 1))], axis=1)[..., None])[..., 0]
    assert weights.min() > -1e-6
    expected = np.einsum("ki,kij->kj", weights, amphora.vertices[corners])
    assert np.abs(texels.position - expected).max() < 1e-7


def test_positions_lie_on_the_surface_and_normals_agree_with_it(amphora: UVMesh, texels: TexelMap) -> None:
    """The closest point among all faces, by trimesh."""
    solid = trimesh.Trimesh(amphora.vertices, amphora.faces, process=False)
    sample = np.random.default_rng(0).choice(len(texels.rows), 40, replace=False)
    for point, normal in zip(texels.position[sample], texels.normal[sample], strict=True):
        closest = trimesh.triangles.closest_point(solid.triangles, np.broadcast_to(point, (len(solid.faces), 3)))
        distance = np.linalg.norm(closest - point, axis=1)
        assert distance.min() < 1e-7
        assert solid.face_normals[distance.argmin()] @ normal > 0.9


def test_every_texel_in_a_face_is_found(amphora: UVMesh, texels: TexelMap) -> None:
    """Random points of the atlas, with barycentric coordinates by trimesh: the texel under each is in a chart."""
    rng = np.random.default_rng(1)
    area = np.abs(np.cross(*(np.pad(e, ((0, 0), (0, 1))) for e in _edges(amphora)))[:, 2])
    face = rng.choice(len(area), 5000, p=area / area.sum())
    weights = rng.dirichlet((1.0, 1.0, 1.0), 5000)
    at = np.einsum("ki,kij->kj", weights, amphora.uv[amphora.faces[face]]) * 512
    centre = np.floor(at) + 0.5
    inside = trimesh.triangles.points_to_barycentric(
        np.pad(amphora.uv[amphora.faces[face]] * 512, ((0, 0), (0, 0), (0, 1))), np.pad(centre, ((0, 0), (0, 1)))
    )
    covered = inside.min(axis=1) > 1e-6
    assert covered.sum() > 1000
    rows, cols = 511 - np.floor(at[:, 1]).astype(int), np.floor(at[:, 0]).astype(int)
    assert texels.inside[rows[covered], cols[covered]].all()


def _edges(mesh: UVMesh) -> tuple[FloatArray, FloatArray]:
    a, b, c = np.moveaxis(mesh.uv[mesh.faces], 1, 0)
    return b - a, c - a


def test_tangent_frames_are_orthonormal_and_right_handed(texels: TexelMap) -> None:
    frame = np.stack([texels.tangent, texels.bitangent, texels.normal], axis=1)
    assert np.allclose(frame @ np.swapaxes(frame, 1, 2), np.eye(3), atol=1e-6)
    assert np.allclose(np.linalg.det(frame), 1.0)


def test_vertex_tangents_are_those_of_mikktspace() -> None:
    """Against Blender 4.5's Mesh.calc_tangents() of a small jug whose GLB it imported (data/mikktspace.npz)."""
    with np.load(Path(__file__).parent / "data" / "mikktspace.npz") as data:
        tangents, signs = vertex_tangents(data["vertices"], data["faces"], data["uv"], data["normals"])
        cosine = np.einsum("fkj,fkj->fk", tangents[data["faces"]], data["tangents"])
        assert cosine.min() > np.cos(np.radians(0.1))
        assert np.array_equal(signs[data["faces"]], data["signs"])


def test_cylinder_texels_have_the_analytic_point_normal_and_tangent() -> None:
    tube = profile("base", (0, 0), (10, 0, CORNER), "side", (10, 30, CORNER), "top", (0, 30), max_step=0.05)
    mesh = assemble([lathe(tube, segments=256)], size_m=(0.2, 0.2, 0.3))
    found = rasterise_texels(mesh, 512)
    side = mesh.face_region[found.face] == mesh.regions.index("side")
    point, normal = found.position[side], found.normal[side]
    radius = np.hypot(point[:, 0], point[:, 1])
    assert np.allclose(radius, 0.1, rtol=1e-4)
    radial = np.stack([point[:, 0] / radius, point[:, 1] / radius, np.zeros(len(point))], axis=1)
    assert np.abs(normal - radial).max() < 1e-3
    around = np.cross((0.0, 0.0, 1.0), radial)
    along = np.abs(np.einsum("ij,ij->i", found.tangent[side], around))
    up = np.abs(found.tangent[side][:, 2])
    # Charts may be turned by a quarter in the atlas: +u runs around or along the axis, never between.
    assert np.maximum(along, up).min() > 0.9999


def test_scaled_mesh_has_the_normals_of_the_scaled_surface() -> None:
    ball = profile("body", *[(10 * np.sin(a), 10 - 10 * np.cos(a)) for a in np.linspace(0, np.pi, 40)], max_step=0.02)
    mesh = assemble([lathe(ball, segments=192)], size_m=(0.2, 0.2, 0.2)).scaled((1.0, 2.0, 0.5))
    # The gradient of (x/a)^2 + (y/b)^2 + ((z-c)/c)^2.
    centred = mesh.vertices - (0.0, 0.0, 0.05)
    gradient = centred / np.array([0.1, 0.2, 0.05]) ** 2
    gradient /= np.linalg.norm(gradient, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", gradient, mesh.normals).min() > 0.999
    assert np.allclose(mesh.size, (0.2, 0.4, 0.1))


def test_kernels_can_be_compiled_ahead() -> None:
    compile_kernels()
