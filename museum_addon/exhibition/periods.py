"""Named periods, dynasties and reigns, from published chronologies in ``data/periods.json``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from .date_tokens import DATA, fraction, words

_ROMAN = {"i": 1, "v": 5, "x": 10}
_WHOLE = (Fraction(0), Fraction(1))


@dataclass(frozen=True)
class Period:
    """A named span of time. earliest, latest: astronomical years (1 BCE = 0). source: the chronology."""

    name: str
    earliest: int
    latest: int
    source: str


def astronomical(year: int) -> int:
    """A historian's year (-1 = 1 BCE, no year 0) as an astronomical year."""
    return year + 1 if year < 0 else year


def part_of(earliest: int, latest: int, part: tuple[Fraction, Fraction]) -> tuple[int, int]:
    """The years of a part of a span, both ends inclusive: part (0, 1/3) of 1501-1600 is 1501-1534."""
    length = latest - earliest + 1
    return earliest + int(part[0] * length), earliest - int(-(part[1] * length) // 1) - 1


@cache
def _table() -> tuple[re.Pattern[str], dict[str, Period]]:
    data = json.loads((DATA / "periods.json").read_text(encoding="utf-8"))
    known: dict[str, Period] = {}
    for row in data["periods"]:
        for name in (*row["names"], *row["zh"]):
            known[name] = Period(
                name, astronomical(row["earliest"]), astronomical(row["latest"]), data["sources"][row["source"]]
            )
    patterns = []
    for name in sorted(known, key=len, reverse=True):
        if name.isascii() or name[0].isascii():
            patterns.append(rf"(?<![a-z\d]){re.escape(name)}(?![a-z\d])")
        elif len(name) == 1:
            # A single character is a dynasty only where it is used as one: 唐代, 清中期, 明 at the end.
            patterns.append(rf"(?<![\u4e00-\u9fff]){name}(?=代|朝|早|中|晚|初|末|$|[\s,，(（-])|{name}(?=代|朝)")
        else:
            patterns.append(re.escape(name))
    return re.compile("|".join(patterns)), known


def _arabic_dynasty(match: re.Match[str]) -> str:
    total = 0
    values = [_ROMAN[c] for c in match[1]]
    for value, following in zip(values, [*values[1:], 0], strict=True):
        total += -value if value < following else value
    return f"dynasty {total}"


def named_periods(text: str) -> list[Period]:
    """The periods that a normalised text names, with "early", "mid" and "late" applied, in the order of the text."""
    text = re.sub(r"dynasty ([ivx]+)(?![a-z])", _arabic_dynasty, text)
    pattern, known = _table()
    found = []
    for match in pattern.finditer(text):
        period = known[match[0]]
        part = _part_before(text[: match.start()]) or _part_after(text[match.end() :]) or _WHOLE
        earliest, latest = part_of(period.earliest, period.latest, part)
        found.append(Period(period.name, earliest, latest, period.source))
    return found


def _part_before(text: str) -> tuple[Fraction, Fraction] | None:
    text = re.sub(r"(\s|-|\bthe\b|\bof\b)+$", "", text)
    for part in words()["parts"]:
        if any(text.endswith(word.removesuffix(" of")) for word in part["words"]):
            return fraction(part["from"]), fraction(part["to"])
    return None


def _part_after(text: str) -> tuple[Fraction, Fraction] | None:
    text = re.sub("^(王朝|年间|代|朝)", "", text)
    for part in words()["parts_suffix"]:
        if any(text.startswith(word) for word in part["words"]):
            return fraction(part["from"]), fraction(part["to"])
    return None
