"""Figures and animals by plane cuts: proportions of the canon, legs that are counted, sides that match."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from backend.engines.artifact import types
from backend.geometry.mesh import UVMesh

SYMMETRIC = ("head", "bust", "torso", "standing_figure", "seated_figure")
IN_PROFILE = ("horse", "falcon")


@cache
def built(name: str) -> UVMesh:
    return types.load(name).build(np.random.default_rng(0))


@cache
def solid(name: str) -> trimesh.Trimesh:
    mesh = built(name)
    made = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    return made


def cut(name: str, height: float) -> list:
    """The polygons of a level cut, the largest first."""
    section = solid(name).section(plane_origin=(0.0, 0.0, height), plane_normal=(0.0, 0.0, 1.0))
    return sorted(section.to_2D()[0].polygons_closed, key=lambda p: -p.area)


def region(name: str, *regions: str) -> np.ndarray:
    mesh = built(name)
    wanted = [mesh.regions.index(r) for r in regions]
    return mesh.vertices[np.unique(mesh.faces[np.isin(mesh.face_region, wanted)])]


def width_at(name: str, height: float) -> float:
    slab = solid(name).section(plane_origin=(0.0, 0.0, height), plane_normal=(0.0, 0.0, 1.0))
    return float(np.ptp(slab.vertices[:, 0]))


def chin(name: str) -> float:
    """The lowest place in the middle of the face that is less than 4.5 cm behind the tip of the nose."""
    top = region(name, "head", "hair")
    face = top[(np.abs(top[:, 0]) < 0.012) & (top[:, 1] < top[:, 1].min() + 0.045)]
    return float(face[:, 2].min())


def unlike(name: str, mirror: tuple[float, float, float]) -> float:
    """The greatest distance from a mirrored point to the nearest point, as a share of the diagonal."""
    points = solid(name).vertices
    return float(cKDTree(points).query(points * mirror)[0].max() / np.linalg.norm(built(name).size))


@pytest.mark.parametrize("name", ["standing_figure"])
def test_a_standing_figure_is_seven_to_seven_and_a_half_heads_high(name):
    floor = region(name, "base")[:, 2].max()
    crown = region(name, "hair")[:, 2].max()
    assert 7.0 <= (crown - floor) / (crown - chin(name)) <= 7.6


@pytest.mark.parametrize(("name", "below"), [("standing_figure", 0.10), ("seated_figure", 0.10), ("bust", 0.10)])
def test_shoulders_are_two_heads_wide(name, below):
    crown, under = region(name, "hair")[:, 2].max(), chin(name)
    head = 0.218
    assert crown - under == pytest.approx(head, abs=0.045)
    assert 1.75 <= width_at(name, under - below) / head <= 2.25


@pytest.mark.parametrize("name", ["head", "bust", "standing_figure", "seated_figure"])
def test_heads_are_deeper_than_wide_and_wider_than_the_neck(name):
    head = region(name, "head", "hair")
    width, depth = np.ptp(head[:, 0]), np.ptp(head[:, 1])
    assert 1.15 <= depth / width <= 1.45
    neck = min(np.ptp(polygon.exterior.xy[0]) for polygon in cut(name, chin(name) - 0.02)[:1])
    assert 0.5 <= neck / width <= 0.8


@pytest.mark.parametrize("name", SYMMETRIC)
def test_both_sides_are_alike(name):
    assert unlike(name, (-1.0, 1.0, 1.0)) < 0.012


@pytest.mark.parametrize("name", IN_PROFILE)
def test_animals_in_profile_are_alike_on_both_sides(name):
    assert unlike(name, (1.0, -1.0, 1.0)) < 0.012
    assert built(name).size[0] > 2.0 * built(name).size[1]


def test_a_horse_stands_on_four_legs():
    legs = cut("horse", 0.16 * built("horse").size[2])
    assert len(legs) == 4
    areas = [leg.area for leg in legs]
    assert max(areas) < 2.0 * min(areas)
    fore = [leg for leg in legs if leg.centroid.x < 0.0]
    assert len(fore) == 2


def test_a_horse_is_about_as_long_as_high_at_the_withers():
    horse = built("horse")
    back = horse.vertices[(np.abs(horse.vertices[:, 0] + 0.05) < 0.02)]
    withers = back[:, 2].max() - region("horse", "base")[:, 2].max()
    body = horse.vertices[(horse.vertices[:, 2] > 0.33) & (horse.vertices[:, 2] < 0.39)]
    assert 0.85 <= np.ptp(body[:, 0]) / withers <= 1.2


def test_a_cat_sits_on_its_haunches_with_two_ears():
    cat = built("cat")
    ears = cut("cat", 0.96 * cat.size[2])
    assert len(ears) == 2
    low = cut("cat", 0.2 * cat.size[2])[0]
    high = cut("cat", 0.7 * cat.size[2])[0]
    assert low.area > 1.8 * high.area


def test_a_falcon_stands_on_two_legs_and_its_tail():
    falcon = built("falcon")
    above = region("falcon", "base")[:, 2].max() + 0.02
    pieces = cut("falcon", above)
    assert len(pieces) == 3
    beak = falcon.vertices[np.argmin(falcon.vertices[falcon.vertices[:, 2] > 0.8 * falcon.size[2]][:, 0])]
    assert beak[2] >= 0.0
    head = falcon.vertices[falcon.vertices[:, 2] > 0.85 * falcon.size[2]]
    assert head[:, 0].mean() < -0.1 * falcon.size[0]


def test_a_torso_ends_in_a_neck_and_two_arms_above_two_thighs():
    torso = built("torso")
    base = region("torso", "base")[:, 2].max()
    assert len(cut("torso", base + 0.03)) == 2
    assert width_at("torso", base + 0.56) > 1.25 * width_at("torso", base + 0.45)
    assert cut("torso", 0.985 * torso.size[2])[0].area < 0.5 * cut("torso", base + 0.30)[0].area
