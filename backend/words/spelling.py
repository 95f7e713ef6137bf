"""Misspelt words: the distance between spellings, and the known word that was probably meant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache

from .lexicon import DATA

SHORTEST, LONG = 6, 9
"""Letters from which one edit is forgiven, and two."""


def distance(one: str, other: str, limit: int = 99) -> int:
    """Letters added, left out, changed or swapped with their neighbour (optimal string alignment); limit + 1 where more
    than limit.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def corrections(word: str, vocabulary: Iterable[str]) -> tuple[str, ...]:
    """Known words within the distance that is forgiven, nearest first; none for short words and true words of
    English. The first letter is seldom wrong, but may have changed places.
    """
    if len(word) < SHORTEST or not word.isascii() or not word.isalpha() or word in _true_words():
        return ()
    limit = 2 if len(word) >= LONG else 1
    likely = [known for known in vocabulary if len(known) >= SHORTEST - 1 and known[0] in word[:2]]
    rated = [(distance(word, known, limit), known) for known in likely]
    return tuple(known for found, known in sorted(rated) if found <= limit)


def nearest_forms(word: str, forms: Iterable[str], count: int) -> tuple[str, ...]:
    """Forms that are like a word, best first: at most two letters in five differ."""
    rated = sorted((distance(word, form) / max(len(word), len(form), 1), form) for form in forms)
    return tuple(form for share, form in rated[:count] if share <= 0.4)


@cache
def _true_words() -> frozenset[str]:
    """English words that are like a word of the vocabulary without being a misspelling of it."""
    return frozenset(json.loads((DATA / "stop_words.json").read_text(encoding="utf-8"))["true_words"])
