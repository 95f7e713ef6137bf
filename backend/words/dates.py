"""Dates in prompts: "5th century BCE", "c. 1300", "1368-1644", "公元前5世纪", as intervals of astronomical years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .numbers import number_words, value_of

LAST_YEAR = 2030
BCE = r"(?:b\.?\s?c\.?\s?e\.?|b\.?\s?c\.?)(?![a-z])"
CE = r"(?:c\.\s?e\.?|ce|a\.\s?d\.?|ad)(?![a-z])"
ERA = rf"(?:\s*(?P<era>{BCE}|{CE}))?"
PART = (
    r"(?:(?P<part>(?:very )?early|mid(?:dle)?|late|(?:1st|first|2nd|second|earlier|later) half|beginning|end|turn|"
    r"(?:1st|first|2nd|second|3rd|third|4th|fourth|last) quarter)(?: of)?(?: the)?[\s-]+)?"
)
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21,
}  # fmt: skip
ORDINAL = rf"(?:\d{{1,2}}\s?(?:st|nd|rd|th)|{'|'.join(sorted(ORDINALS, key=len, reverse=True))})"
SPAN = re.compile(
    rf"(?<![a-z\d]){PART}(?P<first>{ORDINAL})(?:\s*(?:-|to|or|/|and)\s*(?:early |mid-?|late )?(?P<second>{ORDINAL}))?"
    rf"[\s-]*(?P<unit>centur(?:y|ies)|cent\.?|c\.|millenni(?:um|a))(?![a-z]){ERA}"
)
CIRCA = r"(?:(?P<circa>(?<![a-z])(?:c\.?|ca\.?|circa|about|around|approx\.?)\s*))?"
BETWEEN = r"\s*(?:-|to|/|or|and)\s*(?:c\.?\s*|ca\.?\s*)?"
YEARS = re.compile(
    rf"{CIRCA}(?:(?P<before_era>{CE}|{BCE})\s*)?(?<![\d,])(?<!\d\.)(?P<first>\d{{1,5}})(?![\d.]*\d)(?:\s*(?P<first_era>{BCE}|{CE}))?"
    rf"(?:{BETWEEN}(?P<second>\d{{1,4}})(?![\d.]*\d))?{ERA}(?P<decade>'?s(?![a-z]))?"
)
LED = re.compile(
    r"(?:(?<![a-z])(?:in|from|of|since|between|around|about|dated?|made|period|dynasty|reign|year|before|after|by|"
    r"until|circa)[,:]?\s*|[(;,]\s*)$"
)
OPEN = re.compile(r"(?<![a-z])(before|after)\s+(?:c\.?\s*|about\s*)?$")
HAN = f"[{''.join(number_words().han)}十百]"
HAN_DATE = re.compile(
    rf"(?P<era>公元前|西元前|纪元前|前|公元|西元)?约?(?P<first>\d+|{HAN}+)(?:年)?"
    rf"(?:\s*(?:-|至|到|~)\s*(?P<second_era>公元前|前|公元)?(?P<second>\d+|{HAN}+))?"
    rf"(?P<unit>世纪|千纪|千年纪|年(?!前|轮))(?P<part>早期|初期|初|前期|前半叶|上半叶|前半|中期|中叶|中|晚期|后期|末期|末|后半叶|下半叶|后半|代)?"
)
SHARES = {
    "early": (0.0, 0.4), "beginning": (0.0, 0.25), "turn": (0.0, 0.15), "mid": (0.3, 0.7), "middle": (0.3, 0.7),
    "late": (0.6, 1.0), "end": (0.75, 1.0), "first half": (0.0, 0.5), "earlier half": (0.0, 0.5),
    "second half": (0.5, 1.0), "later half": (0.5, 1.0), "first quarter": (0.0, 0.25), "second quarter": (0.25, 0.5),
    "third quarter": (0.5, 0.75), "fourth quarter": (0.75, 1.0), "last quarter": (0.75, 1.0),
}  # fmt: skip
HAN_SHARES = (
    ("早初", (0.0, 0.4)), ("前上", (0.0, 0.5)), ("中", (0.3, 0.7)), ("晚末", (0.6, 1.0)), ("后下", (0.5, 1.0)),
)  # fmt: skip


@dataclass(frozen=True)
class Dated:
    """One date. start, end: its place in the folded text. years: astronomical, first and last. sure: from a century, an
    era or a word such as "circa"; a bare number of four figures may also be something else.
    """

    start: int
    end: int
    text: str
    years: tuple[int, int]
    sure: bool = True


def read_dates(folded: str) -> tuple[Dated, ...]:
    """The dates of a folded text, in its order."""
    found: list[Dated] = []
    for dated in [*_spans(folded), *_han(folded), *_years(folded)]:
        if all(dated.end <= other.start or dated.start >= other.end for other in found):
            found.append(dated)
    return tuple(sorted(found, key=lambda d: d.start))


def _spans(folded: str) -> Iterator[Dated]:
    """Centuries and millennia."""
    for m in SPAN.finditer(folded):
        if m["unit"].startswith("c.") and not m["era"] and m["first"].isalpha():
            continue
        length = 1000 if m["unit"].startswith("mill") else 100
        years = [_ordinal_years(text, length, _is_bce(m["era"])) for text in (m["first"], m["second"]) if text]
        part = (m["part"] or "").replace("very ", "")
        for figure, word in (("1st", "first"), ("2nd", "second"), ("3rd", "third"), ("4th", "fourth")):
            part = part.replace(figure, word)
        years[0] = _share(years[0], SHARES.get(part))
        yield Dated(*m.span(), m[0].strip(), (min(y[0] for y in years), max(y[1] for y in years)))


def _han(folded: str) -> Iterator[Dated]:
    """Chinese dates: 公元前5世纪, 1750年, 十八世纪早期."""
    for m in HAN_DATE.finditer(folded):
        bce = bool(m["era"]) and m["era"].endswith("前")
        second_bce = m["second_era"].endswith("前") if m["second_era"] else bce
        numbers = [_han_number(m["first"])] + ([_han_number(m["second"])] if m["second"] else [])
        if m["unit"] == "年":
            if numbers[0] > LAST_YEAR and not bce:
                continue
            if not m["era"] and numbers[0] < 100:
                continue
            years = [(1 - n if flag else n,) * 2 for n, flag in zip(numbers, (bce, second_bce), strict=False)]
        else:
            length = 100 if m["unit"] == "世纪" else 1000
            years = [_interval(n, length, flag) for n, flag in zip(numbers, (bce, second_bce), strict=False)]
        interval = min(y[0] for y in years), max(y[1] for y in years)
        share = next((s for marks, s in HAN_SHARES if m["part"] and m["part"][0] in marks), None)
        yield Dated(*m.span(), m[0], _share(interval, share))


def _years(folded: str) -> Iterator[Dated]:
    """Years and ranges of years. A number alone is a year when something says so, or when it has four figures."""
    for m in YEARS.finditer(folded):
        era = m["era"] or m["before_era"]
        first, second = int(m["first"]), int(m["second"]) if m["second"] else None
        before, after = folded[: m.start()], folded[m.end() :]
        if re.match(r"\s?-?[a-z%\"'℃\d]", after) and not m["era"] and not re.match(r"\s+[a-z]", after):
            continue
        said = bool(era or m["first_era"] or m["circa"] or m["decade"] or LED.search(before))
        four = 1000 <= first <= LAST_YEAR
        if not (era or m["first_era"] or four or (first >= 100 and said)):
            continue
        years = _year_interval(first, second, m["first_era"], era, m["decade"])
        if years is None:
            continue
        if (opened := OPEN.search(before)) is not None:
            years = (years[0] - 50, years[1]) if opened[1] == "before" else (years[0], years[1] + 50)
        yield Dated(*m.span(), m[0].strip(), years, said or second is not None)


def _year_interval(
    first: int, second: int | None, first_era: str | None, era: str | None, decade: str | None
) -> tuple[int, int] | None:
    start = 1 - first if _is_bce(first_era or era) else first
    if second is None:
        return (start, start + 9) if decade else (start, start)
    if not era and second < 100 <= first:
        second += first // 100 * 100
    end = 1 - second if _is_bce(era) else second
    return (start, end) if start <= end and end <= LAST_YEAR else None


def _is_bce(era: str | None) -> bool:
    return bool(era) and str(era).startswith("b")


def _ordinal_years(text: str, length: int, bce: bool) -> tuple[int, int]:
    digits = re.match(r"\d+", text)
    return _interval(int(digits[0]) if digits else ORDINALS[text], length, bce)


def _interval(number: int, length: int, bce: bool) -> tuple[int, int]:
    """The years of a century (100) or millennium (1000)."""
    return (1 - length * number, -length * (number - 1)) if bce else (length * (number - 1) + 1, length * number)


def _share(years: tuple[int, int], share: tuple[float, float] | None) -> tuple[int, int]:
    if share is None:
        return years
    length = years[1] - years[0] + 1
    return years[0] + round(share[0] * length), years[0] + max(round(share[1] * length) - 1, 0)


def _han_number(text: str) -> int:
    if text.isdigit():
        return int(text)
    han = number_words().han
    if all(character in han for character in text):
        return int("".join(str(han[c]) for c in text))
    return round(value_of(text))
