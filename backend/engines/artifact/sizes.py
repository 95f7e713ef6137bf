"""Lengths in prompts: "45 cm tall", "H. 7 1/8 in.", "30 x 20 x 10 cm", "高30厘米"."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ...errors import BadInput
from .info import MAX_SIZE_M, MIN_SIZE_M
from .lexicon import DATA

FIX = 'Give a size between 1 mm and 50 m, for example "30 cm tall", or leave it out.'
HAN_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
HAN_NUMBER = "[零一二两三四五六七八九十百]+"
NUMBER = rf"(?:\d+(?:[.,]\d+)*(?:\s+\d+/\d+)?|\d+/\d+|nan|inf(?:inity)?|{HAN_NUMBER})"
ORDERS = {2: ("height", "width"), 3: ("height", "width", "depth")}


@dataclass(frozen=True)
class PromptSizes:
    """What a prompt says of size, metres. by_axis: width, depth, height, diameter, thickness, or "main" for a plain
    length.

    spans: the stretches of the folded text that were read. words: the same as text with what they became.
    """

    by_axis: Mapping[str, float]
    spans: tuple[tuple[int, int], ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class _Grammar:
    pattern: re.Pattern[str]
    units: Mapping[str, float]
    before: Mapping[str, str]
    after: Mapping[str, str]


@cache
def _grammar() -> _Grammar:
    table = json.loads((DATA / "lexicon" / "units.json").read_text(encoding="utf-8"))
    latin = "|".join(re.escape(u) for u in _longest_first(table["units"]) if u.isascii() and u not in ('"', "in"))
    han = "|".join(u for u in _longest_first(table["units"]) if not u.isascii())
    inch = r'in\.|in(?=\s*(?:$|[,;)x]|tall|high|wide|deep|long|across|thick|in\b))|"'
    unit = rf"(?:(?:{latin})(?![a-z])\.?|{inch}|{han})"
    before = "|".join(re.escape(w) for w in _longest_first(table["before"]))
    after = "|".join(re.escape(w) for w in _longest_first(table["after"]))
    one = rf"(?:(?<![a-z])(?P<before>{before})\s*[.:=]?\s*(?:of\s+|is\s+|约)?)?"
    values = rf"(?P<values>(?<![a-z\d.,/])(?:[-+]\s*)?{NUMBER}(?:\s*(?:{unit})?\s*(?:x|by|至|-|to)\s*{NUMBER}){{0,2}})"
    tail = rf"\s*-?\s*(?P<unit>{unit})(?:\s*-?\s*(?P<after>{after})(?![a-z\d]))?"
    return _Grammar(
        re.compile(one + values + tail),
        table["units"],
        table["before"],
        table["after"],
    )


def _longest_first(words: Mapping[str, object]) -> list[str]:
    return sorted(words, key=lambda w: (-len(w), w))


def read_sizes(folded: str) -> PromptSizes:
    """The lengths in a folded prompt. The first length of an axis wins. Raises BadInput for a length that cannot be
    made.
    """
    grammar = _grammar()
    by_axis: dict[str, float] = {}
    spans: list[tuple[int, int]] = []
    words: list[str] = []
    for found in grammar.pattern.finditer(folded):
        unit = grammar.units[found["unit"].rstrip(".")]
        text = found[0].strip()
        lengths = [_metres(part, unit, text) for part in _parts(found["values"])]
        for axis, metres in _axes(found, lengths, grammar).items():
            if by_axis.setdefault(axis, metres) == metres:
                words.append(f"{text} → {'size' if axis == 'main' else axis} {metres:g} m")
        spans.append(found.span())
    return PromptSizes(by_axis, tuple(spans), tuple(words))


def _parts(values: str) -> list[str]:
    """The single numbers of "30 x 20 x 10"; a range "10-12" is its middle, marked by a slash pair."""
    ranged = re.fullmatch(rf"({NUMBER})\s*(?:-|to|至)\s*({NUMBER})", values.strip())
    if ranged:
        return [f"{ranged[1]}~{ranged[2]}"]
    return [re.sub(r"[^\d.,/\snainfty零一二两三四五六七八九十百+-]", "", p).strip() for p in re.split(r"x|by", values)]


def _axes(found: re.Match[str], lengths: list[float], grammar: _Grammar) -> dict[str, float]:
    if len(lengths) > 1:
        return dict(zip(ORDERS[len(lengths)], lengths, strict=True))
    axis = grammar.before.get(found["before"] or "") or grammar.after.get(found["after"] or "") or "main"
    return {axis: lengths[0]}


def _metres(number: str, unit: float, text: str) -> float:
    if "~" in number:
        low, high = number.split("~")
        return (_metres(low, unit, text) + _metres(high, unit, text)) / 2.0
    metres = _value(number) * unit
    if not math.isfinite(metres) or not MIN_SIZE_M <= metres <= MAX_SIZE_M:
        raise BadInput(f"The size “{text[:40]}” cannot be made.", FIX)
    return metres


def _value(number: str) -> float:
    """The number that a text of the grammar stands for; not a number where the fraction has no value."""
    negative = number.startswith("-")
    text = number.lstrip("+- ")
    if re.fullmatch(HAN_NUMBER, text):
        value = float(_han_value(text))
    elif text.startswith(("n", "i")):
        value = math.nan
    else:
        value = sum(_decimal(part) for part in text.split())
    return -value if negative else value


def _decimal(text: str) -> float:
    if "/" in text:
        above, below = text.split("/")
        return float(above) / float(below) if float(below) else math.nan
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return float(text.replace(",", ""))
    text = text.replace(",", ".")
    return float(text) if text.count(".") <= 1 else math.nan


def _han_value(text: str) -> int:
    """Chinese numerals up to 999: 三十 = 30, 一百二十 = 120."""
    total, digit = 0, 0
    for character in text:
        if character in HAN_DIGITS:
            digit = digit * 10 + HAN_DIGITS[character]
        else:
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
    return total + digit
