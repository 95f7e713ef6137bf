"""Collection files become records: real museum files, tables as people export them, and broken ones."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path

import pytest

from museum_addon.core.errors import RecordError
from museum_addon.exhibition.loading import MAX_FILE_BYTES, load_records
from museum_addon.exhibition.record_jobs import record_request
from museum_addon.exhibition.records import Record, record_seed
from museum_addon.exhibition.sizes import Size, parse_dimensions, parse_length

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "museum_addon" / "exhibition" / "data" / "sample_records.json"


def write(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def test_the_sample_loads_whole_with_variety() -> None:
    loaded = load_records(SAMPLE)
    assert len(loaded.records) >= 12
    assert not loaded.problems
    assert all(record.licence == "CC0-1.0" and record.credit.startswith("Carnegie") for record in loaded.records)
    words = " ".join(record.title.lower() for record in loaded.records)
    for kind in ("amphora", "kylix", "skyphos", "stele", "coffin", "mirror", "lamp", "jug", "jar"):
        assert kind in words


@pytest.mark.parametrize(("name", "count"), [("cmoa_art_before_1300.json", 54), ("cmoa_bruce_gallery_19.json", 120)])
def test_every_record_of_a_real_gallery_loads_at_true_size(name: str, count: int) -> None:
    path = Path(os.environ.get("MUSEUM_TEST_DATA") or ROOT.parent / "shared" / "data") / "collections" / name
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    loaded = load_records(path)
    assert len(loaded.records) == count and not loaded.problems
    for record, row in zip(loaded.records, json.loads(path.read_text(encoding="utf-8")), strict=True):
        for side in ("width", "height", "depth", "diameter"):
            inches = Fraction(row[f"item_{side}"])
            metres = getattr(record.size_m, side)
            exact = float(inches * Fraction(254, 10000))
            assert metres == (pytest.approx(exact, abs=1e-12) if inches else None)


def test_a_record_becomes_a_request_that_keeps_it() -> None:
    bronze = next(r for r in load_records(SAMPLE).records if r.accession_number == "57.46.1.A-B")
    request = record_request(bronze, texture_size=512)
    assert request.params["prompt"].startswith("Ritual vessel; Metals; bronze; Chinese; Shang Period")
    assert request.params["height_m"] == pytest.approx(0.2794)
    assert request.params["record"]["id"] == bronze.id
    assert request.params["fallback"] == "volume"
    assert request.label == "Ritual vessel (57.46.1.A-B)"
    assert request.params["seed"] == record_request(bronze).params["seed"] == record_seed(bronze.id)


def test_a_diameter_stands_for_width_and_depth() -> None:
    params = record_request(Record("a", "1", "Mirror", size_m=Size(diameter=0.12))).params
    assert (params["width_m"], params["depth_m"]) == (0.12, 0.12)
    assert "height_m" not in params


def test_unknown_sizes_are_not_sent() -> None:
    params = record_request(Record("a", "1", "Jar")).params
    assert not {"width_m", "depth_m", "height_m"} & set(params)


@pytest.mark.parametrize(
    ("text", "unit", "metres"),
    [
        ("7 1/8 in.", "cm", 7.125 * 0.0254),
        ("7½ in", "cm", 7.5 * 0.0254),
        ("12.5", "cm", 0.125),
        ("12,5 cm", "in", 0.125),
        ("1,250 mm", "cm", 1.25),
        ("1.2 m", "cm", 1.2),
        ("30厘米", "in", 0.3),
        ('4"', "cm", 4 * 0.0254),
        ("3 ft", "cm", 0.9144),
    ],
)
def test_lengths_are_read_with_their_units(text: str, unit: str, metres: float) -> None:
    assert parse_length(text, unit) == pytest.approx(metres, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("12.5 x 8 cm", Size(height=0.125, width=0.08)),
        ("30 × 20 × 10 cm", Size(height=0.3, width=0.2, depth=0.1)),
        ("H. 30 cm; Diam. 12 cm", Size(height=0.3, diameter=0.12)),
        ("18.1 cm (7 1/8 in.)", Size(height=0.181)),
        ("高30厘米 口径12厘米", Size(height=0.3, diameter=0.12)),
        ("Height: 7 1/8 in. Width: 4 in.", Size(height=7.125 * 0.0254, width=4 * 0.0254)),
    ],
)
def test_a_size_in_one_text_is_read_by_its_labels(text: str, size: Size) -> None:
    read = parse_dimensions(text, "cm")
    for side in ("width", "depth", "height", "diameter"):
        expected = getattr(size, side)
        assert getattr(read, side) == (None if expected is None else pytest.approx(expected))


def test_a_table_with_other_titles_units_and_delimiters_loads(tmp_path: Path) -> None:
    text = "Inv. No.;Object name;Dating;Material;Height (mm);Width_in\nA 1;Krug;18. Jh. / 1750;Ton;250;4\n"
    record = load_records(write(tmp_path, "table.csv", text, "latin-1")).records[0]
    assert (record.accession_number, record.title, record.medium) == ("A 1", "Krug", "Ton")
    assert record.size_m.height == pytest.approx(0.25)
    assert record.size_m.width == pytest.approx(0.1016)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_table_loads_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = "编号,名称,年代,质地,尺寸\n故00123,青花梅瓶,明永乐,瓷,高36.5厘米 口径6厘米\n"
    record = load_records(write(tmp_path, "table.csv", text, encoding)).records[0]
    assert (record.accession_number, record.title, record.medium) == ("故00123", "青花梅瓶", "瓷")
    assert (record.interval.earliest, record.interval.latest) == (1403, 1424)
    assert record.size_m == Size(height=pytest.approx(0.365), diameter=pytest.approx(0.06))


def test_western_accents_are_not_taken_for_chinese(tmp_path: Path) -> None:
    text = "number,title,medium\n1,Écuelle à reliefs,porcelaine dorée\n"
    assert load_records(write(tmp_path, "t.csv", text, "latin-1")).records[0].title == "Écuelle à reliefs"


def test_columns_can_be_named_by_hand(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", "Ding,Was,Hoch\n7,Vase,20\n")
    loaded = load_records(path, columns={"title": "Was", "accession_number": "Ding", "height": "Hoch"}, unit="in")
    assert loaded.records[0].size_m.height == pytest.approx(0.508)
    assert any("no unit" in warning for warning in loaded.records[0].warnings)


def test_a_missing_column_names_those_found_and_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", "accession number,titel,height\n1,Vase,20\n")
    with pytest.raises(RecordError) as caught:
        load_records(path)
    assert "accession number, titel, height" in caught.value.message
    assert 'nearest is "titel"' in caught.value.message
    assert caught.value.fix


def test_malformed_json_is_located(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="line 2, column 17"):
        load_records(write(tmp_path, "broken.json", '[\n{"title": "Jar" "date": 1}]'))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.json", b"", "empty"),
        ("blank.csv", b" \n \n", "empty"),
        ("shape.json", b'{"type": "FeatureCollection", "features": []}', "another shape"),
        ("number.json", b"42", "another shape"),
        ("none.json", b"[]", "no record"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00", "not a text file"),
        ("latin.json", '[{"title": "Écuelle"}]'.encode("latin-1"), "UTF-8"),
        ("deep.json", b"[" * 100_000, "nested too deeply"),
        ("long.json", b'[{"title": ' + b"9" * 5000 + b"}]", "number that cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_what_to_do(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    with pytest.raises(RecordError, match=said) as caught:
        load_records(write(tmp_path, name, content))
    assert caught.value.fix


def test_files_that_are_not_there_or_not_files_are_errors(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no file"):
        load_records(tmp_path / "missing.json")
    with pytest.raises(RecordError):
        load_records(tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(RecordError, match="at most 210 MB"):
        load_records(path)


def test_bad_rows_are_listed_and_the_others_load(tmp_path: Path) -> None:
    rows = [
        {"title": "Jar", "accession_number": "1"},
        7,
        {"accession_number": "3"},
        {"title": "Cup", "item_height": "tall"},
    ]
    loaded = load_records(write(tmp_path, "mixed.json", json.dumps(rows)))
    assert [record.title for record in loaded.records] == ["Jar", "Cup"]
    assert [problem.row for problem in loaded.problems] == [2, 3]
    assert all(problem.fix for problem in loaded.problems)
    assert "not a number" in loaded.records[1].warnings[0]


def test_one_accession_number_twice_keeps_both(tmp_path: Path) -> None:
    loaded = load_records(write(tmp_path, "t.csv", "number,title\n63.18.2,Lamp\n63.18.2,Lid\n63.18.3,Cup\n"))
    assert [record.accession_number for record in loaded.records] == ["63.18.2", "63.18.2 (2)", "63.18.3"]
    assert len({record.id for record in loaded.records}) == 3
    assert "more than once" in loaded.records[1].warnings[0]


@pytest.mark.parametrize("height", [-3, 4000 / 0.0254, 1e-5, float("inf"), float("nan")])
def test_absurd_sizes_are_dropped_with_a_warning(tmp_path: Path, height: float) -> None:
    row = {"title": "Jar", "accession_number": "1", "item_height": height, "item_width": 4}
    record = load_records(write(tmp_path, "t.json", json.dumps([row]))).records[0]
    assert record.size_m == Size(width=pytest.approx(0.1016))
    assert len(record.warnings) == 1


def test_control_characters_and_endless_fields_do_not_reach_the_prompt(tmp_path: Path) -> None:
    row = {"title": "Jar\x00\x1b[31m\nwith lid", "accession_number": "1", "medium": "clay " * 2000}
    record = load_records(write(tmp_path, "t.json", json.dumps([row]))).records[0]
    assert record.title == "Jar [31m with lid"
    assert len(record_request(record).params["prompt"]) < 2000
