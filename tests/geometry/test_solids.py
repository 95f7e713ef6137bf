"""Lathes, sweeps, slabs and their union against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import GeometryError
from backend.geometry.atlas import GUTTER, pack
from backend.geometry.curves import CORNER, Profile, profile, spline, thin
from backend.geometry.lathe import lathe
from backend.geometry.part import Part
from backend.geometry.slab import ellipse, rectangle, rounded_edge, slab
from backend.geometry.solid import assemble
from backend.geometry.sweep import sweep
from backend.geometry.vessel import vessel

SEGMENTS = 192


def solid_of(part: Part) -> trimesh.Trimesh:
    made = trimesh.Trimesh(part.points, part.faces, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    assert made.is_watertight
    assert made.is_winding_consistent
    return made


def test_lathed_cylinder_cone_and_sphere_have_their_volumes() -> None:
    cylinder = profile("x", (0, 0), (10, 0, CORNER), (10, 30, CORNER), (0, 30), max_step=0.05)
    cone = profile("x", (0, 0), (10, 0, CORNER), (0, 30), max_step=0.05)
    turn = np.linspace(-np.pi / 2, np.pi / 2, 60)
    ball = Profile(np.stack([0.1 * np.cos(turn), 0.1 * np.sin(turn)], axis=1), np.zeros(59, dtype=np.int32), ("x",))
    ball.points[[0, -1], 0] = 0.0
    expected = [np.pi * 0.01 * 0.3, np.pi * 0.01 * 0.3 / 3, 4 / 3 * np.pi * 0.001]
    for curve, volume in zip((cylinder, cone, ball), expected, strict=True):
        # A regular polygon with n corners covers sin(2 pi / n) n / (2 pi) of its circle.
        polygon = SEGMENTS / (2 * np.pi) * np.sin(2 * np.pi / SEGMENTS)
        assert solid_of(lathe(curve, segments=SEGMENTS)).volume == pytest.approx(volume * polygon, rel=2e-3)


def test_swept_tube_follows_pappus() -> None:
    """Half a torus: area of the section times the way of its centre."""
    turn = np.linspace(0.0, np.pi, 9)
    path = np.stack([10 * np.cos(turn), np.zeros(9), 10 * np.sin(turn)], axis=1)
    tube = sweep(path, [(2.0, 1.2)], sides=64, max_step=0.002)
    assert solid_of(tube).volume == pytest.approx(np.pi * 0.01 * 0.006 * np.pi * 0.1, rel=0.01)


def test_slab_has_the_volume_of_its_outline() -> None:
    flat = [(0.0, 0.0), (0.0, 3.0)]
    assert solid_of(slab(rectangle(20, 10), flat)).volume == pytest.approx(0.2 * 0.1 * 0.03)
    assert solid_of(slab(ellipse(20, 10, 256), flat)).volume == pytest.approx(np.pi * 0.1 * 0.05 * 0.03, rel=1e-3)
    rounded = 0.2 * 0.1 - (4 - np.pi) * 0.02**2
    assert solid_of(slab(rectangle(20, 10, 2, 32), flat)).volume == pytest.approx(rounded * 0.03, rel=1e-3)


def test_bevel_deeper_than_a_corner_is_refused() -> None:
    with pytest.raises(GeometryError, match="deeper"):
        slab(rectangle(20, 10, 0.5), rounded_edge(3, 0.8))


def test_hollow_hemisphere_has_an_even_wall() -> None:
    turn = np.linspace(-np.pi / 2, 0.0, 90)
    outer = Profile(
        np.stack([0.1 * np.cos(turn), 0.1 + 0.1 * np.sin(turn)], axis=1), np.zeros(89, dtype=np.int32), ("x",)
    )
    outer.points[0, 0] = 0.0
    shell = solid_of(vessel(outer, 0.01, 0.01, fillet=0.005, segments=SEGMENTS).body)
    expected = 2 / 3 * np.pi * (0.1**3 - 0.09**3) + np.pi * 0.095 * np.pi * 0.005**2
    assert shell.volume == pytest.approx(expected, rel=0.01)


def test_wall_thicker_than_the_vessel_is_refused() -> None:
    narrow = profile("x", (0, 0), (2, 0, CORNER), (2, 10), max_step=0.01)
    with pytest.raises(GeometryError, match="wall"):
        vessel(narrow, 0.03, 0.01)


def test_union_and_cut_have_the_volume_of_inclusion_and_exclusion() -> None:
    block = slab(rectangle(10, 10), [(0, 0), (0, 10)])
    corner = block.moved((0.05, 0.05, 0.05)).in_region("other")
    both = assemble([block, corner], size_m=(0.15, 0.15, 0.15))
    assert trimesh.Trimesh(both.vertices, both.faces).volume == pytest.approx(2 * 0.001 - 0.05**3)
    less = assemble([block], cuts=[corner.as_cutter()], size_m=(0.1, 0.1, 0.1))
    assert trimesh.Trimesh(less.vertices, less.faces).volume == pytest.approx(0.001 - 0.05**3)
    inner = less.face_region == less.regions.index("other")
    facing = less.normals[less.faces[inner, 0]]
    assert inner.sum() >= 6
    assert (facing.max(axis=1) > 0.99).all()


def test_attached_part_stays_out_of_the_plug() -> None:
    pot = vessel(profile("body", (0, 0), (5, 0, CORNER), (5, 12), max_step=0.01), 0.004, 0.006)
    bar = sweep([(0, 0, 6), (9, 0, 6)], [(1, 1)])
    mesh = assemble([pot.body], attached=[bar], plug=pot.plug, size_m=(0.14, 0.1, 0.122))
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces)
    axis = 0.05 - 0.07
    assert not solid.contains([(axis + x, 0.0, 0.06) for x in (0.0, 0.02, 0.04, 0.045)]).any()
    assert solid.contains([(axis + 0.048, 0.0, 0.06)]).all()


def test_turning_keeps_handedness() -> None:
    block = slab(rectangle(10, 6), [(0, 0), (0, 2)])
    for axis in "xyz":
        turned = solid_of(block.turned(axis, 30.0))
        assert turned.volume == pytest.approx(0.1 * 0.06 * 0.02)
    assert np.allclose(block.turned("x", 90.0).points[:, 2], block.points[:, 1])


def test_spline_passes_its_points_and_thinning_keeps_turns_small() -> None:
    control = np.array([(0.0, 0.0), (1.0, 0.2), (1.5, 1.0), (1.0, 2.0), (0.2, 2.2)])
    curve = spline(control)
    assert np.abs(curve[:, None] - control).sum(axis=2).min(axis=0).max() < 1e-12
    kept = curve[thin(curve, 0.2, max_turn=np.radians(10.0))]
    step = np.diff(kept, axis=0)
    heading = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    assert np.degrees(np.abs(np.diff(heading))).max() < 21.0
    assert np.linalg.norm(step, axis=1).max() < 0.25


sizes = st.lists(st.tuples(st.floats(0.01, 3.0), st.floats(0.01, 3.0)), min_size=1, max_size=24)


@settings(max_examples=40, deadline=None)
@given(sizes, st.data())
def test_packed_rectangles_stay_inside_and_apart(rectangles, data) -> None:
    extent = np.array(rectangles)
    upright = np.array(data.draw(st.lists(st.booleans(), min_size=len(extent), max_size=len(extent))))
    scale, corners, turned = pack(extent, upright)
    assert not (turned & upright).any()
    placed = np.where(turned[:, None], extent[:, ::-1], extent) * scale
    low, high = corners, corners + placed
    assert low.min() >= GUTTER - 1e-9
    assert high.max() <= 1.0 - GUTTER + 1e-9
    for i in range(len(extent)):
        apart = ((low > high[i] + GUTTER - 1e-9) | (high < low[i] - GUTTER + 1e-9)).any(axis=1)
        apart[i] = True
        assert apart.all()
