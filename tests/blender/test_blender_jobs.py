"""Jobs in Blender with the real embedded backend: from the form to the object, and what may go wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

Pump = Callable[[Callable[[], bool]], None]
PROMPT = "Celadon bowl, 12 cm high"


def jobs() -> Any:
    return bpy.context.scene.museum.jobs


def create(museum: SimpleNamespace, prompt: str = PROMPT, **settings: Any) -> str:
    """Press Create; answers the row's key."""
    form = bpy.context.scene.museum.create
    form.prompt = prompt
    form.texture_size = "512"
    form.random_seed = False
    for name, value in settings.items():
        setattr(form, name, value)
    assert bpy.ops.museum.create() == {"FINISHED"}
    return jobs()[len(jobs()) - 1].name


def submit_noop(museum: SimpleNamespace, **params: Any) -> str:
    """A job without a model, as slow or as faulty as asked for."""
    request = museum.requests.JobRequest("diagnostic", "noop", params, "no-op")
    session = museum.actions.session(bpy.context)
    museum.joblist.add_row(bpy.context.scene, request, (0.0, 0.0, 0.0))
    session.submit(request)
    return request.idempotency_key


def arrived(key: str) -> bool:
    row = jobs()[key]
    assert row.state != "failed", (row.error, row.fix)
    return row.imported


def ended(key: str) -> bool:
    return jobs()[key].state in ("failed", "cancelled", "succeeded", "lost")


def running(key: str) -> bool:
    return jobs()[key].state == "running"


def vertices(name: str) -> np.ndarray:
    mesh = bpy.data.objects[name].data
    found = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", found)
    return found


def test_a_prompt_becomes_an_object_of_its_true_size_at_the_cursor(museum: SimpleNamespace, pump: Pump) -> None:
    bpy.context.scene.cursor.location = (3.0, -1.0, 0.5)
    key = create(museum)
    bpy.context.scene.cursor.location = (0.0, 0.0, 0.0)
    pump(lambda: arrived(key))
    (item,) = bpy.data.objects
    bpy.context.view_layer.update()
    assert item.dimensions.z == pytest.approx(0.12, abs=5e-4)
    assert tuple(item.matrix_world.translation) == pytest.approx((3.0, -1.0, 0.5))
    lowest = min((item.matrix_world @ vertex.co).z for vertex in item.data.vertices)
    assert lowest == pytest.approx(0.5, abs=5e-4)
    row = jobs()[key]
    assert (row.state, row.progress, row.error) == ("succeeded", 1.0, "")
    paradata = museum.paradata.from_text(item["museum_paradata"])
    assert paradata["prompt"] == PROMPT and paradata["seed"] == bpy.context.scene.museum.create.seed
    assert item["museum_id"] == row.job_id
    assert {image["museum_id"] for image in bpy.data.images} == {row.job_id}


def test_size_fields_override_the_prompt(museum: SimpleNamespace, pump: Pump) -> None:
    key = create(museum, height=0.31)
    pump(lambda: arrived(key))
    assert bpy.data.objects[0].dimensions.z == pytest.approx(0.31, abs=1e-3)


def test_the_operator_does_what_the_function_does(museum: SimpleNamespace, pump: Pump) -> None:
    by_operator = create(museum, seed=7)
    by_function = museum.actions.create_artifact(bpy.context, PROMPT, seed=7, texture_size=512)
    pump(lambda: arrived(by_operator) and arrived(by_function))
    first, second = (json.loads(jobs()[key].request) for key in (by_operator, by_function))
    assert first.pop("idempotency_key") != second.pop("idempotency_key")
    assert first == second
    names = [item.name for item in bpy.data.objects]
    assert len(names) == 2
    assert np.array_equal(vertices(names[0]), vertices(names[1]))


def test_a_new_seed_each_time_is_left_in_the_form(museum: SimpleNamespace) -> None:
    keys = [create(museum, random_seed=True), create(museum, random_seed=True)]
    seeds = [json.loads(jobs()[key].request)["params"]["seed"] for key in keys]
    assert seeds[0] != seeds[1] and bpy.context.scene.museum.create.seed == seeds[1]


@pytest.mark.parametrize(
    ("prompt", "said"),
    [("amphora " * 1250, "10,000|9,999|at most 2,000"), ("amphora\x07\x1b[31m", "control characters")],
)
def test_unusable_prompts_are_refused_with_a_fix_and_leave_no_row(
    museum: SimpleNamespace, prompt: str, said: str
) -> None:
    bpy.context.scene.museum.create.prompt = prompt
    with pytest.raises(RuntimeError, match=said):
        bpy.ops.museum.create()
    assert len(jobs()) == 0 and museum.runtime.current().session is None


@pytest.mark.parametrize("prompt", ["", "   "])
def test_an_empty_prompt_cannot_be_sent(museum: SimpleNamespace, prompt: str) -> None:
    bpy.context.scene.museum.create.prompt = prompt
    assert not bpy.ops.museum.create.poll()
    with pytest.raises(museum.errors.InvalidRequest):
        museum.actions.create_artifact(bpy.context, prompt)


def test_an_unknown_object_fails_with_the_nearest_types(museum: SimpleNamespace, pump: Pump) -> None:
    key = create(museum, "a laser printer")
    pump(lambda: ended(key))
    row = jobs()[key]
    assert row.state == "failed" and "laser printer" in row.error and row.fix
    assert len(bpy.data.objects) == 0
    assert "laser printer" in museum.actions.copy_error(bpy.context, key)


def test_undo_takes_the_object_and_not_the_job(museum: SimpleNamespace, pump: Pump) -> None:
    bpy.ops.ed.undo_push(message="Before")
    key = create(museum)
    pump(lambda: arrived(key))
    name, before = bpy.data.objects[0].name, vertices(bpy.data.objects[0].name)
    bpy.ops.ed.undo()
    assert [len(kind) for kind in (bpy.data.objects, bpy.data.meshes, bpy.data.materials, bpy.data.images)] == [0] * 4
    assert jobs()[key].state == "succeeded" and jobs()[key].imported
    museum.runtime.current().pump.pump_once()
    assert len(bpy.data.objects) == 0
    bpy.ops.ed.redo()
    assert np.array_equal(vertices(name), before)
    assert jobs()[key].imported


def test_undo_while_a_job_runs_keeps_its_row(museum: SimpleNamespace, pump: Pump) -> None:
    bpy.ops.ed.undo_push(message="Before")
    bpy.context.scene.museum.create.prompt = "something"
    bpy.ops.ed.undo_push(message="Typed")
    key = create(museum)
    bpy.ops.ed.undo()
    pump(lambda: arrived(key))
    assert len(bpy.data.objects) == 1


def test_a_file_saved_mid_job_finds_its_job_when_it_is_reopened(
    museum: SimpleNamespace, pump: Pump, tmp_path: Path
) -> None:
    bpy.context.scene.cursor.location = (1.0, 0.0, 0.0)
    key = create(museum)
    pump(lambda: bool(jobs()[key].job_id))
    path = str(tmp_path / "mid-job.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    museum.runtime.current().close_session()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert len(bpy.data.objects) == 0 and jobs()[key].state in museum.joblist.UNFINISHED
    assert museum.sessions.resume_jobs(bpy.context) == 1
    pump(lambda: arrived(key))
    (item,) = bpy.data.objects
    assert item["museum_id"] == jobs()[key].job_id and item.location.x == 1.0
    assert museum.sessions.resume_jobs(bpy.context) == 0


def test_a_file_saved_before_its_request_got_through_says_so(
    museum: SimpleNamespace, pump: Pump, tmp_path: Path
) -> None:
    key = create(museum)
    path = str(tmp_path / "unsent.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    museum.runtime.current().close_session()
    bpy.ops.wm.open_mainfile(filepath=path)
    museum.sessions.resume_jobs(bpy.context)
    assert jobs()[key].state == "failed" and jobs()[key].fix
    assert bpy.ops.museum.job_retry() == {"FINISHED"}
    pump(lambda: arrived(key))
    assert len(bpy.data.objects) == 1


def test_a_job_of_another_backend_is_said_to_be_unknown(museum: SimpleNamespace, pump: Pump) -> None:
    key = create(museum)
    pump(lambda: arrived(key))
    jobs()[key].imported = False
    jobs()[key].job_id = "0" * 32
    museum.sessions.resume_jobs(bpy.context)
    pump(lambda: jobs()[key].state == "lost")
    assert jobs()[key].error and jobs()[key].fix


def test_results_wait_until_edit_mode_is_left(museum: SimpleNamespace, pump: Pump) -> None:
    mesh = bpy.data.meshes.new("Edited")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    edited = bpy.data.objects.new("Edited", mesh)
    bpy.context.collection.objects.link(edited)
    bpy.context.view_layer.objects.active = edited
    bpy.ops.object.mode_set(mode="EDIT")
    key = create(museum)
    pump(lambda: jobs()[key].message == "Waits for Object Mode")
    assert edited.mode == "EDIT" and len(bpy.data.objects) == 1
    bpy.ops.object.mode_set(mode="OBJECT")
    pump(lambda: arrived(key))
    assert len(bpy.data.objects) == 2


def test_two_results_at_once_are_imported_one_a_tick(museum: SimpleNamespace, pump: Pump) -> None:
    keys = [create(museum, "bronze bowl"), create(museum, "jade bi disc")]
    state = museum.runtime.current()
    busy = bpy.data.meshes.new("Edited")
    holder = bpy.data.objects.new("Edited", busy)
    bpy.context.collection.objects.link(holder)
    bpy.context.view_layer.objects.active = holder
    bpy.ops.object.mode_set(mode="EDIT")
    pump(lambda: len(state.waiting) == 2)
    bpy.ops.object.mode_set(mode="OBJECT")
    state.pump.pump_once()
    assert [jobs()[key].imported for key in keys].count(True) == 1
    state.pump.pump_once()
    assert all(jobs()[key].imported for key in keys)
    assert len(bpy.data.objects) == 3


def test_results_go_to_the_scene_that_asked(museum: SimpleNamespace, pump: Pump) -> None:
    asking = bpy.context.scene
    key = create(museum)
    other = bpy.data.scenes.new("Other")
    bpy.context.window.scene = other
    pump(lambda: asking.museum.jobs[key].imported)
    assert len(asking.objects) == 1 and len(other.objects) == 0


def test_importing_again_puts_a_second_object_at_the_cursor(museum: SimpleNamespace, pump: Pump) -> None:
    key = create(museum)
    pump(lambda: arrived(key))
    bpy.context.scene.cursor.location = (0.0, 2.0, 0.0)
    assert bpy.ops.museum.job_import() == {"FINISHED"}
    pump(lambda: len(bpy.data.objects) == 2)
    assert sorted(round(item.location.y, 3) for item in bpy.data.objects) == [0.0, 2.0]


def test_cancel_and_retry(museum: SimpleNamespace, pump: Pump) -> None:
    key = submit_noop(museum, seconds=600.0, steps=6000)
    pump(lambda: running(key))
    assert bpy.ops.museum.job_cancel(key=key) == {"FINISHED"}
    pump(lambda: jobs()[key].state == "cancelled")
    assert bpy.ops.museum.job_retry(key=key) == {"FINISHED"}
    pump(lambda: running(key))
    assert bpy.ops.museum.job_remove(key=key) == {"FINISHED"}
    assert len(jobs()) == 0
    later = submit_noop(museum)
    pump(lambda: ended(later))
    assert jobs()[later].state == "succeeded"


def test_a_failing_job_shows_cause_and_fix(museum: SimpleNamespace, pump: Pump) -> None:
    key = submit_noop(museum, fail=True)
    pump(lambda: ended(key))
    assert jobs()[key].state == "failed" and jobs()[key].error and jobs()[key].fix
    assert bpy.ops.museum.job_copy_error() == {"FINISHED"}


def test_removing_a_job_that_is_not_sent_yet_cancels_it(museum: SimpleNamespace, pump: Pump) -> None:
    key = submit_noop(museum, seconds=600.0, steps=6000)
    assert bpy.ops.museum.job_remove(key=key) == {"FINISHED"}
    later = submit_noop(museum)
    pump(lambda: ended(later))
    assert jobs()[later].state == "succeeded"


def test_clearing_keeps_failed_and_running_jobs(museum: SimpleNamespace, pump: Pump) -> None:
    failed, done = submit_noop(museum, fail=True), submit_noop(museum)
    pump(lambda: ended(failed) and jobs()[done].imported)
    slow = submit_noop(museum, seconds=600.0, steps=6000)
    assert bpy.ops.museum.job_clear_finished() == {"FINISHED"}
    assert [row.name for row in jobs()] == [failed, slow]
    pump(lambda: running(slow))
    museum.actions.cancel_job(bpy.context, slow)
    pump(lambda: ended(slow))


def test_jobs_without_a_model_end_without_an_import(museum: SimpleNamespace, pump: Pump) -> None:
    key = submit_noop(museum)
    pump(lambda: arrived(key))
    assert jobs()[key].message == "Done" and len(bpy.data.objects) == 0


def test_the_token_never_enters_a_file(museum: SimpleNamespace, pump: Pump, tmp_path: Path) -> None:
    chosen = museum.preferences.preferences(bpy.context)
    chosen.token = secret = "museum-secret-4711"
    key = create(museum)
    pump(lambda: arrived(key))
    server = json.loads((Path(chosen.data_folder) / "jobs" / "server.json").read_text())
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=False)
    written = path.read_bytes()
    assert b"museum_paradata" in written
    assert secret.encode() not in written and server["token"].encode() not in written


def test_backend_operators(museum: SimpleNamespace, pump: Pump, tmp_path: Path) -> None:
    museum.preferences.preferences(bpy.context).data_folder = str(tmp_path)
    state = museum.runtime.current()
    backend_state = museum.messages.BackendState
    assert not bpy.ops.museum.backend_stop.poll()
    assert not bpy.ops.museum.backend_cancel_install.poll()
    with pytest.raises(RuntimeError, match="no log yet"):
        bpy.ops.museum.backend_open_log()
    assert bpy.ops.museum.backend_start() == {"FINISHED"}
    pump(lambda: state.backend.state == backend_state.READY)
    first = state.backend.url
    assert museum.actions.log_file(bpy.context).name == "server.log"
    assert bpy.ops.museum.backend_restart() == {"FINISHED"}
    pump(lambda: state.backend.state == backend_state.READY and state.backend.url != first)
    assert bpy.ops.museum.backend_stop() == {"FINISHED"}
    pump(lambda: state.backend.state == backend_state.OFF)
    key = submit_noop(museum)
    pump(lambda: arrived(key))
    assert bpy.ops.museum.backend_stop() == {"FINISHED"}
    pump(lambda: state.backend.state == backend_state.OFF)


def test_installing_is_refused_while_blender_is_offline(museum: SimpleNamespace) -> None:
    assert not bpy.app.online_access
    for operator in (bpy.ops.museum.backend_install, bpy.ops.museum.backend_repair):
        assert not operator.poll()
    for function in (museum.actions.install_backend, museum.actions.repair_backend):
        with pytest.raises(museum.errors.OnlineAccessDenied):
            function(bpy.context)
    assert museum.runtime.current().session is None


def test_a_remote_backend_is_refused_while_blender_is_offline(museum: SimpleNamespace) -> None:
    chosen = museum.preferences.preferences(bpy.context)
    chosen.mode = "remote"
    chosen.url = "https://backend.invalid"
    bpy.context.scene.museum.create.prompt = PROMPT
    with pytest.raises(RuntimeError, match="Allow Online Access"):
        bpy.ops.museum.create()
    assert museum.runtime.current().session is None and len(jobs()) == 0


def test_a_remote_backend_on_this_computer_needs_no_online_access(museum: SimpleNamespace, pump: Pump) -> None:
    """The end of a tunnel, or a server that somebody started by hand. Nobody listens there."""
    chosen = museum.preferences.preferences(bpy.context)
    chosen.mode = "remote"
    chosen.url = "http://127.0.0.1:9"
    assert not bpy.app.online_access and bpy.ops.museum.backend_start() == {"FINISHED"}
    state = museum.runtime.current()
    pump(lambda: state.backend.fix)
    assert "online access" not in (state.backend.sentence + state.backend.fix).lower()


def test_changed_preferences_end_the_session(museum: SimpleNamespace, pump: Pump) -> None:
    key = submit_noop(museum)
    pump(lambda: ended(key))
    museum.preferences.preferences(bpy.context).mode = "remote"
    assert museum.runtime.current().session is None


def test_an_example_fills_the_prompt(museum: SimpleNamespace) -> None:
    assert bpy.ops.museum.use_example(prompt="a bowl") == {"FINISHED"}
    assert bpy.context.scene.museum.create.prompt == "a bowl"


def test_what_the_engine_noticed_stands_in_the_row(museum: SimpleNamespace, pump: Pump) -> None:
    key = create(museum, "celadon bowl with a flurbish, 12 cm high")
    pump(lambda: arrived(key))
    assert "Not understood: flurbish." in jobs()[key].remarks.splitlines()


def test_show_selects_what_the_job_made(museum: SimpleNamespace, pump: Pump) -> None:
    first, second = create(museum, seed=1), create(museum, seed=2)
    pump(lambda: arrived(first) and arrived(second))
    wanted = {item.name for item in bpy.data.objects if item["museum_id"] == jobs()[first].job_id}
    assert bpy.ops.museum.job_show(key=first) == {"FINISHED"}
    assert {item.name for item in bpy.context.selected_objects} == wanted
    assert bpy.context.view_layer.objects.active.name in wanted


def test_show_says_so_when_there_is_nothing_to_show(museum: SimpleNamespace, pump: Pump) -> None:
    key = create(museum)
    pump(lambda: arrived(key))
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    with pytest.raises(RuntimeError, match="no visible object"):
        bpy.ops.museum.job_show(key=key)
