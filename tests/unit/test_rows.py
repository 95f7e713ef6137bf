"""Objects in rows: none touches another, each row goes by date, each base is seen from the camera."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from museum_addon.exhibition.rows import Footprint, RowLayout, arranged, floor_grid

side = st.floats(0.02, 2.0)
footprints = st.lists(
    st.builds(Footprint, side, side, side, st.tuples(st.just(0), st.floats(-3000, 2000), st.integers(-3000, 2000))),
    min_size=1,
    max_size=60,
)


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]


def rectangles(items: list[Footprint], layout: RowLayout) -> list[tuple[float, float, float, float]]:
    return [
        (s.x - f.width / 2, s.x + f.width / 2, s.y - f.depth / 2, s.y + f.depth / 2)
        for f, s in zip(items, layout.spots, strict=True)
    ]


@settings(deadline=None)
@given(footprints)
def test_nothing_touches_and_everything_stands_on_its_step(items: list[Footprint]) -> None:
    layout = arranged(items)
    boxes = rectangles(items, layout)
    assert not any(overlap(a, b) for a, b in combinations(boxes, 2))
    for box, spot in zip(boxes, layout.spots, strict=True):
        block = layout.blocks[spot.row]
        assert abs(block.height - spot.z) < 1e-9
        assert block.x - block.width / 2 < box[0] + 1e-9 and box[1] - 1e-9 < block.x + block.width / 2
        assert block.y - block.depth / 2 < box[2] and box[3] < block.y + block.depth / 2


@settings(deadline=None)
@given(footprints)
def test_rows_go_by_date_from_left_to_right(items: list[Footprint]) -> None:
    layout = arranged(items)
    for row in {spot.row for spot in layout.spots}:
        members = sorted(
            ((s.x, f.date_key) for f, s in zip(items, layout.spots, strict=True) if s.row == row), key=lambda m: m[0]
        )
        assert all(a[1] <= b[1] for a, b in pairwise(members))


@settings(deadline=None)
@given(footprints)
def test_steps_do_not_cut_into_each_other(items: list[Footprint]) -> None:
    blocks = sorted(arranged(items).blocks, key=lambda block: block.y)
    assert all(a.y + a.depth / 2 <= b.y - b.depth / 2 + 1e-9 for a, b in pairwise(blocks))


@given(st.lists(st.tuples(side, side), max_size=70))
def test_the_floor_grid_keeps_things_apart(sizes: list[tuple[float, float]]) -> None:
    places = floor_grid(sizes)
    boxes = [(x - w / 2, x + w / 2, y - d / 2, y + d / 2) for (x, y), (w, d) in zip(places, sizes, strict=True)]
    assert not any(overlap(a, b) for a, b in combinations(boxes, 2))


def test_a_tray_of_coins_is_laid_out_like_a_hall_of_columns() -> None:
    coins = [Footprint(0.02 + i / 1000, 0.02, 0.003 + i / 1000, (0, i, i)) for i in range(9)]
    columns = [Footprint(c.width * 20, c.depth * 20, c.height * 20, c.date_key) for c in coins]
    small, large = arranged(coins), arranged(columns)
    assert large.viewer[2] > 10 * small.viewer[2]
    assert [spot.row for spot in small.spots] == [spot.row for spot in large.spots]
