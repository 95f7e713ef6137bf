"""From a catalogue's date string to an interval of astronomical years. Sorting uses the interval."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from .date_tokens import Kind, Token, doubt, normalised, tokens, words
from .periods import astronomical, named_periods, part_of


@dataclass(frozen=True)
class DateInterval:
    """When something was made.

    earliest, latest: astronomical years, both ends inclusive (1 BCE = 0, 2 BCE = -1); None where the text leaves
    that end open or says nothing. confidence: 0 (nothing known) to 1 (years as stated); a rank for sorting and display,
    not a probability. reading: how the text was understood, for people.
    """

    earliest: int | None = None
    latest: int | None = None
    confidence: float = 0.0
    reading: str = "no date"

    @property
    def known(self) -> bool:
        """Whether at least one end is known."""
        return self.earliest is not None or self.latest is not None

    @property
    def sort_key(self) -> tuple[int, float, int]:
        """Dated before undated; then by the middle of the interval, then by its start."""
        if not self.known:
            return (1, 0.0, 0)
        low = self.earliest if self.earliest is not None else self.latest
        high = self.latest if self.latest is not None else self.earliest
        assert low is not None and high is not None
        return (0, (low + high) / 2, low)


UNKNOWN = DateInterval()
NOT_UNDERSTOOD = "not understood"
_BCE, _CE = -1, 1
_LATEST_YEAR = 2200  # larger four-digit numbers in date fields are numbers of something else


@dataclass(frozen=True)
class _Point:
    """One end of a date, before its era is settled. kind: year, decade, century, millennium, or ordinal (of what?)."""

    kind: str
    value: int
    digits: int = 0
    era: int = 0
    circa: bool = False
    part: tuple[Fraction, Fraction] = (Fraction(0), Fraction(1))
    whole: bool = True


@dataclass(frozen=True)
class _Span:
    earliest: int | None
    latest: int | None
    confidence: float


@lru_cache(maxsize=4096)  # a collection repeats its dates
def parse_date(text: str) -> DateInterval:
    """The interval that a date string means; ``known`` is False when it gives none. Never raises."""
    plain, doubts = doubt().subn(" ", normalised(text))
    plain = " ".join(plain.split())
    if plain in words()["unknown"] or not plain:
        return UNKNOWN
    interval = _explicit(plain) or _named(plain) or replace(UNKNOWN, reading=NOT_UNDERSTOOD)
    if doubts and interval.known:
        confidence = round(interval.confidence * 0.6, 2)
        return replace(interval, confidence=confidence, reading=f"{interval.reading}, doubtful")
    return interval


def describe_year(year: int) -> str:
    """An astronomical year for people: 618 or 1300 BCE."""
    return str(year) if year > 0 else f"{1 - year} BCE"


def describe_interval(interval: DateInterval) -> str:
    """The interval for people: 1300–1150 BCE, 206 BCE–220, 618–907, until 1549, from 1900, undated."""
    low, high = interval.earliest, interval.latest
    if low is None and high is None:
        return "undated"
    if low is None:
        assert high is not None
        return f"until {describe_year(high)}"
    if high is None:
        return f"from {describe_year(low)}"
    if low == high:
        return describe_year(low)
    return f"{1 - low if high <= 0 else describe_year(low)}–{describe_year(high)}"


def _explicit(plain: str) -> DateInterval | None:
    """Years and centuries. A bracket behind a dynasty explains it, so what stands outside goes first."""
    insides = re.findall(r"\(([^()]*)\)", plain)
    for candidate in (re.sub(r"\([^()]*\)", " , ", plain), *insides):
        spans = _Parser(tokens(candidate)).spans()
        if spans:
            return _joined(spans)
    return None


def _joined(spans: list[_Span]) -> DateInterval:
    lows, highs = [s.earliest for s in spans], [s.latest for s in spans]
    low = None if None in lows else min(v for v in lows if v is not None)
    high = None if None in highs else max(v for v in highs if v is not None)
    confidence = min(s.confidence for s in spans) * (1.0 if len(spans) == 1 else 0.9)
    reading = "years as stated" if confidence > 0.9 else "years as understood"
    return DateInterval(low, high, round(confidence, 2), reading)


def _named(plain: str) -> DateInterval | None:
    """Dynasties and reigns: the narrowest when one lies within another, otherwise from the first to the last."""
    periods = named_periods(plain)
    if not periods:
        return None
    periods = [
        p for p in periods
        if not any(
            q is not p and p.earliest <= q.earliest and q.latest <= p.latest
            and (q.latest - q.earliest) < (p.latest - p.earliest) for q in periods
        )
    ]  # fmt: skip
    low, high = min(p.earliest for p in periods), max(p.latest for p in periods)
    reading = ", ".join(dict.fromkeys(f"{p.name} ({p.source})" for p in periods))
    return DateInterval(low, high, 0.75 if high - low <= 100 else 0.6, reading)


class _Parser:
    """Reads spans from tokens: ``[before|after] point [to point]``, joined by "or", separated by anything else."""

    def __init__(self, sequence: list[Token]) -> None:
        self._tokens = sequence
        self._at = 0

    def spans(self) -> list[_Span]:
        found = []
        while self._at < len(self._tokens):
            start = self._at
            span = self._span()
            if span is None:
                self._at = max(self._at, start + 1)
            else:
                found.append(span)
        return found

    def _peek(self, ahead: int = 0) -> Kind | None:
        index = self._at + ahead
        return self._tokens[index].kind if index < len(self._tokens) else None

    def _accept(self, *kinds: Kind) -> Token | None:
        if self._peek() in kinds:
            self._at += 1
            return self._tokens[self._at - 1]
        return None

    def _span(self) -> _Span | None:
        limit = self._accept(Kind.BEFORE, Kind.AFTER)
        first = self._point()
        if first is None:
            return None
        mark = self._at
        second = None
        joiner = self._accept(Kind.TO, Kind.OR)
        if joiner:
            second = self._point()
            if second is None or (joiner.kind is Kind.OR and not _continues(first, second)):
                self._at, second = mark, None
        after = self._accept(Kind.BEFORE_SUFFIX, Kind.AFTER_SUFFIX)
        if limit is None and after is not None:
            limit = Token(Kind.BEFORE if after.kind is Kind.BEFORE_SUFFIX else Kind.AFTER)
        return _years_between(first, second, limit.kind if limit else None)

    def _part(self) -> tuple[Fraction, Fraction] | None:
        first = self._accept(Kind.PART)
        if first is None:
            return None
        if self._peek() in (Kind.TO, Kind.OR) and self._peek(1) is Kind.PART and self._peek(2) is Kind.ORDINAL:
            self._at += 1
            second = self._accept(Kind.PART)
            assert second is not None
            return first.part[0], second.part[1]
        return first.part

    def _point(self) -> _Point | None:
        circa = self._accept(Kind.CIRCA) is not None
        era = self._accept(Kind.ERA)
        circa = self._accept(Kind.CIRCA) is not None or circa
        part = self._part()
        circa = self._accept(Kind.CIRCA) is not None or circa
        era = self._accept(Kind.ERA) or era
        number = self._accept(Kind.NUMBER, Kind.ORDINAL, Kind.DECADE)
        if number is None:
            return None
        kind, value = self._unit(number)
        suffix = self._accept(Kind.PART_SUFFIX)
        era = self._accept(Kind.ERA) or era
        part = part or (suffix.part if suffix else None)
        sign = era.value if era else 0
        return _Point(kind, value, number.digits, sign, circa, part or (Fraction(0), Fraction(1)), part is None)

    def _unit(self, number: Token) -> tuple[str, int]:
        if number.kind is Kind.DECADE:
            return "decade", number.value
        if self._accept(Kind.CENTURY):
            if self._peek() is Kind.NUMBER and self._peek(1) is Kind.DECADE_WORD:  # 20世纪30年代
                tens = self._tokens[self._at].value
                self._at += 2
                return "decade", (number.value - 1) * 100 + tens
            return "century", number.value
        if self._accept(Kind.MILLENNIUM):
            return "millennium", number.value
        if number.kind is Kind.NUMBER and self._accept(Kind.DECADE_WORD):
            return "decade", number.value
        return ("ordinal" if number.kind is Kind.ORDINAL else "year"), number.value


def _continues(first: _Point, second: _Point) -> bool:
    """Whether "a/b" or "a or b" is one span: 1680/81, 1st or 2nd century."""
    return first.kind == "ordinal" or (first.kind == second.kind == "year" and second.digits < first.digits)


def _years_between(first: _Point, second: _Point | None, limit: Kind | None) -> _Span | None:
    guessed = False
    if second is None:
        if not _stands_alone(first):
            return None
        low = high = first
    else:
        low, high, guessed = _agreed(first, second)
        if not (_stands_alone(low) and _stands_alone(high)):
            return None
    (earliest, start_confidence), (latest, end_confidence) = _ends(low, False), _ends(high, True)
    confidence = min(start_confidence, end_confidence) - (0.3 if guessed else 0.0)
    if earliest > latest:
        earliest, latest, confidence = latest, earliest, confidence - 0.3
    if limit is Kind.BEFORE:
        return _Span(None, _ends(high, False)[0] - 1 if second is None else latest, 0.4)
    if limit is Kind.AFTER and second is None:
        return _Span(earliest, None, 0.4)
    return _Span(earliest, latest, max(confidence, 0.1))


def _stands_alone(point: _Point) -> bool:
    if point.kind == "ordinal" or point.value == 0:
        return False
    if point.kind == "year":
        limit = 20_000 if point.era == _BCE else _LATEST_YEAR
        return (point.digits >= 3 or point.era != 0 or point.circa) and point.value <= limit
    return point.value <= (2029 if point.kind == "decade" else 25)


def _agreed(first: _Point, second: _Point) -> tuple[_Point, _Point, bool]:
    """Both points with unit and era settled, and whether the era had to be guessed."""
    if first.kind == "ordinal" and second.kind in ("century", "millennium"):
        first = replace(first, kind=second.kind)
    circa = first.circa or (second.circa and first.kind == "year")
    if first.circa:
        second = replace(second, circa=True)
    first = replace(first, circa=circa)
    shortened = first.kind == second.kind and first.kind in ("year", "decade") and second.digits < first.digits
    if shortened and not second.era and first.era != _BCE:
        scale = 10**second.digits
        completed = first.value - first.value % scale + second.value
        if completed >= first.value:  # 1914-18; "1996-12" means a month when 12 does not come after 96
            second = replace(second, value=completed, digits=first.digits)
        elif second.digits <= 2:
            second = replace(first, circa=second.circa)
    guessed = False
    if first.era and not second.era:
        falling = second.value <= first.value
        second = replace(second, era=first.era if falling or first.era == _CE else _CE)
        guessed = first.era == _BCE
    elif second.era and not first.era:
        rising = second.era == _BCE and first.value < second.value
        first = replace(first, era=second.era)
        guessed = rising
    elif not first.era and not second.era and first.value > second.value and first.kind == second.kind:
        first, second, guessed = replace(first, era=_BCE), replace(second, era=_BCE), True
    if first.kind == "year" and second.kind == "year" and first.era and second.era:
        first, second = replace(first, digits=max(first.digits, 3)), replace(second, digits=max(second.digits, 3))
    return first, second, guessed


def _ends(point: _Point, end: bool) -> tuple[int, float]:
    """The first or last year of a point and how sure it is."""
    sign = _BCE if point.era == _BCE else _CE
    if point.kind == "year":
        low = high = astronomical(sign * point.value)
        confidence = 1.0
    elif point.kind == "decade":
        edges = (astronomical(sign * point.value), astronomical(sign * (point.value + 9)))
        low, high, confidence = min(edges), max(edges), 0.85
    else:
        length = 100 if point.kind == "century" else 1000
        low = (point.value - 1) * length + 1 if sign == _CE else 1 - point.value * length
        high, confidence = low + length - 1, 0.7 if point.kind == "century" else 0.5
    if not point.whole:
        low, high = part_of(low, high, point.part)
    margin = int(words()["circa_margin_years"]) if point.circa else 0
    return (high + margin if end else low - margin), confidence - (0.2 if point.circa else 0.0)
