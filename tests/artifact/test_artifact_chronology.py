"""The period check: what could not have been made there and then is said, with a source, and never blocked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from backend.engines.artifact.info import ParametricParams
from backend.engines.artifact.spec import resolve
from backend.words.chronology import ANYWHERE, rows, span_text, year_text
from backend.words.lexicon import lexicon

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("MUSEUM_TEST_DATA", HERE.parents[2] / "shared" / "data"))
CARNEGIE = SHARED / "collections" / "cmoa_art_before_1300.json"


def findings(prompt: str):
    return resolve(ParametricParams(prompt=prompt)).chronology


@pytest.mark.parametrize(
    ("prompt", "about"),
    [
        ("porcelain krater, 500 BCE", "Porcelain"),
        ("blue-and-white vase, Han dynasty", "Blue-and-white"),
        ("blown glass bottle, 400 BCE", "Glass blowing"),
        ("iron sword, Shang dynasty", "Iron"),
        ("book of paper, Old Kingdom", "codex"),
        ("red-figure kylix, 600 BCE", "Red-figure"),
        ("marble kylix, Ming dynasty", "kylix"),
        ("Corinthian capital, 600 BCE", "Corinthian"),
        ("gold coin, 1000 BCE", "coins"),
        ("Greek bronze ding", "Chinese ritual"),
        ("oil painting on canvas, 1000 AD", "Oil painting"),
        ("famille rose vase, Ming", "Famille rose"),
        ("tin-glazed dish, Roman Empire", "Tin glaze"),
        ("core-formed glass jug, 1700", "Core-formed"),
        ("明代之前的青花瓶，公元前500年", "Porcelain"),
        ("porcelain lekythos", "lekythos"),
    ],
)
def test_what_could_not_have_been_made_is_said_with_reason_source_and_alternative(prompt, about):
    found = [f for f in findings(prompt) if about.lower() in (f.claim + f.problem).lower()]
    assert found and all(f.reason and f.source and f.alternative for f in found)
    assert any(found[0].problem in warning for warning in resolve(ParametricParams(prompt=prompt)).warnings)


@pytest.mark.parametrize(
    "prompt",
    [
        "Attic red-figure kylix, 450 BCE", "blue-and-white meiping, Ming", "bronze ding, Shang dynasty",
        "Roman blown glass bottle, 2nd century", "Meissen porcelain teapot, 1740", "terracotta oil lamp, Roman Empire",
        "Egyptian faience shabti, New Kingdom", "sancai jar, Tang", "Persian carpet, Safavid", "gold torc, Iron Age",
        "celadon bowl, Goryeo", "Corinthian helmet, bronze, 500 BCE", "bowl", "plastic-free wooden tray",
        "replica of a krater in porcelain, 1990",
    ],
)  # fmt: skip
def test_what_is_possible_is_let_pass(prompt):
    assert not findings(prompt)


def test_every_row_has_a_source_a_reason_and_an_alternative_and_speaks_of_known_things():
    assert len(rows()) >= 50
    cultures = {c.name for c in lexicon().concepts if c.facet == "culture"}
    for row in rows():
        assert row.source and row.note and row.alternative and row.first < row.last, row
        assert row.region in {*cultures, ANYWHERE} and set(row.home) <= cultures, row
        facets = {row.facet, "other"} if row.facet == "type" else {row.facet}
        known = {c.name for c in lexicon().concepts if c.facet in facets}
        assert set(row.names) <= known, set(row.names) - known


def test_years_are_written_as_people_do():
    assert [year_text(y) for y in (-499, 0, 1, 1368)] == ["500 BCE", "1 BCE", "1", "1368"]
    assert span_text((-499, -399)) == "500–400 BCE" and span_text((-26, 476)) == "27 BCE–476"


@pytest.mark.skipif(not CARNEGIE.is_file(), reason="the shared collection file is not on this machine")
def test_true_objects_of_a_real_gallery_are_possible():
    doubted = {}
    for record in json.loads(CARNEGIE.read_text(encoding="utf-8")):
        culture = (record.get("creator") or [{}])[0].get("nationality") or ""
        fields = [record["title"], record["classification"], record["medium"], culture, record["creation_date"]]
        about = {"id": "1", "title": record["title"], "medium": record["medium"] or ""}
        params = ParametricParams(prompt="; ".join(f for f in fields if f), record=about, fallback="volume")
        if found := resolve(params).chronology:
            doubted[record["title"]] = [f.problem for f in found]
    assert not doubted
