"""The words of surfaces: materials, colours, what time did to them, and how much of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

from .lexicon import DATA, Concept, Lexicon

FACETS = ("materials", "colours", "finishes", "ageing", "degrees")
FINISHES = ("polished",)
"""Finishes that need no form of a vessel."""
STOP_ENGLISH = (
    "edges", "edge", "surface", "areas", "layer", "layers", "finish", "look", "looking", "like", "texture", "material",
    "all", "over", "it", "hollows", "folds", "crevices", "recesses", "there", "where", "that", "which", "has", "have",
    "been", "high", "points", "above", "below", "top", "bottom", "statue", "bust", "figure", "head", "model", "mesh",
)  # fmt: skip
STOP_CHINESE = "表面上处里中着了些边缘角凹面层痕雕像头而并且已经被及以遍器物品"


@cache
def surface_lexicon() -> Lexicon:
    """The vocabulary of surfaces alone, read once."""
    entries = [entry for name in FACETS for entry in _entries(name)]
    stop = json.loads((DATA / "stop_words.json").read_text(encoding="utf-8"))
    words = {"words": [*stop["words"], *STOP_ENGLISH], "chinese": [*stop["chinese"], *STOP_CHINESE]}
    return Lexicon(entries, {**stop, **words})


def _entries(name: str) -> Iterator[tuple[Concept, list[str], list[str]]]:
    table = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    for entry in table["entries"]:
        details = {k: v for k, v in entry.items() if k not in ("name", "title", "english", "chinese", "aat", "generic")}
        title = str(entry.get("title", entry["name"].replace("_", " ")))
        concept = Concept(entry["name"], table["facet"], title, entry["aat"], bool(entry.get("generic")), details)
        if concept.facet != "finish" or concept.name in FINISHES:
            yield concept, entry["english"], entry["chinese"]
