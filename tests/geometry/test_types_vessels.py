"""Greek and Roman vessels against what is known of the real ones: measured objects, counts of handles, sections."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import shapely
import trimesh

from backend.engines.artifact import types
from backend.engines.artifact.info import ParametricParams
from backend.engines.artifact.spec import resolve
from backend.geometry.mesh import UVMesh

VESSELS = (
    "alabastron", "amphora", "aryballos", "belly_amphora", "calyx_krater", "candlestick", "column_krater", "hydria",
    "jar", "jug", "kantharos", "krater", "kylix", "lamp", "lekythos", "oinochoe", "pelike", "pithos", "skyphos",
    "unguentarium", "volute_krater",
)  # fmt: skip
CM = 0.01


@cache
def built(name: str, seed: int = 0) -> UVMesh:
    return types.load(name).build(np.random.default_rng(seed))


@cache
def solid(name: str) -> trimesh.Trimesh:
    mesh = built(name)
    made = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True)
    return made


def points_of(name: str, *regions: str) -> np.ndarray:
    mesh = built(name)
    chosen = np.isin(np.array(mesh.regions)[mesh.face_region], regions)
    return mesh.vertices[np.unique(mesh.faces[chosen])]


def radius(points: np.ndarray) -> float:
    return float(np.hypot(points[:, 0], points[:, 1]).max())


def radius_near(name: str, share: float, *leave_out: str) -> float:
    """The body's largest radius within 2 % of a height."""
    mesh = built(name)
    points = points_of(name, *(r for r in mesh.regions if r not in ("handle", "interior", *leave_out)))
    return radius(points[np.abs(points[:, 2] / mesh.size[2] - share) < 0.02])


def pieces_at(name: str, share: float) -> list[shapely.Polygon]:
    """What a level plane at a share of the height cuts through, as closed pieces."""
    made = solid(name)
    cut = made.section(plane_origin=(0.0, 0.0, share * built(name).size[2]), plane_normal=(0.0, 0.0, 1.0))
    rings = [shapely.Polygon(ring[:, :2]) for ring in cut.discrete if len(ring) > 3]
    return [r for r in rings if r.area > 1e-8]


def capacity(name: str) -> float:
    """Cubic metres that the hollow holds, by the flux of (x, y, 0) / 2 through its wall; level lids add nothing."""
    mesh = built(name)
    corners = mesh.vertices[mesh.faces[mesh.face_region == mesh.regions.index("interior")]]
    normal = 0.5 * np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle = corners.mean(axis=1)
    return float(-0.5 * (middle[:, :2] * normal[:, :2]).sum())


def handles_of(name: str) -> int:
    """How many handles stand apart from each other."""
    mesh = built(name)
    faces = mesh.faces[mesh.face_region == mesh.regions.index("handle")]
    part = trimesh.Trimesh(mesh.vertices, faces, process=False)
    part.merge_vertices(merge_tex=True, merge_norm=True)
    return len(trimesh.graph.connected_components(part.face_adjacency, min_len=20, nodes=np.arange(len(part.faces))))


@pytest.mark.parametrize(
    ("name", "count"),
    [("amphora", 2), ("belly_amphora", 2), ("volute_krater", 2), ("calyx_krater", 2), ("column_krater", 2),
     ("krater", 2), ("kylix", 2), ("skyphos", 2), ("kantharos", 2), ("pelike", 2), ("hydria", 3), ("oinochoe", 1),
     ("jug", 1), ("lekythos", 1), ("aryballos", 1), ("alabastron", 2), ("pithos", 8)],
)  # fmt: skip
def test_has_the_handles_of_its_type(name: str, count: int) -> None:
    assert handles_of(name) == count


@pytest.mark.parametrize(
    ("name", "centimetres"),
    [
        ("pelike", 13.0),  # Metropolitan Museum of Art 56.171.43
        ("krater", 45.4),  # Metropolitan Museum of Art 28.57.23
        ("volute_krater", 31.1),  # Metropolitan Museum of Art 24.97.25a
        ("calyx_krater", 55.1),  # Euphronios, Cerveteri
        ("kylix", 30.5),  # Munich 2044
        ("unguentarium", 2.67),  # Ringling SN28.1119
    ],
)
def test_mouth_is_as_wide_as_that_of_the_measured_object(name: str, centimetres: float) -> None:
    assert 2.0 * radius(points_of(name, "rim")) == pytest.approx(centimetres * CM, rel=0.03)


def test_pelike_stands_on_a_foot_as_wide_as_the_measured_one() -> None:
    assert 2.0 * radius(points_of("pelike", "foot")) == pytest.approx(13.7 * CM, rel=0.03)


def test_volute_krater_is_as_high_to_the_rim_as_the_measured_one() -> None:
    assert points_of("volute_krater", "rim")[:, 2].max() == pytest.approx(45.8 * CM, rel=0.02)


def test_calyx_krater_holds_as_much_as_the_one_it_is_measured_on() -> None:
    """The krater of Euphronios is published as holding about 45 litres."""
    assert capacity("calyx_krater") == pytest.approx(0.045, rel=0.15)


def test_column_krater_has_two_pairs_of_columns_beside_its_neck() -> None:
    rings = pieces_at("column_krater", 39.5 / 46.0)
    columns = [r for r in rings if not r.buffer(0).contains(shapely.Point(0.0, 0.0))]
    assert len(columns) == 4
    assert {tuple(np.sign(np.array(c.centroid.coords[0])).astype(int)) for c in columns} == {
        (-1, -1), (-1, 1), (1, -1), (1, 1),
    }  # fmt: skip
    plates = points_of("column_krater", "handle")
    assert plates[:, 2].max() >= points_of("column_krater", "rim")[:, 2].max() - 0.005
    assert np.abs(plates[:, 0]).max() > 1.1 * radius(points_of("column_krater", "rim"))


def test_volutes_are_spirals_that_stand_over_the_rim() -> None:
    """From the eye outwards the strap is met again and again, between web and edge of the scroll."""
    made = solid("volute_krater")
    scale = built("volute_krater").size / (np.array(types.load("volute_krater").size_m))
    eye = np.array([14.5, 2.0, 48.3]) * CM * scale
    assert made.contains(eye[None])[0]
    for side in (1.0, -1.0):
        start = eye * (side, 1.0, 1.0)
        hits, _, _ = made.ray.intersects_location([start], [(side, 0.0, 0.0)], multiple_hits=True)
        assert len(hits) == 5  # out of the eye, through the inner turn, through the outer turn
    rim = points_of("volute_krater", "rim")[:, 2].max()
    assert built("volute_krater").size[2] > 1.12 * rim


def test_kantharos_handles_loop_high_above_the_rim() -> None:
    rim, top = points_of("kantharos", "rim")[:, 2].max(), built("kantharos").size[2]
    assert top > 1.25 * rim
    assert len(pieces_at("kantharos", 0.5 * (rim + top) / top)) == 4


def test_calyx_krater_handles_stand_low_and_curl_upwards() -> None:
    mesh = built("calyx_krater")
    handle = points_of("calyx_krater", "handle")
    outer = handle[np.abs(handle[:, 0]) > 0.85 * np.abs(handle[:, 0]).max()]
    assert handle[:, 2].min() < 0.3 * mesh.size[2]
    assert handle[:, 2].max() < 0.7 * mesh.size[2]
    # The crown is above the outermost bend: the handle turns up, it does not just slant outwards.
    assert handle[:, 2].max() > outer[:, 2].min() + 0.15 * mesh.size[2]
    assert np.abs(handle[:, 0]).max() < radius(points_of("calyx_krater", "rim"))


def test_bell_krater_has_no_handles_above_its_lip_and_widens_to_the_lip() -> None:
    assert points_of("krater", "handle")[:, 2].max() < 0.8 * built("krater").size[2]
    widths = [radius_near("krater", share) for share in (0.3, 0.5, 0.7, 0.9)]
    assert widths == sorted(widths)


def test_trefoil_mouth_is_pinched_on_both_sides_and_the_jug_s_is_round() -> None:
    def fullness(name: str) -> float:
        """Share of its convex hull that the mouth fills, seen from above."""
        rim = points_of(name, "rim")
        sector = (np.degrees(np.arctan2(rim[:, 1], rim[:, 0])) // 6.0).astype(int)
        far = [rim[sector == s][np.hypot(*rim[sector == s, :2].T).argmax(), :2] for s in np.unique(sector)]
        mouth = shapely.Polygon(far)
        return mouth.area / mouth.convex_hull.area

    assert fullness("oinochoe") < 0.93
    assert fullness("jug") > 0.97
    rim = points_of("oinochoe", "rim")
    away = np.degrees(np.arctan2(rim[:, 1], -rim[:, 0]))
    reach = np.hypot(rim[:, 0], rim[:, 1])
    spout = reach[np.abs(away) < 8].max()
    for side in (1.0, -1.0):
        assert reach[np.abs(away - side * 62.0) < 8].max() < 0.75 * spout


def test_pelike_sags_and_amphorae_do_not() -> None:
    def widest(name: str) -> float:
        body = points_of(name, "body")
        return float(body[np.hypot(body[:, 0], body[:, 1]).argmax(), 2] / built(name).size[2])

    assert widest("pelike") < 0.4
    assert widest("amphora") > 0.5
    assert 0.45 < widest("belly_amphora") < 0.65


def test_neck_amphora_has_an_offset_neck_and_the_belly_amphora_runs_in_one_curve() -> None:
    """The profile's sharpest turn where neck and body meet."""

    def turn(name: str, low: float, high: float) -> float:
        mesh = built(name)
        points = points_of(name, *(r for r in mesh.regions if r not in ("handle", "interior", "base")))
        near = points[np.abs(np.arctan2(points[:, 1], points[:, 0]) + np.pi / 2) < 1e-6]
        line = np.unique(np.column_stack([near[:, 2], np.hypot(near[:, 0], near[:, 1])]).round(9), axis=0)
        line = line[(line[:, 0] > low * mesh.size[2]) & (line[:, 0] < high * mesh.size[2])]
        steps = np.diff(line, axis=0)
        return float(np.degrees(np.abs(np.diff(np.arctan2(steps[:, 1], steps[:, 0])))).max())

    assert turn("amphora", 0.6, 0.9) > 20.0
    assert turn("belly_amphora", 0.6, 0.92) < 15.0


def test_kylix_is_shallow() -> None:
    interior = points_of("kylix", "interior")
    assert np.ptp(interior[:, 2]) < 0.3 * 2.0 * radius(interior)


def test_lamp_has_two_openings_into_one_hollow() -> None:
    """A solid with two holes into its hollow and a ring for a handle: Euler characteristic 2 - 2 * 2."""
    assert solid("lamp").euler_number == -2


@pytest.mark.parametrize("name", VESSELS)
def test_zones_are_named_lie_on_the_vessel_and_bands_keep_clear_of_each_other(name: str) -> None:
    kind = types.load(name)
    assert kind.zones
    mesh = built(name)
    bands = sorted(z.extent for z in kind.zones if z.kind == "band")
    assert all(0.0 <= low < high <= 1.0 for low, high in bands)
    assert all(one[1] <= two[0] + 1e-9 for one, two in pairwise(bands))
    assert all(set(z.regions) <= set(mesh.regions) for z in kind.zones)
    frieze = next((z.extent for z in kind.zones if z.name == "frieze"), None)
    for zone in kind.zones:
        if zone.kind == "window":
            assert frieze is not None
            assert zone.extent[:2] == pytest.approx(frieze)
    height = points_of(name, *(r for r in mesh.regions if r not in ("handle", "interior", "base")))[:, 2] / mesh.size[2]
    for low, high in bands:
        assert ((height >= low - 0.02) & (height <= high + 0.02)).any()


@pytest.mark.parametrize("name", VESSELS)
def test_pictures_lie_clear_of_the_handles(name: str) -> None:
    """A window's middle and most of its width see no root of a handle."""
    kind = types.load(name)
    mesh = built(name)
    if "handle" not in mesh.regions or kind.name == "lamp":
        return
    handle = points_of(name, "handle")
    angle, share = np.degrees(np.arctan2(handle[:, 1], handle[:, 0])), handle[:, 2] / mesh.size[2]
    for zone in kind.zones:
        if zone.kind == "window":
            low, high, middle, width = zone.extent
            off = np.abs((angle - middle + 180.0) % 360.0 - 180.0)
            assert not ((off < 0.45 * width) & (share > low) & (share < high)).any()


@pytest.mark.parametrize(
    ("words", "name"),
    [("volute krater", "volute_krater"), ("calyx-krater", "calyx_krater"), ("column kraters", "column_krater"),
     ("bell krater", "krater"), ("krater", "krater"), ("belly amphora", "belly_amphora"), ("neck amphora", "amphora"),
     ("kantharoi", "kantharos"), ("pelikai", "pelike"), ("Minoan pithos", "pithos"), ("alabastron", "alabastron"),
     ("aryballoi", "aryballos"), ("glass unguentarium", "unguentarium"), ("trefoil oinochoe", "oinochoe"),
     ("jug", "jug")],
)  # fmt: skip
def test_its_words_name_it(words: str, name: str) -> None:
    assert resolve(ParametricParams(prompt=words)).type == name
