"""Surfaces: no break at seams, normals that are normals, maps that a renderer can use."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from backend.engines.artifact import types
from backend.geometry.mesh import UVMesh
from backend.geometry.texels import TexelMap, rasterise_texels
from backend.surface.evaluate import evaluate, surface_of
from backend.surface.kernels import tilt
from backend.surface.material import Base, Layer, Mask, Material, linear_of, load_finish, load_material
from backend.surface.motifs import motif
from backend.surface.noise import cells, fractal, permutation
from backend.words.names import material_names

NOTHING = np.zeros(0, dtype=np.float32)
STILL = np.zeros(3, dtype=np.float32)


def patch(resolution: int = 64, side: float = 0.1, lift=lambda x, y: 0.0 * x):
    """A level square facing up whose texels are known in closed form."""
    corners = np.array([[0, 0, 0], [side, 0, 0], [side, side, 0], [0, side, 0]], dtype=float)
    mesh = UVMesh(
        corners, np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32), np.array([[0, 0], [1, 0], [1, 1], [0, 1]],
        dtype=float), np.tile([0.0, 0.0, 1.0], (4, 1)), np.zeros(2, dtype=np.int32), ("body",),
    )  # fmt: skip
    rows, cols = (a.ravel().astype(np.int32) for a in np.mgrid[:resolution, :resolution])
    x, y = (cols + 0.5) / resolution * side, (1 - (rows + 0.5) / resolution) * side
    count = len(rows)
    axes = [np.tile(axis, (count, 1)).astype(float) for axis in ([0, 0, 1], [1, 0, 0], [0, 1, 0])]
    index = np.arange(count, dtype=np.int32).reshape(resolution, resolution)
    position = np.stack([x, y, lift(x, y)], axis=1)
    inside = np.ones((resolution, resolution), dtype=bool)
    texels = TexelMap(resolution, rows, cols, np.zeros(count, dtype=np.int32), position, *axes, index, inside)
    return mesh, texels


def maps_of(name: str, material: str, finish: str = "", resolution: int = 512, seed: int = 1, tint=None):
    kind = types.load(name)
    mesh = kind.build(np.random.default_rng(4))
    texels = rasterise_texels(mesh, resolution)
    surface = surface_of(mesh, texels, kind.round)
    laid = load_finish(finish) if finish else None
    return surface, texels, evaluate(surface, texels, load_material(material), laid, tint, seed, lambda share: None)


def test_noise_has_its_mean_its_range_and_is_continuous():
    rng = np.random.default_rng(3)
    points = rng.uniform(-20, 20, (50_000, 3)).astype(np.float32)
    scale = np.ones(3, dtype=np.float32)
    perm = permutation(rng)
    values = fractal(points, scale, STILL, 4, 0.5, False, 0.0, 0.0, 1.0, NOTHING, perm)
    assert abs(values.mean() - 0.5) < 0.01 and values.min() >= 0.0 and values.max() <= 1.0 and values.std() > 0.1
    near = fractal(points + np.float32(1e-3), scale, STILL, 4, 0.5, False, 0.0, 0.0, 1.0, NOTHING, perm)
    assert np.abs(near - values).max() < 0.03


def test_leaving_octaves_out_does_not_show():
    rng = np.random.default_rng(3)
    points = rng.uniform(-20, 20, (50_000, 3)).astype(np.float32)
    scale, perm = np.ones(3, dtype=np.float32), permutation(rng)
    whole = fractal(points, scale, STILL, 6, 0.6, False, 0.4, 0.0, 1.0, NOTHING, perm)
    short = fractal(points, scale, STILL, 6, 0.6, False, 0.4, 0.55, 0.65, NOTHING, perm)
    difference = np.abs(np.clip(whole, 0.55, 0.65) - np.clip(short, 0.55, 0.65))
    assert np.quantile(difference, 0.999) < 0.01


def test_cells_agree_with_a_search_over_all_feature_points():
    rng = np.random.default_rng(5)
    perm = permutation(rng)
    points = rng.uniform(3, 9, (2000, 3)).astype(np.float32)
    scale = np.ones(3, dtype=np.float32)
    grid = np.stack(np.meshgrid(*[np.arange(0, 13)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    p = perm.astype(int)
    h = p[(p[(p[grid[:, 0] & 255] + grid[:, 1]) & 255] + grid[:, 2]) & 255]
    features = grid + np.stack([p[h], p[h + 57], p[h + 131]], axis=1) / 255.0
    distance, _ = cKDTree(features).query(points, k=2)
    first, gap, _ = cells(points, scale, False, NOTHING, perm)
    assert np.quantile(np.abs(first - distance[:, 0]), 0.99) < 1e-5
    close, _, _ = cells(points, scale, True, NOTHING, perm)
    near = distance[:, 0] < 0.5
    assert np.allclose(close[near], distance[near, 0], atol=1e-5)
    assert np.quantile(np.abs(gap - (distance[:, 1] - distance[:, 0])), 0.9) < 1e-4


@pytest.mark.parametrize(
    ("name", "material", "finish"),
    [("meiping", "porcelain", "blue_and_white"), ("bowl", "celadon", ""), ("krater", "marble", "")],
)
def test_the_colour_does_not_break_at_a_seam(name, material, finish):
    kind = types.load(name)
    mesh = kind.build(np.random.default_rng(4))
    texels = rasterise_texels(mesh, 512)
    rng = np.random.default_rng(0)
    chosen = rng.integers(0, len(texels.rows), 4000)
    other = rng.permutation(len(texels.rows))[: len(chosen)]
    # The same surface points once more, at other places of the atlas and with other tangents, as the far side of a
    # seam has them.
    position = texels.position.copy()
    position[other] = texels.position[chosen]
    region_face, normal = texels.face.copy(), texels.normal.copy()
    region_face[other], normal[other] = texels.face[chosen], texels.normal[chosen]
    moved = TexelMap(
        512,
        texels.rows,
        texels.cols,
        region_face,
        position,
        normal,
        texels.bitangent,
        texels.tangent,
        texels.nearest,
        texels.inside,
    )
    layers = load_finish(finish) if finish else None
    maps = evaluate(
        surface_of(mesh, moved, kind.round), moved, load_material(material), layers, None, 1, lambda share: None
    )
    for picture in (maps.base_color.astype(int), maps.roughness.astype(int), maps.metallic.astype(int)):
        here = picture[texels.rows[other], texels.cols[other]]
        source = ~np.isin(chosen, other)
        there = picture[texels.rows[chosen], texels.cols[chosen]]
        assert np.abs(here[source] - there[source]).max() <= 2


def test_neighbours_across_the_seams_of_a_real_atlas_look_alike():
    surface, texels, maps = maps_of("meiping", "celadon")
    tree = cKDTree(surface.position)
    distance, near = tree.query(surface.position[::7], k=2)
    near, distance = near[:, 1], distance[:, 1]
    own = np.arange(0, len(surface), 7)
    apart = (np.abs(texels.rows[own] - texels.rows[near]) + np.abs(texels.cols[own] - texels.cols[near])) > 4
    across = apart & (distance < surface.spacing) & ((surface.normal[own] * surface.normal[near]).sum(axis=1) > 0.99)
    across &= surface.region[own] == surface.region[near]
    assert across.sum() > 50
    colours = maps.base_color[texels.rows, texels.cols].astype(int)
    jump = np.abs(colours[own] - colours[near]).max(axis=1)
    usual = np.abs(np.diff(maps.base_color.astype(int), axis=1)).max(axis=2)[
        texels.inside[:, 1:] & texels.inside[:, :-1]
    ]
    assert jump[across].mean() < 2.0 * usual.mean() + 2.0


@pytest.mark.parametrize("material", material_names())
def test_maps_of_every_material_are_whole(material):
    _, texels, maps = maps_of("bowl", material, resolution=256)
    assert maps.base_color.shape == (256, 256, 3) and maps.base_color.dtype == np.uint8
    lengths = np.linalg.norm(maps.normal.astype(float) / 127.5 - 1.0, axis=2)
    assert np.abs(lengths - 1.0).max() < 0.02
    assert (maps.normal[..., 2] > 150).all()
    gutter = ~texels.inside
    expected = maps.base_color[texels.rows, texels.cols][texels.nearest[gutter]]
    assert np.array_equal(maps.base_color[gutter], expected)


@pytest.mark.parametrize(
    "finish",
    [
        "attic_red_figure",
        "attic_black_figure",
        "attic_black_gloss",
        "sancai",
        "crackle",
        "gilding",
        "patinated",
        "polished",
    ],
)
def test_a_finish_changes_the_surface(finish):
    _, _, plain = maps_of("vase", "terracotta", resolution=256)
    _, _, laid = maps_of("vase", "terracotta", finish, resolution=256)
    changed = (plain.base_color != laid.base_color).any(axis=2) | (plain.roughness != laid.roughness)
    assert changed.mean() > 0.01


def test_the_normal_map_is_flat_where_the_height_is():
    _, texels, maps = maps_of("bowl", "neutral", resolution=256)
    assert (maps.normal == np.array([128, 128, 255])).all()
    assert np.allclose(maps.bent, texels.normal, atol=1e-6)


def test_slopes_are_those_of_the_height():
    _, texels = patch()
    height = (0.3 * texels.position[:, 0] - 0.2 * texels.position[:, 1]).astype(np.float32)
    index = np.arange(len(height), dtype=np.int32).reshape(64, 64)
    arrays = [np.ascontiguousarray(a, dtype=np.float32) for a in (texels.position, texels.tangent, texels.bitangent)]
    slope = tilt(index, texels.rows, texels.cols, *arrays, height, 1.0, 5.0)
    assert np.allclose(slope, [0.3, -0.2], atol=1e-4)


def test_relief_bends_the_normal_away_from_the_rise():
    mesh, _ = patch()
    ramp = Layer(mask=Mask(kind="level", size=(0.0, 1.0, 1.0)), relief_mm=20.0)
    lifted = patch(lift=lambda x, y: x)[1]
    material = Material(title="t", source="s", base=Base(colour=(0.5, 0.5, 0.5), roughness=0.5), layers=(ramp,))
    surface = surface_of(mesh, lifted, False)
    surface = type(surface)(**{**vars(surface), "height": 0.1})
    maps = evaluate(surface, lifted, material, None, None, 0, lambda share: None)
    # 20 mm over 100 mm of x: a slope of 0.2 seen in a frame whose positions rise with x.
    assert (maps.normal[..., 0] < 128).all() and (np.abs(maps.normal[..., 1].astype(int) - 128) <= 1).all()


def test_a_colour_word_turns_the_material_and_keeps_its_lights_and_darks():
    _, _, plain = maps_of("bowl", "sandstone", resolution=256)
    _, _, green = maps_of("bowl", "sandstone", resolution=256, tint=linear_of("#5f8356"))
    before, after = plain.base_color.reshape(-1, 3).mean(axis=0), green.base_color.reshape(-1, 3).mean(axis=0)
    assert after[1] - after[0] > before[1] - before[0] + 10
    assert np.corrcoef(plain.base_color[..., 1].ravel(), green.base_color[..., 1].ravel())[0, 1] > 0.9


def test_another_seed_is_another_surface():
    _, _, first = maps_of("bowl", "marble", resolution=256, seed=1)
    _, _, again = maps_of("bowl", "marble", resolution=256, seed=1)
    _, _, other = maps_of("bowl", "marble", resolution=256, seed=2)
    assert np.array_equal(first.base_color, again.base_color) and np.array_equal(first.normal, again.normal)
    assert not np.array_equal(first.base_color, other.base_color)


@pytest.mark.parametrize("name", ["meander", "palmettes", "waves", "lappets", "peony_scroll"])
def test_a_motif_repeats_without_a_break(name):
    picture, aspect = motif(name)
    assert picture.shape[1] == pytest.approx(picture.shape[0] * aspect, abs=2)
    step = np.abs(picture[:, 0] - picture[:, -1]).mean()
    inner = np.abs(np.diff(picture, axis=1)).mean(axis=0).max()
    assert step <= inner + 0.05
