"""Every type of artifact is a sound, textured solid."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import cv2
import numpy as np
import pytest
import trimesh
from numba import njit

from backend.engines.artifact import types
from backend.errors import NotFound
from backend.geometry.mesh import UVMesh

RESOLUTION = 1024
GUTTER_TEXELS = 8
STRICTLY = 1e-4
"""Least barycentric coordinate of what lies strictly inside a face."""
CASES = [(name, seed) for name in types.names() for seed in (0, 1, 2)]


@cache
def built(name: str, seed: int = 0) -> UVMesh:
    return types.load(name).build(np.random.default_rng(seed))


def merged(mesh: UVMesh) -> trimesh.Trimesh:
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True)
    return solid


def uv_areas(mesh: UVMesh) -> np.ndarray:
    a, b, c = np.moveaxis(mesh.uv[mesh.faces], 1, 0)
    ab, ac = b - a, c - a
    return 0.5 * (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])


def areas(mesh: UVMesh) -> np.ndarray:
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)


def charts(mesh: UVMesh) -> np.ndarray:
    """(m,) number of the chart of each face: faces that share places, in the atlas and in space."""
    key = np.hstack([mesh.vertices, mesh.uv]).round(12)
    _, place = np.unique(key, axis=0, return_inverse=True)
    faces = place.reshape(-1)[mesh.faces]
    edges = np.vstack([faces[:, [0, 1]], faces[:, [1, 2]]])
    label = trimesh.graph.connected_component_labels(edges, node_count=int(place.max()) + 1)
    return label[faces[:, 0]]


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_is_one_watertight_outward_solid(name: str, seed: int) -> None:
    solid = merged(built(name, seed))
    assert solid.is_watertight
    assert solid.is_winding_consistent
    assert solid.volume > 0
    assert solid.body_count == 1


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_stands_centred_on_the_origin_at_its_typical_size(name: str, seed: int) -> None:
    mesh = built(name, seed)
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    size = np.array(types.load(name).size_m)
    assert np.allclose(mesh.size, size, rtol=0.01)
    assert abs(low[2]) < 1e-9
    assert np.abs((low + high)[:2]).max() < 1e-9 * size.max()
    assert 100 <= len(mesh.faces) <= 42_000


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_normals_are_unit_and_on_the_side_of_their_faces(name: str, seed: int) -> None:
    mesh = built(name, seed)
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-9)
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    cross = np.cross(b - a, c - a)
    size = np.linalg.norm(cross, axis=1)
    wide = size > 1e-4 * np.median(size)
    facing = np.einsum("ij,ikj->ik", cross[wide] / size[wide, None], mesh.normals[mesh.faces[wide]])
    assert facing.min() > 0.3


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_charts_lie_in_the_atlas_and_are_not_mirrored(name: str, seed: int) -> None:
    mesh = built(name, seed)
    assert mesh.uv.min() > 0.004
    assert mesh.uv.max() < 0.996
    assert uv_areas(mesh).min() > -1e-12


@njit
def holders(corners: np.ndarray, size: int) -> np.ndarray:
    """(size, size) how many triangles (m, 3, 2), in texels, hold each centre strictly inside: all three shares."""
    count = np.zeros((size, size), dtype=np.int32)
    for f in range(len(corners)):
        a, b, c = corners[f]
        whole = twice_the_area(a, b, c[0], c[1])
        if abs(whole) < 1e-12:
            continue
        columns = range(max(0, int(min(a[0], b[0], c[0]))), min(size, int(max(a[0], b[0], c[0])) + 1))
        for y in range(max(0, int(min(a[1], b[1], c[1]))), min(size, int(max(a[1], b[1], c[1])) + 1)):
            for x in columns:
                one, two = twice_the_area(b, c, x + 0.5, y + 0.5), twice_the_area(c, a, x + 0.5, y + 0.5)
                three = twice_the_area(a, b, x + 0.5, y + 0.5)
                count[y, x] += min(one / whole, two / whole, three / whole) > STRICTLY
    return count


@njit
def twice_the_area(a: np.ndarray, b: np.ndarray, x: float, y: float) -> float:
    return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])


@pytest.mark.parametrize("name", types.names())
def test_no_texel_lies_in_two_faces(name: str) -> None:
    """Neither charts over each other nor a chart folded over itself would leave a texel one place on the surface."""
    count = holders(built(name).uv[built(name).faces] * RESOLUTION, RESOLUTION)
    assert count.max() == 1
    # The counter misses only centres on borders between faces.
    assert count.mean() == pytest.approx(uv_areas(built(name)).sum(), rel=0.01)


def test_the_counter_of_faces_sees_a_fold() -> None:
    mesh = built("bowl")
    corners = mesh.uv[mesh.faces] * RESOLUTION
    largest = corners[[uv_areas(mesh).argmax()]]
    assert holders(np.concatenate([corners, largest]), RESOLUTION).max() == 2


@pytest.mark.parametrize("name", types.names())
def test_texel_density_is_even(name: str, record_property) -> None:
    mesh = built(name)
    area = areas(mesh)
    wide = area > 0.02 * np.median(area)
    density = np.sqrt(uv_areas(mesh)[wide] / area[wide])
    order = np.argsort(density)
    share = np.cumsum(area[wide][order]) / area[wide].sum()
    low, high = np.interp([0.01, 0.99], share, density[order])
    record_property("texel_density_spread", round(float(high / low), 3))
    record_property("atlas_fill", round(float(uv_areas(mesh).sum()), 3))
    assert high / low < 2.05
    assert uv_areas(mesh).sum() > 0.3


@pytest.mark.parametrize("name", ["amphora", "ding", "stele", "coin", "panel"])
def test_charts_keep_their_distance(name: str) -> None:
    mesh = built(name)
    label = charts(mesh)
    owner = np.full((RESOLUTION, RESOLUTION), -1, dtype=np.int32)
    for chart in np.unique(label):
        layer = np.zeros((RESOLUTION, RESOLUTION), dtype=np.uint8)
        for triangle in mesh.uv[mesh.faces[label == chart]] * RESOLUTION - 0.5:
            cv2.fillConvexPoly(layer, np.round(triangle * 256).astype(np.int32), 1, lineType=cv2.LINE_8, shift=8)
        if layer.sum() > 400:
            reach = cv2.dilate(layer, np.ones((GUTTER_TEXELS - 3,) * 2, dtype=np.uint8))
            assert not ((owner >= 0) & (reach > 0)).any()
            owner[layer > 0] = chart


@pytest.mark.parametrize("name", types.names())
def test_more_seeds_build_too(name: str) -> None:
    for seed in (11, 12, 13):
        mesh = types.load(name).build(np.random.default_rng(seed))
        assert uv_areas(mesh).min() > -1e-12


@pytest.mark.parametrize("name", ["kylix", "hydria", "hill_jar", "relief"])
def test_same_generator_state_gives_the_same_mesh(name: str) -> None:
    one, two = (types.load(name).build(np.random.default_rng(7)) for _ in range(2))
    for field in ("vertices", "faces", "uv", "normals", "face_region"):
        assert np.array_equal(getattr(one, field), getattr(two, field))


@pytest.mark.parametrize("name", types.names())
def test_another_seed_gives_another_shape(name: str) -> None:
    one, two = built(name, 0), built(name, 1)
    same = one.vertices.shape == two.vertices.shape and np.array_equal(one.vertices, two.vertices)
    assert same == types.load(name).flat


NOT_ON_ROUND_FEET = ("ding", "censer", "hill_jar", "column")
ON_ROUND_FEET = [t.name for t in types.all_types() if t.round and t.name not in NOT_ON_ROUND_FEET]


@pytest.mark.parametrize("name", ON_ROUND_FEET)
def test_round_types_stay_round(name: str) -> None:
    """Fitting to the typical size must not squash what was turned: the foot is a circle within 3 %."""
    mesh = built(name)
    foot = mesh.vertices[mesh.vertices[:, 2] < 1e-6 * mesh.size[2] + 1e-9]
    width, depth = np.ptp(foot[:, 0]), np.ptp(foot[:, 1])
    assert width == pytest.approx(depth, rel=0.03)


NOT_ABOUT_AN_AXIS = ("sarcophagus", "tray", "lamp", "jue")
VESSELS = [n for n in types.names() if "interior" in built(n).regions and n not in NOT_ABOUT_AN_AXIS]


@pytest.mark.parametrize("name", VESSELS)
def test_nothing_pokes_into_vessels(name: str) -> None:
    """From the axis outwards the first thing met is the inside, never a handle."""
    mesh = built(name)
    solid = merged(mesh)
    inside = mesh.vertices[np.unique(mesh.faces[mesh.face_region == mesh.regions.index("interior")])]
    low, high = inside[:, 2].min(), inside[:, 2].max()
    heights = np.linspace(low + 0.02 * (high - low), high - 0.02 * (high - low), 24)
    angles = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False) + 0.01
    axis = inside[inside[:, 2] < low + 1e-6].mean(axis=0)[:2]
    z, angle = (grid.ravel() for grid in np.meshgrid(heights, angles))
    origins = np.stack([np.full(len(z), axis[0]), np.full(len(z), axis[1]), z], axis=1)
    empty = ~solid.contains(origins)
    rays = np.stack([np.cos(angle), np.sin(angle), np.zeros(len(z))], axis=1)
    first = solid.ray.intersects_first(origins[empty], rays[empty])
    met = {mesh.regions[r] for r in mesh.face_region[first[first >= 0]]}
    assert met <= {"interior", "rim"}


def test_names_are_listed_without_loading_numpy() -> None:
    code = "import sys; from backend.engines.artifact import types; print(len(types.names()), 'numpy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert said == [str(len(types.names())), "False"]


def test_an_unknown_type_names_the_known_ones() -> None:
    with pytest.raises(NotFound) as caught:
        types.load("laser_printer")
    assert "amphora" in caught.value.fix


def test_each_module_holds_the_type_of_its_name() -> None:
    found = types.all_types()
    assert [t.name for t in found] == list(types.names())
    assert len(found) >= 14
    assert all(t.title and t.size_source and t.material for t in found)
    assert len({t.title for t in found}) == len(found)
