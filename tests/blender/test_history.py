"""Earlier generations in Blender with the real embedded backend: found, compared, applied again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

Pump = Callable[[Callable[[], bool]], None]
FIRST, SECOND = "bronze bowl, 12 cm tall", "celadon vase, 20 cm tall"


def part(museum: SimpleNamespace, name: str) -> Any:
    return import_module(f"{museum.package}.museum_addon.{name}")


@pytest.fixture
def history(museum: SimpleNamespace, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """The functions that scripts call, and the state; what earlier tests made is forgotten."""
    names = ("history_actions", "history_again", "history_settings")
    modules = {name.rpartition("_")[2]: part(museum, name) for name in names}
    forget(museum)
    yield SimpleNamespace(state=museum.runtime.current().history, museum=museum, **modules)
    forget(museum)


def forget(museum: SimpleNamespace) -> None:
    """As after a restart of Blender: nothing in memory."""
    state = museum.runtime.current()
    state.history.close()
    state.history.__init__()
    state.previews.close()


def made(museum: SimpleNamespace, pump: Pump, prompt: str, **settings: Any) -> str:
    """A finished object; answers its job's id."""
    settings = {"seed": 1, "texture_size": 512, **settings}
    key = museum.actions.create_artifact(bpy.context, prompt, **settings)
    pump(lambda: arrived(key))
    return bpy.context.scene.museum.jobs[key].job_id


def arrived(key: str) -> bool:
    row = bpy.context.scene.museum.jobs[key]
    assert row.state != "failed" and not row.error, (row.error, row.fix)
    return row.imported


def read(history: SimpleNamespace, pump: Pump) -> None:
    """Have the history read and the backend asked, to the end."""
    history.actions.refresh(bpy.context)
    pump(lambda: history.state.loaded and history.state.asked and not history.state.asking)
    assert history.state.trouble == ("", "")


@pytest.fixture
def two(history: SimpleNamespace, pump: Pump) -> tuple[str, str]:
    """Two generations."""
    return made(history.museum, pump, FIRST, seed=1), made(history.museum, pump, SECOND, seed=2)


def ids(entries: Any) -> list[str]:
    return [entry.id for entry in entries]


def test_generations_are_found_after_their_rows_and_the_session_are_gone(
    history: SimpleNamespace, two: tuple[str, str], pump: Pump
) -> None:
    museum = history.museum
    assert museum.actions.clear_finished(bpy.context) == 2
    museum.runtime.current().close_session(timeout=60)
    forget(museum)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert history.actions.search() == ()
    read(history, pump)
    assert ids(history.actions.search())[:2] == [two[1], two[0]]
    (found,) = [entry for entry in history.actions.search("bronze bowl") if entry.id == two[0]]
    assert (found.task, found.engine, found.prompt, found.seed) == ("text_to_3d", "parametric", FIRST, 1)
    assert found.thumbnail == "thumbnail.png" and "model.glb" in {file.name for file in found.files}
    assert history.actions.search("no such thing") == ()
    picture = museum.preferences.picture_of(two[0])
    assert picture is not None and picture.name == "thumbnail.png"


def test_the_backend_tells_what_the_file_does_not(
    history: SimpleNamespace, two: tuple[str, str], pump: Pump, data_folder: Path
) -> None:
    history.state.close()
    (data_folder / "history.jsonl").unlink()
    for job_id in two:
        for path in (data_folder / "results" / job_id).iterdir():
            path.unlink()
    forget(history.museum)
    read(history, pump)
    assert set(two) <= set(ids(history.state.entries))
    assert all(history.museum.preferences.picture_of(job_id) is not None for job_id in two)
    history.state.close()
    written = (data_folder / "history.jsonl").read_text("utf-8").splitlines()
    assert set(two) <= {json.loads(line)["id"] for line in written}


def test_damaged_lines_are_counted_and_the_others_read(
    history: SimpleNamespace, two: tuple[str, str], pump: Pump, data_folder: Path
) -> None:
    history.state.close()
    with (data_folder / "history.jsonl").open("a", encoding="utf-8") as file:
        file.write("{not JSON\n")
    try:
        forget(history.museum)
        read(history, pump)
        assert history.state.skipped == 1
        assert set(two) <= set(ids(history.state.entries))
    finally:
        path = data_folder / "history.jsonl"
        path.write_text(path.read_text("utf-8").replace("{not JSON\n", ""), "utf-8")


def test_a_comparison_names_what_differs(history: SimpleNamespace, two: tuple[str, str]) -> None:
    found = {one.name: (one.first, one.second) for one in history.actions.compare(*two)}
    assert found["prompt"] == (FIRST, SECOND) and found["seed"] == (1, 2)
    assert "texture_size" not in found and "engine" not in found
    with pytest.raises(history.museum.errors.InvalidRequest):
        history.actions.compare(two[0], two[0])


def test_of_two_in_the_scene_one_is_shown_alone(history: SimpleNamespace, two: tuple[str, str]) -> None:
    by_id = {item["museum_id"]: item for item in bpy.data.objects}
    assert history.actions.show_one(bpy.context, *two, two[1]) == [by_id[two[1]].name]
    assert by_id[two[0]].hide_get() and not by_id[two[1]].hide_get()
    assert set(history.actions.show_one(bpy.context, *two)) == {item.name for item in by_id.values()}
    bpy.data.objects.remove(by_id[two[0]])
    with pytest.raises(history.museum.errors.InvalidRequest, match="Not both"):
        history.actions.show_one(bpy.context, *two, two[0])


def test_what_is_in_the_scene_is_selected(history: SimpleNamespace, two: tuple[str, str]) -> None:
    bpy.context.view_layer.update()
    (name,) = history.actions.show(bpy.context, two[0])
    assert bpy.context.view_layer.objects.active.name == name
    bpy.data.objects.remove(bpy.data.objects[name])
    with pytest.raises(history.museum.errors.InvalidRequest, match="Nothing of this generation"):
        history.actions.show(bpy.context, two[0])


def test_settings_come_back_into_the_form(history: SimpleNamespace, pump: Pump) -> None:
    job_id = made(history.museum, pump, FIRST, seed=7, height_m=0.3, details={"material": "silver"})
    form = bpy.context.scene.museum.create
    form.prompt, form.texture_size, form.height, form.random_seed = "something else", "2048", 0.0, True
    assert history.settings.use_settings(bpy.context, job_id) == ()
    assert (form.prompt, form.seed, form.random_seed, form.texture_size) == (FIRST, 7, False, "512")
    assert form.height == pytest.approx(0.3) and form.details.material == "silver"
    assert len(bpy.context.scene.museum.jobs) == 1


def test_a_result_comes_in_again_at_the_cursor_without_being_made(
    history: SimpleNamespace, two: tuple[str, str], pump: Pump
) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.cursor.location = (1.0, 2.0, 0.0)
    key = history.again.bring_in(bpy.context, two[0])
    pump(lambda: arrived(key))
    (item,) = bpy.data.objects
    assert item["museum_id"] == two[0] and tuple(item.location) == pytest.approx((1.0, 2.0, 0.0))
    assert history.again.bring_in(bpy.context, two[0]) == key
    pump(lambda: len(bpy.data.objects) == 2)
    assert len(bpy.context.scene.museum.jobs) == 1


def test_what_was_deleted_here_comes_from_the_backend(
    history: SimpleNamespace, two: tuple[str, str], pump: Pump, data_folder: Path
) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    (data_folder / "results" / two[1] / "model.glb").unlink()
    key = history.again.bring_in(bpy.context, two[1])
    pump(lambda: arrived(key))
    assert [item["museum_id"] for item in bpy.data.objects] == [two[1]]


def test_the_same_is_made_with_another_seed(history: SimpleNamespace, two: tuple[str, str], pump: Pump) -> None:
    key = history.again.again(bpy.context, two[0])
    pump(lambda: arrived(key))
    new = bpy.context.scene.museum.jobs[key].job_id
    assert {one.name for one in history.actions.compare(two[0], new)} == {"seed"}


def test_a_material_goes_onto_a_copy_and_not_onto_other_faces(history: SimpleNamespace, pump: Pump) -> None:
    museum = history.museum
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    (key,) = part(museum, "material_actions").apply_material(bpy.context, "patinated bronze", seed=3, texture_size=512)
    pump(lambda: arrived(key))
    job_id = bpy.context.scene.museum.jobs[key].job_id
    assert history.state.find(job_id).names["mesh"] == cube.name
    bpy.ops.mesh.primitive_uv_sphere_add()
    with pytest.raises(museum.errors.InvalidRequest, match="other faces"):
        history.again.bring_in(bpy.context, job_id)
    bpy.ops.mesh.primitive_cube_add()
    other = bpy.context.active_object
    again = history.again.bring_in(bpy.context, job_id)
    pump(lambda: other.get("museum_material_id") == job_id)
    assert again == key and other.active_material["museum_id"] == job_id
    form = bpy.context.scene.museum.material
    assert history.settings.use_settings(bpy.context, job_id) == ()
    assert (form.prompt, form.seed, form.texture_size) == ("patinated bronze", 3, "512")


def test_two_materials_of_one_object_take_turns(history: SimpleNamespace, pump: Pump) -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    apply = part(history.museum, "material_actions").apply_material
    found = []
    for prompt in ("patinated bronze", "white marble"):
        (key,) = apply(bpy.context, prompt, [cube], seed=3, texture_size=512)
        pump(lambda key=key: arrived(key))
        found.append(bpy.context.scene.museum.jobs[key].job_id)
    assert history.actions.show_one(bpy.context, *found, found[0]) == [cube.name]
    assert cube.active_material["museum_id"] == found[0]
    history.actions.show_one(bpy.context, *found, found[1])
    assert cube.active_material["museum_id"] == found[1]


def test_a_search_of_the_panel_shows_a_page(history: SimpleNamespace, two: tuple[str, str], pump: Pump) -> None:
    read(history, pump)
    chosen = bpy.context.window_manager.museum.history
    chosen.words = "celadon"
    assert two[1] in ids(history.state.found) and two[0] not in ids(history.state.found)
    chosen.words = ""
    chosen.engine = "parametric"
    assert two[0] in ids(history.state.found)
    assert len(history.state.shown) <= 12
    chosen.property_unset("engine")


def test_pictures_are_loaded_outside_of_drawing_and_their_number_is_bounded(
    history: SimpleNamespace, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    previews = history.museum.runtime.current().previews
    previews.close()
    assert previews.icon(two[0]) == 0 and len(previews) == 0
    assert previews.load_wanted() is False
    assert len(previews) == 1  # without a window icons have no numbers
    monkeypatch.setattr(part(history.museum, "previews"), "MAX_ICONS", 1)
    for job_id in (two[1], "no-such-job"):
        assert previews.icon(job_id) == 0
    previews.load_wanted()
    assert len(previews) == 1 and not previews.load_wanted()
    previews.forget(two[1])
    assert len(previews) == 0


@pytest.fixture
def painted(history: SimpleNamespace, pump: Pump) -> tuple[Any, str]:
    """A sphere with a painted texture; its job's id."""
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.1, segments=16, ring_count=8)
    ball = bpy.context.active_object
    ball.name = "Ball"
    form = bpy.context.scene.museum.texture
    form.mode, form.prompt, form.painter, form.engine = "generate", "white marble", "material", "text2tex"
    form.texture_size, form.view_size, form.view_count, form.seed, form.random_seed = "512", "512", 2, 5, False
    (key,) = part(history.museum, "texture_actions").texture_from_form(bpy.context)
    pump(lambda: arrived(key))
    return ball, bpy.context.scene.museum.jobs[key].job_id


def test_a_painted_texture_goes_onto_a_copy_unless_its_map_was_changed(
    history: SimpleNamespace, painted: tuple[Any, str], pump: Pump
) -> None:
    ball, job_id = painted
    copy = ball.copy()
    copy.data = ball.data.copy()
    bpy.context.scene.collection.objects.link(copy)
    copy.data.materials.clear()
    del copy["museum_material_id"]
    history.again.bring_in(bpy.context, job_id, copy)
    pump(lambda: copy.get("museum_material_id") == job_id)
    assert copy.active_material["museum_id"] == job_id
    copy.data.uv_layers["UVMap"].uv[0].vector = (0.5, 0.123)
    with pytest.raises(history.museum.errors.InvalidRequest, match="another one now"):
        history.again.bring_in(bpy.context, job_id, copy)
    bpy.ops.object.select_all(action="DESELECT")
    with pytest.raises(history.museum.errors.InvalidRequest, match="No mesh"):
        history.again.bring_in(bpy.context, job_id)


def test_settings_of_a_painted_texture_come_back(history: SimpleNamespace, painted: tuple[Any, str]) -> None:
    form = bpy.context.scene.museum.texture
    for name in ("mode", "prompt", "painter", "texture_size", "view_size", "view_count", "seed", "random_seed"):
        form.property_unset(name)
    assert history.settings.use_settings(bpy.context, painted[1]) == ()
    assert (form.mode, form.prompt, form.painter, form.seed) == ("generate", "white marble", "material", 5)
    assert (form.texture_size, form.view_size, form.view_count, form.random_seed) == ("512", "512", 2, False)


def test_the_same_texture_is_painted_with_another_seed(
    history: SimpleNamespace, painted: tuple[Any, str], pump: Pump
) -> None:
    ball, job_id = painted
    key = history.again.again(bpy.context, job_id, seed=6)
    pump(lambda: arrived(key))
    new = bpy.context.scene.museum.jobs[key].job_id
    assert ball["museum_material_id"] == new
    assert {one.name for one in history.actions.compare(job_id, new)} == {"seed"}


LISTED = [
    {"task": "text_to_image", "name": "sdxl", "title": "SDXL", "inputs": [{"role": "reference"}],
     "params": {"properties": {
         "prompt": {"type": "string"}, "seed": {"type": "integer"}, "width": {"type": "integer"},
         "height": {"type": "integer"}, "surround": {"type": "boolean", "default": False},
         "steps": {"type": "integer", "default": 20, "minimum": 1},
         "loras": {"type": "array", "items": {"type": "object", "properties": {
             "name": {"type": "string"}, "weight": {"type": "number"}}}},
     }}},
]  # fmt: skip


def test_settings_of_a_picture_come_back_with_its_files(history: SimpleNamespace) -> None:
    """A line as it would be written; the engine is listed, nothing is made."""
    museum, core = history.museum, part(history.museum, "core.history")
    museum.runtime.current().pump._apply(museum.messages.EnginesListed(tuple(LISTED)))
    image = bpy.data.images.new("Sketch", 8, 8)
    params = {"seed": 9, "width": 1024, "height": 576, "steps": 8, "surround": False, "gone": 1,
              "loras": [{"name": "lora.1", "weight": 0.5}, {"name": "lora.2", "weight": 1.0}]}  # fmt: skip
    history.state.add(core.Generation(
        "made-before", "2026-05-01T12:00:00+00:00", "text_to_image", "sdxl", "a hall", "a hall", 9, params,
        inputs={"reference": "a" * 64, "lora.1": "b" * 64},
        names={"reference": image.name, "lora.1": "/x/style.safetensors"},
        target='{"use": "plane"}',
    ))  # fmt: skip
    left = history.settings.use_settings(bpy.context, "made-before")
    form = bpy.context.scene.museum.picture
    assert (form.prompt, form.seed, form.shape, form.size, form.use) == ("a hall", 9, "wide", "1024", "plane")
    assert form.reference == image and form.engine == "sdxl"
    group = bpy.context.scene.museum.engines.text_to_image_sdxl
    assert group.steps == 8 and [entry.path for entry in group.loras] == ["/x/style.safetensors"]
    assert set(left) == {"gone", "lora.2"}


def test_a_picture_that_no_object_shows_says_where_it_is(history: SimpleNamespace) -> None:
    core = part(history.museum, "core.history")
    history.state.add(core.Generation("made-before", "2026-05-01T12:00:00+00:00", "text_to_image", "sdxl", "a hall"))
    bpy.data.images.new("Hall", 8, 8)["museum_id"] = "made-before"
    with pytest.raises(history.museum.errors.InvalidRequest, match="Hall"):
        history.actions.show(bpy.context, "made-before")
    with pytest.raises(history.museum.errors.InvalidRequest, match="not in the history"):
        history.actions.show(bpy.context, "another")


def test_bringing_in_is_one_undo_step_and_the_row_stays(
    history: SimpleNamespace, two: tuple[str, str], pump: Pump
) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.ed.undo_push(message="Before")
    key = history.again.bring_in(bpy.context, two[0])
    pump(lambda: arrived(key))
    assert len(bpy.data.objects) == 1
    bpy.ops.ed.undo()
    assert len(bpy.data.objects) == 0 and bpy.context.scene.museum.jobs[key].job_id == two[0]
