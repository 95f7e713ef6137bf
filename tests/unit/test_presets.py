"""Presets: what is written is read back, and whatever a file holds is data that does no harm."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museum_addon.core import presets
from museum_addon.core.errors import InvalidRequest
from museum_addon.core.presets import Preset, file_stem, load, load_folder, read, save, sorted_out
from museum_addon.core.schema_fields import Field, fields_of

BUNDLED = Path(__file__).resolve().parents[2] / "museum_addon" / "presets"
QUICK = Preset(
    "Quick", "texture", "sdxl", {"steps": 4, "loras": [{"name": "a.safetensors", "weight": 0.5}]}, "For a look."
)


def text(**changes: Any) -> str:
    found = {"schema": "museum-preset/1", "title": "Quick", "task": "texture", "engine": "sdxl", "params": {"steps": 4}}
    return json.dumps({**found, **changes})


def test_a_preset_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    saved = save(QUICK, tmp_path / "presets")
    found, faulty = load_folder(tmp_path / "presets")
    assert found == [saved] and faulty == []
    assert (
        saved.params == QUICK.params and saved.notes == "For a look." and saved.path == next(tmp_path.glob("*/*.json"))
    )


def test_the_same_name_for_the_same_engine_is_replaced_and_for_another_is_not(tmp_path: Path) -> None:
    for preset in (QUICK, Preset("Quick", "texture", "sdxl", {"steps": 8}), Preset("Quick", "texture", "sd15")):
        save(preset, tmp_path)
    found, _ = load_folder(tmp_path)
    assert sorted((one.engine, one.params.get("steps")) for one in found) == [("sd15", None), ("sdxl", 8)]


@pytest.mark.parametrize("wrong", [
    "", "[]", "{", "[" * 100_000, text(schema="museum-preset/2"), text(title=""), text(title=5), text(title="x" * 81),
    text(task="../x"), text(engine=None), text(params=[]), text(params={"a": {"b": {"c": 1}}}),
    text(params={str(number): 1 for number in range(201)}), text(notes="x" * 4001), text(sources="x"),
    text(sources=[5]), text(params={"a": [[1]]}),
    text(params={"a": "x" * 4001}), text(notes="x", extra="y" * 70_000), text(params={"a": float("inf")}),
])  # fmt: skip
def test_what_is_no_preset_is_refused_with_what_to_do(wrong: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(wrong)
    assert caught.value.message and caught.value.fix


PLAIN = st.none() | st.integers() | st.text(max_size=9) | st.just(presets.SCHEMA)
VALUES = PLAIN | st.lists(st.integers(), max_size=2) | st.dictionaries(st.text(max_size=3), st.floats(), max_size=2)
MEMBERS = st.dictionaries(st.sampled_from([*presets.MEMBERS, "more"]), VALUES).map(json.dumps)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200) | MEMBERS)
def test_anything_is_read_or_refused(odd: str | bytes) -> None:
    with contextlib.suppress(InvalidRequest):
        assert isinstance(read(odd), Preset)


def test_what_nobody_reads_is_named() -> None:
    preset = read(text(script="import os", params={"steps": 4, "later": 1, "guidance": 99.0}))
    fields = (Field("steps", "int", "Steps", minimum=1), Field("guidance", "float", "Guidance", maximum=30.0))
    taken, left = sorted_out(preset, fields)
    assert taken == {"steps": 4}
    assert set(left) >= {"script", "later"} and any("Guidance" in one for one in left) and len(left) == 3


@given(st.text(min_size=1, max_size=80))
def test_every_title_gets_a_file_that_every_system_takes(title: str) -> None:
    try:
        stem = file_stem(Preset(presets.checked_title(title), "texture", "sdxl"))
    except InvalidRequest:
        return
    assert not set(stem) & set('/\\:*?"<>|\0\n') and stem == stem.strip(" .") and len(stem.encode()) < 200


def test_a_folder_with_other_files_in_it(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "read.me").write_text("hello", encoding="utf-8")
    assert load_folder(tmp_path) == ([], ["broken.json"])
    assert load_folder(tmp_path / "nowhere") == ([], [])
    with pytest.raises(InvalidRequest, match="cannot be read"):
        load(tmp_path / "nowhere.json")


def test_the_bundled_presets_fit_their_engines(engines: list[dict[str, Any]]) -> None:
    found, faulty = load_folder(BUNDLED, bundled=True)
    assert len(found) >= 8 and faulty == []
    schemas = {(one["task"], one["name"]): one["params"] for one in engines}
    for preset in found:
        assert preset.notes and preset.sources and preset.params, preset.title
        taken, left = sorted_out(preset, fields_of(schemas[preset.task, preset.engine], preset.task))
        assert left == () and taken == dict(preset.params), preset.path
