"""Meshes keep closed when they are written with the precision of a file."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import trimesh

from backend.geometry.fusing import fused
from backend.geometry.mesh import UVMesh


def mesh_of(points: np.ndarray, faces: np.ndarray) -> UVMesh:
    """A mesh with one vertex for each corner, as along creases; its texture coordinates are places seen from above."""
    corners = np.asarray(points, dtype=np.float64)[np.asarray(faces)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    count = len(corners)
    flat = corners.reshape(-1, 3)
    return UVMesh(
        flat, np.arange(3 * count, dtype=np.int32).reshape(-1, 3), flat[:, :2].copy(), np.repeat(normals, 3, axis=0),
        np.arange(count, dtype=np.int32) % 2, ("one", "two"),
    )  # fmt: skip


def prism(steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A box of 2 x 3 x 1 cm whose upper edge at the back has corners ``steps`` (metres from its end) apart."""
    low = [(0.0, 0.0, 0.0), (0.02, 0.0, 0.0), (0.02, 0.03, 0.0), (0.0, 0.03, 0.0)]
    high = [(0.0, 0.0, 0.01), (0.02, 0.0, 0.01), (0.02, 0.03, 0.01)]
    back = [(0.02 - step, 0.03, 0.01) for step in steps] + [(0.0, 0.03, 0.01)]
    points = np.array([*low, *high, *back])
    ring = list(range(6, len(points)))
    faces = [(0, 2, 1), (0, 3, 2), (0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5)]
    faces += [(2, 3, ring[-1])] + [(2, b, a) for a, b in pairwise(ring)]
    faces += [(3, 0, 4), (3, 4, ring[-1])]
    faces += [(4, 5, 6)] + [(4, a, b) for a, b in pairwise(ring)]
    return points, np.array(faces)


def read_back(mesh: UVMesh) -> trimesh.Trimesh:
    """As another reader has it: 32-bit places, one vertex where they are one."""
    solid = trimesh.Trimesh(mesh.vertices.astype(np.float32), mesh.faces, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True)
    return solid


def test_the_box_of_the_tests_is_closed():
    solid = trimesh.Trimesh(*prism(np.array([0.004, 0.008])), process=False)
    assert solid.is_watertight and solid.is_winding_consistent
    assert solid.volume == pytest.approx(6e-6)


@pytest.mark.parametrize("spacing", [1e-11, 4e-9, 2e-8])
def test_corners_a_few_nanometres_apart_leave_a_closed_solid(spacing):
    points, faces = prism(0.01 + spacing * np.arange(40))
    made = mesh_of(points, faces)
    solid = read_back(fused(made))
    assert solid.is_watertight and solid.is_winding_consistent
    assert solid.volume == pytest.approx(6e-6, rel=1e-5)
    assert len(solid.faces) < len(faces) - 30


def test_without_it_such_corners_tear_the_surface():
    points, faces = prism(0.01 + 4e-9 * np.arange(40))
    assert not read_back(mesh_of(points, faces)).is_watertight


def test_a_mesh_with_nothing_too_short_stays_the_same_object():
    made = mesh_of(*prism(np.array([0.004, 0.008])))
    assert fused(made) is made


def test_the_box_around_it_its_coordinates_and_its_regions_stay():
    points, faces = prism(1e-9 * np.arange(1, 30))
    made = mesh_of(points, faces)
    left = fused(made)
    assert left.size == made.size
    old = {tuple(row) for row in np.column_stack([made.uv[made.faces].reshape(-1, 6), made.face_region]).tolist()}
    new = np.column_stack([left.uv[left.faces].reshape(-1, 6), left.face_region]).tolist()
    assert all(tuple(row) in old for row in new)


def test_two_sheets_that_meet_in_a_short_edge_are_not_joined():
    """Two pyramids on one tiny triangle, an hourglass: taking out an edge of its waist would tie it off."""
    angle = np.radians([90.0, 210.0, 330.0])
    waist = np.stack([np.cos(angle), np.sin(angle), np.zeros(3)], axis=1) * 2e-8
    ends = np.stack([np.cos(angle), np.sin(angle), np.zeros(3)], axis=1) * 0.01
    up = np.array([0.0, 0.0, 0.01])
    points = np.vstack([ends - up, waist, ends + up])
    faces = [(0, 2, 1), (6, 7, 8)]
    for low in (0, 3):
        for k in range(3):
            a, b = low + k, low + (k + 1) % 3
            faces += [(a, b, b + 3), (a, b + 3, a + 3)]
    made = mesh_of(points, np.array(faces))
    assert trimesh.Trimesh(points, faces, process=False).is_watertight
    left = fused(made)
    solid = trimesh.Trimesh(left.vertices, left.faces, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True, digits_vertex=12)
    assert solid.is_watertight and solid.is_winding_consistent
    assert len(solid.split(only_watertight=False)) == 1
