"""Engines learn which of their models are here, and where."""

from __future__ import annotations

import json

import pytest

from backend.engines.models.needs import located_parts, models_here
from backend.errors import NotFound, Unavailable
from backend.models.pulling import pull
from backend.models.store import ModelStore
from tests.models.conftest import OWN


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
