"""Arms, jewellery, masks, coins and flat works: what can be counted or measured on the real things."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import shapely
import trimesh

from backend.engines.artifact import types
from backend.engines.artifact.parts import materials_of
from backend.geometry.mesh import UVMesh

NAMES = ("painting", "hanging_scroll", "codex")


@cache
def built(name: str) -> UVMesh:
    return types.load(name).build(np.random.default_rng(0))


@cache
def solid(name: str) -> trimesh.Trimesh:
    mesh = built(name)
    made = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    return made


def cut(name: str, point: tuple[float, float, float], normal: tuple[float, float, float]) -> list[shapely.Polygon]:
    """The pieces of a flat cut, metres; x and y of horizontal cuts stay, those of others are in the cut's plane."""
    section = solid(name).section(plane_origin=point, plane_normal=normal)
    flat, _ = section.to_2D(to_2D=np.eye(4) if normal == (0, 0, 1) else None)
    area = shapely.Polygon()
    for loop in flat.discrete:
        area = area.symmetric_difference(shapely.make_valid(shapely.Polygon(loop)).buffer(1e-7))
    return [piece for piece in shapely.get_parts(area) if piece.area > 1e-9]


def middle(name: str) -> float:
    return 0.5 * built(name).size[2]


def crossings(name: str, origin: tuple[float, float, float], direction: tuple[float, float, float]) -> np.ndarray:
    """Distances along a ray at which it goes through the surface, rising."""
    shape = solid(name)
    triangles = shape.triangles
    way = np.asarray(direction, dtype=float)
    # Moeller and Trumbore 1997.
    one, two = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    across = np.cross(way, two)
    det = np.einsum("ij,ij->i", one, across)
    det = np.where(np.abs(det) < 1e-18, np.nan, det)
    off = np.asarray(origin) - triangles[:, 0]
    u = np.einsum("ij,ij->i", off, across) / det
    turned = np.cross(off, one)
    v = turned @ way / det
    t = np.einsum("ij,ij->i", two, turned) / det
    hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)
    found = np.sort(t[hit])
    return found[np.concatenate([[True], np.diff(found) > 1e-6])] if len(found) else found


def test_a_torc_opens_at_the_front_by_less_than_a_neck_and_more_than_nothing():
    pieces = cut("torc", (0, 0, middle("torc")), (0, 0, 1))
    assert len(pieces) >= 1
    whole = shapely.union_all(pieces)
    front = shapely.box(-0.2, -0.2, 0.2, -0.06)
    ends = [piece for piece in shapely.get_parts(whole.intersection(front)) if piece.area > 1e-5]
    left = max(piece.bounds[2] for piece in ends if piece.centroid.x < 0)
    right = min(piece.bounds[0] for piece in ends if piece.centroid.x > 0)
    assert 0.003 < right - left < 0.06
    # Nothing else opens: a ray from the middle meets gold all the rest of the way round.
    for angle in np.radians(np.arange(-50.0, 231.0, 10.0)):
        ray = shapely.LineString([(0, 0), (0.2 * np.cos(angle), 0.2 * np.sin(angle))])
        assert ray.intersects(whole), np.degrees(angle)


def test_a_torc_is_wound_of_three_rods():
    pieces = cut("torc", (0, 0.02, 0), (0, 1, 0))
    assert len(pieces) == 2
    for piece in pieces:
        centre = np.array(piece.centroid.coords[0])
        ring = np.array(piece.exterior.segmentize(2e-4).coords) - centre
        angle = np.arctan2(ring[:, 1], ring[:, 0])
        reach = np.interp(np.linspace(-np.pi, np.pi, 360), np.sort(angle), np.hypot(*ring.T)[np.argsort(angle)])
        power = np.abs(np.fft.rfft(reach - reach.mean()))
        assert int(power[1:].argmax()) + 1 == 3


def test_a_finger_goes_through_a_ring():
    pieces = cut("ring", (0, 0, 0), (0, 1, 0))
    holes = [shapely.Polygon(hole) for piece in pieces for hole in piece.interiors]
    widest = max(holes, key=lambda hole: hole.area)
    # Inner diameters of finger rings: 14 to 22 mm (ISO 8653 sizes 44 to 69, in millimetres of girth).
    assert 0.014 < 2.0 * np.sqrt(widest.area / np.pi) < 0.022
    assert 44.0 < widest.exterior.length * 1000.0 < 70.0


def test_a_head_goes_into_a_helmet():
    # Breadth and length of the heads of men, 50th percentile: 15.2 and 19.7 cm (DIN 33402-2).
    high = 0.62 * built("helmet").size[2]
    pieces = cut("helmet", (0, 0, high), (0, 0, 1))
    room = [shapely.Polygon(hole) for piece in pieces for hole in piece.interiors]
    inner = max(room, key=lambda hole: hole.area)
    low_x, low_y, high_x, high_y = inner.bounds
    assert high_x - low_x > 0.152 and high_y - low_y > 0.197
    outer = shapely.Polygon(max(pieces, key=lambda piece: piece.area).exterior)
    sheet = (outer.area - inner.area) / outer.exterior.length
    assert 0.0008 < sheet < 0.006


def test_a_corinthian_helmet_lets_see_and_breathe():
    size = built("helmet").size
    for side in (-1, 1):
        back = crossings("helmet", (side * 0.034, -0.3, 0.505 * size[2]), (0, 1, 0))
        first = -0.3 + back[0]
        assert first > 0.0, "a ray through an eye first meets the back of the helmet"
    assert -0.3 + crossings("helmet", (0.0, -0.3, 0.2 * size[2]), (0, 1, 0))[0] > 0.0


def test_the_beads_of_a_necklace_can_be_counted():
    names = built("necklace").regions
    assert {"bead", "pendant"} <= set(names)
    loop = np.radians(np.linspace(0.0, 360.0, 7200, endpoint=False))
    area = shapely.union_all(cut("necklace", (0, 0, middle("necklace")), (0, 0, 1)))
    inner = max((hole for piece in shapely.get_parts(area) for hole in piece.interiors), key=lambda h: h.length)
    ring = np.array(inner.coords)
    ring = ring - ring.mean(axis=0)
    angle, reach = np.arctan2(ring[:, 1], ring[:, 0]) % (2 * np.pi), np.hypot(*ring.T)
    order = np.argsort(angle)
    line = np.interp(loop, angle[order], reach[order], period=2 * np.pi)
    smooth = np.convolve(np.concatenate([line[-200:], line, line[:200]]), np.ones(401) / 401, mode="valid")
    wave = line - smooth
    inward = wave < 0
    assert 30 <= int((inward & ~np.roll(inward, 1)).sum()) <= 46


def test_the_boards_of_a_codex_stand_out_beyond_its_pages():
    mesh = built("codex")
    boxes = {}
    for name in ("cover", "pages"):
        points = mesh.vertices[mesh.faces[mesh.face_region == mesh.regions.index(name)]].reshape(-1, 3)
        boxes[name] = points.min(axis=0), points.max(axis=0)
    squares = boxes["cover"][1] - boxes["pages"][1]
    # Squares of bindings are 2 to 6 mm; boards of oak 4 to 12 mm.
    assert 0.002 < squares[0] < 0.012 and 0.002 < squares[1] < 0.012
    hits = crossings("codex", (0.104, 0.05, -0.01), (0, 0, 1))
    assert 0.004 < hits[1] - hits[0] < 0.012


def test_masks_are_hollow_behind():
    for name, share in (("theatre_mask", 0.6), ("burial_mask", 0.75)):
        shape = solid(name)
        assert shape.volume < share * shape.convex_hull.volume, name


def test_through_the_mouth_of_a_theatre_mask_one_can_speak():
    size = built("theatre_mask").size
    open_at = [z for z in np.linspace(0.1, 0.4, 40) * size[2]
               if len(crossings("theatre_mask", (0.0, -0.5, float(z)), (0, 1, 0))) == 0]  # fmt: skip
    assert len(open_at) * 0.3 * size[2] / 40 > 0.01


def test_a_coin_weighs_what_a_stater_weighs():
    # Gold, 19.3 g/cm3; staters of Philip II and Alexander weigh 8.6 g, what a worn or a heavy issue may differ by half.
    grams = solid("coin").volume * 19.3e6
    assert 0.5 * 8.6 < grams < 1.7 * 8.6


def test_a_jian_has_two_edges_and_a_ridge():
    size = built("sword").size
    pieces = cut("sword", (0.1 * size[0], 0, 0), (1, 0, 0))
    assert len(pieces) == 1
    corners = np.array(pieces[0].exterior.coords)
    wide, thick = sorted(np.ptp(corners, axis=0))[::-1]
    assert 3.5 < wide / thick < 12.0
    # A lens or lozenge: clearly less than the rectangle around it.
    assert pieces[0].area < 0.75 * wide * thick


@pytest.mark.parametrize("name", NAMES)
def test_regions_of_another_material_exist(name):
    kind = types.load(name)
    assert set(kind.materials) <= set(built(name).regions)
    assert materials_of(kind, kind.material)
    assert not materials_of(kind, "bronze")
