"""Date strings of catalogues as tokens: English and Chinese words from ``data/date_words.json``."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

_HAN_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}


class Kind(Enum):
    """What a token is."""

    NUMBER = auto()
    ORDINAL = auto()
    DECADE = auto()  # "1930s"
    DECADE_WORD = auto()  # the Chinese suffix after a number of tens
    CENTURY = auto()
    MILLENNIUM = auto()
    CIRCA = auto()
    ERA = auto()  # value -1: BCE, 1: CE
    PART = auto()  # fractions (from, to) of the century that follows
    PART_SUFFIX = auto()
    TO = auto()
    OR = auto()
    BEFORE = auto()
    AFTER = auto()
    BEFORE_SUFFIX = auto()
    AFTER_SUFFIX = auto()
    BREAK = auto()  # anything else; separates two dates


@dataclass(frozen=True)
class Token:
    """One token. value: the number of NUMBER, ORDINAL, DECADE and ERA. part: fractions of PART and PART_SUFFIX."""

    kind: Kind
    value: int = 0
    digits: int = 0
    part: tuple[Fraction, Fraction] = (Fraction(0), Fraction(1))
    text: str = ""


@cache
def words() -> dict[str, Any]:
    """The vocabulary, read once."""
    loaded: dict[str, Any] = json.loads((DATA / "date_words.json").read_text(encoding="utf-8"))
    return loaded


def fraction(value: int | list[int]) -> Fraction:
    """A fraction as the data file writes it: 0, 1 or [1, 3]."""
    return Fraction(value) if isinstance(value, int) else Fraction(value[0], value[1])


def han_number(text: str) -> int:
    """The value of Chinese numerals, positional (一七五〇) or with units (十八, 一千七百五十)."""
    if not any(c in _HAN_UNITS for c in text):
        return int("".join(str(_HAN_DIGITS[c]) for c in text))
    total = digit = 0
    for c in text:
        if c in _HAN_UNITS:
            total += (digit or 1) * _HAN_UNITS[c]
            digit = 0
        else:
            digit = _HAN_DIGITS[c]
    return total + digit


def normalised(text: str) -> str:
    """Lower case, one kind of dash, ordinals and Chinese numerals as digits, days and months dropped."""
    text = unicodedata.normalize("NFKC", text).lower().replace("世紀", "世纪").replace("約", "约").replace("漢", "汉")
    text = re.sub("[\u2010-\u2015\u2212\u2500~\u301c—]+", "-", text)
    ordinals, numbers = _ordinals()
    text = ordinals.sub(lambda m: f"{numbers[m[0]]}{_suffix(numbers[m[0]])}", text)
    text = re.sub("[〇零一二三四五六七八九十百千两]+(?=世纪|年|王朝|千纪)", lambda m: str(han_number(m[0])), text)
    text = re.sub(r"\b(early|mid|late)-(?=[\da-z])", r"\1 ", text)
    text = re.sub(r"\b(\d{4})-(?:0[1-9]|1[0-2])-(?:[0-2]\d|3[01])\b", r"\1", text)
    text = re.sub(r"\b(\d{4})[./](?:0?[1-9]|1[0-2])(?:[./]\d{1,2})?(?![\d])", r"\1", text)
    text = re.sub(r"(\d{1,4})年\d{1,2}月(?:\d{1,2}日)?", r"\1", text)
    return " ".join(_days_and_months().sub(" ", text).split())


@cache
def _ordinals() -> tuple[re.Pattern[str], dict[str, int]]:
    """The pattern of ordinal words, longest first, and their numbers."""
    numbers = {word: number for number, word in enumerate(words()["ordinals"], start=1)}
    return re.compile(rf"(?<![a-z-])(?:{'|'.join(sorted(numbers, key=len, reverse=True))})(?![a-z])"), numbers


@cache
def _days_and_months() -> re.Pattern[str]:
    months = "|".join(re.escape(month) for month in words()["months"])
    return re.compile(rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?(?:{months})(?![a-z])\s*(?:\d{{1,2}}(?!\d),?)?")


@cache
def doubt() -> re.Pattern[str]:
    """The pattern of words that make a date doubtful."""
    return re.compile("|".join(_bounded(word) for word in words()["doubt"]))


def _suffix(number: int) -> str:
    return "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _bounded(word: str) -> str:
    """A pattern for a word that does not match inside a longer Latin word."""
    left = "(?<![a-z])" if word[0].isascii() and word[0].isalpha() else ""
    right = "(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else ""
    return left + re.escape(word) + right


@cache
def _vocabulary() -> tuple[re.Pattern[str], dict[str, tuple[Token, ...]]]:
    """The pattern of all words, longest first, and what each may mean."""
    meanings: dict[str, list[Token]] = {}

    def add(token: Token, *names: str) -> None:
        for name in names:
            meanings.setdefault(name, []).append(token)

    data = words()
    add(Token(Kind.ERA, -1), *data["bce"])
    add(Token(Kind.ERA, 1), *data["ce"])
    for kind, key in (
        (Kind.CENTURY, "century"), (Kind.MILLENNIUM, "millennium"), (Kind.CIRCA, "circa"), (Kind.DECADE_WORD, "decade"),
        (Kind.TO, "to"), (Kind.OR, "or"), (Kind.BEFORE, "before"), (Kind.AFTER, "after"),
        (Kind.BEFORE_SUFFIX, "before_suffix"), (Kind.AFTER_SUFFIX, "after_suffix"),
    ):  # fmt: skip
        add(Token(kind), *data[key])
    for kind, key in ((Kind.PART, "parts"), (Kind.PART_SUFFIX, "parts_suffix")):
        for part in data[key]:
            add(Token(kind, part=(fraction(part["from"]), fraction(part["to"]))), *part["words"])
    pattern = "|".join(_bounded(w) for w in sorted(meanings, key=len, reverse=True))
    return re.compile(rf"(?P<word>{pattern})"), {k: tuple(v) for k, v in meanings.items()}


_NUMBERS = re.compile(
    r"(?P<decade>\d{2,4})'?s(?![a-z])|(?P<ordinal>\d{1,2})(?:st|nd|rd|th)(?![a-z])|(?P<number>\d+)(?:年(?!代))?|(?P<bce>前)(?=\s*\d)"
)
_OTHER = re.compile(r"[a-z]+|.", re.DOTALL)
_SKIPPED = re.compile(r"\s+|(?:the|of|in|years?)(?![a-z])|\.")


def tokens(text: str) -> list[Token]:
    """The tokens of a normalised date string."""
    return list(_scan(text))


def _scan(text: str) -> Iterator[Token]:
    pattern, meanings = _vocabulary()
    position, previous = 0, Token(Kind.BREAK)
    while position < len(text):
        if match := pattern.match(text, position):
            previous = _chosen(meanings[match["word"]], previous)
        elif match := _NUMBERS.match(text, position):
            previous = _number(match)
        elif match := _SKIPPED.match(text, position):
            position = match.end()
            continue
        else:
            match = _OTHER.match(text, position)
            assert match is not None, "every character is something else"
            previous = Token(Kind.BREAK, text=match[0])
        yield previous
        position = match.end()


def _number(match: re.Match[str]) -> Token:
    if match["decade"]:
        return Token(Kind.DECADE, int(match["decade"]), len(match["decade"]))
    if match["ordinal"]:
        return Token(Kind.ORDINAL, int(match["ordinal"]))
    if match["bce"]:
        return Token(Kind.ERA, -1)
    return Token(Kind.NUMBER, int(match["number"]), len(match["number"]))


def _chosen(candidates: tuple[Token, ...], previous: Token) -> Token:
    """"18th c." is a century, "c. 1800" is not; "until" after a date is "to", before one "before"."""
    by_kind = {token.kind: token for token in candidates}
    if Kind.CENTURY in by_kind and Kind.CIRCA in by_kind:
        return by_kind[Kind.CENTURY if previous.kind in (Kind.ORDINAL, Kind.PART_SUFFIX) else Kind.CIRCA]
    if Kind.TO in by_kind and Kind.BEFORE in by_kind:
        dated = (Kind.NUMBER, Kind.ORDINAL, Kind.DECADE, Kind.CENTURY, Kind.ERA)
        return by_kind[Kind.TO if previous.kind in dated else Kind.BEFORE]
    return candidates[0]
