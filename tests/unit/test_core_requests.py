"""Requests are checked before anything is sent."""

from __future__ import annotations

import math

import pytest

from museum_addon.core.errors import InvalidRequest
from museum_addon.core.requests import MAX_PROMPT_CHARACTERS, MAX_SEED, JobRequest, RecordReference, text_to_3d


def test_a_request_holds_what_was_asked_for() -> None:
    request = text_to_3d("  bronze \n ding  ", seed=3, texture_size=512, height_m=0.3, width_m=0.0)
    assert request.to_json() == {
        "task": "text_to_3d", "engine": "parametric", "inputs": {}, "label": "bronze ding",
        "params": {"prompt": "bronze ding", "seed": 3, "texture_size": 512, "height_m": 0.3},
        "idempotency_key": request.idempotency_key,
    }  # fmt: skip
    assert JobRequest(**request.to_json()) == request


def test_every_request_has_its_own_key() -> None:
    keys = {text_to_3d("a bowl", seed=0).idempotency_key for _ in range(100)}
    assert len(keys) == 100


def test_a_record_makes_a_volume_of_what_is_no_known_type() -> None:
    params = text_to_3d("a spoon", seed=0, record=RecordReference("1", title="Spoon")).params
    assert params["fallback"] == "volume" and params["record"]["title"] == "Spoon"


@pytest.mark.parametrize("prompt", ["", " \n\t ", "x" * (MAX_PROMPT_CHARACTERS + 1), "a\x00b", "a\x1bb", "\ud800"])
def test_unusable_prompts(prompt: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        text_to_3d(prompt, seed=0)
    assert caught.value.message and caught.value.fix


@pytest.mark.parametrize("prompt", ["青瓷梅瓶", "x" * MAX_PROMPT_CHARACTERS, "amphora 🏺", "vase à figures noires"])
def test_usable_prompts(prompt: str) -> None:
    assert text_to_3d(prompt, seed=0).params["prompt"] == prompt


@pytest.mark.parametrize("metres", [-0.03, 4000.0, 1e-9, math.nan, math.inf, -math.inf])
def test_impossible_sizes(metres: float) -> None:
    with pytest.raises(InvalidRequest, match="height"):
        text_to_3d("a bowl", seed=0, height_m=metres)


@pytest.mark.parametrize(("name", "value"), [("seed", -1), ("seed", MAX_SEED + 1), ("texture_size", 1000)])
def test_impossible_settings(name: str, value: int) -> None:
    with pytest.raises(InvalidRequest):
        text_to_3d("a bowl", **{"seed": 0, name: value})
