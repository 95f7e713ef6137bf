"""The catalogue says where everything comes from, and a museum can add to it."""

from __future__ import annotations

import copy
import json

import pytest

from backend.errors import BadInput, NotFound
from backend.models import safety
from backend.models.catalogue import built_in, catalogue_of
from tests.models.conftest import OWN, model_data

OURS = built_in()


@pytest.mark.parametrize("model", OURS.models, ids=lambda model: model.id)
def test_every_model_can_be_fetched_safely(model):
    for file in model.files:
        safety.check_name(file.path.replace("*", "x"))
    assert any(file.path.endswith(safety.WEIGHTS) for file in model.files)
    assert model.pinned or model.missing
    assert model.source and OURS.licence(model).url.startswith("https://")
    known = sum(file.size or 0 for file in model.files)
    assert known <= model.size_bytes * 1.001
    if all(file.size for file in model.files):
        assert known == model.size_bytes


@pytest.mark.parametrize("use", OURS.uses, ids=lambda use: use.id)
def test_every_use_gets_by_with_less_memory_from_plan_to_plan(use):
    plans = [use.memory.full, use.memory.model_offload, use.memory.sequential_offload]
    figures = [figure for figure in plans if figure is not None]
    assert figures == sorted(figures, reverse=True)
    assert OURS.meant(use.id) == tuple(OURS.model(model_id) for model_id in dict.fromkeys(use.models.values()))


def written(folder, own):
    (folder / "catalogue.json").write_text(json.dumps(own), encoding="utf-8")
    return folder


def test_a_museum_adds_models_of_its_own(tmp_path):
    both = catalogue_of(written(tmp_path, OWN))
    assert both.model("vase").hub == "potter/vase"
    assert len(both.models) == len(OURS.models) + 2
    assert both.hub == OURS.hub
    assert catalogue_of(tmp_path / "nothing") is OURS


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"models": [model_data(licence="unheard-of")]}, "unheard-of"),
        ({"models": [model_data(licence="mit"), model_data(licence="mit")]}, "same id"),
        ({"models": [model_data(revision="main", licence="mit")]}, "commit"),
        ({"models": [model_data(hub="no-owner", licence="mit")]}, "hub"),
        ({"models": [model_data(licence="mit", surprise=1)]}, "surprise"),
        ({"models": {}}, "lists"),
        ({"schema": "museum-models/9"}, "schema"),
    ],
)
def test_what_is_wrong_with_an_own_catalogue_is_named(tmp_path, change, named):
    with pytest.raises(BadInput) as caught:
        catalogue_of(written(tmp_path, change))
    assert named in caught.value.message and "catalogue.json" in caught.value.message


def test_no_file_of_the_disk_can_be_a_catalogue_by_accident(tmp_path):
    for text in ("", "[]", "{", "null"):
        (tmp_path / "catalogue.json").write_text(text)
        with pytest.raises(BadInput):
            catalogue_of(tmp_path)


def test_the_nearest_names_are_told():
    with pytest.raises(NotFound) as caught:
        OURS.meant("sdxl-bsae")
    assert "sdxl-base" in caught.value.fix
    with pytest.raises(NotFound):
        OURS.model("texture-sdxl")
    with pytest.raises(NotFound):
        OURS.use("sdxl-base")


def test_adding_changes_nothing_of_ours(tmp_path):
    before = copy.deepcopy(OURS)
    catalogue_of(written(tmp_path, OWN))
    assert built_in() == before


def test_an_own_entry_takes_the_place_of_the_products(tmp_path):
    (tmp_path / "catalogue.json").write_text(json.dumps({"models": [model_data(id="sdxl-base", licence="mit")]}))
    own = catalogue_of(tmp_path)
    assert own.model("sdxl-base").licence == "mit" and built_in().model("sdxl-base").licence != "mit"
    assert {model.id for model in own.models} == {model.id for model in built_in().models}
