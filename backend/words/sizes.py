"""Lengths in prompts: "45 cm tall", "H. 7 1/8 in.", "1 ft 6 in", "30 x 20 x 10 cm", "高一米二"."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from ..errors import BadInput
from ..limits import MAX_SIZE_M, MIN_SIZE_M
from .lexicon import DATA
from .numbers import FIGURES, NO_NUMBER, number_words, value_of

FIX = 'Give a size between 1 mm and 50 m, for example "30 cm tall", or leave it out.'
ORDERS = {1: ("main",), 2: ("height", "width"), 3: ("height", "width", "depth")}
TIMES = re.compile(r"\s*(?:x|by)\s*")
PAUSE = re.compile(r"\s*[,;、，]?\s*")
RANGE = re.compile(r"\s*(?:-|to|至|到|~)\s*")
FOOT_M, INCH_M = 0.3048, 0.0254
# What makes a bare number a date or an ordinal part of a word, and no size.
DATE_BEFORE = re.compile(r"(?:(?<![a-z])(?:c|ca|circa|ad|a\.d|dated?|years?)\.?\s*|公元前?\s*)$")
YEAR_BEFORE = re.compile(r"(?:(?<![a-z])(?:in|from|of|since|between|around|about|period|dynasty),?\s*|\(\s*)$")
DATE_AFTER = re.compile(
    r"\s*(?:(?:bce?|ce|ad|b\.\s?c|c\.\s?e|a\.\s?d)(?![a-z])|(?:early |late )?centur|years?(?![a-z])|年|世纪)"
)
LONE_D = re.compile(r"d(?![a-z])")
STUCK = re.compile(r"(?<=[a-z'])\d[\d.,/]*")
PART_OF_WORD = re.compile(r"\s?-?[a-z]+ed(?![a-z])")


@dataclass(frozen=True)
class PromptSizes:
    """What a prompt says of size, metres. by_axis: width, depth, height, diameter, thickness, or "main" for a plain
    length.

    spans: the stretches of the folded text that were read as sizes, or that tried to be one. words: the text with what
    it became. unread: stretches that look like a size but say none. bare: numbers alone, which may be anything.
    texts: the words of each axis.
    """

    by_axis: Mapping[str, float]
    spans: tuple[tuple[int, int], ...] = ()
    words: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Grammar:
    item: re.Pattern[str]
    part: re.Pattern[str]
    strange: re.Pattern[str]
    units: Mapping[str, float]
    axes: Mapping[str, str]
    historical: frozenset[str]


@dataclass
class _Item:
    """One number of a prompt. parts: (number, unit or "") as written. axis: "" when none is named."""

    start: int
    end: int
    parts: list[tuple[str, str]]
    axis: str
    strange: bool = False

    @property
    def unit(self) -> str:
        return self.parts[0][1]


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda w: (-len(w), w))


def _unit_pattern(names: Iterable[str]) -> str:
    """These units. "in" is only an inch where the sentence cannot go on with "in bronze"."""
    latin = "|".join(re.escape(u) for u in _longest_first(names) if u.isascii() and u.isalpha() and u != "in")
    found = [rf"(?:{latin})(?!(?!x\s*\d)[a-z])\.?"] if latin else []
    if "in" in names:
        found.append(r'in\.|in(?=\s*(?:$|[,;)x]|tall|high|wide|deep|long|across|thick|in\b))|"')
    if "'" in names:
        found.append(r"'(?![a-z])")
    found += [u for u in _longest_first(names) if not u.isascii()]
    return f"(?:{'|'.join(found)})"


def _measure_pattern(units: Mapping[str, float], chains: list[list[float]], number: str) -> str:
    """A number with its unit, and smaller units of the same kind that are added to it."""
    measures = []
    for chain in chains:
        levels = [_unit_pattern([u for u, metres in units.items() if metres == level]) for level in chain]
        for start, first in enumerate(levels):
            joiner = r"(?:\s*,\s*|\s+and\s+|[\s-]*)" if INCH_M in chain else r"(?:\s+and\s+|\s*)"
            rest = "".join(rf"(?:{joiner}{number}\s*-?\s*{smaller})?" for smaller in levels[start + 1 :])
            measures.append(first + rest)
    # "6 in amphora" is an inch for certain only after feet.
    foot = _unit_pattern([u for u in units if units[u] == FOOT_M])
    feet = rf"{foot}(?:\s*,\s*|[\s-]*){number}\s*-?\s*in(?![a-z])"
    tails = r"(?:(?<=')\d{1,2}(?![\d.,/a-z])|(?<=\dm)\d\d(?![\d.,/a-z])"
    han = "".join(number_words().han)
    # "1 metre 20 high": spaced, the direction or an end must follow, or the number may count things.
    after_metre = "|".join(rf"(?<={word} )" for word in (r"\dm", r"\d m", "metre", "metres", "meter", "meters"))
    goes_on = r"\s*(?:$|[,;)]|(?:tall|high|wide|broad|long|deep|across|in (?:height|width|length))(?![a-z]))"
    tails += rf"|\s(?:{after_metre})\d\d(?={goes_on})"
    tails += rf"|(?<=[米尺])(?:\d{{1,2}}|[{han}]{{1,2}}|半)(?=$|[\s,.;、。的高宽长深厚)]))"
    return rf"{number}\s*-?\s*(?:{feet}|{'|'.join(measures)})(?:{tails})?"


@cache
def _grammar() -> _Grammar:
    table = json.loads((DATA / "units.json").read_text(encoding="utf-8"))
    number = rf"(?:{FIGURES}|{NO_NUMBER}|{number_words().pattern})"
    before = "|".join(re.escape(w) for w in _longest_first(table["before"]))
    after = "|".join(re.escape(w) for w in _longest_first(table["after"]))
    only_after = "|".join(re.escape(w) for w in _longest_first(set(table["after"]) - set(table["before"])))
    named = rf"(?:(?<![a-z])(?P<before>{before})\s*[.:=]?\s*(?:of\s+|is\s+|约\s*)?)?"
    sign = r"(?:(?<!\d\s)(?<![^\s(:=高宽长深厚径])[-+](?=[\d.]))?"
    measure = _measure_pattern(table["units"], table["chains"], number)
    bare = rf"{FIGURES}(?![.,]?\d)(?!(?!x\s*\d)[a-z])"
    han_bare = rf"(?(before){number_words().pattern}(?=$|[\s,.;、。的])|(?!))"
    text = rf"(?(before)|(?<![\d.,/])(?<![a-wyz])(?<![a-ln-z]x))(?P<body>{sign}(?:{measure}|{bare}|{han_bare}))"
    tail = rf"(?:\s*-?\s*(?P<after>(?(before)(?:{only_after})|(?:{after})))(?![a-z\d]))?"
    return _Grammar(
        re.compile(named + text + tail),
        re.compile(rf"([-+]?{number})(?:\s*-?\s*({_unit_pattern(table['units'])}|in(?![a-z])))?"),
        re.compile(rf"\s*-?[^\W\d_]+\s+(?:{after})(?![a-z\d])"),
        table["units"],
        {**table["after"], **table["before"]},
        frozenset(table["historical"]),
    )


def read_sizes(folded: str) -> PromptSizes:
    """The lengths in a folded prompt. The first length of an axis wins. Raises BadInput for a length that cannot be
    made.
    """
    by_axis: dict[str, float] = {}
    texts: dict[str, str] = {}
    spans: list[tuple[int, int]] = []
    words: list[str] = []
    unread: list[str] = []
    bare: list[str] = []
    warnings: list[str] = []
    items = list(_items(folded))
    _name_lone_d(folded, items)
    for group, ranged in _groups(folded, items):
        start, end = group[0].start, group[-1].end
        text = folded[start:end].strip()
        sized = any(item.unit for item in group)
        if sized or any(item.axis or item.strange for item in group):
            spans.append((start, end))
        elif not _dated(folded, group):
            bare.append(text)
        if not sized or any(item.strange for item in group):
            unread += [text] if spans and spans[-1] == (start, end) else []
            continue
        warnings += _historical(group, text)
        for axis, metres in _lengths(group, ranged, text):
            name = "size" if axis == "main" else axis
            texts.setdefault(axis, text)
            if by_axis.setdefault(axis, metres) == metres:
                words.append(f"{text} → {name} {metres:g} m")
            else:
                warnings.append(f"The {name} was given twice; “{text}” was left out.")
    return PromptSizes(by_axis, tuple(spans), tuple(words), tuple(unread), tuple(bare), tuple(warnings), texts)


def _name_lone_d(folded: str, items: list[_Item]) -> None:
    """"D. 18 cm" is a diameter where neither height nor width is given: a depth alone says little of anything."""
    axes = {item.axis for item in items if item.unit}
    if axes <= {"depth", "thickness"} and len(items) <= 2:
        for item in items:
            if LONE_D.match(folded, item.start):
                item.axis = "diameter"


def _items(folded: str) -> Iterator[_Item]:
    grammar = _grammar()
    position = 0
    while found := grammar.item.search(folded, position):
        parts = [(m[1], m[2] or "") for m in grammar.part.finditer(found["body"])]
        axis = grammar.axes.get(found["before"] or found["after"] or "", "")
        item = _Item(found.start(), found.end(), parts, axis)
        # "30 furlongs tall", "6ft2": there is more to the size than was understood.
        more = grammar.strange if not item.unit and not axis else STUCK
        if strange := more.match(folded, found.end()):
            item.end, item.strange = strange.end(), True
        position = item.end
        yield item


def _groups(folded: str, items: list[_Item]) -> Iterator[tuple[list[_Item], bool]]:
    """Numbers that belong together: "30 x 20 x 10 cm", and, marked as true, the range "10-12 cm"."""
    index = 0
    while index < len(items):
        group = [items[index]]
        while (
            len(group) < 3
            and index + len(group) < len(items)
            and _together(folded, group[-1], items[index + len(group)])
        ):
            group.append(items[index + len(group)])
        following = items[index + 1] if len(group) == 1 and index + 1 < len(items) else None
        ranged = following is not None and bool(RANGE.fullmatch(folded[group[0].end : following.start]))
        if ranged and following is not None:
            group.append(following)
        yield group, ranged
        index += len(group)


def _together(folded: str, one: _Item, next_one: _Item) -> bool:
    """Whether two numbers share a unit: "30 x 20 cm", "H. 60, W. 50 cm"."""
    between = folded[one.end : next_one.start]
    named = one.axis and next_one.axis and one.axis != next_one.axis and not one.unit
    return bool(TIMES.fullmatch(between) or (named and PAUSE.fullmatch(between)))


def _lengths(group: list[_Item], ranged: bool, text: str) -> Iterator[tuple[str, float]]:
    """Axis and metres of each length. A number without a unit has that of the next one which has."""
    unit = next(item.parts[-1][1] or item.unit for item in group[::-1] if item.unit)
    lengths: list[float] = []
    for item in group[::-1]:
        unit = item.unit or unit
        lengths.insert(0, _metres(item, unit, text))
    if ranged:
        axis = next((item.axis for item in group if item.axis), "main")
        yield axis, sum(lengths) / 2.0
        return
    free = [axis for axis in ORDERS[len(group)] if axis not in [item.axis for item in group]]
    for item, metres in zip(group, lengths, strict=True):
        yield item.axis or free.pop(0), metres


def _metres(item: _Item, unit: str, text: str) -> float:
    units = _grammar().units
    metres, last = 0.0, units[unit.rstrip(".")]
    for index, (number, own) in enumerate(item.parts):
        if own or index == 0:
            last = units[(own or unit).rstrip(".")]
            metres += value_of(number) * last
        else:
            metres += _remainder(number, last)
    if not math.isfinite(metres) or not MIN_SIZE_M <= metres <= MAX_SIZE_M:
        raise BadInput(f"The size “{text[:40]}” cannot be made.", FIX)
    return metres


def _remainder(number: str, unit: float) -> float:
    """What stands behind a unit without one of its own: 5'10 is inches, 1m20 and 一米二 are decimals."""
    if unit == FOOT_M:
        return value_of(number) * INCH_M
    if number == "半":
        return 0.5 * unit
    figures = "".join(str(number_words().han.get(character, character)) for character in number)
    return float(f"0.{figures}") * unit


def _historical(group: list[_Item], text: str) -> list[str]:
    if not any(unit in _grammar().historical for item in group for _, unit in item.parts):
        return []
    return [f"“{text}” was read in today's measures (1 chi = 1/3 m, 1 cun = 1/30 m); historical ones differ."]


def _dated(folded: str, group: list[_Item]) -> bool:
    """Whether bare numbers are a date ("c. 1750", "460-450 BC") or part of a word ("3-legged")."""
    before, after = folded[: group[0].start], folded[group[-1].end :]
    if DATE_BEFORE.search(before) or DATE_AFTER.match(after) or PART_OF_WORD.match(after):
        return True
    years = all(re.fullmatch(r"\d{3,4}", item.parts[0][0]) for item in group)
    return years and (len(group) > 1 or bool(YEAR_BEFORE.search(before)))
