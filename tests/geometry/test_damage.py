"""Pieces taken out of finished solids, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from backend.errors import GeometryError
from backend.geometry.damage import cut_away
from backend.geometry.mesh import UVMesh
from backend.geometry.slab import rectangle, slab
from backend.geometry.solid import assemble


def cube(side: float = 10.0) -> UVMesh:
    """A cube of 10 cm on the origin."""
    part = slab(rectangle(side, side), [(0.0, 0.0), (0.0, side)])
    return assemble([part], size_m=(side / 100, side / 100, side / 100))


def box(low: tuple[float, float, float], high: tuple[float, float, float]):
    """A cutter between two corners, centimetres."""
    part = slab(rectangle(high[0] - low[0], high[1] - low[1]), [(0.0, low[2]), (0.0, high[2])])
    return part.moved(((low[0] + high[0]) / 200, (low[1] + high[1]) / 200, 0.0))


def solid_of(mesh: UVMesh) -> trimesh.Trimesh:
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True)
    return solid


def areas(mesh: UVMesh) -> tuple[np.ndarray, np.ndarray]:
    """Of each face: on the surface, in the atlas (signed)."""
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    uv = mesh.uv[mesh.faces]
    ab, ac = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1), 0.5 * (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])


def test_a_corner_cut_off_a_cube_leaves_seven_eighths():
    left = cut_away(cube(), [box((0.0, 0.0, 5.0), (8.0, 8.0, 12.0))])
    solid = solid_of(left)
    assert solid.is_watertight and solid.is_winding_consistent
    assert solid.volume == pytest.approx(0.001 * 7 / 8, rel=1e-9)
    surface, _ = areas(left)
    break_ = left.face_region == left.regions.index("fracture")
    assert surface[break_].sum() == pytest.approx(3 * 0.05**2, rel=1e-9)


def test_normals_of_the_break_look_out_of_what_is_left():
    left = cut_away(cube(), [box((0.0, 0.0, 5.0), (8.0, 8.0, 12.0))])
    a, b, c = np.moveaxis(left.vertices[left.faces], 1, 0)
    cross = np.cross(b - a, c - a)
    facing = np.einsum("ij,ikj->ik", cross / np.linalg.norm(cross, axis=1, keepdims=True), left.normals[left.faces])
    assert facing.min() > 0.99


def test_breaks_have_the_texel_density_of_the_rest_and_share_no_texel_with_it():
    left = cut_away(cube(), [box((0.0, 0.0, 5.0), (8.0, 8.0, 12.0)), box((-8.0, -8.0, 7.0), (-3.0, -3.0, 12.0))])
    surface, atlas = areas(left)
    break_ = left.face_region == left.regions.index("fracture")
    assert atlas.min() > 0.0 and left.uv.min() > 0.0 and left.uv.max() < 1.0
    ratio = np.sqrt(atlas / surface)
    assert np.median(ratio[break_]) == pytest.approx(np.median(ratio[~break_]), rel=0.02)
    grid = 1024
    count = np.zeros((grid, grid), dtype=int)
    y, x = np.mgrid[:grid, :grid] + 0.5
    for corners in left.uv[left.faces] * grid:
        (ax, ay), (bx, by), (cx, cy) = corners
        inside = np.ones((grid, grid), dtype=bool)
        for (px, py), (qx, qy) in (((ax, ay), (bx, by)), ((bx, by), (cx, cy)), ((cx, cy), (ax, ay))):
            inside &= (qx - px) * (y - py) - (qy - py) * (x - px) > 1e-6
        count += inside
    assert count.max() == 1


def test_of_two_halves_the_larger_stays():
    left = cut_away(cube(), [box((-8.0, -8.0, 6.0), (8.0, 8.0, 7.0))])
    assert solid_of(left).volume == pytest.approx(0.1 * 0.1 * 0.06, rel=1e-9)
    assert left.vertices[:, 2].max() == pytest.approx(0.06)


def test_without_cutters_nothing_changes():
    mesh = cube()
    assert cut_away(mesh, []) is mesh


def test_when_nothing_is_left_it_says_so():
    with pytest.raises(GeometryError, match="Nothing is left"):
        cut_away(cube(), [box((-8.0, -8.0, -1.0), (8.0, 8.0, 12.0))])
