"""Many rows, faulty results and pictures: what the timer does with them, tick by tick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

Pump = Callable[[Callable[[], bool]], None]
MANY = 5000
JOB_ID = "0123456789abcdef" * 2


def jobs() -> Any:
    return bpy.context.scene.museum.jobs


def add_rows(count: int, **values: Any) -> None:
    for number in range(count):
        row = jobs().add()
        row.name = f"key-{number}"
        row.job_id = f"{number:032x}"
        for name, value in values.items():
            setattr(row, name, value)


class Watch:
    """Counts the rows that the job list hands out."""

    def __init__(self, museum: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        for name in ("rows", "rows_from"):
            monkeypatch.setattr(museum.joblist, name, self._counting(getattr(museum.joblist, name)))

    def _counting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            found = list(function(*arguments))
            self.count += len(found)
            return found

        return counted

    def taken(self) -> int:
        count, self.count = self.count, 0
        return count


@pytest.fixture
def opened(museum: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """The runtime with a session. The rows are of jobs that no backend has; none of them is left behind."""
    museum.actions.session(bpy.context)
    yield museum.runtime.current()
    for scene in bpy.data.scenes:
        scene.museum.jobs.clear()


def ready(museum: SimpleNamespace, result: Any, files: dict[str, Path] | None = None) -> Any:
    job = museum.jobs.Job(JOB_ID, "text_to_3d", "parametric", museum.jobs.JobState.SUCCEEDED, "A bowl", "faulty")
    return museum.messages.ResultReady(job, result, files or {})


def test_a_tick_looks_at_a_few_of_many_rows_and_all_have_their_turn(
    opened: SimpleNamespace, museum: SimpleNamespace, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    add_rows(MANY, state="running", started=started)
    other = bpy.data.scenes.new("Other").museum.jobs.add()
    other.state, other.started = "running", started
    watch = Watch(museum, monkeypatch)
    taken = []

    def all_had_their_turn() -> bool:
        taken.append(watch.taken())
        return jobs()[MANY - 1].elapsed >= 299.0 and other.elapsed >= 299.0

    pump(all_had_their_turn)
    assert max(taken) <= 256 and sum(taken) >= MANY
    assert min(row.elapsed for row in jobs()) >= 299.0


def test_rows_are_found_by_id_without_looking_at_all_of_them_each_time(
    museum: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_rows(MANY)
    finder = museum.joblist.RowFinder()
    watch = Watch(museum, monkeypatch)
    assert finder.by_id(f"{MANY - 1:032x}")[1].name == f"key-{MANY - 1}"
    assert watch.taken() == MANY
    for number in range(0, MANY, 50):
        assert finder.by_id(f"{number:032x}")[1].name == f"key-{number}"
    assert finder.by_id("f" * 32) is None and finder.by_id("") is None
    assert watch.taken() == 0


def test_rows_are_found_after_they_changed(museum: SimpleNamespace) -> None:
    add_rows(4)
    finder = museum.joblist.RowFinder()
    assert finder.by_id(f"{3:032x}")[1].name == "key-3"
    jobs().remove(0)
    assert finder.by_id(f"{0:032x}") is None
    assert finder.by_id(f"{3:032x}")[1].name == "key-3"
    late = jobs().add()
    late.name, late.job_id = "late", "a" * 32
    assert finder.by_id("a" * 32)[1].name == "late"
    late.job_id = "b" * 32
    finder.note(late)
    assert finder.by_id("b" * 32)[1].name == "late" and finder.by_id("a" * 32) is None


@pytest.mark.parametrize(
    "result",
    [{"files": 5}, {"files": ["model.glb"]}, {"files": [{"role": "model", "name": []}]}, {"data": {"warnings": 3}}, []],
    ids=["files a number", "files texts", "a name that is none", "warnings a number", "a list"],
)
def test_a_faulty_result_is_told_in_its_row_and_can_be_brought_again(
    opened: SimpleNamespace, museum: SimpleNamespace, pump: Pump, result: Any
) -> None:
    row = jobs().add()
    row.name, row.job_id = "faulty", JOB_ID
    opened.session.messages.put(ready(museum, result))
    pump(lambda: bool(jobs()["faulty"].error))
    row = jobs()["faulty"]
    assert (row.state, row.imported) == ("succeeded", False) and row.fix
    assert not museum.actions.clearable(row)
    assert opened.waiting == []


def test_a_preview_that_cannot_be_read_does_not_keep_the_next_result_away(
    opened: SimpleNamespace, museum: SimpleNamespace, pump: Pump
) -> None:
    row = jobs().add()
    row.name, row.job_id = "faulty", JOB_ID
    opened.session.messages.put(ready(museum, {"files": None}))
    pump(lambda: bool(jobs()["faulty"].error))
    opened.session.messages.put(ready(museum, {"files": []}))
    pump(lambda: jobs()["faulty"].imported)
    assert (jobs()["faulty"].error, jobs()["faulty"].message) == ("", "Done")


def test_a_job_has_one_picture_however_often_it_sends_one(museum: SimpleNamespace, tmp_path: Path) -> None:
    previews = museum.runtime.current().previews
    before = len(previews)
    path = tmp_path / "preview.png"
    image = bpy.data.images.new("Preview", 8, 8)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    for _ in range(20):
        previews.show(JOB_ID, path)
    assert len(previews) == before + 1
    row = jobs().add()
    row.name, row.job_id = "pictured", JOB_ID
    museum.actions.remove_job(bpy.context, "pictured")
    assert len(previews) == before and previews.icon(JOB_ID) == 0
