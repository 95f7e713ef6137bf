"""Solids from distance fields and height fields against closed forms."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
import trimesh

from backend.errors import GeometryError
from backend.geometry.heightfield import heightfield
from backend.geometry.implicit import (
    Field,
    box,
    capsule,
    difference,
    ellipsoid,
    half_space,
    intersection,
    organic,
    rotation,
    sphere,
    torus,
    union,
)
from backend.geometry.part import Part
from backend.geometry.slab import ellipse
from backend.geometry.solid import assemble

LOW, HIGH = (-0.2, -0.2, -0.2), (0.2, 0.2, 0.2)


def solid_of(part: Part) -> trimesh.Trimesh:
    made = trimesh.Trimesh(part.points, part.faces, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    assert made.is_watertight
    assert made.is_winding_consistent
    return made


BALL = 4.0 / 3.0 * np.pi
CASES: list[tuple[str, Field, float]] = [
    ("sphere", sphere((0.01, 0.0, 0.02), 0.1), BALL * 0.1**3),
    ("ellipsoid", ellipsoid((0, 0, 0), (0.15, 0.08, 0.05), (20, 30, 40)), BALL * 0.15 * 0.08 * 0.05),
    ("capsule", capsule((-0.1, 0, 0), (0.1, 0.02, 0), 0.04), np.pi * 0.04**2 * np.hypot(0.2, 0.02) + BALL * 0.04**3),
    ("box", box((0, 0, 0), (0.3, 0.2, 0.1), 0.0, (0, 0, 30)), 0.3 * 0.2 * 0.1),
    ("torus", torus((0, 0, 0), 0.12, 0.03, (90, 0, 0)), 2.0 * np.pi**2 * 0.12 * 0.03**2),
    ("two spheres", union(sphere((-0.1, 0, 0), 0.06), sphere((0.1, 0, 0), 0.05)), BALL * (0.06**3 + 0.05**3)),
    ("hemisphere", intersection(sphere((0, 0, 0), 0.15), half_space((0, 0, 0), (0, 1, 1))), 0.5 * BALL * 0.15**3),
    ("shell", difference(sphere((0, 0, 0), 0.15), sphere((0, 0, 0), 0.12)), BALL * (0.15**3 - 0.12**3)),
]


@pytest.mark.parametrize(("name", "field", "volume"), CASES, ids=[c[0] for c in CASES])
def test_forms_have_their_volumes(name: str, field: Field, volume: float) -> None:
    assert solid_of(organic(field, LOW, HIGH, 0.005)).volume == pytest.approx(volume, rel=0.012)


def test_a_smooth_union_bulges_only_where_the_two_meet() -> None:
    one, other = sphere((-0.05, 0, 0), 0.07), sphere((0.05, 0, 0), 0.07)
    sharp, soft = (solid_of(organic(union(one, other, smooth=s), LOW, HIGH, 0.006)) for s in (0.0, 0.04))
    assert soft.volume > 1.01 * sharp.volume
    assert soft.bounds == pytest.approx(sharp.bounds, abs=1e-3)


def test_rotations_turn_about_x_before_y_before_z() -> None:
    assert rotation((90, 0, 90)) @ (0.0, 1.0, 0.0) == pytest.approx((0.0, 0.0, 1.0))
    assert rotation((0, 90, 90)) @ (1.0, 0.0, 0.0) == pytest.approx((0.0, 0.0, -1.0))


@pytest.mark.parametrize("field", [sphere((0, 0, 0), 0.3), sphere((1, 0, 0), 0.1)])
def test_a_form_outside_its_room_is_refused(field: Field) -> None:
    with pytest.raises(GeometryError):
        organic(field, LOW, HIGH, 0.02)


@pytest.mark.parametrize(("name", "field", "volume"), CASES[:5], ids=[c[0] for c in CASES[:5]])
def test_charts_are_few_flat_and_even(name: str, field: Field, volume: float) -> None:
    part = organic(field, LOW, HIGH, 0.006)
    assert len(part.density) <= 14
    a, b, c = (part.uv[part.faces[:, k]] for k in range(3))
    flat = 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    space = trimesh.Trimesh(part.points, part.faces, process=False).area_faces
    wide = space > 0.05 * np.median(space)
    assert flat[wide].min() > 0.0
    scale = np.sqrt(flat[wide] / space[wide])
    assert np.percentile(scale, 99) / np.percentile(scale, 1) < 2.0


def test_a_spring_is_cut_where_its_charts_would_cover_themselves() -> None:
    """Three turns seen from above lie on one another; OpenCV counts how often a texel is drawn."""
    turn = np.linspace(0.0, 6.0 * np.pi, 120)
    path = np.stack([0.1 * np.cos(turn), 0.1 * np.sin(turn), 0.015 * turn - 0.13], axis=1)
    rods = [capsule(a, b, 0.016) for a, b in pairwise(path)]
    part = organic(union(*rods), LOW, HIGH, 0.008)
    mesh = assemble([part], size_m=(0.2, 0.2, 0.3))
    drawn = np.zeros((2048, 2048), dtype=np.uint8)
    for triangle in mesh.uv[mesh.faces] * 2048 - 0.5:
        cv2.fillConvexPoly(drawn, np.round(triangle * 256).astype(np.int32), 1, lineType=cv2.LINE_8, shift=8)
    a, b, c = np.moveaxis(mesh.uv[mesh.faces], 1, 0)
    flat = 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    assert flat.min() > -1e-12
    assert flat.sum() <= drawn.mean() * 1.001


def test_a_dome_over_an_ellipse_has_its_volume() -> None:
    dome = heightfield(
        ellipse(0.3, 0.2, 96), lambda x, y: 0.05 + 0.1 * (1 - (x / 0.15) ** 2 - (y / 0.1) ** 2), 0.05 - 0.02, 0.006
    )
    area = np.pi * 0.15 * 0.1
    assert solid_of(dome).volume == pytest.approx(area * (0.02 + 0.05), rel=0.01)
    assert "front" in dome.regions


def test_a_hole_goes_right_through() -> None:
    plate = heightfield(ellipse(0.3, 0.3, 128), lambda x, y: 0.01 + 0.0 * x, 0.0, 0.008, holes=[ellipse(0.1, 0.1, 64)])
    solid = solid_of(plate)
    assert solid.volume == pytest.approx(0.01 * np.pi * (0.15**2 - 0.05**2), rel=0.01)
    assert solid.euler_number == 0


def test_a_front_below_its_back_is_refused() -> None:
    with pytest.raises(GeometryError):
        heightfield(ellipse(0.1, 0.1), lambda x, y: x, 0.0, 0.01)
