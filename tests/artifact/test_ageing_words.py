"""Ageing that the prompt of an artifact names: read with its degree and colour, laid on the surface."""

from __future__ import annotations

import numpy as np
import pytest

from backend.engines.artifact.ageing_words import read_ageing, with_named
from backend.engines.artifact.condition import condition_of, layers
from backend.engines.artifact.info import ParametricParams
from backend.engines.artifact.spec import resolve
from backend.surface.material import linear_of, load_material

RED, BLUE = "#96392a", "#2f5a94"
PROMPTS = [
    ("bronze ding with malachite patina", {"malachite_patina": 0.6}, ""),
    ("bronze ding, heavily corroded, verdigris runs", {"malachite_patina": 0.85, "verdigris_runs": 0.6}, ""),
    ("limestone stele with traces of red paint", {"paint_traces": 0.25}, ""),
    ("red marble column with traces of blue paint", {"paint_traces": 0.25}, RED),
    ("marble column with lichen and moss", {"lichen": 0.6, "moss": 0.6}, ""),
    ("dusty terracotta amphora, slight soot", {"dust": 0.6, "soot": 0.35}, ""),
    ("marble stele without moss", {}, ""),
    ("red painted limestone stele", {}, RED),
    ("青铜鼎，厚厚的绿锈", {"malachite_patina": 0.85}, ""),
    ("大理石柱，青苔和地衣", {"moss": 0.6, "lichen": 0.6}, ""),
]


@pytest.mark.parametrize(("prompt", "ageing", "colour"), PROMPTS)
def test_ageing_is_read_with_its_degree_and_colour(prompt, ageing, colour):
    params = ParametricParams(prompt=prompt)
    spec = resolve(params)
    named = read_ageing(params, spec, spec.material)
    told = with_named(spec, named)
    assert {item.name: item.amount for item in named.ageing} == ageing
    assert told.colour == colour
    assert told.not_understood == ()


def test_words_that_name_no_ageing_stay_not_understood():
    params = ParametricParams(prompt="terracotta amphora with frobnicated lichen 🏺")
    spec = resolve(params)
    told = with_named(spec, read_ageing(params, spec, "terracotta"))
    assert set(told.not_understood) == {"frobnicated", "🏺"} & set(spec.not_understood)
    assert "frobnicated" in told.not_understood
    assert any("lichen" in sentence for sentence in told.understood)


def test_the_words_of_a_record_are_names():
    record = {"id": "1", "source": "x", "title": "Amphora with moss and lichen", "url": "", "credit": "", "licence": ""}
    fields = ParametricParams.model_fields["record"].annotation.__args__[0].model_fields
    params = ParametricParams(prompt=record["title"], record={k: v for k, v in record.items() if k in fields})
    assert read_ageing(params, resolve(params), "terracotta").ageing == ()


def test_what_was_named_stands_for_what_a_state_means():
    params = ParametricParams(prompt="slightly dusty limestone stele with traces of red and blue paint")
    spec = resolve(params)
    material = load_material("limestone")
    named = read_ageing(params, spec, "limestone").ageing
    state = condition_of("good", (), "limestone", material, named)
    groups = layers(state, material)
    names = [name for name, _ in groups]
    assert names.count("dust") == 1 and len(names) == len(set(names))
    paints = {colour: dict(groups)["paint_traces" + colour] for colour in (RED, BLUE)}
    for colour, found in paints.items():
        assert any(layer.colour is not None and np.allclose(layer.colour, linear_of(colour)) for layer in found)
