"""The repair line: solids of known volume and genus, damaged on purpose, come back whole, true to size, on their base.

What comes back is judged by trimesh and manifold3d, on vertices joined by place as a reader of the file joins them.
"""

from __future__ import annotations

from collections.abc import Callable

import manifold3d
import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from backend.errors import GeometryError
from backend.geometry.repair.contract import RawShape, RepairedShape, RepairWish
from backend.geometry.repair.line import repaired

SMALL = {"texture_size": 64}


def silent(_share: float, _message: str) -> None:
    """Nobody watches."""


def ball(subdivisions: int = 3) -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=subdivisions)


def ring() -> trimesh.Trimesh:
    return trimesh.creation.torus(1.0, 0.35, major_sections=48, minor_sections=24)


def box() -> trimesh.Trimesh:
    return trimesh.creation.box((0.4, 0.7, 1.1)).subdivide().subdivide()


SOLIDS = {"ball": ball, "ring": ring, "box": box}
EULER = {"ball": 2, "ring": 0, "box": 2}


def raw(mesh: trimesh.Trimesh, **more: object) -> RawShape:
    return RawShape(np.array(mesh.vertices), np.array(mesh.faces, dtype=np.int32), **{"up": "z", "unit": 1.0, **more})


def whole(shape: RepairedShape) -> trimesh.Trimesh:
    """Vertices at one place joined, at the precision of a file."""
    place = shape.mesh.vertices.astype(np.float32)
    points, index = np.unique(place, axis=0, return_inverse=True)
    return trimesh.Trimesh(points, index.ravel()[shape.mesh.faces], process=False)


def assert_solid(shape: RepairedShape) -> trimesh.Trimesh:
    mesh = whole(shape)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    made = manifold3d.Manifold(manifold3d.Mesh64(mesh.vertices.astype(np.float64), mesh.faces.astype(np.uint64)))
    assert made.status() == manifold3d.Error.NoError
    assert shape.report.watertight
    return mesh


def punched(mesh: trimesh.Trimesh, rng: np.random.Generator) -> trimesh.Trimesh:
    """Without some faces around three vertices."""
    gone = np.isin(mesh.faces, rng.choice(len(mesh.vertices), 3, replace=False)).any(axis=1)
    return trimesh.Trimesh(mesh.vertices, mesh.faces[~gone], process=False)


def flipped(mesh: trimesh.Trimesh, rng: np.random.Generator) -> trimesh.Trimesh:
    faces = mesh.faces.copy()
    turned = rng.random(len(faces)) < 0.4
    faces[turned] = faces[turned][:, ::-1]
    return trimesh.Trimesh(mesh.vertices, faces, process=False)


def doubled(mesh: trimesh.Trimesh, rng: np.random.Generator) -> trimesh.Trimesh:
    again = mesh.faces[rng.choice(len(mesh.faces), 40)]
    return trimesh.Trimesh(mesh.vertices, np.concatenate([mesh.faces, again, again[:20, ::-1]]), process=False)


def with_floaters(mesh: trimesh.Trimesh, rng: np.random.Generator) -> trimesh.Trimesh:
    bits = [ball(1).apply_scale(0.02).apply_translation(rng.normal(size=3) * 3.0) for _ in range(6)]
    return trimesh.util.concatenate([mesh, *bits])


def soup(mesh: trimesh.Trimesh, rng: np.random.Generator) -> trimesh.Trimesh:
    """No two faces share a vertex, and corners are a hair apart."""
    places = mesh.triangles.reshape(-1, 3) + rng.normal(size=(3 * len(mesh.faces), 3)) * 1e-8
    return trimesh.Trimesh(places, np.arange(len(places)).reshape(-1, 3), process=False)


def with_fins(mesh: trimesh.Trimesh, rng: np.random.Generator) -> trimesh.Trimesh:
    """Faces that stand on edges of the surface, outside and inside."""
    edges = mesh.edges_unique[rng.choice(len(mesh.edges_unique), 8, replace=False)]
    tips = mesh.vertices[edges].mean(axis=1) * np.where(np.arange(8) % 2, 1.2, 0.8)[:, None]
    fins = np.column_stack([edges, len(mesh.vertices) + np.arange(8)])
    return trimesh.Trimesh(np.concatenate([mesh.vertices, tips]), np.concatenate([mesh.faces, fins]), process=False)


def with_nonsense(mesh: trimesh.Trimesh, rng: np.random.Generator) -> trimesh.Trimesh:
    """Faces with vertices that are no numbers, of one vertex, along a line, and beyond the list."""
    n = len(mesh.vertices)
    vertices = np.concatenate([mesh.vertices, [[np.nan, 0, 0], [np.inf, 1, 1], [0, 0, 0]]])
    odd = [[0, 1, n], [n, n + 1, 2], [5, 5, 6], [7, 7, 7], [0, 1, n + 99], [-1, 2, 3]]
    return trimesh.Trimesh(vertices, np.concatenate([mesh.faces, odd]), process=False, validate=False)


def with_t_junctions(mesh: trimesh.Trimesh, rng: np.random.Generator) -> trimesh.Trimesh:
    """Some faces have a vertex in the middle of an edge that their neighbours do not have."""
    vertices, faces = list(mesh.vertices), mesh.faces.tolist()
    for number in rng.choice(len(faces), 12, replace=False):
        a, b, c = faces[number]
        vertices.append(0.5 * (mesh.vertices[a] + mesh.vertices[b]))
        faces[number] = [a, len(vertices) - 1, c]
        faces.append([len(vertices) - 1, b, c])
    return trimesh.Trimesh(np.array(vertices), np.array(faces), process=False)


DAMAGE: dict[str, Callable[[trimesh.Trimesh, np.random.Generator], trimesh.Trimesh]] = {
    "punched": punched, "flipped": flipped, "doubled": doubled, "floaters": with_floaters, "soup": soup,
    "fins": with_fins, "nonsense": with_nonsense, "t-junctions": with_t_junctions,
}  # fmt: skip


@pytest.mark.parametrize("solid", SOLIDS)
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_solids_come_back_whole(solid: str, damage: str) -> None:
    good = SOLIDS[solid]()
    bad = DAMAGE[damage](good, np.random.default_rng(3))
    shape = repaired(raw(bad), RepairWish(**SMALL), silent)
    mesh = assert_solid(shape)
    assert mesh.volume == pytest.approx(good.volume, rel=0.02)
    assert mesh.euler_number == EULER[solid]
    assert shape.report.components == 1


@pytest.mark.parametrize("solid", SOLIDS)
def test_all_damage_at_once(solid: str) -> None:
    good, rng = SOLIDS[solid](), np.random.default_rng(11)
    bad = good
    for name in ("floaters", "t-junctions", "fins", "punched", "doubled", "nonsense", "flipped"):
        bad = DAMAGE[name](bad, rng)
    shape = repaired(raw(bad), RepairWish(**SMALL), silent)
    mesh = assert_solid(shape)
    assert mesh.volume == pytest.approx(good.volume, rel=0.03)
    assert mesh.euler_number == EULER[solid]
    assert shape.report.dropped >= 6
    assert shape.report.holes >= 3


def test_a_good_mesh_stays_as_it_is() -> None:
    good = ring()
    first = repaired(raw(good), RepairWish(**SMALL), silent)
    report = first.report
    counts = (report.unusable, report.dropped, report.holes, report.edges_split, report.flipped, report.sheets)
    assert counts == (0, 0, 0, 0, 0, 0)
    assert report.to_triangles == len(good.faces)
    moved = good.vertices - [*good.bounds.mean(axis=0)[:2], good.bounds[0, 2]]
    assert np.abs(moved[good.faces] - first.mesh.vertices[first.mesh.faces]).max() < 1e-6
    again = repaired(
        raw(trimesh.Trimesh(first.mesh.vertices, first.mesh.faces, process=False)), RepairWish(**SMALL), silent
    )
    assert np.abs(again.mesh.vertices[again.mesh.faces] - first.mesh.vertices[first.mesh.faces]).max() < 1e-6


def test_the_same_input_gives_the_same_bytes() -> None:
    bad = punched(ring(), np.random.default_rng(5))
    one, other = (repaired(raw(bad), RepairWish(500, 64), silent) for _ in range(2))
    assert np.array_equal(one.mesh.vertices, other.mesh.vertices)
    assert np.array_equal(one.mesh.uv, other.mesh.uv)
    assert np.array_equal(one.base_colour, other.base_colour)


@pytest.mark.parametrize("size", [(None, None, 0.3), (0.1, None, None), (0.2, 0.5, None), (0.3, 0.4, 0.5)])
def test_true_size_on_the_base(size: tuple[float | None, float | None, float | None]) -> None:
    good = box()
    shape = repaired(raw(good.copy().apply_translation((5, -7, 3))), RepairWish(size_m=size, **SMALL), silent)
    low, high = shape.mesh.vertices.min(axis=0), shape.mesh.vertices.max(axis=0)
    assert abs(low[2]) < 1e-7
    assert np.abs(low[:2] + high[:2]).max() < 1e-6
    for k, side in enumerate(size):
        if side is not None:
            assert high[k] - low[k] == pytest.approx(side, rel=1e-6)
    if sum(side is not None for side in size) == 1:
        proportion = (high - low) / good.extents
        assert np.ptp(proportion) < 1e-6 * proportion.max()
    assert shape.report.size_m == pytest.approx(tuple(high - low), rel=1e-6)


def test_millimetres_and_y_up_become_metres_and_z_up() -> None:
    good = box()
    turned = good.vertices[:, [0, 2, 1]] * (1, 1, -1) * 1000.0
    shape = repaired(RawShape(turned, good.faces, unit=0.001, up="y"), RepairWish(**SMALL), silent)
    assert shape.mesh.size == pytest.approx((0.4, 0.7, 1.1), rel=1e-6)
    assert (shape.report.up, shape.report.metres_per_unit) == ("y", pytest.approx(0.001))
    guessed = repaired(RawShape(good.vertices * 1000.0, good.faces), RepairWish(**SMALL), silent)
    assert guessed.mesh.size == pytest.approx((0.4, 0.7, 1.1), rel=1e-6)
    assert any("millimetres" in note for note in guessed.report.notes)


@pytest.mark.parametrize("factor", [1e-9, 1e12])
def test_a_size_that_nothing_has_is_said_and_replaced(factor: float) -> None:
    good = box()
    shape = repaired(RawShape(good.vertices * factor, good.faces, unit=1.0), RepairWish(**SMALL), silent)
    assert max(shape.mesh.size) == pytest.approx(1.0, rel=1e-6)
    assert any("made 1 m large" in note for note in shape.report.notes)


def test_decimation_keeps_form_and_budget() -> None:
    """Hausdorff distance, both ways, between points sampled by trimesh on both surfaces."""
    good = ball(6)
    good.vertices *= 1.0 + 0.08 * np.sin(6 * good.vertices[:, :1]) * np.cos(5 * good.vertices[:, 1:2])
    shape = repaired(raw(good), RepairWish(6000, 64), silent)
    mesh = assert_solid(shape)
    assert len(mesh.faces) <= 6000
    assert mesh.euler_number == 2
    assert mesh.volume == pytest.approx(good.volume, rel=0.002)
    moved = good.copy().apply_translation(-np.array([*good.bounds.mean(axis=0)[:2], good.bounds[0, 2]]))
    one, other = (trimesh.sample.sample_surface(each, 60_000, seed=1)[0] for each in (moved, mesh))
    for here, there in ((one, mesh), (other, moved)):
        dense = np.concatenate([trimesh.sample.sample_surface(there, 400_000, seed=2)[0], there.vertices])
        # The samples lie up to about 0.006 apart.
        assert cKDTree(dense).query(here)[0].max() < 0.012


@pytest.mark.parametrize("solid", SOLIDS)
def test_decimation_to_very_few_faces_stays_solid(solid: str) -> None:
    shape = repaired(raw(SOLIDS[solid]()), RepairWish(60, 64), silent)
    assert_solid(shape)
    assert shape.report.to_triangles <= 60


def test_solids_that_touch_at_an_edge_or_a_corner_stay_apart() -> None:
    cubes = [trimesh.creation.box().apply_translation(at) for at in ((0, 0, 0), (1, 1, 0), (2, 2, 1))]
    joined = trimesh.util.concatenate(cubes)
    joined.merge_vertices()
    shape = repaired(raw(joined), RepairWish(**SMALL), silent)
    mesh = assert_solid(shape)
    assert shape.report.components == 3
    assert mesh.volume == pytest.approx(3.0, rel=1e-3)


def test_a_solid_that_touches_itself_along_an_edge_is_closed() -> None:
    """Eight cubes in a ring of which two meet in an edge only."""
    cells = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (1, 1)]
    made = manifold3d.Manifold()
    for x, y in cells[:-1]:
        made += manifold3d.Manifold.cube((1, 1, 1)).translate((x, y, 0))
    solid = made.to_mesh64()
    ends = trimesh.Trimesh(np.asarray(solid.vert_properties)[:, :3], np.asarray(solid.tri_verts), process=False)
    corner = trimesh.creation.box().apply_translation((-0.5, 1.5, 0.5))
    joined = trimesh.util.concatenate([ends, corner])
    joined.merge_vertices()
    assert_solid(repaired(raw(joined), RepairWish(**SMALL), silent))


def test_a_hollow_stays_a_hollow() -> None:
    inner = ball().apply_scale(0.5)
    both = trimesh.util.concatenate([ball(), inner])
    shape = repaired(raw(both), RepairWish(**SMALL), silent)
    mesh = assert_solid(shape)
    assert mesh.volume == pytest.approx(ball().volume * (1 - 0.125), rel=1e-4)


def sheet(n: int = 12) -> trimesh.Trimesh:
    """A piece of paper that hangs in a curve."""
    x, z = (axis.ravel() for axis in np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1.4, n), indexing="ij"))
    cell = np.arange(n * n).reshape(n, n)
    a, b, c, d = cell[:-1, :-1].ravel(), cell[1:, :-1].ravel(), cell[1:, 1:].ravel(), cell[:-1, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return trimesh.Trimesh(np.stack([x, 0.15 * np.sin(2 * x), z], axis=1), faces, process=False)


@pytest.mark.parametrize("both_sides", [False, True])
def test_paper_keeps_its_form_and_is_given_a_thickness(both_sides: bool) -> None:
    paper = sheet()
    faces = np.concatenate([paper.faces, paper.faces[:, ::-1]]) if both_sides else paper.faces
    shape = repaired(RawShape(paper.vertices, faces, unit=1.0, up="z"), RepairWish(**SMALL), silent)
    mesh = assert_solid(shape)
    assert shape.report.sheets == 1
    assert mesh.area == pytest.approx(2 * paper.area, rel=0.05)
    assert mesh.extents == pytest.approx(paper.extents, abs=0.01)
    assert mesh.volume < 0.01 * paper.area


def test_paper_stays_open_unless_it_is_to_be_closed() -> None:
    paper = sheet()
    shape = repaired(raw(paper), RepairWish(watertight=False, **SMALL), silent)
    assert shape.report.sheets == shape.report.holes == 0
    assert not shape.report.watertight
    assert whole(shape).area == pytest.approx(paper.area, rel=1e-5)


def test_thin_solids_are_not_collapsed() -> None:
    plate = trimesh.creation.box((1.0, 1.0, 0.0004)).subdivide().subdivide()
    shape = repaired(raw(plate), RepairWish(100, 64), silent)
    mesh = assert_solid(shape)
    assert mesh.extents == pytest.approx(plate.extents, rel=1e-3)
    assert mesh.volume == pytest.approx(plate.volume, rel=0.01)


def test_an_open_vessel_stays_open_unless_it_is_to_be_closed() -> None:
    bowl = ball(4).slice_plane((0, 0, 0.2), (0, 0, -1))
    left = repaired(raw(punched(bowl, np.random.default_rng(2))), RepairWish(watertight=False, **SMALL), silent)
    assert left.report.holes >= 1
    assert not left.report.watertight
    assert len(whole(left).outline().entities) == 1
    assert_solid(repaired(raw(bowl), RepairWish(**SMALL), silent))


def test_a_moebius_strip_becomes_a_solid() -> None:
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    width = np.linspace(-0.3, 0.3, 5)
    r = 1 + width * np.cos(t / 2)[:, None]
    points = np.stack([r * np.cos(t)[:, None], r * np.sin(t)[:, None], width * np.sin(t / 2)[:, None]], axis=2)
    index = np.arange(200).reshape(40, 5)
    following = np.roll(index, -1, axis=0)
    following[-1] = index[0, ::-1]
    a, b, c, d = index[:, :-1].ravel(), following[:, :-1].ravel(), following[:, 1:].ravel(), index[:, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    assert_solid(repaired(RawShape(points.reshape(-1, 3), faces), RepairWish(**SMALL), silent))


EMPTY = {
    "nothing": (np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32)),
    "points": (np.zeros((5, 3)), np.zeros((0, 3), dtype=np.int32)),
    "one place": (np.zeros((3, 3)), np.array([[0, 1, 2]])),
    "a line": (np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]])),
    "no numbers": (np.full((3, 3), np.nan), np.array([[0, 1, 2]])),
    "beyond the list": (np.eye(3), np.array([[0, 1, 7]])),
    "one corner": (np.eye(3), np.array([[1, 1, 2]])),
}


@pytest.mark.parametrize("what", EMPTY)
def test_what_is_no_mesh_is_refused_with_advice(what: str) -> None:
    with pytest.raises(GeometryError) as refused:
        repaired(RawShape(*EMPTY[what]), RepairWish(**SMALL), silent)
    assert refused.value.fix


def test_whoever_watches_may_stop_it() -> None:
    class Stop(Exception):
        pass

    said: list[float] = []

    def say(share: float, _message: str) -> None:
        said.append(share)
        if share > 0.6:
            raise Stop

    with pytest.raises(Stop):
        repaired(raw(ball()), RepairWish(**SMALL), say)
    assert said == sorted(said)


@settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate]
)
@given(
    solid=st.sampled_from(sorted(SOLIDS)),
    damage=st.lists(st.sampled_from(sorted(DAMAGE)), max_size=4),
    seed=st.integers(0, 2**16),
    gone=st.floats(0.0, 0.95),
    jumble=st.floats(0.0, 0.3),
    budget=st.integers(4, 400),
    keep=st.sampled_from([0.0, 0.01, 0.5]),
)
def test_random_damage_never_breaks_it(
    solid: str, damage: list[str], seed: int, gone: float, jumble: float, budget: int, keep: float
) -> None:
    rng = np.random.default_rng(seed)
    mesh = ball(1) if solid == "ball" else SOLIDS[solid]()
    # Nonsense comes last: what damages a mesh wants to be able to read it.
    for name in sorted(damage, key=lambda name: name == "nonsense"):
        mesh = DAMAGE[name](mesh, rng)
    faces = np.array(mesh.faces)[rng.random(len(mesh.faces)) >= gone]
    wild = rng.random(len(faces)) < jumble * rng.random()
    faces[wild] = rng.integers(0, len(mesh.vertices), (int(wild.sum()), 3))
    wish = RepairWish(budget, 32, keep_share=keep)
    try:
        shape = repaired(RawShape(np.array(mesh.vertices), faces), wish, silent)
    except GeometryError as error:
        assert error.fix
        return
    assert_solid(shape)
    assert np.isfinite(shape.mesh.vertices).all()
    assert np.isfinite(shape.mesh.uv).all()
