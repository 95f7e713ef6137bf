"""How a prompt was understood is read from anything without harm."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museum_addon.core.reading import Finding, Reading, parse

FOUND = {"claim": "Porcelain, 206 BCE–220", "problem": "Porcelain began about 550", "reason": "R", "source": "S",
         "alternative": "stoneware"}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ENTRY = JSON | st.fixed_dictionaries({"value": JSON, "confidence": JSON, "source": JSON, "words": JSON})


def test_fields_say_their_value_certainty_and_words() -> None:
    entry = {"value": 0.38, "title": "0.38 m", "confidence": 0.9, "source": "words", "words": ["38 cm"]}
    found = parse(json.dumps({"spec": {"height_m": entry}})).of("height_m")
    assert (found.metres, found.certainty, found.source, found.words) == (0.38, 0.9, "words", ("38 cm",))
    assert found.is_sure


def test_what_is_empty_has_no_values() -> None:
    reading = parse('{"spec": {"finish": {"value": ""}, "ornament": {"value": []}}}')
    assert reading.of("finish").values == reading.of("ornament").values == reading.of("period").values == ()


def test_a_warning_that_says_a_finding_again_is_left_out() -> None:
    warnings = ["Period check: Porcelain, 206 BCE–220: Porcelain began about 550 (S).", "Two sizes."]
    reading = parse(json.dumps({"chronology": [FOUND], "warnings": warnings}))
    assert reading.findings == (Finding(**FOUND),)
    assert reading.warnings == ("Two sizes.",)


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "null", '{"spec": []}', "[" * 100_000])
def test_text_of_another_shape_says_nothing(text: str) -> None:
    assert parse(text) == Reading()


@given(st.fixed_dictionaries({"spec": JSON | st.dictionaries(st.sampled_from(["type", "width_m"]), ENTRY),
                              "chronology": JSON | st.lists(st.fixed_dictionaries(dict.fromkeys(FOUND, JSON))),
                              "not_understood": JSON, "warnings": JSON}))  # fmt: skip
def test_odd_json_is_read_without_harm(data: dict) -> None:
    reading = parse(json.dumps(data))
    for found in reading.fields.values():
        assert 0.0 <= found.certainty <= 1.0 and found.metres == found.metres
        assert all(isinstance(one, str) for one in (*found.values, *found.words, found.source))
    assert all(isinstance(one, str) and one for one in (*reading.not_understood, *reading.warnings))
