"""Models in Blender: seen, accepted, fetched, stopped, gone on with, removed; against a hub on this machine."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest

bpy = pytest.importorskip("bpy")

from devtools.hub_server import COMMIT, Fault, HubServer, Repository, safetensors  # noqa: E402

SECRET = "hf_a_secret_of_the_test"
WEIGHTS = "model.safetensors"
DATA = {"config.json": b"{}", WEIGHTS: safetensors(400_000)}
OWN = {
    "licences": [
        {"id": "kiln", "title": "Kiln Licence", "terms": "not for firing at night", "url": "https://kiln.invalid/terms",
         "accept": True}
    ],
    "models": [
        {"id": "vase", "title": "Vase", "hub": "potter/vase", "revision": COMMIT, "pinned": True, "licence": "kiln",
         "files": [{"path": path} for path in DATA], "size_bytes": 400_000, "source": "made up", "gated": True},
        {"id": "bowl", "title": "Bowl", "hub": "potter/bowl", "revision": COMMIT, "pinned": True, "licence": "mit",
         "files": [{"path": path} for path in DATA], "size_bytes": 400_000, "source": "made up"},
    ],
    "uses": [
        {"id": "shards", "title": "Shards", "task": "text_to_image", "engine": "tiny", "pipeline": "TinyPipeline",
         "models": {"base": "vase", "other": "bowl"}, "memory": {"full": 1.0, "source": "made up"}},
    ],
}  # fmt: skip
PREFERENCES = (
    "models_folder", "models_more", "models_endpoint", "models_token", "models_offline", "idle_minutes", "servers_file",
)  # fmt: skip


@pytest.fixture(scope="module")
def running_hub():
    with HubServer({}) as hub:
        yield hub


@pytest.fixture
def hub(running_hub):
    """With nothing wrong yet, and nobody has asked for anything."""
    running_hub.repositories.update(
        {"potter/vase": Repository(DATA, token=SECRET, gated=True), "potter/bowl": Repository(DATA)}
    )
    running_hub.seen.clear()
    running_hub.silenced.clear()
    return running_hub


@pytest.fixture(scope="module")
def kept_folder(tmp_path_factory):
    """The same for all tests, so that the backend need not be started anew."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture
def folder(kept_folder):
    """With a catalogue and no models."""
    shutil.rmtree(kept_folder)
    kept_folder.mkdir()
    (kept_folder / "catalogue.json").write_text(json.dumps(OWN), encoding="utf-8")
    return kept_folder


@pytest.fixture
def shop(museum, hub, folder, pump):
    """The extension with preferences that point to the hub and an empty folder."""
    chosen = museum.preferences.preferences(bpy.context)
    chosen.models_folder, chosen.models_endpoint, chosen.models_token = str(folder), hub.address, SECRET
    actions = import_module(f"{museum.package}.museum_addon.model_actions")
    core = import_module(f"{museum.package}.museum_addon.core.models")

    def listed():
        museum.runtime.current().models.listing = None
        actions.refresh(bpy.context)
        pump(lambda: museum.runtime.current().models.listing is not None)
        return museum.runtime.current().models

    yield SimpleNamespace(
        actions=actions, core=core, hub=hub, folder=folder, listed=listed, state=museum.runtime.current().models,
        preferences=chosen, museum=museum, pump=pump,
    )  # fmt: skip
    museum.runtime.current().models.agreed.clear()
    museum.runtime.current().models.opened = ""
    for name in PREFERENCES:
        museum.preferences.preferences(bpy.context).property_unset(name)


def standing(shop, name="shards"):
    return shop.core.standing(shop.state.listing.meant(name)).state


def ended(shop, name, state):
    def look():
        job = shop.state.jobs.get(name)
        return job is not None and job.state == state

    return look


def fetched(shop, name="shards"):
    shop.actions.agree("kiln")
    shop.actions.pull(bpy.context, name)
    shop.pump(lambda: standing(shop, name) == "ready")


def test_the_embedded_backend_takes_the_preferences(shop):
    state = shop.listed()
    assert (state.listing.folder, state.listing.hub) == (str(shop.folder), shop.hub.address)
    assert (state.listing.token, state.listing.offline) == ("token file", False)
    shop.preferences.models_offline = True
    assert shop.listed().listing.offline, "the running backend was started anew"


def test_the_backend_is_told_which_file_describes_servers(museum, tmp_path):
    chosen = museum.preferences.preferences(bpy.context)
    assert museum.preferences.model_options(bpy.context).servers is None
    chosen.servers_file = str(tmp_path / "servers.json")
    try:
        assert museum.preferences.model_options(bpy.context).servers == tmp_path / "servers.json"
    finally:
        chosen.property_unset("servers_file")


def test_the_token_lies_in_a_file_for_this_user_alone(shop, data_folder):
    shop.listed()
    (holding,) = [path for path in data_folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert holding.name == "models-token"
    if sys.platform != "win32":
        assert stat.S_IMODE(holding.stat().st_mode) == 0o600
    shop.preferences.models_token = ""
    shop.listed()
    assert not holding.exists()


def test_a_licence_is_accepted_before_anything_is_fetched(shop):
    shop.listed()
    with pytest.raises(Exception, match="licence has to be accepted"):
        bpy.ops.museum.model_pull(model="shards")
    assert shop.hub.seen == []
    fetched(shop)
    assert shop.state.problem("shards") == ("", "") and len(bpy.context.scene.museum.jobs) == 0
    assert not shop.core.unaccepted(shop.state.listing.meant("shards")), "it is asked once"


def test_a_download_is_stopped_and_goes_on_where_it_stopped(shop):
    shop.hub.repositories["potter/vase"].faults[WEIGHTS] = Fault(stall_after=150_000, times=1)
    shop.listed()
    shop.actions.agree("kiln")
    shop.actions.pull(bpy.context, "shards")
    shop.pump(lambda: shop.hub.silenced.is_set() and shop.state.active("shards") is not None)
    bpy.ops.museum.model_cancel(model="shards")
    shop.pump(lambda: ended(shop, "shards", "cancelled")() and standing(shop) == "partial")
    assert shop.state.problem("shards") == ("", "")
    shop.actions.pull(bpy.context, "shards")
    shop.pump(lambda: standing(shop) == "ready")
    ranges = [seen.headers.get("Range") for seen in shop.hub.asked_for(WEIGHTS) if "vase" in seen.path]
    assert ranges[0] is None and ranges[1].startswith("bytes=") and ranges[1] != "bytes=0-"


def test_a_download_is_found_again_by_a_blender_that_did_not_ask_for_it(shop):
    shop.hub.repositories["potter/vase"].faults[WEIGHTS] = Fault(stall_after=150_000, times=1)
    shop.listed()
    shop.actions.agree("kiln")
    shop.actions.pull(bpy.context, "shards")
    shop.pump(lambda: shop.hub.silenced.is_set() and shop.state.active("shards") is not None)
    job = shop.state.active("shards")
    shop.museum.runtime.current().close_session(timeout=10.0)
    assert shop.state.active("shards") is None
    shop.listed()
    shop.pump(lambda: shop.state.active("shards") is not None)
    assert shop.state.active("shards").id == job.id
    shop.actions.cancel(bpy.context, "shards")
    shop.pump(ended(shop, "shards", "cancelled"))


def test_what_is_given_on_request_alone_says_where_to_ask(shop):
    shop.preferences.models_token = ""
    shop.listed()
    shop.actions.agree("kiln")
    shop.actions.pull(bpy.context, "shards")
    shop.pump(ended(shop, "shards", "failed"))
    message, fix = shop.state.problem("shards")
    assert "agreed to its terms" in message and shop.core.address_in(fix) == f"{shop.hub.address}/potter/vase"
    shop.preferences.models_token = SECRET
    shop.listed()
    fetched_before = shop.actions.pull(bpy.context, "shards")
    assert fetched_before
    shop.pump(lambda: standing(shop) == "ready")


def test_verify_and_remove(shop):
    shop.listed()
    fetched(shop)
    shop.actions.verify(bpy.context, "vase")
    shop.pump(ended(shop, "vase", "succeeded"))
    weights = shop.folder / "bowl" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    shop.actions.verify(bpy.context, "bowl")
    shop.pump(ended(shop, "bowl", "failed"))
    assert all(shop.state.problem("bowl"))
    bpy.ops.museum.model_remove(model="bowl")
    shop.pump(lambda: shop.state.listing.model("bowl").state == "absent")
    assert standing(shop) == "partial" and not (shop.folder / "bowl").exists()


def test_a_full_disk_and_the_offline_mode_are_said_before(shop):
    import dataclasses

    state = shop.listed()
    shop.actions.agree("kiln")
    state.listing = dataclasses.replace(state.listing, free_bytes=1000)
    assert "are needed on the disk" in shop.actions.pull_obstacle(bpy.context, state, "shards")[0]
    state.listing = dataclasses.replace(state.listing, offline=True)
    assert "offline mode" in shop.actions.pull_obstacle(bpy.context, state, "shards")[0]


def test_memory_is_left_to_a_render_and_taken_back(shop):
    shop.listed()
    shop.pump(lambda: shop.state.resources is not None)
    shop.actions.rendering_begins(bpy.context)
    shop.pump(lambda: shop.state.resources.held_s > 0.0)
    shop.actions.rendering_ends()
    shop.pump(lambda: shop.state.resources.held_s == 0.0)
    shop.preferences.release_for_render = False
    shop.actions.rendering_begins(bpy.context)
    assert not shop.state.rendering
    shop.preferences.property_unset("release_for_render")


def test_a_render_of_blenders_asks_for_the_memory(shop, monkeypatch):
    shop.listed()
    asked = []
    monkeypatch.setattr(shop.museum.runtime.current().session, "release", asked.append)
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    scene.render.resolution_x = scene.render.resolution_y = 16
    bpy.ops.render.render()
    assert asked == [shop.actions.HOLD_S, 0.0]
