"""Ornament: whole repeats that close, motifs in proportion, drawings that are what they say, where they may lie."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from backend.engines.artifact import types
from backend.engines.artifact.decoration import Facts, choose, decorate, schemes
from backend.engines.artifact.types.base import Zone
from backend.geometry.curves import CORNER, profile
from backend.geometry.lathe import lathe
from backend.geometry.solid import assemble
from backend.geometry.texels import rasterise_texels
from backend.surface.drawing import draw, flatten
from backend.surface.evaluate import surface_of
from backend.surface.motifs import load_motif, motif, motif_names
from backend.surface.ornament import evaluate_ornament, place_on, repeats_of
from backend.surface.place import Ornament, Place

RADIUS, HEIGHT = 0.1, 0.2


@pytest.fixture(scope="module")
def cylinder():
    """A closed cylinder about z, its wall the region "body"."""
    shape = profile("base", (0, 0), (10, 0, CORNER), "body", (10, 20, CORNER), "top", (0, 20), max_step=2.0)
    mesh = assemble([lathe(shape, segments=128)], size_m=(2 * RADIUS, 2 * RADIUS, HEIGHT))
    return surface_of(mesh, rasterise_texels(mesh, 512), True)


@pytest.fixture(scope="module")
def cone():
    """A cone whose wall leans by 45 degrees."""
    shape = profile("base", (0, 0), (12, 0, CORNER), "body", (2, 10, CORNER), "top", (0, 10), max_step=1.0)
    mesh = assemble([lathe(shape, segments=128)], size_m=(0.24, 0.24, 0.1))
    return surface_of(mesh, rasterise_texels(mesh, 512), True)


def drawn(shapes, aspect: float = 1.0, rows: int = 256):
    return draw(list(flatten(shapes, {})), round(rows * aspect), rows, 4, [(0.0, 0.0)]) / 255.0


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        ({"disc": [0.5, 0.5, 0.3]}, math.pi * 0.09),
        ({"rect": [0.2, 0.3, 0.7, 0.6]}, 0.15),
        ({"ring": [0.5, 0.5, 0.3], "width": 0.1}, math.pi * (0.35**2 - 0.25**2)),
        ({"line": [[0.2, 0.5], [0.8, 0.5]], "width": 0.1}, 0.06 + math.pi * 0.0025),
        ({"polygon": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]], "holes": [[[0.4, 0.2], [0.6, 0.2], [0.5, 0.4]]]}, 0.30),
    ],
)
def test_a_shape_covers_its_area(shape, area):
    assert drawn([shape]).mean() == pytest.approx(area, rel=0.02)


@pytest.mark.parametrize("name", motif_names())
def test_every_motif_is_drawn_and_leaves_ground(name):
    picture, aspect = motif(name, 256)
    # The least is the seal of a painting: a five-hundredth of the picture that it is drawn with.
    assert 0.001 < picture.mean() < 0.9 and picture.max() == 1.0
    assert picture.shape[1] == pytest.approx(256 * aspect, abs=8)
    assert load_motif(name).title.zh and load_motif(name).source


@pytest.mark.parametrize(("name", "fold"), [("star_ten", 10), ("rosette", 12)])
def test_a_star_looks_the_same_after_a_turn(name, fold):
    picture, _ = motif(name, 512)
    turn = cv2.getRotationMatrix2D((255.5, 255.5), 360.0 / fold, 1.0)
    turned = cv2.warpAffine(picture, turn, (512, 512), flags=cv2.INTER_LINEAR)
    y, x = np.mgrid[:512, :512] - 255.5
    inside = np.hypot(x, y) < 250
    assert np.abs(picture - turned)[inside].mean() < 0.02
    other = cv2.warpAffine(picture, cv2.getRotationMatrix2D((255.5, 255.5), 180.0 / fold, 1.0), (512, 512))
    assert np.abs(picture - other)[inside].mean() > 0.05


def test_the_notches_of_a_star_polygon_lie_where_its_edges_cross():
    # {8/2} is two squares: its notches lie on the inscribed circle's octagon, R * cos 45 / cos 22.5 from the middle.
    outline = next(iter(flatten([{"star": [0, 0, 8, 2, 1.0, 0]}], {}))).contours[0]
    radii = np.hypot(*outline.T)
    assert radii[::2] == pytest.approx(np.ones(8))
    assert radii[1::2] == pytest.approx(np.full(8, math.cos(math.pi / 4) / math.cos(math.pi / 8)))


@pytest.mark.parametrize("width", np.geomspace(0.6, 60.0, 40))
def test_repeats_are_whole_and_keep_the_proportions_within_a_quarter(width):
    for multiple in (1, 2):
        count, tall = repeats_of(float(width), 0.5, 1.3, multiple)
        assert count % multiple == 0 and 0.0 < tall <= 0.5
        shape = width / count / tall / 1.3
        if width > 1.3 * 0.5 * multiple:
            assert 0.75 <= shape <= 1.25


def test_a_band_closes_around_the_axis(cylinder):
    band = Ornament(place=Place(kind="band", extent=(0.3, 0.7)), motif="beads")
    placed = place_on(band.place, cylinder)
    assert placed.width == pytest.approx(2 * math.pi * RADIUS, rel=0.01)
    assert placed.height == pytest.approx(0.4 * HEIGHT, rel=0.01)
    values = evaluate_ornament(band, cylinder)[placed.index]
    # Turned by one repeat the band is the same everywhere, also across the place where angles start anew.
    count, _ = repeats_of(placed.width, placed.height, 1.0)
    turn = (placed.x / placed.width * count) % 1.0
    bins = np.floor(turn * 16).astype(int)
    cell = np.floor((placed.x / placed.width + 0.5) * count).clip(0, count - 1).astype(int)
    table = np.zeros((count, 16))
    number = np.zeros((count, 16))
    np.add.at(table, (cell, bins), values)
    np.add.at(number, (cell, bins), 1.0)
    means = table / np.maximum(number, 1.0)
    assert np.abs(means - means.mean(axis=0)).max() < 0.12


def test_a_leaning_wall_is_measured_along_itself(cone):
    placed = place_on(Place(kind="band", extent=(0.2, 0.8)), cone)
    assert placed.height == pytest.approx(0.06 * math.sqrt(2.0), rel=0.02)


def test_a_disc_in_the_middle_of_a_side_covers_its_area(cylinder):
    fill = Ornament(place=Place(kind="ring", extent=(0.0, 0.5), facing="top", regions=("top",)))
    area = evaluate_ornament(fill, cylinder).sum() * cylinder.spacing**2
    assert area == pytest.approx(math.pi * 0.05**2, rel=0.08)


def test_parts_of_a_surface_show_what_the_whole_shows(cylinder):
    whole = replace(cylinder)
    band = Ornament(place=Place(kind="band", extent=(0.1, 0.6)), motif="meander")
    expected = evaluate_ornament(band, whole)
    middle = len(whole) // 3
    parts = [evaluate_ornament(band, whole.part(slice(a, b))) for a, b in ((0, middle), (middle, len(whole)))]
    assert np.array_equal(np.concatenate(parts), expected)
    assert np.array_equal(evaluate_ornament(band, whole.part(slice(None, None, 7))), expected[::7])


@pytest.mark.parametrize("extent", [(0.0, 1.0), (0.2, 0.9)])
def test_ornament_stays_in_its_regions(cylinder, extent):
    for place in (
        Place(kind="band", extent=extent, regions=("body",)),
        Place(kind="field", extent=(0.1, 0.1, 0.9, 0.9), regions=("body",)),
        Place(kind="window", extent=(*extent, -90.0, 120.0), regions=("body",)),
    ):
        values = evaluate_ornament(Ornament(place=place), cylinder)
        names = {cylinder.regions[r] for r in np.unique(cylinder.region[values > 0])}
        assert names == {"body"}
        assert not evaluate_ornament(Ornament(place=place.model_copy(update={"regions": ("lid",)})), cylinder).any()


def test_every_motif_and_paint_that_a_scheme_names_exists():
    for name, scheme in schemes().items():
        assert scheme.main in scheme.paints, name
        assert not scheme.ground or scheme.ground in scheme.paints, name
        for item in (item for items in scheme.zones.values() for item in items):
            assert item.paint in scheme.paints, (name, item)
            assert not item.motif or item.motif in motif_names(), (name, item)


def facts(**changed) -> Facts:
    known = {"finish": "", "culture": "", "period": "", "material": "", "type": "", "asked": (), "plain": False}
    return Facts(**{**known, **changed})


ZONED = replace(types.load("amphora"), zones=(Zone("frieze", "band", (0.3, 0.7)), Zone("neck", "band", (0.85, 0.95))))


@pytest.mark.parametrize(
    ("known", "scheme", "motif_name"),
    [
        ({"finish": "attic_black_figure", "culture": "Greek", "material": "terracotta"}, "attic_black_figure",
         "figure_frieze"),
        ({"culture": "Chinese", "period": "shang", "material": "bronze"}, "shang_bronze", "taotie"),
        ({"culture": "Chinese", "period": "western_zhou", "material": "bronze"}, "zhou_bronze", "kui_dragon"),
        ({"finish": "blue_and_white", "culture": "Chinese", "period": "ming", "material": "porcelain"},
         "blue_and_white", "lotus_scroll"),
        ({"culture": "Greek", "period": "geometric_greek", "material": "terracotta"}, "greek_geometric", "meander"),
        ({"culture": "Greek", "manner": "corinthian", "material": "terracotta"}, "corinthian", "animal_frieze"),
        ({"culture": "Greek", "manner": "apulian", "finish": "attic_red_figure", "material": "terracotta"},
         "south_italian", "figure_frieze"),
        ({"culture": "Chinese", "type": "gu", "material": "bronze"}, "shang_beaker", "lappets"),
    ],
)  # fmt: skip
def test_period_and_culture_choose_the_scheme(known, scheme, motif_name):
    found = decorate(facts(**known), ZONED)
    assert found.scheme == scheme and motif_name in found.motifs


def test_ornament_asked_for_by_name_takes_the_main_place():
    found = decorate(facts(asked=("kufic",), material="terracotta"), ZONED)
    assert found.motifs == ("kufic_band",)
    assert any("cannot be read" in warning for warning in found.warnings)


def test_a_type_without_zones_stays_plain():
    found = decorate(facts(finish="attic_black_figure", material="terracotta"), replace(ZONED, zones=()))
    assert found.layers == ()
    assert decorate(facts(plain=True, finish="attic_black_figure"), ZONED).layers == ()


@pytest.mark.parametrize("name", ["painting", "hanging_scroll", "coin", "relief"])
def test_the_object_of_a_record_is_given_no_picture(name):
    """Nobody has seen what the real one shows; what is made from words may be illustrated."""
    kind = types.load(name)
    facts = Facts("", kind.culture, "", kind.material, name, (), False)
    assert schemes()[choose(facts)].pictorial
    chosen = choose(replace(facts, recorded=True))
    assert not chosen or not schemes()[chosen].pictorial
