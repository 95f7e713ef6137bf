"""Paradata as Blender reads them, held against the JSON Schema that both programs share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from museum_addon.core import paradata

SCHEMA = json.loads((Path(paradata.__file__).with_name("paradata.schema.json")).read_text(encoding="utf-8"))
GOOD: dict[str, Any] = {
    "schema": "museum-paradata/1", "created": "2026-01-01T00:00:00+00:00", "task": "text_to_3d",
    "engine": {"name": "parametric", "version": "1.0.0"}, "model": None, "prompt": "a kylix", "negative_prompt": "",
    "seed": 1, "params": {"seed": 1}, "inputs": [], "software": {"museum_addon": "0.1.0"}, "duration_s": 1.5,
    "certainty": {"level": 0, "note": "Imagined."}, "sources": [],
    "digital_source_type": "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
    "review": {"status": "unreviewed", "by": "", "on": "", "note": ""},
}  # fmt: skip
FAULTS: dict[str, Any] = {
    "an unknown member": {**GOOD, "extra": 1},
    "another schema": {**GOOD, "schema": "museum-paradata/2"},
    "a seed as text": {**GOOD, "seed": "1"},
    "a seed that is true": {**GOOD, "seed": True},
    "no engine version": {**GOOD, "engine": {"name": "parametric", "version": ""}},
    "a certainty of six": {**GOOD, "certainty": {"level": 6, "note": "x"}},
    "an unknown review": {**GOOD, "review": {**GOOD["review"], "status": "fine"}},
    "models that are no list": {**GOOD, "models": {}},
    "a list": [],
    "nothing": None,
    **{f"no {name}": {key: value for key, value in GOOD.items() if key != name} for name in GOOD},
}


def test_good_paradata_come_back_as_they_were() -> None:
    assert paradata.from_text(paradata.to_text(GOOD)) == GOOD
    assert paradata.from_text(paradata.to_text({**GOOD, "created": None, "duration_s": None}))["created"] is None


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named(fault: str) -> None:
    with pytest.raises(paradata.ParadataError) as caught:
        paradata.checked(FAULTS[fault])
    assert caught.value.fix


@pytest.mark.parametrize("fault", FAULTS)
def test_the_schema_finds_the_same_faults(fault: str) -> None:
    validator = pytest.importorskip("jsonschema").Draft202012Validator(SCHEMA)
    assert validator.is_valid(GOOD)
    assert not validator.is_valid(FAULTS[fault])


def test_the_members_are_those_of_the_schema() -> None:
    assert set(paradata.REQUIRED) == set(SCHEMA["required"])
    assert set(paradata.REQUIRED) | set(paradata.OPTIONAL) == set(SCHEMA["properties"])


def test_text_that_is_not_json() -> None:
    with pytest.raises(paradata.ParadataError):
        paradata.from_text("<html>")
