"""The history's lines: what is written is read back, whatever it holds; what is damaged is counted; nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museum_addon.client.historian import Historian, HistoryFile, local_result
from museum_addon.client.messages import HistoryRead, HistoryTrouble
from museum_addon.core import history
from museum_addon.core.history import Generation, UsedModel
from museum_addon.core.jobs import Job, JobState, ResultFile
from museum_addon.paths import DataPaths

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAMES = st.text(min_size=1, max_size=20)
PLAIN = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=50)
PARAMS = st.dictionaries(NAMES, PLAIN | st.lists(PLAIN, max_size=5) | st.dictionaries(NAMES, PLAIN, max_size=3))


def generation(number: int = 1, **changes: Any) -> Generation:
    entry = Generation(
        id=f"job-{number}",
        when=(START + timedelta(minutes=number)).isoformat(),
        task="text_to_3d",
        engine="parametric",
        title="a bowl",
        prompt="a bronze bowl",
        seed=number,
        params={"texture_size": 512},
    )
    return replace(entry, **changes)


def job(**changes: Any) -> Job:
    known = {"id": "a", "task": "text_to_3d", "engine": "parametric", "state": JobState.SUCCEEDED,
             "finished": START.isoformat(), "params": {"prompt": "a bowl", "seed": 3}}  # fmt: skip
    return Job(**{**known, **changes})


@given(params=PARAMS, prompt=st.text(), label=st.text(), seed=PLAIN, names=st.dictionaries(NAMES, st.text()))
def test_any_job_becomes_a_line_that_is_read_back(
    params: dict[str, Any], prompt: str, label: str, seed: Any, names: dict[str, str]
) -> None:
    entry = history.of_job(job(params={**params, "prompt": prompt, "seed": seed}, label=label), {}, names=names)
    line = history.to_line(entry)
    assert line.count(b"\n") == 1 and len(line) <= history.MAX_LINE_BYTES
    found = history.from_line(line.removesuffix(b"\n"))
    assert (found.id, found.prompt, found.seed) == (entry.id, entry.prompt, entry.seed)
    assert found.params.keys() == entry.params.keys()


@given(st.binary(max_size=300))
def test_what_is_no_line_is_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(ValueError):
        history.from_line(data)


@given(st.dictionaries(st.sampled_from(["id", "when", "params", "files", "models", "inputs", "seed", "title"]),
                       PLAIN | st.lists(PLAIN) | st.dictionaries(NAMES, PLAIN)))  # fmt: skip
def test_members_of_the_wrong_kind_are_refused_with_a_value_error(members: dict[str, Any]) -> None:
    whole = json.loads(history.to_line(generation()))
    try:
        found = history.from_line(json.dumps({**whole, **members}).encode())
    except ValueError:
        return
    assert found.id and found.time


def test_deep_nesting_is_refused() -> None:
    line = history.to_line(generation()).rstrip(b"}\n") + b',"x":' + b"[" * 30000 + b"]" * 30000 + b"}"
    with pytest.raises(ValueError):
        history.from_line(line)


def test_parameters_that_are_too_large_are_named_instead_of_kept() -> None:
    cameras = [{"focal": [1.0, 1.0]}] * 4000
    entry = history.of_job(job(params={"seed": 1, "cameras": cameras, "bad": float("nan")}), {})
    assert entry.params == {"seed": 1} and entry.left_out == ("cameras", "bad")
    assert len(history.to_line(entry)) < 2000


def test_many_large_members_still_make_a_line() -> None:
    files = tuple(ResultFile("x" * 120, "0" * 64, 1, "image/png") for _ in range(100))
    names = {f"photo.{n}": "名" * 200 for n in range(100)}
    entry = history.of_job(job(params={f"p{n}": "é" * 500 for n in range(60)}, results=files), {}, names=names)
    try:
        line = history.to_line(entry)
    except ValueError:
        return  # such a job is left to the backend
    assert len(line) <= history.MAX_LINE_BYTES


def test_damaged_lines_are_counted_and_the_others_are_read_newest_first() -> None:
    lines = [history.to_line(generation(n)) for n in (1, 3, 2)]
    data = lines[0] + b"garbage\n" + b'{"schema": "museum-history/9"}\n\n' + lines[1] + lines[2] + b'{"schema": "mus'
    found, skipped = history.read_lines(data)
    assert [entry.id for entry in found] == ["job-3", "job-2", "job-1"] and skipped == 2


def test_of_two_lines_of_one_job_the_last_counts_but_what_it_was_made_for_stays() -> None:
    first, second = generation(1, target='{"name": "Cube"}', names={"mesh": "Cube"}), generation(1, title="later")
    (found,) = history.merged([first], [second])
    assert (found.title, found.target, found.names) == ("later", first.target, first.names)


def test_the_number_of_entries_is_limited_to_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_ENTRIES", 5)
    found = history.merged((), [generation(n) for n in range(9)])
    assert [entry.seed for entry in found] == [8, 7, 6, 5, 4]


@given(st.lists(st.integers(0, 30), unique=True), st.integers(0, 30), st.integers(0, 30))
def test_times_are_inclusive(numbers: list[int], first: int, last: int) -> None:
    since, until = START + timedelta(minutes=first), START + timedelta(minutes=last)
    found = history.matching([generation(n) for n in numbers], since=since, until=until)
    assert {entry.seed for entry in found} == {n for n in numbers if first <= n <= last}


def test_all_words_must_be_somewhere() -> None:
    entries = (
        generation(1, prompt="Celadon bowl", names={"mesh": "Altar Table"}),
        generation(2, title="", prompt="青瓷梅瓶", engine="shap-e", task="image_to_3d"),
    )

    def ids(**wanted: Any) -> list[int | None]:
        return [entry.seed for entry in history.matching(entries, **wanted)]

    assert ids(words="BOWL celadon") == [1] and ids(words="altar") == [1] and ids(words="梅瓶") == [2]
    assert ids(words="bowl 梅瓶") == [] and ids(engine="shap-e") == [2] and ids(task="text_to_3d") == [1]
    assert ids(words=START.astimezone().strftime("%Y-%m-%d")) == [1, 2] and ids() == [1, 2]


def test_differences_name_every_setting_and_the_models_revisions() -> None:
    first = generation(1, params={"seed": 1, "steps": 20, "guidance": 7.0, "same": [1]}, inputs={"image": "a" * 64},
                       names={"image": "vase.png"}, models=(UsedModel("base", "sdxl", "111"),))  # fmt: skip
    second = generation(1, params={"seed": 1, "guidance": 7, "same": [1], "extra": True}, inputs={"image": "b" * 64},
                        models=(UsedModel("base", "sdxl", "222"),), prompt="another", engine="sdxl")  # fmt: skip
    found = {one.name: (one.first, one.second) for one in history.differences(first, second)}
    assert found == {
        "prompt": ("a bronze bowl", "another"), "engine": ("parametric", "sdxl"), "steps": (20, None),
        "extra": (None, True), "input image": ("vase.png (aaaaaaaa)", "(bbbbbbbb)"),
        "model base": ("sdxl 111", "sdxl 222"),
    }  # fmt: skip
    assert history.differences(first, first) == () and history.common(first, second) == 3


@settings(max_examples=50)
@given(PARAMS, PARAMS)
def test_differences_go_both_ways(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = generation(1, params=one), generation(1, params=other)
    there, back = history.differences(first, second), history.differences(second, first)
    assert {one.name for one in there} == {one.name for one in back}


@given(
    PLAIN | st.lists(PLAIN) | st.dictionaries(st.sampled_from(["files", "data", "paradata"]), PLAIN | st.lists(PLAIN))
)
def test_a_result_of_another_shape_does_no_harm(result: Any) -> None:
    assert history.of_job(job(), result).seed == 3


def test_models_come_from_paradata_of_either_kind() -> None:
    listed = {"models": [{"role": "base", "id": "sdxl", "revision": "abc"}, {"role": "lora", "id": "x"}, None]}
    assert history.models_of(listed) == (UsedModel("base", "sdxl", "abc"), UsedModel("lora", "x"))
    assert history.models_of({"model": {"id": "shap-e", "revision": "r"}}) == (UsedModel("", "shap-e", "r"),)
    assert history.models_of({"model": None}) == () and history.models_of({}) == ()


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from museum_addon.client.historian import HistoryFile
from museum_addon.core.history import Generation
file = HistoryFile(Path(sys.argv[2]))
for number in range(int(sys.argv[4])):
    file.append([Generation(id=f"{sys.argv[3]}-{number}", when="2026-05-01T12:00:00+00:00", task="texture",
                            engine="sdxl", prompt="x" * (number * 97 % 3000))])
"""


def test_two_programs_write_to_one_file_and_no_line_is_lost_or_torn(tmp_path: Path) -> None:
    path, count = tmp_path / "history.jsonl", 60
    command = [sys.executable, "-c", WRITER, str(ROOT), str(path)]
    writers = [subprocess.Popen([*command, name, str(count)]) for name in ("a", "b")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    found, skipped = HistoryFile(path).read()
    assert skipped == 0
    assert {entry.id for entry in found} == {f"{name}-{number}" for name in ("a", "b") for number in range(count)}


def test_a_line_that_a_crash_cut_off_does_not_take_the_next_one_along(tmp_path: Path) -> None:
    file = HistoryFile(tmp_path / "history.jsonl")
    file.append([generation(1)])
    with file.path.open("ab") as stream:
        stream.write(history.to_line(generation(2))[:50])
    assert [entry.id for entry in file.read()[0]] == ["job-1"] and file.read()[1] == 0
    file.append([generation(3)])
    found, skipped = file.read()
    assert [entry.id for entry in found] == ["job-3", "job-1"] and skipped == 1


def test_of_a_very_long_file_the_newest_part_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = HistoryFile(tmp_path / "history.jsonl")
    file.append([generation(n) for n in range(50)])
    monkeypatch.setattr("museum_addon.client.historian.MAX_READ_BYTES", file.path.stat().st_size // 2)
    found, skipped = file.read()
    assert skipped == 0 and 20 <= len(found) < 30 and found[0].seed == 49


def test_no_file_is_an_empty_history(tmp_path: Path) -> None:
    assert HistoryFile(tmp_path / "nowhere" / "history.jsonl").read() == ((), 0)


@pytest.fixture
def historian(tmp_path: Path) -> Iterator[Historian]:
    made = Historian(DataPaths(tmp_path))
    yield made
    made.close(timeout=30)


def test_the_thread_reads_what_it_was_given(historian: Historian) -> None:
    historian.append([generation(1), generation(2)])
    historian.read()
    told = historian.messages.get(timeout=30)
    assert isinstance(told, HistoryRead) and [entry.seed for entry in told.entries] == [2, 1]


def test_a_folder_in_the_files_place_is_told_with_what_to_do(historian: Historian) -> None:
    historian.paths.history.mkdir(parents=True)
    for order in (historian.read, lambda: historian.append([generation(1)])):
        order()
        told = historian.messages.get(timeout=30)
        assert isinstance(told, HistoryTrouble) and told.message and told.fix


def test_a_result_is_taken_from_this_computer_only_when_it_is_whole(tmp_path: Path) -> None:
    from hashlib import sha256

    paths = DataPaths(tmp_path)
    contents = {"result.json": json.dumps({"files": [], "data": {}}).encode(), "model.glb": b"a model"}
    files = tuple(ResultFile(name, sha256(data).hexdigest(), len(data), "") for name, data in contents.items())
    entry = generation(1, files=files)
    assert local_result(entry, paths) is None
    folder = paths.result_folder(entry.id)
    folder.mkdir(parents=True)
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    ready = local_result(entry, paths)
    assert ready is not None and ready.requested and ready.job.params["prompt"] == entry.prompt
    (folder / "model.glb").write_bytes(b"A model")
    assert local_result(entry, paths) is None
    assert local_result(generation(1), paths) is None and local_result(replace(entry, id="../x"), paths) is None
    away = replace(entry, files=(*files, ResultFile("../../x", "0" * 64, 1, "")))
    assert local_result(away, paths) is None
