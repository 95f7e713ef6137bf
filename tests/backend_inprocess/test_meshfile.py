"""The GLB that the extension writes, read by another program's reader."""

from __future__ import annotations

import numpy as np
import trimesh

from museum_addon.core.meshfile import Triangles, write_triangles


def soup(count: int, with_uv: bool = True) -> Triangles:
    rng = np.random.default_rng(7)
    positions = rng.normal(size=(3 * count, 3)).astype(np.float32)
    corners = positions.reshape(-1, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return Triangles(
        positions,
        np.repeat(normal, 3, axis=0).astype(np.float32),
        rng.random((3 * count, 2)).astype(np.float32) if with_uv else None,
        (np.arange(count) // 2).astype(np.uint32),
    )


def read(path) -> trimesh.Trimesh:
    return trimesh.load(path, process=False, force="mesh")


def test_positions_normals_and_coordinates_come_back_in_their_order(tmp_path):
    sent = soup(50)
    write_triangles(tmp_path / "mesh.glb", sent)
    mesh = read(tmp_path / "mesh.glb")
    assert len(mesh.faces) == 50
    order = mesh.faces.ravel()
    x, y, z = mesh.vertices[order].T
    assert np.allclose(np.column_stack([x, -z, y]), sent.positions, atol=1e-6)
    x, y, z = mesh.vertex_normals[order].T
    assert np.allclose(np.column_stack([x, -z, y]), sent.normals, atol=1e-5)
    # trimesh turns glTF's v, which runs downwards, round again.
    assert np.allclose(mesh.visual.uv[order], sent.uv, atol=1e-6)


def test_each_vertex_knows_the_polygon_that_it_belongs_to(tmp_path):
    sent = soup(9)
    write_triangles(tmp_path / "mesh.glb", sent)
    mesh = read(tmp_path / "mesh.glb")
    polygon = np.asarray(mesh.vertex_attributes["_POLYGON"]).ravel()
    assert np.array_equal(polygon[mesh.faces], np.repeat(sent.polygon[:, None], 3, axis=1))


def test_a_mesh_without_coordinates_has_none(tmp_path):
    write_triangles(tmp_path / "sub" / "mesh.glb", soup(4, with_uv=False))
    assert getattr(read(tmp_path / "sub" / "mesh.glb").visual, "uv", None) is None
