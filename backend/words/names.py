"""The names that requests may use, found without importing anything heavy."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache

from ..surface.material import material_names
from .lexicon import fold, lexicon

__all__ = (
    "chinese_titles_of", "material_names", "names_of", "nearest", "periods_around", "shown", "titles_of", "type_names",
)  # fmt: skip


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


@cache
def names_of(facet: str) -> tuple[str, ...]:
    """Every canonical name of a facet that a request may use; of conditions and damages in the order of the data."""
    concepts = [c for c in lexicon().concepts if c.facet == facet and not c.details.get("damages")]
    names = tuple(dict.fromkeys(c.name for c in concepts))
    return names if facet in ("condition", "damage") else tuple(sorted(names))


@cache
def titles_of(facet: str) -> Mapping[str, str]:
    """Canonical name -> what people call it."""
    return {c.name: c.title for c in lexicon().concepts if c.facet == facet}


@cache
def chinese_titles_of(facet: str) -> Mapping[str, str]:
    """Canonical name -> its usual Chinese word; of periods the full one, 商代 rather than 商."""
    titles: dict[str, str] = {}
    for concept, forms in lexicon().chinese_forms(facet):
        full = (form for form in forms if form[:-1] == forms[0] and form[-1] in "代朝")
        titles.setdefault(concept.name, next(full, forms[0]) if facet == "period" else forms[0])
    return titles


def shown(name: str) -> str:
    """A canonical name as it stands in a sentence."""
    return name.replace("_", " ")


@cache
def periods_around(name: str) -> tuple[str, ...]:
    """A period and those of its culture that it lies in, the shortest first: xuande, ming."""
    own = lexicon().named("period", name)
    if own is None:
        return ()
    start, end = int(own.details["start"]), int(own.details["end"])
    around = [
        c for c in lexicon().concepts
        if c.facet == "period" and c.details["culture"] == own.details["culture"] and c.name != name
        and int(c.details["start"]) - 1 <= start and end <= int(c.details["end"]) + 1
    ]  # fmt: skip
    around.sort(key=lambda c: int(c.details["end"]) - int(c.details["start"]))
    return (name, *(c.name for c in around))
