"""Engines learn which of their models are here, and where."""

from __future__ import annotations

import json

import pytest

from backend.engines.models.engine import pull_models, verify_models
from backend.engines.models.info import PullParams, VerifyParams
from backend.engines.models.needs import located_parts, models_here
from backend.errors import LicenceNotAccepted, NotFound, Unavailable
from backend.models.pulling import pull
from backend.models.store import ModelStore
from backend.models.verifying import verify
from devtools.hub_server import COMMIT
from tests.models.conftest import OWN, UNET, Watcher


@pytest.fixture
def environment(store, monkeypatch, hub):
    monkeypatch.setenv("MUSEUM_MODELS", str(store.places.folder))
    monkeypatch.setenv("MUSEUM_MODELS_ENDPOINT", hub.address)
    monkeypatch.setenv("HF_HOME", str(store.places.folder / "no-cache"))


def test_what_is_missing_is_named_until_it_is_here(environment, watcher):
    state = models_here("shards")
    assert not state.available and "Vase, Bowl" in state.reason and "pull shards" in state.fix
    with pytest.raises(Unavailable):
        located_parts("shards")
    store = ModelStore()
    for model in store.catalogue.meant("shards"):
        pull(store, model, watcher, accept_licence=True)
    assert models_here("shards").available
    assert {role: part.folder.name for role, part in located_parts("shards").items()} == {
        "base": "vase", "other": "bowl"
    }  # fmt: skip


def test_an_own_catalogue_that_is_no_good_makes_engines_unavailable_with_a_fix(environment, store):
    (store.places.folder / "catalogue.json").write_text(json.dumps({**OWN, "models": 3}))
    state = models_here("shards")
    assert not state.available and "catalogue" in state.reason and state.fix


def test_an_unknown_use_is_told(environment):
    assert not models_here("sherds").available
    with pytest.raises(NotFound):
        located_parts("sherds")


class Context(Watcher):
    """A job's, as far as these engines ask for one."""

    def log(self, text):
        self.told.append((None, text))


def test_all_that_an_engine_needs_comes_with_one_job(environment, hub):
    with pytest.raises(LicenceNotAccepted):
        pull_models(Context(), PullParams(model="shards"))
    assert hub.seen == []
    context = Context()
    result = pull_models(context, PullParams(model="shards", accept_licence=True))
    assert [model["id"] for model in result.data["models"]] == ["vase", "bowl"]
    fractions = [fraction for fraction, _ in context.told if fraction is not None]
    assert fractions == sorted(fractions)
    verified = verify_models(Context(), VerifyParams(model="shards"))
    assert all(model["not_compared"] == [] for model in verified.data["models"])


def test_a_model_of_an_earlier_pin_is_held_against_its_own_record(environment, store, watcher):
    own = json.loads(json.dumps(OWN))
    pull(ModelStore(), ModelStore().catalogue.model("vase"), watcher, accept_licence=True)
    own["models"][0].update(revision="d" * 40)
    own["models"][0]["files"][2] = {"path": UNET, "sha256": "0" * 64}
    (store.places.folder / "catalogue.json").write_text(json.dumps(own))
    newer = ModelStore()
    assert newer.required("vase").revision == COMMIT
    assert verify(newer, newer.catalogue.model("vase"), watcher).unknown == ()
