"""Pictures in words and objects from pictures, from the form to the scene, made by tiny real models."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from devtools.server_process import ServerProcess

bpy = pytest.importorskip("bpy")

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-neural" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
Pump = Callable[[Callable[[], bool]], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A backend whose engines of pictures have models, of a few numbers each."""
    if not PYTHON.is_file():
        pytest.skip(f"No environment of the neural tier: {PYTHON} is missing.")
    folder = tmp_path_factory.mktemp("tiny")
    script = [str(PYTHON), str(Path(__file__).with_name("tiny_engines.py")), str(folder), "image-sdxl"]
    made = subprocess.run([*script, "image-to-3d-shap-e"], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-4000:]
    with ServerProcess(PYTHON, folder / "data", environment=json.loads(made.stdout)) as running:
        yield running


@pytest.fixture
def neural(museum: SimpleNamespace, pump: Pump, server: ServerProcess) -> Iterator[SimpleNamespace]:
    """The extension connected with it, and a form for the smallest picture."""
    chosen = museum.preferences.preferences(bpy.context)
    chosen.mode, chosen.url, chosen.token = "remote", server.url, server.token
    online = bpy.context.preferences.system.use_online_access
    bpy.context.preferences.system.use_online_access = True
    museum.actions.start_backend(bpy.context)
    pump(lambda: museum.runtime.current().backend_answered)
    form = bpy.context.scene.museum.picture
    form.prompt, form.engine, form.size, form.random_seed = "a bronze lamp", "sdxl", "512", False
    settings = bpy.context.scene.museum.engines.text_to_image_sdxl
    settings.use_steps, settings.steps, settings.use_guidance, settings.guidance = True, 1, True, 1.0
    yield museum
    bpy.context.preferences.system.use_online_access = online


def part(museum: SimpleNamespace, name: str) -> Any:
    return import_module(f"{museum.package}.museum_addon.{name}")


def arrived(museum: SimpleNamespace, pump: Pump) -> Any:
    """The newest job's row, once its result is in the scene."""
    row = bpy.context.scene.museum.jobs[-1]

    def done() -> bool:
        assert not row.error and row.state != "failed", (row.error, row.fix)
        return row.imported

    pump(done)
    return row


def made() -> list[Any]:
    """The images that were made here."""
    return [image for image in bpy.data.images if image.get("museum_source") == "generated"]


def test_a_picture_becomes_an_image_with_its_paradata(neural: SimpleNamespace, pump: Pump) -> None:
    assert bpy.ops.museum.picture() == {"FINISHED"}
    row = arrived(neural, pump)
    (image,) = made()
    statement = json.loads(image["museum_paradata"])
    assert tuple(image.size) == (512, 512) and image.packed_file is not None and image.use_fake_user
    assert image["museum_id"] == row.job_id and statement["prompt"] == "a bronze lamp"
    assert statement["model"] or statement.get("models")
    assert not bpy.data.objects and neural.joblist.request_of(row).params["steps"] == 1


@pytest.fixture(scope="module")
def finished(server: ServerProcess) -> dict[str, Any]:
    """A picture that the server has made already: what becomes of it is another matter."""
    params = {"prompt": "a bronze lamp", "width": 128, "height": 96, "steps": 1, "guidance": 1.0}
    job = server.json("POST", "/v1/jobs", json={"task": "text_to_image", "engine": "sdxl", "params": params})
    ended = server.wait(job["id"])
    assert ended["state"] == "succeeded", ended["error"]
    return dict(ended)


def bring(museum: SimpleNamespace, pump: Pump, job: dict[str, Any], use: str) -> Any:
    """Have the picture as it would have been asked for; answers its row."""
    request = museum.requests.JobRequest(job["task"], job["engine"], job["params"], "a bronze lamp")
    row = museum.joblist.add_row(bpy.context.scene, request, (0.0, 0.0, 0.0), json.dumps({"use": use}))
    row.job_id, row.state = job["id"], "succeeded"
    museum.actions.import_job(bpy.context, row.name)
    return arrived(museum, pump)


def test_a_plane_has_the_picture_s_aspect_and_stands_at_its_place(
    neural: SimpleNamespace, pump: Pump, finished: dict[str, Any]
) -> None:
    bring(neural, pump, finished, "plane")
    bpy.context.view_layer.update()
    (item,) = bpy.data.objects
    assert item["museum_id"] == finished["id"] and item.active_material["museum_paradata"]
    assert tuple(item.dimensions) == pytest.approx((1.0, 0.0, 0.75), abs=1e-6)
    shown = next(node for node in item.active_material.node_tree.nodes if node.type == "TEX_IMAGE")
    assert shown.image == made()[0]
    bpy.context.scene.cursor.location = (1.0, 2.0, 0.5)
    neural.actions.import_job(bpy.context)
    pump(lambda: len(bpy.data.objects) == 2)
    assert {tuple(one.location) for one in bpy.data.objects} == {(0.0, 0.0, 0.0), (1.0, 2.0, 0.5)}


def test_an_empty_shows_the_picture_upright(neural: SimpleNamespace, pump: Pump, finished: dict[str, Any]) -> None:
    bring(neural, pump, finished, "empty")
    bpy.context.view_layer.update()
    (item,) = bpy.data.objects
    assert item.empty_display_type == "IMAGE" and item.data == made()[0]
    assert tuple(item.matrix_world.to_3x3().col[1]) == pytest.approx((0.0, 0.0, 1.0), abs=1e-6)


def test_a_world_is_of_the_picture_and_the_former_one_comes_back(
    neural: SimpleNamespace, pump: Pump, finished: dict[str, Any]
) -> None:
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("Mine")
    bring(neural, pump, finished, "world")
    neural.actions.import_job(bpy.context)  # of two in turn the true one comes back
    pump(lambda: len(made()) == 2)
    node = next(node for node in scene.world.node_tree.nodes if node.type == "TEX_ENVIRONMENT")
    assert node.image in made() and scene.world["museum_id"] == finished["id"]
    assert bpy.ops.museum.world_restore() == {"FINISHED"}
    assert scene.world.name == "Mine" and scene.world.use_fake_user
    assert not bpy.ops.museum.world_restore.poll()


def test_a_picture_becomes_a_reference(neural: SimpleNamespace, pump: Pump, finished: dict[str, Any]) -> None:
    bring(neural, pump, finished, "texture")
    forms = bpy.context.scene.museum
    assert forms.texture.reference == made()[0]
    bpy.context.scene.museum.jobs[0].target = json.dumps({"use": "create"})
    neural.actions.import_job(bpy.context)
    pump(lambda: len(made()) == 2)
    assert (forms.create.source, forms.create.picture) == ("picture", made()[1])


def test_an_object_from_a_picture(neural: SimpleNamespace, pump: Pump) -> None:
    """The picture is painted in Blender: it lies in no file. Its job is found again when it is asked for once more."""
    form = bpy.context.scene.museum.create
    form.source, form.height = "picture", 0.3
    assert not bpy.ops.museum.create.poll()
    image = bpy.data.images.new("Drawn", 96, 64)
    image.pixels.foreach_set([0.8, 0.3, 0.2, 1.0] * (96 * 64))
    form.picture = image
    settings = bpy.context.scene.museum.engines.image_to_3d_shap_e
    settings.steps, settings.resolution, settings.remove_background = 2, 32, False
    assert bpy.ops.museum.create() == {"FINISHED"}
    row = bpy.context.scene.museum.jobs[-1]
    pump(lambda: row.state in ("succeeded", "failed"))
    assert row.task == "image_to_3d" and row.sends_files
    params = neural.joblist.request_of(row).params
    assert (params["steps"], params["resolution"]) == (2, 32) and params["height_m"] == pytest.approx(0.3)
    if row.state == "failed":  # noise has no surface: the engine says so, and the picture can be sent again
        assert row.error and row.fix
        return
    pump(lambda: row.imported or bool(row.error))
    bpy.context.view_layer.update()
    assert not row.error and max(item.dimensions.z for item in bpy.data.objects) == pytest.approx(0.3, rel=1e-3)


def test_pictures_that_lost_their_files_say_so(neural: SimpleNamespace, pump: Pump) -> None:
    importer = part(neural, "scene.picture_results")
    ready = neural.messages.ResultReady(
        SimpleNamespace(id="x", label="Lost", params={}), {"files": [], "data": {}, "paradata": {}}, {}
    )
    with pytest.raises(neural.errors.ImportFailed) as caught:
        importer.apply_result(ready, bpy.context.scene, "plane", (0, 0, 0), "pack")
    assert caught.value.fix and not bpy.data.objects and not made()
