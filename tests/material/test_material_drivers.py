"""What is measured on a mesh, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from backend.geometry.mesh import UVMesh
from backend.surface.drivers import KINDS, curvature, measure, refine
from backend.surface.visibility import openness


def as_mesh(shape: trimesh.Trimesh, smooth: bool = True) -> UVMesh:
    """A mesh without an atlas, standing on 0. smooth: one normal a vertex; otherwise one a face."""
    if smooth:
        vertices, faces, normals = shape.vertices, shape.faces, shape.vertex_normals
    else:
        vertices, faces = shape.triangles.reshape(-1, 3), np.arange(3 * len(shape.faces)).reshape(-1, 3)
        normals = np.repeat(shape.face_normals, 3, axis=0)
    vertices = np.asarray(vertices, dtype=float) - (0.0, 0.0, np.min(vertices, axis=0)[2])
    regions = np.zeros(len(faces), dtype=np.int32)
    uv = np.zeros((len(vertices), 2))
    return UVMesh(vertices, np.asarray(faces, dtype=np.int32), uv, np.asarray(normals, dtype=float), regions, ("body",))


def value(mesh: UVMesh, kind: str, chosen=slice(None)) -> np.ndarray:
    return measure(mesh, (kind,)).values[:, KINDS.index(kind)][chosen]


def corner(height: float, length: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    """A floor from x = 0 to 2 and a wall at x = 0, both ``length`` long in y."""
    h = 0.5 * length
    points = np.array([(0, -h, 0), (2, -h, 0), (2, h, 0), (0, h, 0), (0, -h, height), (0, h, height)], dtype=float)
    return points, np.array([(0, 1, 2), (0, 2, 3), (0, 3, 5), (0, 5, 4)], dtype=np.int32)


def test_a_plane_sees_everything():
    solid = (np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], dtype=float), np.array([(0, 1, 2), (0, 2, 3)]))
    points = np.array([(x, y, 0.0) for x in (-0.9, 0.0, 0.7) for y in (-0.5, 0.1, 0.9)])
    up = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    assert (openness(solid, points, up, np.zeros_like(points), 2.0) == 1.0).all()


@pytest.mark.parametrize("away", [0.05, 0.1, 0.3, 0.8])
def test_a_floor_before_a_wall_sees_what_the_closed_form_says(away):
    """A long wall of height h at distance d takes (1 - d / sqrt(d^2 + h^2)) / 2 of a floor's view (view factor of a
    differential element to an infinitely long strip at a right angle)."""
    height = 0.6
    points, faces = corner(height, length=40.0)
    at = np.array([(away, 0.001 * k, 0.0) for k in range(40)])
    up = np.tile([0.0, 0.0, 1.0], (len(at), 1))
    seen = openness((points, faces), at, up, np.zeros_like(at), 4.0)
    expected = 1.0 - 0.5 * (1.0 - away / np.hypot(away, height))
    assert seen.mean() == pytest.approx(expected, abs=0.02)


def test_a_vertex_in_a_corner_sees_half_from_either_side():
    points, faces = corner(2.0, length=40.0)
    edge = np.array([(0.0, 0.1 * k, 0.0) for k in range(30)])
    for normal, inner in (((0, 0, 1), (1.0, 0, 0)), ((1, 0, 0), (0, 0, 1.0))):
        normals, towards = (np.tile(np.array(v, dtype=float), (len(edge), 1)) for v in (normal, inner))
        assert openness((points, faces), edge, normals, towards, 4.0).mean() == pytest.approx(0.5, abs=0.03)


def test_a_convex_body_is_open_and_the_inside_of_a_pot_is_not():
    ball = as_mesh(trimesh.creation.icosphere(subdivisions=4, radius=0.1))
    assert value(ball, "occlusion").max() < 0.02
    outer, inner = (trimesh.creation.cylinder(radius=r, height=0.3, sections=64) for r in (0.05, 0.045))
    inner.apply_translation((0, 0, 0.02))
    pot = as_mesh(trimesh.boolean.difference([outer, inner]), smooth=False)
    points, _, _, normals = refine(pot)
    radius = np.hypot(points[:, 0], points[:, 1])
    deep = (radius < 0.0452) & (points[:, 2] < 0.1) & (points[:, 2] > 0.03) & (np.abs(normals[:, 2]) < 0.1)
    outside = (radius > 0.0495) & (points[:, 2] > 0.05) & (points[:, 2] < 0.25) & (np.abs(normals[:, 2]) < 0.1)
    found = value(pot, "occlusion")
    assert deep.sum() > 50 and outside.sum() > 50
    assert found[deep].min() > 0.85 and found[outside].max() < 0.05


@pytest.mark.parametrize("radius", [0.02, 0.5])
def test_curvature_of_a_sphere_is_one_over_its_radius(radius):
    ball = trimesh.creation.icosphere(subdivisions=5, radius=radius)
    for turned, sign in ((ball.faces, 1.0), (ball.faces[:, ::-1], -1.0)):
        found = curvature(np.asarray(ball.vertices), np.asarray(turned), 2.0 * radius)
        assert np.allclose(found.fine, sign / radius, rtol=0.05)
        assert np.allclose(found.coarse, sign / radius, rtol=0.05)


def test_curvature_of_a_cylinder_is_half_of_one_over_its_radius():
    around, rings, step = 96, 120, 2.0 * np.pi * 0.05 / 96
    angle, height = np.meshgrid(np.arange(around) * 2.0 * np.pi / around, np.arange(rings) * step)
    points = np.stack([0.05 * np.cos(angle), 0.05 * np.sin(angle), height], axis=2).reshape(-1, 3)
    here = np.arange(around * (rings - 1)).reshape(rings - 1, around)
    after = np.roll(here, -1, axis=1)
    pairs = ((here, after, after + around), (here, after + around, here + around))
    faces = np.concatenate([np.stack(corners, axis=2).reshape(-1, 3) for corners in pairs])
    found = curvature(points, faces, 0.4)
    inner = (points[:, 2] > 0.1) & (points[:, 2] < 0.28)
    assert np.allclose(found.fine[inner], 10.0, rtol=0.05) and np.allclose(found.coarse[inner], 10.0, rtol=0.1)


def test_edges_and_cavities_lie_where_the_surface_turns():
    low = trimesh.creation.box((0.4, 0.4, 0.1))
    high = trimesh.creation.box((0.15, 0.15, 0.3))
    high.apply_translation((0, 0, 0.1))
    steps = as_mesh(trimesh.boolean.union([low, high]), smooth=False)
    points = refine(steps)[0]
    edge, cavity = value(steps, "edge"), value(steps, "cavity")
    across, along, height = np.abs(points[:, 0]), np.abs(points[:, 1]), points[:, 2]
    rim = (np.abs(across - 0.2) < 1e-6) & (np.abs(height - 0.1) < 1e-6) & (along < 0.15)
    foot = (np.abs(across - 0.075) < 1e-6) & (np.abs(height - 0.1) < 1e-6) & (along < 0.05)
    flat = (np.abs(across - 0.2) < 1e-6) & (np.abs(height - 0.05) < 0.012) & (along < 0.1)
    assert rim.sum() > 5 and foot.sum() > 5 and flat.sum() > 5
    assert edge[rim].min() > 0.35 and cavity[rim].max() == 0.0
    assert cavity[foot].min() > 0.3 and edge[foot].max() == 0.0
    assert max(edge[flat].max(), cavity[flat].max()) < 0.1


def test_the_same_shape_larger_gives_the_same_values():
    shape = trimesh.creation.torus(0.1, 0.03)
    small, large = as_mesh(shape), as_mesh(shape.copy().apply_scale(30.0))
    for kind in ("cavity", "edge", "drip"):
        assert np.allclose(value(small, kind), value(large, kind), atol=0.01)


def test_dust_settles_on_what_lies_open_above():
    table = trimesh.creation.box((0.4, 0.4, 0.02))
    table.apply_translation((0, 0, 0.1))
    floor = trimesh.creation.box((1.0, 1.0, 0.02))
    both = as_mesh(trimesh.util.concatenate([table, floor]), smooth=False)
    points, _, _, normals = refine(both)
    found = value(both, "settle")
    up = normals[:, 2] > 0.9
    below = up & (points[:, 2] < 0.05) & (np.abs(points[:, :2]).max(axis=1) < 0.05)
    on_top = up & (points[:, 2] > 0.1) & (np.abs(points[:, :2]).max(axis=1) < 0.15)
    assert found[on_top].min() > 0.9
    assert found[below].mean() < 0.5
    assert found[normals[:, 2] < 0.0].max() == 0.0


def test_water_gathers_below():
    cone = trimesh.creation.cone(radius=0.1, height=0.3, sections=64).subdivide_to_size(0.01)
    mesh = as_mesh(cone)
    points = refine(mesh)[0]
    found = value(mesh, "drip")
    radius = np.hypot(points[:, 0], points[:, 1])
    side = radius > 0.002
    low, high = side & (points[:, 2] > 0.01) & (points[:, 2] < 0.08), side & (points[:, 2] > 0.22)
    assert found[low].mean() > 1.3 * found[high].mean()


def test_both_sides_of_a_seam_hear_the_same():
    """The same ball twice: in one piece, and with a vertex of its own for each corner."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.1)
    ball.vertices[:, 2] *= 1.0 + 0.4 * np.sin(40.0 * ball.vertices[:, 0])
    whole = as_mesh(ball)
    split = UVMesh(
        whole.vertices[whole.faces.ravel()], np.arange(whole.faces.size, dtype=np.int32).reshape(-1, 3),
        np.zeros((whole.faces.size, 2)), whole.normals[whole.faces.ravel()], whole.face_region, ("body",),
    )  # fmt: skip
    one, two = measure(whole), measure(split)
    assert np.allclose(one.values[one.faces], two.values[two.faces], atol=1e-5)


def test_only_what_is_asked_for_is_measured_and_it_is_the_same():
    mesh = as_mesh(trimesh.creation.torus(0.1, 0.03))
    everything = measure(mesh)
    for number, kind in enumerate(KINDS):
        alone = measure(mesh, (kind,))
        assert alone.known == {kind}
        assert np.array_equal(alone.values[:, number], everything.values[:, number])
    assert not measure(mesh, ("settle",)).values[:, : KINDS.index("settle")].any()


def test_a_small_atlas_is_measured_on_fewer_faces():
    mesh = as_mesh(trimesh.creation.box((0.1, 0.1, 0.1)))
    few, many = (len(measure(mesh, ("edge",), resolution).faces) for resolution in (1024, 2048))
    assert few < many
