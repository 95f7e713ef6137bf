"""A hub on this machine with two small models, a store of its own for each test, and somebody who waits."""

from __future__ import annotations

import json

import pytest

from backend.errors import Cancelled
from backend.models.places import Places
from backend.models.store import ModelStore
from backend.models.transfer import Patience
from devtools.hub_server import COMMIT, HubServer, Repository, safetensors

VASE = {
    "model_index.json": b'{"_class_name": "TinyPipeline"}',
    "unet/config.json": b'{"channels": 4}',
    "unet/diffusion_pytorch_model.fp16.safetensors": safetensors(300_000, 1),
    "text_encoder/model.safetensors.index.json": json.dumps(
        {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    ).encode(),
    "text_encoder/model-00001-of-00002.safetensors": safetensors(20_000, 2),
    "text_encoder/model-00002-of-00002.safetensors": safetensors(30_000, 3),
    "README.md": b"# Vase",
    "unet/diffusion_pytorch_model.bin": b"\x80\x02}q\x00.",
}
NEEDED = [
    "model_index.json", "unet/config.json", "unet/*.fp16.safetensors", "text_encoder/model.safetensors.index.json",
    "text_encoder/*.safetensors",
]  # fmt: skip
UNET = "unet/diffusion_pytorch_model.fp16.safetensors"


def model_data(**changes):
    """An entry of the catalogue: the vase."""
    return {
        "id": "vase", "title": "Vase", "hub": "potter/vase", "revision": COMMIT, "pinned": True, "licence": "kiln",
        "files": [{"path": path} for path in NEEDED], "size_bytes": 350_000, "source": "made up", **changes,
    }  # fmt: skip


OWN = {
    "licences": [
        {"id": "kiln", "title": "Kiln Licence", "terms": "not for firing at night", "url": "https://kiln.invalid/terms",
         "accept": True}
    ],
    "models": [
        model_data(),
        model_data(id="bowl", title="Bowl", hub="potter/bowl", revision="main", pinned=False, missing="the commit",
                   licence="mit", files=[{"path": "config.json"}, {"path": "model.safetensors"}]),
    ],
    "uses": [
        {"id": "shards", "title": "Shards", "task": "text_to_image", "engine": "tiny", "pipeline": "TinyPipeline",
         "models": {"base": "vase", "other": "bowl"}, "memory": {"full": 1.0, "source": "made up"}},
    ],
}  # fmt: skip


class Watcher:
    """Notes what is said; changes his mind when ``until`` says so."""

    def __init__(self):
        self.told = []
        self.until = lambda: False

    def progress(self, fraction, message):
        self.told.append((fraction, message))
        self.check_cancelled()

    def check_cancelled(self):
        if self.until():
            raise Cancelled


@pytest.fixture
def repositories():
    """What the hub has; change it before the first request."""
    bowl = {"config.json": b"{}", "model.safetensors": safetensors(5000, 9), "notes.txt": b"round"}
    return {"potter/vase": Repository(dict(VASE)), "potter/bowl": Repository(bowl)}


@pytest.fixture
def hub(repositories):
    """A running hub."""
    with HubServer(repositories) as running:
        yield running


@pytest.fixture
def watcher():
    return Watcher()


@pytest.fixture
def patience():
    """As short as a test allows."""
    return Patience(silence_s=5.0, tries=3, pause_s=0.0)


@pytest.fixture
def make_store(tmp_path, hub):
    """A store in an empty folder that knows the test's models and speaks to the test's hub."""

    def make(own=OWN, **places):
        folder = tmp_path / "models"
        folder.mkdir(exist_ok=True)
        (folder / "catalogue.json").write_text(json.dumps(own), encoding="utf-8")
        return ModelStore(Places(folder=folder, endpoint=hub.address, **places))

    return make


@pytest.fixture
def store(make_store):
    return make_store()


