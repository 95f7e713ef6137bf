"""Stone, architecture, Egypt and the Near East: what can be counted or measured on the real things."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import shapely
import trimesh

from backend.engines.artifact import types
from backend.geometry.mesh import UVMesh


@cache
def built(name: str) -> UVMesh:
    return types.load(name).build(np.random.default_rng(0))


@cache
def solid(name: str) -> trimesh.Trimesh:
    mesh = built(name)
    made = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    return made


def cut(name: str, height: float) -> list[shapely.Polygon]:
    """The pieces of a horizontal cut at this share of the height, in metres."""
    shape = solid(name)
    section = shape.section(plane_origin=(0, 0, height * shape.extents[2]), plane_normal=(0, 0, 1))
    flat, _ = section.to_2D(to_2D=np.eye(4))
    area = shapely.Polygon()
    for loop in flat.discrete:
        # A loop may be walked as a figure of eight where two of its points nearly meet.
        area = area.symmetric_difference(shapely.make_valid(shapely.Polygon(loop)).buffer(1e-6))
    return [piece for piece in shapely.get_parts(area) if piece.area > 1e-10]


def outline(name: str, height: float, count: int = 2880) -> np.ndarray:
    """(count,) distance from the axis to the outside of a cut, by angle."""
    whole = shapely.union_all(cut(name, height))
    angle = 2.0 * np.pi * np.arange(count) / count
    reach = 10.0
    rays = [shapely.LineString([(0, 0), (reach * np.cos(a), reach * np.sin(a))]) for a in angle]
    return np.array([np.linalg.norm(shapely.get_coordinates(ray.intersection(whole)), axis=1).max() for ray in rays])


def hollows(radius: np.ndarray) -> int:
    """How many times the outline dips below the middle between its least and greatest radius."""
    low = radius < 0.5 * (radius.min() + radius.max())
    return int((low & ~np.roll(low, 1)).sum())


@pytest.mark.parametrize(
    ("name", "height", "flutes"),
    [
        ("column", 0.3, 20),
        ("column", 0.8, 20),
        ("doric_capital", 0.1, 20),
        ("ionic_column", 0.4, 24),
        ("corinthian_column", 0.4, 24),
        ("ionic_capital", 0.05, 24),
    ],
)
def test_shafts_have_the_flutes_of_their_order(name: str, height: float, flutes: int) -> None:
    pieces = cut(name, height)
    middle = max(pieces, key=lambda piece: piece.area)
    assert middle.contains(shapely.Point(0, 0))
    radius = outline(name, height)
    if name == "ionic_capital":
        radius = np.minimum(radius, np.median(radius) * 1.08)
    assert hollows(radius) == flutes


@pytest.mark.parametrize(
    ("name", "just_above", "diameters"),
    [
        # Parthenon: 10.43 m high, lower diameter 1.905 m.
        ("column", 0.005, 10.43 / 1.905),
        # Vitruvius IV.1.8 and IV.1.1.
        ("ionic_column", 0.07, 9.0),
        ("corinthian_column", 0.065, 9.0 + 2.0 / 3.0),
    ],
)
def test_columns_are_as_slender_as_their_order(name: str, just_above: float, diameters: float) -> None:
    assert built(name).size[2] / (2.0 * outline(name, just_above, 720).max()) == pytest.approx(diameters, rel=0.02)


@pytest.mark.parametrize("name", ["column", "ionic_column", "corinthian_column"])
def test_shafts_taper_with_a_swelling(name: str) -> None:
    low, middle, high = (outline(name, share, 720).max() for share in (0.1, 0.48, 0.86))
    assert high < middle < low
    assert middle > 1.002 * 0.5 * (low + high)


def test_a_corinthian_capital_has_two_tiers_of_eight_leaves_one_between_the_other() -> None:
    """Leaf tips hang over: cut there, they are pieces of their own beside the bell."""
    angles = []
    for height in (0.255, 0.535):
        bell, *tips = sorted(cut("corinthian_capital", height), key=lambda piece: -piece.area)
        assert bell.contains(shapely.Point(0, 0))
        tips = [piece for piece in tips if piece.area > 1e-5]
        assert len(tips) == 8
        angle = np.sort(np.degrees([np.arctan2(piece.centroid.y, piece.centroid.x) for piece in tips]) % 45.0)
        angles.append(float(np.median((angle + 22.5) % 45.0 - 22.5)))
    assert abs(angles[0] - angles[1]) % 45.0 == pytest.approx(22.5, abs=1.0)


def test_a_corinthian_abacus_is_hollowed_by_a_ninth_and_its_diagonal_is_twice_its_height() -> None:
    """Vitruvius IV.1.11-12."""
    abacus = shapely.union_all(cut("corinthian_capital", 0.985))
    corners = shapely.get_coordinates(abacus.minimum_rotated_rectangle)
    side = np.linalg.norm(corners[1] - corners[0])
    beside_the_flower = 0.06
    across = shapely.LineString([(-1, beside_the_flower), (1, beside_the_flower)]).intersection(abacus).length
    assert 0.5 * (side - across) / side == pytest.approx(1.0 / 9.0, abs=0.02)
    assert side * np.sqrt(2.0) / built("corinthian_capital").size[2] == pytest.approx(2.0, rel=0.06)


def test_ionic_volutes_wind_nearly_three_times() -> None:
    """Rays onto the face along a line from the eye upwards meet a ridge for each turn."""
    shape = solid("ionic_capital")
    width, depth, _ = shape.extents
    eye = np.array([0.445 * 0.50, 0.0, 0.15])
    steps = np.linspace(0.022, 0.110, 400)
    origins = np.stack([np.full(400, eye[0]), np.full(400, -depth), eye[2] + steps], axis=1)
    places, ray, _ = shape.ray.intersects_location(origins, np.tile((0.0, 1.0, 0.0), (400, 1)), multiple_hits=False)
    front = np.full(400, np.nan)
    front[ray] = places[:, 1]
    high = front < np.nanmedian(front) - 0.006
    assert int((high[1:] & ~high[:-1]).sum()) == 3
    assert width > 1.2 * depth


def test_the_temple_has_six_by_thirteen_columns() -> None:
    """The Hephaisteion: 34 around the cella, two more between the antae of either porch."""
    pieces = cut("temple", 0.35)
    columns = [piece for piece in pieces if np.ptp(np.array(piece.bounds).reshape(2, 2), axis=0).max() < 0.025]
    centres = np.array([(piece.centroid.x, piece.centroid.y) for piece in columns])
    edge = (np.abs(centres) > np.abs(centres).max(axis=0) - 0.002).any(axis=1)
    assert len(columns) == 38
    assert edge.sum() == 2 * 6 + 2 * 13 - 4
    assert (np.abs(centres[:, 1] - centres[:, 1].min()) < 0.001).sum() == 6
    assert (np.abs(centres[:, 0] - centres[:, 0].min()) < 0.001).sum() == 13


def test_the_temple_is_the_hephaisteion_at_one_to_fifty() -> None:
    stylobate = shapely.union_all(cut("temple", 0.0875)).bounds
    assert np.subtract(stylobate[2:], stylobate[:2]) * 50.0 == pytest.approx([13.71, 31.77], rel=0.01)


def test_the_pagoda_is_octagonal_and_has_seven_eaves() -> None:
    shape = solid("pagoda")
    heights = np.linspace(0.03, 0.88, 240)
    cuts = [shapely.union_all(cut("pagoda", height)) for height in heights]
    reach = np.array([np.linalg.norm(shapely.get_coordinates(piece), axis=1).max() for piece in cuts])
    wide = reach > np.convolve(np.pad(reach, 14, mode="edge"), np.ones(29) / 29, mode="valid")
    rises = (wide[1:] & ~wide[:-1] & (heights[1:] > 0.1)).sum()
    assert rises == 7
    assert shape.extents[0] == pytest.approx(shape.extents[1], rel=0.01)
    platform = shapely.union_all(cut("pagoda", 0.03)).simplify(1e-4)
    assert len(platform.exterior.coords) - 1 == 8


def test_an_obelisk_is_nine_to_eleven_of_its_widths_high() -> None:
    width = np.ptp(np.array(shapely.union_all(cut("obelisk", 0.14)).bounds).reshape(2, 2), axis=0)[0]
    assert 9.0 < 0.875 * 2.4 / width < 11.0
    assert shapely.union_all(cut("obelisk", 0.99)).area < 0.02 * width**2


def test_a_cylinder_seal_is_pierced_once_from_end_to_end() -> None:
    shape = solid("cylinder_seal")
    assert shape.euler_number == 0
    along = np.stack([np.zeros(9), np.zeros(9), np.linspace(0.01, 0.99, 9) * shape.extents[2]], axis=1)
    assert not shape.contains(along).any()


def test_a_scarab_is_pierced_along_its_back_and_flat_below() -> None:
    shape = solid("scarab")
    along = np.linspace(-0.42, 0.42, 25) * shape.extents[1]
    line = np.stack([np.zeros(25), along, np.full(25, 0.0033)], axis=1)
    assert not shape.contains(line).any()
    below = built("scarab").vertices[:, 2] < 1e-9
    oval = np.ptp(built("scarab").vertices[below][:, :2], axis=0)
    assert oval == pytest.approx([0.0124, 0.0174], rel=0.03)


def test_a_tablet_bulges_more_at_the_back() -> None:
    mesh = built("cuneiform_tablet")
    middle = np.abs(mesh.vertices[:, 0]) < 0.7 * 0.5 * mesh.size[0]
    middle &= np.abs(mesh.vertices[:, 2] / mesh.size[2] - 0.5) < 0.35
    front = mesh.vertices[middle & (mesh.vertices[:, 1] < 0)][:, 1]
    back = mesh.vertices[middle & (mesh.vertices[:, 1] > 0)][:, 1]
    assert np.ptp(back) > 1.5 * np.ptp(front)


@pytest.mark.parametrize("name", ["relief", "stele", "sarcophagus"])
def test_sunk_fields_are_no_troughs(name: str) -> None:
    """The ground lies less than a fifteenth of the depth behind what frames it."""
    mesh = built(name)
    field = np.unique(mesh.faces[mesh.face_region == mesh.regions.index("field")])
    assert np.ptp(mesh.vertices[field][:, 1]) < mesh.size[1] / 15.0


def test_a_shabti_has_a_head_a_fifth_of_its_height_and_stands_on_its_feet() -> None:
    mesh = built("shabti")
    head = mesh.vertices[np.unique(mesh.faces[mesh.face_region == mesh.regions.index("head")])]
    widest = max(cut("shabti", 0.62), key=lambda piece: piece.area).bounds
    assert 0.2 < np.ptp(head[:, 2]) / mesh.size[2] < 0.36
    assert widest[2] - widest[0] > 0.9 * mesh.size[0]
    assert shapely.union_all(cut("shabti", 0.01)).bounds[1] < -0.018
