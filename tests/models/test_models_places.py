"""Models are found where others have put them, and nothing there is touched."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from backend.errors import BadInput, Conflict, DamagedModel, Offline, StorageFull, Unavailable, UnsafeModel
from backend.models import disk
from backend.models.places import Token, places_from
from backend.models.pulling import pull
from backend.models.store import ModelStore
from backend.models.telling import told
from backend.models.verifying import verify
from devtools.hub_server import COMMIT, safetensors
from tests.models.conftest import UNET, VASE


def filled(folder, files=VASE):
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


@pytest.fixture
def vase(store):
    return store.catalogue.model("vase")


def test_the_hub_librarys_cache_is_used_as_it_is(make_store, tmp_path, vase, watcher, hub):
    cache = tmp_path / "cache"
    filled(cache / "models--potter--vase" / "snapshots" / COMMIT)
    store = make_store(caches=(cache,), offline=True)
    located = store.required("vase")
    assert (located.origin, located.revision) == ("cache", COMMIT)
    assert pull(store, vase, watcher, accept_licence=True).fetched_bytes == 0
    assert hub.seen == []
    with pytest.raises(Conflict, match="cache"):
        store.remove(vase)
    assert (located.folder / UNET).read_bytes() == VASE[UNET]


def test_another_revision_in_the_cache_is_not_the_model(make_store, tmp_path):
    cache = tmp_path / "cache"
    filled(cache / "models--potter--vase" / "snapshots" / ("f" * 40))
    with pytest.raises(Unavailable):
        make_store(caches=(cache,)).required("vase")


def test_an_unpinned_model_is_what_the_caches_reference_says(make_store, tmp_path):
    kept = tmp_path / "cache" / "models--potter--bowl"
    filled(kept / "snapshots" / ("e" * 40), {"config.json": b"{}", "model.safetensors": safetensors(10)})
    store = make_store(caches=(tmp_path / "cache",))
    with pytest.raises(Unavailable):
        store.required("bowl")
    filled(kept, {"refs/main": b"e" * 40})
    assert store.required("bowl").revision == "e" * 40
    (kept / "refs/main").write_text("../../../elsewhere")
    with pytest.raises(Unavailable):
        store.required("bowl")


@pytest.mark.parametrize("below", ["potter/vase", "potter--vase", "vase"])
def test_folders_of_others_are_found(make_store, tmp_path, below, watcher):
    filled(tmp_path / "shelf" / below)
    store = make_store(more=(tmp_path / "shelf",))
    located = store.required("vase")
    assert (located.origin, located.folder) == ("folder", tmp_path / "shelf" / below)
    verified = verify(store, located.model, watcher)
    assert UNET in verified.unknown and len(verified.located.provenance()["sha256"]) == 3


@pytest.mark.parametrize("missing", [UNET, "text_encoder/model-00002-of-00002.safetensors", "unet/config.json"])
def test_a_folder_with_a_file_missing_is_not_the_model(make_store, tmp_path, missing):
    filled(tmp_path / "shelf" / "vase", {path: data for path, data in VASE.items() if path != missing})
    with pytest.raises(Unavailable) as caught:
        make_store(more=(tmp_path / "shelf",)).required("vase")
    assert "backend models pull vase" in caught.value.fix


def test_a_pickle_in_a_folder_of_others_is_found_by_verifying(make_store, tmp_path, vase, watcher):
    filled(tmp_path / "shelf" / "vase", {**VASE, UNET: b"\x80\x04\x95" + b"a" * 900})
    with pytest.raises(UnsafeModel):
        verify(make_store(more=(tmp_path / "shelf",)), vase, watcher)


def test_a_pulled_model_moves_with_its_folder(store, make_store, vase, watcher, tmp_path):
    pull(store, vase, watcher, accept_licence=True)
    shutil.copytree(store.folder_of(vase), tmp_path / "stick" / "vase")
    store.remove(vase)
    located = make_store(more=(tmp_path / "stick",), offline=True).required("vase")
    assert located.folder == tmp_path / "stick" / "vase"
    assert located.revision == COMMIT and UNET in located.provenance()["sha256"]


def test_what_lies_in_a_pulled_model_is_held_against_its_record(store, vase, watcher):
    pull(store, vase, watcher, accept_licence=True)
    assert verify(store, vase, watcher).unknown == ()
    folder = store.folder_of(vase)
    (folder / UNET).write_bytes(safetensors(300_000, 2))
    assert store.required("vase")
    with pytest.raises(DamagedModel, match="changed"):
        verify(store, vase, watcher)
    (folder / UNET).write_bytes(VASE[UNET])
    (folder / "extra.bin").write_bytes(b"x")
    with pytest.raises(UnsafeModel, match=r"extra\.bin"):
        verify(store, vase, watcher)


def test_a_pulled_model_with_a_file_gone_or_cut_off_is_mended_by_pulling(store, vase, watcher, hub):
    pull(store, vase, watcher, accept_licence=True)
    place = store.folder_of(vase) / UNET
    place.write_bytes(VASE[UNET][:-5])
    with pytest.raises(DamagedModel) as caught:
        store.required("vase")
    assert "pull vase" in caught.value.fix
    assert store.holding(vase).state == "damaged"
    hub.seen.clear()
    pull(store, vase, watcher)
    assert place.read_bytes() == VASE[UNET]
    assert hub.asked_for("model-00001-of-00002.safetensors") == []
    place.unlink()
    pull(store, vase, watcher)
    assert store.required("vase")


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"files": [{"path": "../x", "size": 1, "sha256": ""}]}'])
def test_a_record_that_is_no_good_is_told(store, vase, watcher, record):
    pull(store, vase, watcher, accept_licence=True)
    (store.folder_of(vase) / "museum-model.json").write_text(record)
    with pytest.raises(DamagedModel):
        store.required("vase")
    assert {model["id"]: model["state"] for model in told(store)["models"]}["vase"] == "damaged"


def test_offline_says_what_to_do(make_store, vase, watcher, hub):
    with pytest.raises(Offline) as caught:
        pull(make_store(offline=True), vase, watcher, accept_licence=True)
    assert "offline mode" in caught.value.message and caught.value.fix
    assert hub.seen == []


def test_a_disk_that_is_too_small_is_told_before_a_byte_comes(store, vase, watcher, hub, monkeypatch):
    monkeypatch.setattr(disk, "RESERVE_BYTES", 1 << 62)
    with pytest.raises(StorageFull) as caught:
        pull(store, vase, watcher, accept_licence=True)
    assert "are needed" in caught.value.message and "another disk" in caught.value.fix
    assert hub.asked_for(UNET) == []


def test_two_cannot_pull_the_same_model_at_once(store, vase, watcher):
    with store.held(vase), pytest.raises(Conflict, match="already"):
        pull(store, vase, watcher, accept_licence=True)


def test_a_models_folder_that_is_a_file_is_told(make_store, vase, watcher, tmp_path):
    store = make_store()
    (store.places.folder / "vase").write_text("mine")
    with pytest.raises(BadInput, match="cannot be written"):
        pull(store, vase, watcher, accept_licence=True)
    assert (store.places.folder / "vase").read_text() == "mine"


def test_the_environment_says_where_things_are(tmp_path):
    more = os.pathsep.join(map(str, (tmp_path, "b")))
    said = {"MUSEUM_MODELS": str(tmp_path / "m"), "MUSEUM_MODELS_MORE": more, "HF_HOME": str(tmp_path / "h"),
            "HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "https://mirror.invalid/"}  # fmt: skip
    places = places_from(said, tmp_path)
    assert places.folder == tmp_path / "m" and places.more[0] == tmp_path and len(places.more) == 2
    assert places.caches == (tmp_path / "h" / "hub",)
    assert places.offline and places.endpoint == "https://mirror.invalid"
    assert places_from({**said, "HF_HUB_CACHE": str(tmp_path / "c")}, tmp_path).caches == (tmp_path / "c",)
    assert places_from({}, tmp_path).folder.is_relative_to(tmp_path)


@pytest.mark.parametrize(
    "said",
    [
        {"MUSEUM_MODELS_OFFLINE": "perhaps"},
        {"MUSEUM_MODELS_ENDPOINT": "file:///etc"},
        {"MUSEUM_MODELS_ENDPOINT": "mirror.example.org"},
        {"MUSEUM_MODELS_ENDPOINT": "https://me:secret@mirror.invalid"},
        {"MUSEUM_MODELS_TOKEN_FILE": "no/such/file"},
        {"HF_TOKEN": "two words"},
    ],
)
def test_settings_that_cannot_be_meant_are_told(tmp_path, said):
    with pytest.raises(BadInput) as caught:
        places_from(said, tmp_path)
    assert "secret" not in caught.value.message and caught.value.fix


def test_the_token_is_found_where_the_hub_library_keeps_it_and_never_shown(tmp_path):
    filled(tmp_path / ".cache/huggingface", {"token": b"hf_kept\n"})
    assert places_from({}, tmp_path).token == Token("hf_kept", "hub library")
    assert places_from({"HF_TOKEN": "hf_said"}, tmp_path).token.value == "hf_said"
    places = places_from({"HF_TOKEN": "hf_said"}, tmp_path)
    assert "hf_said" not in repr(places) + json.dumps(told(ModelStore(places)))
