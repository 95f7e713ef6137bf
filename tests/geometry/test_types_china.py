"""What a curator counts and measures on Chinese bronzes, ceramics and jades."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import shapely
import trimesh

from backend.engines.artifact import types
from backend.geometry.mesh import UVMesh
from backend.geometry.shell import almond_ring, inset, rectangle_ring, rings, shell, skin
from backend.geometry.solid import assemble

OWN = (
    "ding", "fangding", "gui", "zun", "jue", "gu", "you", "hu", "pan", "bianzhong", "meiping", "yuhuchun", "moon_flask",
    "ewer", "teapot", "bowl", "dish", "vase", "censer", "bi", "cong", "mirror", "hill_jar", "spouted_jar",
)  # fmt: skip


@cache
def built(name: str) -> UVMesh:
    return types.load(name).build(np.random.default_rng(0))


@cache
def solid(name: str) -> trimesh.Trimesh:
    mesh = built(name)
    made = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    return made


def cut(name: str, axis: int, offset: float) -> list[shapely.Polygon]:
    """The polygons in which a plane square on an axis cuts the solid, in the two other axes' coordinates."""
    normal = np.eye(3)[axis]
    section = solid(name).section(plane_origin=offset * normal, plane_normal=normal)
    whole = shapely.Polygon()
    for loop in section.discrete:
        whole = whole.symmetric_difference(shapely.Polygon(np.delete(loop, axis, axis=1)).buffer(0.0))
    return [piece for piece in getattr(whole, "geoms", [whole]) if piece.area > 1e-9]


def level(name: str, share: float) -> list[shapely.Polygon]:
    """The polygons in which a level plane at this share of the height cuts the solid."""
    return cut(name, 2, share * built(name).size[2])


@pytest.mark.parametrize(("name", "feet"), [("ding", 3), ("fangding", 4), ("jue", 3), ("censer", 3), ("hill_jar", 3)])
def test_stands_on_as_many_feet_as_it_should(name: str, feet: int) -> None:
    pieces = level(name, 0.04)
    assert len(pieces) == feet
    assert all(not piece.interiors for piece in pieces)


@pytest.mark.parametrize("name", ["gui", "zun", "gu", "hu", "pan", "bowl", "dish", "yuhuchun", "vase", "ewer"])
def test_stands_on_a_ring(name: str) -> None:
    (piece,) = level(name, 0.01)
    assert len(piece.interiors) == 1


def test_fangding_is_a_box_and_not_round() -> None:
    outline = max(level("fangding", 0.55), key=lambda piece: piece.area)
    low_x, low_y, high_x, high_y = outline.bounds
    filled = shapely.Polygon(outline.exterior)
    assert filled.area > 0.87 * (high_x - low_x) * (high_y - low_y)
    assert len(outline.interiors) == 1
    width, depth, height = built("fangding").size
    assert (width / height, depth / height) == pytest.approx((1.12 / 1.33, 0.792 / 1.33))
    assert 0.2 < height < 0.3


@pytest.mark.parametrize(
    ("name", "share", "count"), [("zun", 0.34, 4), ("zun", 0.1, 4), ("gu", 0.37, 4), ("ding", 0.62, 6)]
)
def test_flanges_stand_off_the_wall(name: str, share: float, count: int) -> None:
    """Seen from the axis the outline has as many narrow peaks as flanges."""
    outline = max(level(name, share), key=lambda piece: piece.area)
    points = np.array(outline.segmentize(2e-4).exterior.coords)
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    out = np.sort(angle[radius > np.median(radius) * 1.04])
    gaps = np.diff(np.append(out, out[0] + 2.0 * np.pi))
    assert (gaps > np.radians(20.0)).sum() == count


def test_jue_has_two_posts_a_spout_and_a_pointed_tail() -> None:
    assert len(level("jue", 0.93)) == 2
    caps = [np.sqrt(piece.area) for piece in level("jue", 0.94)]
    shafts = sorted(np.sqrt(piece.area) for piece in level("jue", 0.88))[:2]
    assert min(caps) > 1.5 * max(shafts)
    mesh = built("jue")
    spout = np.ptp(mesh.vertices[mesh.vertices[:, 0] > 0.45 * mesh.size[0], 1])
    tail = np.ptp(mesh.vertices[mesh.vertices[:, 0] < -0.45 * mesh.size[0], 1])
    assert spout > 1.5 * tail


def test_gu_is_slender_and_its_mouth_is_wider_than_its_foot() -> None:
    bounds = [shapely.unary_union(level("gu", share)).bounds for share in (0.01, 0.6, 0.98)]
    wide = [high - low for low, _, high, _ in bounds]
    assert wide[2] > 1.5 * wide[0] > 2.0 * wide[1]
    assert built("gu").size[2] > 1.7 * built("gu").size[0]


def test_you_has_a_handle_that_swings_over_its_lid() -> None:
    """Through the middle a plane across the handle meets the lid and, above it with air between, the strap."""
    pieces = sorted(cut("you", 0, 0.0), key=lambda piece: piece.bounds[1])
    assert len(pieces) == 2
    assert pieces[1].bounds[1] > pieces[0].bounds[3] + 0.02
    assert pieces[1].area < 0.02 * pieces[0].area


def test_bell_has_thirty_six_bosses_in_four_groups_of_nine() -> None:
    mesh = built("bianzhong")
    boss = mesh.faces[mesh.face_region == mesh.regions.index("boss")]
    made = trimesh.Trimesh(mesh.vertices, boss, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    middles = np.array([piece.vertices.mean(axis=0) for piece in made.split(only_watertight=False)])
    assert len(middles) == 36
    for x in (-1.0, 1.0):
        for y in (-1.0, 1.0):
            assert ((middles[:, 0] * x > 0.0) & (middles[:, 1] * y > 0.0)).sum() == 9


def test_bell_is_almond_shaped_hollow_and_arched() -> None:
    low = level("bianzhong", 0.02)
    assert len(low) == 2
    (section,) = level("bianzhong", 0.25)
    assert len(section.interiors) == 1
    low_x, low_y, high_x, high_y = section.bounds
    ellipse = np.pi / 4.0 * (high_x - low_x) * (high_y - low_y)
    assert shapely.Polygon(section.exterior).area < 0.96 * ellipse


def test_cong_is_square_outside_and_round_inside() -> None:
    """Between two grooves the section is a square less its four channels and the hole, in closed form."""
    height = (1.5 + 3.4 * 0.45) / 20.0
    (section,) = level("cong", height)
    (hole,) = section.interiors
    ring = np.array(hole.coords)[:-1]
    radius = np.hypot(*ring.T)
    assert np.ptp(radius) < 0.01 * radius.mean()
    low_x, low_y, high_x, high_y = section.bounds
    side = high_x - low_x
    assert side == pytest.approx(high_y - low_y, rel=1e-6)
    assert section.area < side**2 - np.pi * radius.mean() ** 2
    assert section.area > side**2 - np.pi * radius.mean() ** 2 - 4.0 * 0.015 * 0.0022


def test_cong_volume_lies_between_those_of_its_prisms() -> None:
    """Collars are cylinders, the middle a square prism, the hole a tube that narrows by 6 % towards its middle."""
    (top,) = level("cong", 0.97)
    outer, inner = (0.5 * np.ptp(np.array(edge.coords)[:, 0]) for edge in (top.exterior, top.interiors[0]))
    mesh = built("cong")
    side, height, collar = mesh.size[0], mesh.size[2], 0.015
    hole = np.pi * inner**2 * height * (1.0 + 0.94 + 0.94**2) / 3.0
    whole = (height - 2.0 * collar) * side**2 + 2.0 * collar * np.pi * outer**2 - hole
    assert 0.88 * whole < solid("cong").volume < whole


def test_bi_has_a_hole_of_about_a_fifth_of_its_width() -> None:
    (section,) = level("bi", 0.5)
    outer, hole = (np.ptp(np.array(edge.coords)[:, 0]) for edge in (section.exterior, section.interiors[0]))
    jade = 0.5 * (outer - hole)
    assert jade / hole == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize("name", ["ewer", "spouted_jar"])
def test_spouts_are_open_into_the_vessel(name: str) -> None:
    """The inside has one more way out than the mouth, so that the surface is a torus with its handle's hole."""
    made = solid(name)
    bodies = made.body_count
    assert bodies == 1
    assert made.euler_number <= -2


def test_moon_flask_is_flat_and_round_from_the_front() -> None:
    width, depth, _ = built("moon_flask").size
    assert depth < 0.5 * width
    flask = built("moon_flask")
    body = flask.vertices[np.unique(flask.faces[flask.face_region == flask.regions.index("body")])]
    assert np.ptp(body[:, 0]) == pytest.approx(width, rel=0.01)


def test_no_two_of_these_differ_by_scale_alone() -> None:
    """Widths and depths at nine heights, as shares of the height, tell every pair apart."""

    def outline(name: str) -> np.ndarray:
        bounds = [shapely.unary_union(level(name, share)).bounds for share in np.linspace(0.1, 0.9, 9)]
        return np.array([(b[2] - b[0], b[3] - b[1]) for b in bounds]) / built(name).size[2]

    outlines = [(name, outline(name)) for name in OWN]
    for k, (one, first) in enumerate(outlines):
        for other, second in outlines[k + 1 :]:
            assert np.abs(first - second).max() > 0.08, (one, other)


@pytest.mark.parametrize("name", OWN)
def test_every_zone_lies_on_the_type_and_meets_its_surface(name: str) -> None:
    kind, mesh = types.load(name), built(name)
    assert kind.zones
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    middle = (mesh.vertices[mesh.faces].mean(axis=1) - low) / (high - low)
    for zone in kind.zones:
        assert set(zone.regions) <= set(mesh.regions)
        assert all(-1e-9 <= value <= 1.0 for value in zone.extent)
        inside = np.isin(mesh.face_region, [mesh.regions.index(r) for r in zone.regions])
        assert inside.any()
        if zone.kind == "band":
            assert zone.extent[0] < zone.extent[1]
            inside &= (middle[:, 2] > zone.extent[0]) & (middle[:, 2] < zone.extent[1])
        elif zone.kind == "ring":
            centre = mesh.vertices[mesh.faces].mean(axis=1)
            share = np.hypot(centre[:, 0], centre[:, 1]) / (0.5 * min(mesh.size[:2]))
            inside &= (share > zone.extent[0]) & (share < zone.extent[1])
        assert inside.any(), zone


def test_a_skin_of_squares_has_the_volume_of_a_frustum() -> None:
    loops = [rectangle_ring(size, size, 1e-6, side=3, corner=2) for size in (4.0, 3.0, 2.0)]
    part = skin(rings(loops, (0.0, 3.0, 6.0)), ["body"] * 2)
    mesh = assemble([part], size_m=(0.04, 0.04, 0.06))
    made = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    assert made.is_watertight
    assert made.volume == pytest.approx(0.06 * (0.04**2 + 0.04 * 0.02 + 0.02**2) / 3.0, rel=1e-4)


def test_a_shell_of_circles_holds_what_its_inside_holds() -> None:
    angle = 2.0 * np.pi * np.arange(180) / 180
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    outer = rings([3.0 * circle] * 3, (0.0, 1.0, 8.0))
    inner = rings([2.6 * circle] * 2, (0.5, 8.0))
    cup = shell(outer, ["body"] * 2, inner, lip=0.0)
    mesh = assemble([cup.body], size_m=(0.06, 0.06, 0.08))
    made = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    assert made.is_watertight
    assert made.volume == pytest.approx(np.pi * (0.03**2 * 0.08 - 0.026**2 * 0.075), rel=1e-3)


def test_inset_keeps_its_distance() -> None:
    angle = 2.0 * np.pi * np.arange(90) / 90
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    moved = inset(rings([2.0 * circle] * 4, (0.0, 1.0, 2.0, 3.0)), 0.003)
    assert np.allclose(np.hypot(moved[..., 0], moved[..., 1]), 0.017)


def test_an_almond_is_made_of_arcs_that_meet_in_points() -> None:
    ring = almond_ring(10.0, 6.0, steps=40)
    assert np.ptp(ring[:, 0]) == pytest.approx(10.0)
    assert np.ptp(ring[:, 1]) == pytest.approx(6.0)
    radius = (5.0**2 + 3.0**2) / 6.0
    upper = ring[:40]
    assert np.allclose(np.hypot(upper[:, 0], upper[:, 1] + radius - 3.0), radius)
    x, y = ring.T
    assert 0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0
