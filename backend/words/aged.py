"""What time did to a surface, read from words: each ageing with its degree and, where it takes one, its colour."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from ..surface.ageing import load_ageing
from .lexicon import Match, Reading

USUAL_AMOUNT = 0.6
# What ends a thought: a degree or a colour does not reach beyond it.
BREAK = re.compile(r"[,;，、；。+/]|\b(?:with|and|plus|but)\b|和|与|带有|带|以及|还有|并有|有")


@dataclass(frozen=True)
class Aged:
    """One way of ageing. amount: 0..1. colour: sRGB "#rrggbb", or "" for the usual one."""

    name: str
    amount: float
    colour: str = ""


def of_facet(clause: Iterable[Match], facet: str) -> list[Match]:
    """The matches of a facet."""
    return [match for match in clause if match.concept.facet == facet]


def clauses_of(text: str, reading: Reading) -> list[list[Match]]:
    """The matches, thought by thought."""
    inside = [(m.start, m.end) for m in reading.matches]
    ends = [b.start() for b in BREAK.finditer(text) if not any(s <= b.start() < e for s, e in inside)]
    ends = [end for end in ends if not _between_colours(reading.matches, end)]
    clauses: list[list[Match]] = [[] for _ in range(len(ends) + 1)]
    for match in reading.matches:
        clauses[sum(end <= match.start for end in ends)].append(match)
    return clauses


def _between_colours(matches: tuple[Match, ...], place: int) -> bool:
    """Whether "and" stands between two colours, as in "traces of red and blue paint"."""
    before = [m for m in matches if m.end <= place]
    after = [m for m in matches if m.start > place]
    return bool(before and after) and before[-1].concept.facet == after[0].concept.facet == "colour"


def ageing_of(
    clauses: Iterable[Sequence[Match]], material: str, elsewhere: Container[tuple[int, int]]
) -> Iterable[Aged]:
    """Each ageing that is spoken of. elsewhere: (start, end) of words that name something else here."""
    for clause in clauses:
        for match in of_facet(clause, "ageing"):
            if (match.start, match.end) in elsewhere:
                continue
            name = resolved(match, material)
            shades = [str(c.concept.details["srgb"]) for c in of_facet(clause, "colour")] if takes_colour(name) else []
            amount = amount_of(match, of_facet(clause, "degree"))
            yield from (Aged(name, amount, shade) for shade in shades or [""])


def takes_colour(name: str) -> bool:
    """Whether a colour next to this ageing is its own."""
    return load_ageing(name).colour is not None


def resolved(match: Match, material: str) -> str:
    """The ageing that a word stands for on this material."""
    by_material = match.concept.details.get("by_material")
    if by_material is None:
        return match.concept.name
    return str(by_material.get(material, match.concept.details["otherwise"]))


def amount_of(match: Match, degrees: Sequence[Match]) -> float:
    """The degree next to a word, before it rather than after it."""
    if not degrees:
        return USUAL_AMOUNT
    before = [d for d in degrees if d.start <= match.start]
    chosen = before[-1] if before else degrees[0]
    return float(chosen.concept.details["amount"])


def strongest(ageing: Sequence[Aged]) -> Iterable[Aged]:
    """Each ageing once, those of amount 0 not at all."""
    denied = {item.name for item in ageing if item.amount <= 0.0}
    for key in dict.fromkeys((item.name, item.colour) for item in ageing if item.name not in denied):
        yield max((item for item in ageing if (item.name, item.colour) == key), key=lambda item: item.amount)
