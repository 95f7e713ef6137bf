"""Numbers in prompts: figures, fractions, English number words, Chinese numerals."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from .lexicon import DATA

FRACTION = r"\d+/\d+"
PART = r"\s+and\s+an?\s+(?:half|quarter)(?![a-z])"
FIGURES = (
    rf"(?:{FRACTION}|(?:\d+(?:[.,]\d+)*|\.\d+)(?:e[+-]?\d{{1,4}}(?![\d.]))?(?:(?:\s+(?:and\s+)?|-){FRACTION}|{PART})?)"
)
NO_NUMBER = r"nan|inf(?:inity)?"


@dataclass(frozen=True)
class NumberWords:
    """english: the words' values, without "hundred". han: values of Chinese digits. pattern: a number in words of
    either language.
    """

    english: Mapping[str, float]
    han: Mapping[str, int]
    pattern: str


@cache
def number_words() -> NumberWords:
    """The number words of the data folder, read once."""
    table = json.loads((DATA / "numbers.json").read_text(encoding="utf-8"))
    ones, teens, tens = (_any(table[name]) for name in ("ones", "teens", "tens"))
    small = rf"(?:{tens}(?:[\s-]+{ones}(?![a-z]))?|{teens}|{ones})"
    hundreds = rf"(?:(?:{ones}|a)\s+)?hundred(?:\s+(?:and\s+)?{small})?"
    digits = "".join(table["han"])
    english = rf"(?:(?:{hundreds}|{small})(?![a-z])(?:{PART})?|half(?:\s+an?)?(?![a-z]))"
    values = {**table["ones"], **table["teens"], **table["tens"], **table["parts"]}
    return NumberWords(values, table["han"], rf"(?:{english}|[{digits}十百半]+(?:点[{digits}]+)?)")


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=lambda w: (-len(w), w))) + ")"


def value_of(number: str) -> float:
    """The number that a text of these patterns stands for, with or without a sign; not a number where it has none."""
    text = number.strip()
    negative = text.startswith("-")
    text = text.lstrip("+- ")
    if text[0] in number_words().han or text[0] in "十百半":
        value = _han_value(text)
    elif re.fullmatch(NO_NUMBER, text):
        value = math.nan
    elif text[0].isdigit() or text[0] == ".":
        parts = re.split(r"\s+(?:and\s+)?(?=\d)|-(?=\d+/)|(?=\s+and\s+an?\s)", text)
        value = sum(_worded(part) if part.lstrip().startswith("and") else _decimal(part) for part in parts)
    else:
        value = _worded(text)
    return -value if negative else value


def _worded(text: str) -> float:
    total = 0.0
    for word in re.findall("[a-z]+", text):
        total = max(total, 1.0) * 100.0 if word == "hundred" else total + number_words().english.get(word, 0.0)
    return total


def _decimal(text: str) -> float:
    if "/" in text:
        above, below = text.split("/")
        return float(above) / float(below) if float(below) else math.nan
    mantissa, e, exponent = text.partition("e")
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", mantissa):
        mantissa = mantissa.replace(",", "")
    mantissa = mantissa.replace(",", ".")
    return float(mantissa + e + exponent) if mantissa.count(".") <= 1 else math.nan


def _han_value(text: str) -> float:
    """Chinese numerals up to 999: 三十 = 30, 一百二十 = 120, 一点五 = 1.5, 半 = 0.5."""
    whole, _, decimals = text.partition("点")
    total, digit = 0.0, 0.0
    for character in whole:
        if character in number_words().han:
            digit = digit * 10.0 + number_words().han[character]
        elif character == "半":
            total += 0.5
        else:
            total += (digit or 1.0) * (10 if character == "十" else 100)
            digit = 0.0
    figures = "".join(str(number_words().han[c]) for c in decimals)
    return total + digit + (float("0." + figures) if figures else 0.0)
