"""The Collection panel's operators: load, filter, sort, select, keep in the .blend, and create from records."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "museum_addon" / "exhibition" / "data" / "sample_records.json"


@pytest.fixture
def group(museum: SimpleNamespace) -> bpy.types.PropertyGroup:
    assert bpy.ops.museum.records_load(filepath=str(SAMPLE)) == {"FINISHED"}
    return bpy.context.scene.museum.collection


def module(museum: SimpleNamespace, name: str):
    return import_module(f"{museum.package}.museum_addon.{name}")


def shown_in_order(group: bpy.types.PropertyGroup) -> list[bpy.types.PropertyGroup]:
    return sorted((row for row in group.records if row.shown), key=lambda row: row.place)


def test_loading_fills_the_list_and_selects_all(group: bpy.types.PropertyGroup) -> None:
    count = len(json.loads(SAMPLE.read_text(encoding="utf-8")))
    assert len(group.records) == group.selected_count == group.shown_count == count
    assert group.problem_count == 0


def test_the_rows_give_the_records_back(museum: SimpleNamespace, group: bpy.types.PropertyGroup) -> None:
    recordlist = module(museum, "recordlist")
    records = module(museum, "exhibition.loading").load_records(SAMPLE).records
    for row, record in zip(group.records, records, strict=True):
        back = recordlist.record_of(row)
        for side in ("width", "depth", "height", "diameter"):
            assert getattr(back.size_m, side) == pytest.approx(getattr(record.size_m, side), abs=1e-6)
        assert (back.id, back.title, back.date, back.interval.earliest, back.interval.latest, back.warnings) == (
            record.id, record.title, record.date, record.interval.earliest, record.interval.latest, record.warnings
        )  # fmt: skip


def test_the_list_is_sorted_by_interval(group: bpy.types.PropertyGroup) -> None:
    middles = [(row.earliest + row.latest) / 2 for row in shown_in_order(group) if row.has_earliest and row.has_latest]
    assert middles == sorted(middles)
    group.reverse = True
    assert [row.place for row in group.records] != sorted(row.place for row in group.records)
    group.sort_by = "FILE"
    group.reverse = False
    assert [row.place for row in group.records] == list(range(len(group.records)))


def test_the_filter_goes_by_words_and_by_years(group: bpy.types.PropertyGroup) -> None:
    group.search = "bronze chinese"
    assert {row.medium for row in shown_in_order(group)} == {"bronze"}
    assert {row.culture for row in shown_in_order(group)} == {"Chinese"}
    group.search = ""
    group.limit_years, group.from_year, group.to_year = True, -1400, -1000
    assert {row.accession_number for row in shown_in_order(group)} >= {"57.46.1.A-B", "73.48.3"}
    assert all(row.earliest <= -999 and row.latest >= -1399 for row in shown_in_order(group))


def test_selecting_touches_what_is_shown_alone(group: bpy.types.PropertyGroup) -> None:
    bpy.ops.museum.records_select(action="NONE")
    assert group.selected_count == 0
    group.search = "bronze"
    bpy.ops.museum.records_select(action="ALL")
    assert group.selected_count == group.shown_count == sum(row.selected for row in group.records)
    group.records[0].selected = not group.records[0].selected
    assert group.selected_count == sum(row.selected for row in group.records)


def test_records_survive_saving_without_their_file(group: bpy.types.PropertyGroup, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("number,title,date,height (cm)\n1,Jar,唐代,30\n", encoding="utf-8")
    bpy.ops.museum.records_load(filepath=str(table))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    table.unlink()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    kept = bpy.context.scene.museum.collection
    assert [(row.name, row.earliest, row.latest) for row in kept.records] == [("Jar", 618, 907)]
    assert kept.records[0].height == pytest.approx(0.3)
    assert str(tmp_path) not in kept.source_file


@pytest.mark.parametrize("content", [b"", b'[{"title": ', b"a;b\n1;2\n"])
def test_a_bad_file_is_reported_and_leaves_the_list_alone(
    group: bpy.types.PropertyGroup, tmp_path: Path, content: bytes
) -> None:
    before = [row.record_id for row in group.records]
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.museum.records_load(filepath=str(path))
    assert "bad.csv" in str(caught.value)
    assert [row.record_id for row in group.records] == before


def test_problems_are_counted_and_kept(museum: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "mixed.json"
    rows = [{"title": "Jar", "accession_number": "1"}, {"accession_number": "2"}]
    path.write_text(json.dumps(rows), encoding="utf-8")
    bpy.ops.museum.records_load(filepath=str(path))
    group = bpy.context.scene.museum.collection
    assert (len(group.records), group.problem_count) == (1, 1)
    assert "Row 2" in group.problems


def test_clearing_empties_the_list(group: bpy.types.PropertyGroup) -> None:
    bpy.ops.museum.records_clear()
    assert (len(group.records), group.selected_count, group.shown_count) == (0, 0, 0)
    assert not bpy.ops.museum.records_create.poll()


def test_selected_records_become_objects_that_keep_their_record(
    museum: SimpleNamespace, group: bpy.types.PropertyGroup, pump: Callable[[Callable[[], bool]], None]
) -> None:
    bpy.ops.museum.records_select(action="NONE")
    wanted = {"68.23", "57.46.1.A-B", "74.52"}
    for row in group.records:
        if row.accession_number in wanted:
            row.selected = True
    bpy.context.scene.museum.create.texture_size = "512"
    assert bpy.ops.museum.records_create() == {"FINISHED"}
    assert group.selected_count == 0
    pump(lambda: all(job.imported or job.error for job in bpy.context.scene.museum.jobs))
    assert [job.error for job in bpy.context.scene.museum.jobs] == [""] * 3
    objects = [item for item in bpy.context.scene.objects if "museum_record" in item]
    made = {json.loads(item["museum_record"])["id"]: item for item in objects}
    rows = {row.record_id: row for row in group.records if row.accession_number in wanted}
    assert set(made) == set(rows)
    for record_id, item in made.items():
        row = rows[record_id]
        assert json.loads(item["museum_paradata"])["sources"][0]["record_id"] == record_id
        if row.height and row.width and row.depth:
            assert tuple(item.dimensions) == pytest.approx((row.width, row.depth, row.height), rel=0.02)
    bpy.ops.museum.arrange_rows()
    bpy.ops.museum.add_studio()
    assert bpy.context.scene.camera is not None


def test_the_sample_is_what_its_file_holds(museum: SimpleNamespace) -> None:
    assert bpy.ops.museum.records_load_sample() == {"FINISHED"}
    group = bpy.context.scene.museum.collection
    wanted = [entry["accession_number"] for entry in json.loads(SAMPLE.read_text(encoding="utf-8"))]
    assert [row.accession_number for row in group.records] == wanted
    assert group.selected_count == len(wanted) and group.problem_count == 0


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "javascript:alert(1)", "httpx://museum.example.org", "C:\\x"]
)
def test_only_web_addresses_of_records_are_opened(group: bpy.types.PropertyGroup, url: str) -> None:
    group.records[group.records_index].url = url
    with pytest.raises(RuntimeError, match="no web page"):
        bpy.ops.museum.record_page()


def test_the_page_of_the_active_record_is_the_one_that_is_opened(
    museum: SimpleNamespace, group: bpy.types.PropertyGroup
) -> None:
    open_page = module(museum, "collection_actions").open_page
    group.records_index = 1
    assert open_page(bpy.context) == group.records[1].url != group.records[0].url
    group.records[1].url = "HTTPS://museum.example.org/1"
    assert open_page(bpy.context) == "HTTPS://museum.example.org/1"


def test_no_page_is_opened_without_records(museum: SimpleNamespace) -> None:
    assert not bpy.ops.museum.record_page.poll()
