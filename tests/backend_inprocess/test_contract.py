"""Every request that the extension can send is one that the backend takes."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.api.schemas import JobBody
from backend.engines import catalogue
from museum_addon.core import requests
from museum_addon.core.errors import InvalidRequest

lengths = st.one_of(st.none(), st.just(0.0), st.floats(requests.MIN_SIZE_M, requests.MAX_SIZE_M))
texts = st.text(max_size=80)
RECORD_TEXTS = [field.name for field in dataclasses.fields(requests.RecordReference) if field.name != "id"]
records = st.builds(
    requests.RecordReference,
    id=st.text(min_size=1, max_size=40),
    **dict.fromkeys(RECORD_TEXTS, texts),
)


@given(
    prompt=st.text(min_size=0, max_size=requests.MAX_PROMPT_CHARACTERS + 20),
    seed=st.integers(0, requests.MAX_SEED),
    texture_size=st.sampled_from(requests.TEXTURE_SIZES),
    width_m=lengths,
    depth_m=lengths,
    height_m=lengths,
    record=st.one_of(st.none(), records),
    label=texts,
)
def test_whatever_text_to_3d_lets_through_the_backend_accepts(prompt, label, **arguments):
    try:
        request = requests.text_to_3d(prompt, label=label, **arguments)
    except InvalidRequest:
        return
    body = JobBody.model_validate_json(json.dumps(request.to_json()))
    info = catalogue.find(body.task, body.engine)
    params = info.params.model_validate(body.params)
    assert params.prompt == request.params["prompt"]
    assert params.seed == arguments["seed"]


@pytest.mark.parametrize(
    "prompt", ["x" * requests.MAX_PROMPT_CHARACTERS, "汉" * requests.MAX_PROMPT_CHARACTERS, "é", "🏺"]
)
def test_the_longest_and_the_strangest_prompts_pass_both_sides(prompt):
    request = requests.text_to_3d(prompt, seed=1)
    info = catalogue.find("text_to_3d", "parametric")
    assert info.params.model_validate(dict(request.params)).prompt == prompt


def test_sizes_that_the_extension_offers_are_the_sizes_that_the_engine_lists():
    schema = catalogue.find("text_to_3d", "parametric").params.model_json_schema()
    assert tuple(schema["properties"]["texture_size"]["enum"]) == requests.TEXTURE_SIZES


def test_a_field_that_the_engine_does_not_know_is_refused():
    request = requests.text_to_3d("bowl", seed=1)
    info = catalogue.find("text_to_3d", "parametric")
    with pytest.raises(ValueError, match="surprise"):
        info.params.model_validate({**request.params, "surprise": 1})


@given(prompt=st.text(max_size=120), type_name=st.sampled_from(["amphora", "ding", "bi"]))
def test_whatever_interpret_lets_through_the_backend_accepts(prompt, type_name):
    try:
        request = requests.interpret(prompt, details={"type": type_name})
    except InvalidRequest:
        return
    body = JobBody.model_validate_json(json.dumps(request.to_json()))
    info = catalogue.find(body.task, body.engine)
    assert info.params.model_validate(body.params).type == type_name


@given(
    prompt=st.text(max_size=120),
    seed=st.integers(0, requests.MAX_SEED),
    texture_size=st.sampled_from(requests.MATERIAL_SIZES),
    amount=st.floats(0, 1),
    unwrap=st.sampled_from(requests.UNWRAPPING),
)
def test_whatever_texture_material_lets_through_the_backend_accepts(prompt, amount, **arguments):
    try:
        request = requests.texture_material(prompt, ageing={"dust": amount}, **arguments)
    except InvalidRequest:
        return
    body = JobBody.model_validate_json(json.dumps(request.to_json()))
    info = catalogue.find(body.task, body.engine)
    params = info.params.model_validate(body.params)
    assert params.prompt == request.params["prompt"]
    assert [(layer.name, layer.amount) for layer in params.ageing] == [("dust", amount)]
