"""The names that requests may use, found without importing anything heavy."""

from __future__ import annotations

import difflib
from functools import cache

from ..surface.material import material_names
from .lexicon import fold, lexicon

__all__ = ("material_names", "nearest", "type_names")


@cache
def type_names() -> tuple[str, ...]:
    """Every type that the engine can make, sorted: the canonical names of the lexicon that are not generic words."""
    concepts = lexicon().concepts
    return tuple(sorted(c.name for c in concepts if c.facet == "type" and not c.details.get("type")))


def nearest(word: str, names: tuple[str, ...], count: int = 4) -> tuple[str, ...]:
    """The names most like a word, best first. Ties go by the alphabet, so that the answer is always the same."""
    folded = fold(word).replace(" ", "_")
    rated = sorted(names, key=lambda name: (-difflib.SequenceMatcher(None, folded, name).ratio(), name))
    return tuple(rated[:count])
