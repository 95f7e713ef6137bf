"""How many fields are right of prompts whose expectations were written before the vocabulary was looked at."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.engines.artifact.fields import ArtifactSpec
from backend.engines.artifact.info import ParametricParams
from backend.engines.artifact.spec import resolve
from backend.errors import BadInput
from backend.words.lexicon import lexicon

TABLE = Path(__file__).parent / "prompts_fresh.csv"
AXES = ("width", "height", "depth", "diameter")
SAYS: dict[str, Callable[[ArtifactSpec], str]] = {
    "warned": lambda spec: " ".join(spec.warnings),
    "unknown": lambda spec: " ".join(spec.not_understood),
}


def rows() -> list[dict[str, str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def expectations(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    for pair in row["expected"].split("; "):
        field, _, value = pair.partition("=")
        yield field, value


def holds(spec: ArtifactSpec, field: str, expected: str) -> bool:
    """Whether one expectation is met. A length without a direction may have been given any."""
    if field in SAYS:
        return any(word.casefold() in SAYS[field](spec).casefold() for word in expected.split("/"))
    if field in (*AXES, "main", "length", "sizes"):
        sizes = spec.sizes.by_axis
        lengths = [sizes.get(field, 0.0)] if field in AXES else list(sizes.values())
        return all(any(length == pytest.approx(float(n), abs=5e-5) for length in lengths) for n in expected.split("|"))
    if field in ("ornament", "damages", "colours"):
        names = {str(c.details.get("srgb")): c.name for c in lexicon().concepts if c.facet == "colour"}
        value = {names.get(item, item) for item in getattr(spec, field)}
        return any(value == set(choice.split("|")) for choice in expected.split("/"))
    return (spec.period_name if field == "period" else getattr(spec, field)) in expected.split("/")


def misses(row: dict[str, str]) -> list[str]:
    wanted = dict(expectations(row))
    try:
        spec = resolve(ParametricParams(prompt=row["prompt"]))
    except BadInput as error:
        met = wanted.get("error", "?") in str(error)
        return [f"{row['prompt']}: {field}, but {error}" for field in wanted if field != "error" or not met]
    return [
        f"{row['prompt']}: {field} is not {value}" for field, value in wanted.items()
        if field == "error" or not holds(spec, field, value)
    ]  # fmt: skip


def test_at_least_97_percent_of_the_fields_expected_by_a_cataloguer_are_right():
    table = rows()
    total = sum(1 for row in table for _ in expectations(row))
    wrong = [miss for row in table for miss in misses(row)]
    assert len(table) >= 150 and sum(not row["prompt"].isascii() for row in table) >= 50 and total > 500
    assert len(wrong) <= 0.03 * total, wrong


def test_sizes_of_catalogues_are_read_whole():
    def sizes(prompt: str) -> dict[str, float]:
        return dict(resolve(ParametricParams(prompt=prompt)).sizes.by_axis)

    assert sizes("pithos 1 metre 20 high") == {"height": 1.2}
    assert sizes("stele, 1 m 20, limestone") == {"main": 1.2}
    assert sizes("2 metres 5 bowls") == {"main": 2.0}
    assert sizes("painting H. 60, W. 50, D. 3 cm") == {"height": 0.6, "width": 0.5, "depth": 0.03}
    assert sizes("jade bi, D. 18 cm") == {"diameter": 0.18}
    assert sizes("bowl, H. 6 cm, D. 15 cm") == {"height": 0.06, "depth": 0.15}
    assert sizes("立轴 纵120厘米 横60厘米") == {"height": 1.2, "width": 0.6}
