"""What the engine reads out of words."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from backend.engines.material.info import MaterialParams
from backend.engines.material.reading import read
from backend.errors import BadInput
from backend.surface.ageing import ageing_names, load_ageing
from backend.words.ageing import surface_lexicon

RED, BLUE, GREEN = "#96392a", "#2f5a94", "#5f8356"
PROMPTS = [
    ("bronze with malachite patina, worn edges", "bronze", {"malachite_patina": 0.6, "worn_edges": 0.6}, ""),
    ("weathered limestone with traces of red paint", "limestone", {"weathered": 0.6, "paint_traces": 0.25}, ""),
    ("heavily rusted iron", "iron", {"rust": 0.85}, ""),
    ("black granite, slightly dusty", "granite", {"dust": 0.35}, "#26241f"),
    ("green marble without cracks", "marble", {}, GREEN),
    ("marble with gold leaf", "marble", {"gilding_worn": 0.6}, ""),
    ("gold leaf", "gold", {}, ""),
    ("lightly corroded bronze", "bronze", {"malachite_patina": 0.35}, ""),
    ("corroded iron", "iron", {"rust": 0.6}, ""),
    ("corroded silver", "silver", {"tarnish": 0.6}, ""),
    ("silver, tarnished in the hollows", "silver", {"tarnish": 0.6}, ""),
    ("青铜器，厚厚的绿锈，边缘磨损", "bronze", {"malachite_patina": 0.85, "worn_edges": 0.6}, ""),
    ("风化的石灰石，残留红色颜料", "limestone", {"weathered": 0.6, "paint_traces": 0.25}, ""),
    ("大理石，青苔和地衣", "marble", {"moss": 0.6, "lichen": 0.6}, ""),
    ("木雕，轻微裂纹，积灰", "wood", {"cracks": 0.35, "dust": 0.6}, ""),
]


@pytest.mark.parametrize(("prompt", "material", "ageing", "colour"), PROMPTS)
def test_prompts(prompt, material, ageing, colour):
    look = read(MaterialParams(prompt=prompt))
    assert (look.material, {a.name: a.amount for a in look.ageing}, look.colour) == (material, ageing, colour)
    assert look.not_understood == ()


def test_paint_takes_its_colours_and_leaves_the_stone_as_it_is():
    look = read(MaterialParams(prompt="limestone, traces of blue and red paint"))
    assert [(a.name, a.colour) for a in look.ageing] == [("paint_traces", BLUE), ("paint_traces", RED)]
    assert look.colour == ""


def test_words_that_are_not_understood_are_listed():
    look = read(MaterialParams(prompt="bronze with frobnicated 🏺 glitter"))
    assert set(look.not_understood) == {"frobnicated", "🏺", "glitter"}


@pytest.mark.parametrize(
    ("prompt", "near"), [("bronse", "bronze"), ("limestne wall", "limestone"), ("graniet", "granite")]
)
def test_an_unknown_material_names_the_nearest(prompt, near):
    with pytest.raises(BadInput) as caught:
        read(MaterialParams(prompt=prompt))
    assert near in caught.value.fix


def test_neither_words_nor_a_material_is_an_error():
    with pytest.raises(BadInput):
        read(MaterialParams())


def test_contradictions_are_said():
    look = read(MaterialParams(prompt="glass bronze"))
    assert look.material == "glass" and "Several materials" in look.warnings[0]
    look = read(MaterialParams(prompt="glass vessel", material="bronze"))
    assert look.material == "bronze" and look.warnings


def test_parameters_win_over_words():
    params = MaterialParams(prompt="rusty iron", ageing=[{"name": "moss", "amount": 0.2}], colour="#AABBCC")
    look = read(params)
    assert [(a.name, a.amount) for a in look.ageing] == [("moss", 0.2)] and look.colour == "#aabbcc"
    assert read(MaterialParams(prompt="rusty iron", ageing=[])).ageing == ()


def test_ageing_alone_may_imply_a_material():
    look = read(MaterialParams(prompt="very rusty"))
    assert look.material == "iron" and look.certainty < 0.9 and look.warnings


@pytest.mark.parametrize(
    "wrong",
    [
        {"material": "bronz"}, {"ageing": [{"name": "rusty"}]}, {"ageing": [{"name": "rust", "amount": 1.2}]},
        {"colour": "red"}, {"texture_size": 1000}, {"unwrap": "maybe"}, {"surprise": 1}, {"prompt": "a\x00b"},
        {"seed": -1}, {"ageing": [{"name": "rust", "amount": float("nan")}]},
    ],
)  # fmt: skip
def test_parameters_that_cannot_be_used_are_refused(wrong):
    with pytest.raises(ValidationError):
        MaterialParams(**{"prompt": "bronze", **wrong})


def test_every_ageing_has_words_in_both_languages_and_a_source():
    concepts = {c.name for c in surface_lexicon().concepts if c.facet == "ageing"}
    assert set(ageing_names()) <= concepts
    assert len(ageing_names()) >= 10
    for name in ageing_names():
        entry = load_ageing(name)
        assert entry.title and entry.source and any("\u4e00" <= c <= "\u9fff" for c in entry.title_zh)
        english = [f for f, c in surface_lexicon().forms("ageing") if c.name == name]
        assert english and any(name == c.name for found in surface_lexicon().chinese.values() for c in found)
