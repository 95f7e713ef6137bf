"""The names that requests may use, found without importing anything heavy."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

from .lexicon import DATA, fold, lexicon


@cache
def type_names() -> tuple[str, ...]:
    """Every type that the engine can make, sorted: the canonical names of the lexicon that are not generic words."""
    concepts = lexicon().concepts
    return tuple(sorted(c.name for c in concepts if c.facet == "type" and not c.details.get("type")))


@cache
def material_names() -> tuple[str, ...]:
    """Every material that has a data file, sorted."""
    return tuple(sorted(path.stem for path in Path(DATA / "materials").glob("*.json")))


def nearest(word: str, names: tuple[str, ...], count: int = 4) -> tuple[str, ...]:
    """The names most like a word, best first. Ties go by the alphabet, so that the answer is always the same."""
    folded = fold(word).replace(" ", "_")
    rated = sorted(names, key=lambda name: (-difflib.SequenceMatcher(None, folded, name).ratio(), name))
    return tuple(rated[:count])
