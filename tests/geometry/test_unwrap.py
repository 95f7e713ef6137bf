"""Unwrapping against developable surfaces, rasterised charts and the mesh itself."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
import trimesh

from backend.errors import GeometryError
from backend.geometry.stretch import measured
from backend.geometry.unwrap import Unwrapped, unwrap

RESOLUTION = 1024


def bumpy(subdivisions: int = 4, roughness: float = 0.12) -> trimesh.Trimesh:
    """An organic form: a ball with waves of several lengths."""
    ball = trimesh.creation.icosphere(subdivisions=subdivisions)
    p = ball.vertices
    waves = sum(np.sin(k * p @ np.array(d)) / k for k, d in ((3, (1, 2, 0.5)), (7, (0.3, -1, 1)), (17, (1, 0.2, -0.7))))
    ball.vertices = p * (1.0 + roughness * waves)[:, None]
    return ball


def open_cylinder(segments: int = 48, rows: int = 12, top: float = 1.0) -> trimesh.Trimesh:
    """A tube, or the mantle of a frustum: developable."""
    angle, t = np.meshgrid(np.arange(segments) * 2 * np.pi / segments, np.linspace(0, 1, rows))
    radius = 1.0 + (top - 1.0) * t
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), 2.0 * t], axis=-1).reshape(-1, 3)
    a = (np.arange(rows - 1)[:, None] * segments + np.arange(segments)).ravel()
    b = (np.arange(rows - 1)[:, None] * segments + (np.arange(segments) + 1) % segments).ravel()
    faces = np.concatenate([np.stack([a, b, b + segments], 1), np.stack([a, b + segments, a + segments], 1)])
    return trimesh.Trimesh(points, faces, process=False)


def scattered() -> trimesh.Trimesh:
    """Two dozen small pieces."""
    rng = np.random.default_rng(4)
    pieces = []
    for place in rng.uniform(-1, 1, (24, 3)):
        piece = trimesh.creation.icosphere(subdivisions=1, radius=0.08)
        piece.apply_translation(place)
        pieces.append(piece)
    return trimesh.util.concatenate(pieces)


def fan() -> trimesh.Trimesh:
    """Three walls that meet in one line: not a manifold."""
    t = np.linspace(0, 1, 9)
    walls = []
    for angle in (0.0, 2.0, 4.0):
        grid = np.array([(r * np.cos(angle), r * np.sin(angle), z) for z in t for r in t])
        a = np.array([9 * i + j for i in range(8) for j in range(8)])
        faces = np.concatenate([np.stack([a, a + 1, a + 10], 1), np.stack([a, a + 10, a + 9], 1)])
        walls.append(trimesh.Trimesh(grid, faces, process=False))
    return trimesh.util.concatenate(walls)


def with_bad_faces() -> trimesh.Trimesh:
    """A ball with degenerate, doubled and turned faces."""
    ball = trimesh.creation.icosphere(subdivisions=3)
    extra = np.array([(0, 0, 1), (2, 2, 2), ball.faces[7], ball.faces[9][::-1]])
    return trimesh.Trimesh(ball.vertices, np.concatenate([ball.faces, extra]), process=False)


FORMS = {
    "cube": lambda: trimesh.creation.box(),
    "fine_cube": lambda: trimesh.creation.box().subdivide().subdivide().subdivide(),
    "cylinder": lambda: trimesh.creation.cylinder(1.0, 3.0, sections=40),
    "sphere": lambda: trimesh.creation.icosphere(subdivisions=3),
    "torus": lambda: trimesh.creation.torus(1.0, 0.35, major_sections=48, minor_sections=24),
    "one_triangle": lambda: trimesh.Trimesh([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)], process=False),
    "bumpy": bumpy,
    "open_cylinder": open_cylinder,
    "scattered": scattered,
    "fan": fan,
    "with_bad_faces": with_bad_faces,
}


def arrays(mesh: trimesh.Trimesh) -> tuple[np.ndarray, np.ndarray]:
    return np.array(mesh.vertices, dtype=np.float64), np.array(mesh.faces, dtype=np.int32)


@cache
def unwrapped(name: str) -> tuple[np.ndarray, np.ndarray, Unwrapped]:
    vertices, faces = arrays(FORMS[name]())
    return vertices, faces, unwrap(vertices, faces, resolution=RESOLUTION)


def signed_areas(out: Unwrapped) -> np.ndarray:
    a, b, c = np.moveaxis(out.uv[out.faces], 1, 0)
    return 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def drawn(out: Unwrapped, chart: int, size: int) -> np.ndarray:
    """(size, size) texels that the chart touches, by OpenCV's filler, outlines included."""
    layer = np.zeros((size, size), dtype=np.uint8)
    for triangle in out.uv[out.faces[out.chart == chart]] * size - 0.5:
        cv2.fillConvexPoly(layer, np.round(triangle * 256).astype(np.int32), 1, lineType=cv2.LINE_8, shift=8)
    return layer


@pytest.mark.parametrize("name", FORMS)
def test_charts_lie_in_the_atlas_unmirrored(name: str) -> None:
    vertices, faces, out = unwrapped(name)
    assert out.faces.shape == faces.shape
    assert out.chart.shape == (len(faces),)
    assert out.uv[out.faces].min() >= 0.0
    assert out.uv[out.faces].max() <= 1.0
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    sound = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-9
    assert (signed_areas(out)[sound] > 0.0).all()
    assert out.stretch.folded == 0


@pytest.mark.parametrize("name", FORMS)
def test_charts_keep_the_gutter(name: str) -> None:
    """Texels of different charts, each chart drawn by itself, are at least the gutter apart."""
    _, _, out = unwrapped(name)
    taken = np.zeros((RESOLUTION, RESOLUTION), dtype=np.uint8)
    # The filler adds up to a texel at each of two outlines, and reach counts whole texels.
    reach = 2 * (out.stretch.gutter - 3) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)) if reach > 1 else np.ones((1, 1), np.uint8)
    assert out.stretch.gutter == 16
    for chart in np.unique(out.chart):
        layer = drawn(out, chart, RESOLUTION)
        assert not (cv2.dilate(layer, disc) & taken).any()
        taken |= layer


@pytest.mark.parametrize("name", FORMS)
def test_no_chart_covers_itself(name: str) -> None:
    """What the faces of a chart measure is what they cover together on a fine grid, outlines aside."""
    _, _, out = unwrapped(name)
    size = 3072
    areas = signed_areas(out)
    for chart in np.unique(out.chart):
        layer = drawn(out, chart, size)
        covered, inner = int(layer.sum()), int(cv2.erode(layer, np.ones((3, 3), np.uint8)).sum())
        measure = float(areas[out.chart == chart].sum()) * size**2
        assert inner <= measure * 1.001
        assert measure <= covered * 1.001


@pytest.mark.parametrize("name", FORMS)
def test_texture_vertices_map_back_to_one_place(name: str) -> None:
    vertices, faces, out = unwrapped(name)
    place = np.full((len(out.uv), 3), np.nan)
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    sound = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-9
    place[out.faces[sound].ravel()] = vertices[faces[sound].ravel()]
    assert np.array_equal(place[out.faces[sound]], vertices[faces[sound]])


@pytest.mark.parametrize(("top", "rows"), [(1.0, 12), (0.4, 12), (0.05, 20)])
def test_developable_surfaces_are_laid_flat_without_stretch(top: float, rows: int) -> None:
    vertices, faces = arrays(open_cylinder(rows=rows, top=top))
    out = unwrap(vertices, faces)
    assert out.stretch.mean == pytest.approx(1.0, abs=2e-3)
    assert out.stretch.angular == pytest.approx(1.0, abs=5e-3)
    assert out.stretch.charts <= 6


@pytest.mark.parametrize("name", ["cube", "fine_cube"])
def test_cube_is_cut_into_its_sides_at_most(name: str) -> None:
    _, _, out = unwrapped(name)
    assert out.stretch.charts <= 6
    assert out.stretch.mean == pytest.approx(1.0, abs=1e-6)
    assert out.stretch.angular == pytest.approx(1.0, abs=1e-4)
    assert out.stretch.fill > 0.5


def test_organic_form_keeps_angles_density_and_fills_the_atlas() -> None:
    _, _, out = unwrapped("bumpy")
    assert out.stretch.mean < 1.05
    assert out.stretch.angular < 1.15
    assert out.stretch.density < 2.0
    assert out.stretch.fill > 0.4


def test_stretch_is_that_of_a_known_map() -> None:
    """A square drawn out to twice its width: singular values 1/2 and 1 from atlas to surface, by hand."""
    points = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], dtype=np.float64)
    faces = np.array([(0, 1, 2), (0, 2, 3)], dtype=np.int32)
    uv = points[:, :2] * (1.0, 0.5)
    report = measured(points, faces, uv, faces)
    # sqrt((1 + 4) / 2) for lengths, scaled by sqrt(area of the atlas / area of the surface).
    assert report.mean == pytest.approx(np.sqrt(2.5) * np.sqrt(0.5))
    assert report.angular == pytest.approx(2.0)
    assert report.fill == pytest.approx(0.5)
    assert measured(points, faces, points[:, :2], faces).mean == pytest.approx(1.0)


def test_polygons_are_never_cut() -> None:
    """A ball whose triangles are joined in patches of four: within a patch the atlas is in one piece."""
    vertices, faces = arrays(trimesh.creation.icosphere(subdivisions=4))
    groups = np.arange(len(faces), dtype=np.int32) // 4
    out = unwrap(vertices, faces, groups=groups)
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for f, corners in enumerate(faces):
        for k in range(3):
            edges.setdefault(tuple(sorted((corners[k], corners[(k + 1) % 3]))), []).append((f, k))
    checked = 0
    for (f, k), (g, m) in edges.values():
        if groups[f] == groups[g]:
            checked += 1
            assert out.faces[f, k] == out.faces[g, (m + 1) % 3]
            assert out.faces[f, (k + 1) % 3] == out.faces[g, m]
            assert out.chart[f] == out.chart[g]
    assert checked > len(faces) // 2
    assert out.stretch.folded == 0


def test_triangle_soup_is_unwrapped_as_the_surface_that_it_is() -> None:
    vertices, faces, whole = unwrapped("bumpy")
    soup = unwrap(vertices[faces.ravel()], np.arange(3 * len(faces), dtype=np.int32).reshape(-1, 3))
    assert np.array_equal(soup.chart, whole.chart)
    assert np.array_equal(soup.uv[soup.faces], whole.uv[whole.faces])


def test_same_mesh_gives_the_same_atlas() -> None:
    vertices, faces, out = unwrapped("bumpy")
    again = unwrap(vertices, faces, resolution=RESOLUTION)
    assert np.array_equal(out.uv, again.uv)
    assert np.array_equal(out.faces, again.faces)


def test_size_does_not_matter() -> None:
    vertices, faces, out = unwrapped("torus")
    small = unwrap(vertices * 2.0**-20, faces, resolution=RESOLUTION)
    assert np.array_equal(small.uv, out.uv)


def test_more_charts_than_the_gutter_leaves_room_for_get_a_smaller_gutter() -> None:
    corners = np.random.default_rng(1).uniform(0, 1, (400, 3, 3))
    corners[:, 1:] = corners[:, :1] + 0.02 * (corners[:, 1:] + (0.0, 0.5, 1.0))
    out = unwrap(corners.reshape(-1, 3), np.arange(1200, dtype=np.int32).reshape(-1, 3), resolution=256)
    assert out.stretch.charts == 400
    assert 0 <= out.stretch.gutter < 16
    assert out.stretch.folded == 0
    assert out.stretch.mean == pytest.approx(1.0, abs=1e-6)
    assert 0.0 <= out.uv.min() <= out.uv.max() <= 1.0


def test_progress_may_stop_the_work() -> None:
    class Stopped(Exception):
        pass

    def stop(fraction: float, _message: str) -> None:
        if fraction > 0.3:
            raise Stopped

    vertices, faces, _ = unwrapped("torus")
    with pytest.raises(Stopped):
        unwrap(vertices, faces, progress=stop)


@pytest.mark.parametrize(
    ("vertices", "faces", "says"),
    [
        (np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32), "no faces"),
        (np.array([(0, 0, 0), (1, 0, 0), (np.nan, 1, 0)]), np.array([(0, 1, 2)], dtype=np.int32), "not finite"),
        (np.ones((3, 3)), np.array([(0, 1, 2)], dtype=np.int32), "no extent"),
        (np.array([(0.0, 0, 0), (1, 0, 0), (2, 0, 0)]), np.array([(0, 1, 2)], dtype=np.int32), "has an area"),
    ],
)
def test_meshes_without_a_surface_are_refused(vertices: np.ndarray, faces: np.ndarray, says: str) -> None:
    with pytest.raises(GeometryError, match=says) as caught:
        unwrap(vertices, faces)
    assert caught.value.fix


def test_laying_can_be_stopped_and_is_heard_of_all_the_time() -> None:
    ball = trimesh.creation.icosphere(subdivisions=5)
    told: list[float] = []

    class Stopped(Exception):
        pass

    def say(fraction: float, message: str) -> None:
        told.append(fraction)
        if message == "Laying charts flat" and fraction > 0.4:
            raise Stopped

    with pytest.raises(Stopped):
        unwrap(np.asarray(ball.vertices), np.asarray(ball.faces), progress=say)
    assert sum(0.1 < fraction < 0.4 for fraction in told) >= 4
    assert told == sorted(told)
