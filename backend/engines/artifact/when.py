"""When and where: culture and period of an artifact, and the years of its date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...words.chronology import span_text
from ...words.dates import Dated
from ...words.lexicon import Concept, Match, lexicon
from .fields import Source, SpecField
from .info import ParametricParams
from .prompt import Part


@dataclass(frozen=True)
class When:
    """culture, period: fields of the specification. years: astronomical, of the date or else of the period."""

    culture: SpecField[str]
    period: SpecField[str]
    years: tuple[int, int] | None


def read_when(
    params: ParametricParams, parts: Sequence[Part], dates: Sequence[Dated], warnings: list[str]
) -> When:
    """Fill the fields. A period gives its culture; a date and a culture give the period where there is only one."""
    said: Source = "words" if params.record is None else "record"
    # In a record the title may speak of anything: what follows it knows better.
    order = [*(parts[1:] or parts), *parts]
    period = _asked("period", params.period) or _first(order, "period")
    culture = _asked("culture", params.culture) or _first(order, "culture")
    if params.record is None:
        _note_rivals(parts, warnings)
    culture_field = _culture_field(params, culture, period, said, warnings)
    date = min((d.years for d in dates), key=lambda y: y[1] - y[0], default=None)
    if date is not None and period is not None and params.record is None:
        _note_contradiction(dates, date, _years(period[0]), period[0], warnings)
    if period is None and date is not None and culture_field.value:
        found = _unique_period(culture_field.value, date)
        words = tuple(d.text for d in dates)
        if found is not None:
            field: SpecField[str] = SpecField(
                value=found.name, title=found.title, confidence=0.5, source="inferred", words=words
            )
            return When(culture_field, field, date)
    if period is None:
        return When(culture_field, SpecField(value=""), date)
    return When(culture_field, _period_field(params, period, said), date or _years(period[0]))


Found = tuple[Concept, tuple[str, ...]]


def _asked(facet: str, name: str | None) -> Found | None:
    concept = lexicon().named(facet, name) if name else None
    return (concept, ()) if concept else None


def _first(parts: Sequence[Part], facet: str) -> Found | None:
    """The first of a facet; of periods the most precise one of its culture."""
    matches = [m for part in parts for m in part.reading.of(facet)]
    if not matches:
        return None
    best = next((m for m in matches if m.concept.details.get("culture")), matches[0])
    if facet == "period":
        best = min(matches, key=lambda m: (m.concept.details["culture"] != best.concept.details["culture"], _length(m)))
    return best.concept, (best.text,)


def _length(match: Match) -> int:
    start, end = _years(match.concept)
    return end - start


def _years(period: Concept) -> tuple[int, int]:
    return int(period.details["start"]), int(period.details["end"])


def _culture_field(
    params: ParametricParams, culture: Found | None, period: Found | None, said: Source, warnings: list[str]
) -> SpecField[str]:
    of_period = str(period[0].details["culture"]) if period else ""
    if culture is not None:
        name = culture[0].name
        if params.record is None and of_period and _area(of_period) != _area(name):
            assert period is not None
            warnings.append(f"“{name}” and “{period[0].title}” do not belong together; both were kept.")
        source: Source = "asked" if params.culture else said
        return SpecField(
            value=name, title=name, confidence=1.0 if params.culture else 0.9, source=source, words=culture[1]
        )
    if of_period and period is not None:
        return SpecField(value=of_period, title=of_period, confidence=0.8, source="inferred", words=period[1])
    return SpecField(value="")


def _period_field(params: ParametricParams, period: Found, said: Source) -> SpecField[str]:
    source: Source = "asked" if params.period else said
    confidence = 1.0 if params.period else 0.9
    return SpecField(
        value=period[0].name, title=period[0].title, confidence=confidence, source=source, words=period[1]
    )


def _area(culture: str) -> str:
    concept = lexicon().named("culture", culture)
    return str(concept.details.get("area", culture)) if concept else culture


def _note_rivals(parts: Sequence[Part], warnings: list[str]) -> None:
    """Several cultures of different areas, or several periods that do not overlap."""
    cultures = [m for part in parts for m in part.reading.of("culture")]
    for other in cultures[1:]:
        if _area(other.concept.name) != _area(cultures[0].concept.name):
            warnings.append(f"Several cultures were named; {cultures[0].concept.title} was taken.")
            break
    periods = [m for part in parts for m in part.reading.of("period")]
    for other in periods[1:]:
        first, second = _years(periods[0].concept), _years(other.concept)
        if first[1] < second[0] or second[1] < first[0]:
            warnings.append(f"Several periods were named; {periods[0].concept.title} was taken.")
            break


def _note_contradiction(
    dates: Sequence[Dated], date: tuple[int, int], years: tuple[int, int], period: Concept, warnings: list[str]
) -> None:
    if date[1] < years[0] or years[1] < date[0]:
        text = next(d.text for d in dates if d.years == date)
        warnings.append(f"“{text}” lies outside {period.title} ({span_text(years)}); the date was taken.")


def _unique_period(culture: str, years: tuple[int, int]) -> Concept | None:
    """The period of a culture that holds these years, when there is only one, or the one inside all the others."""
    holding = []
    for concept in lexicon().concepts:
        if concept.facet == "period" and concept.details["culture"] == culture:
            start, end = _years(concept)
            shared = min(end, years[1]) - max(start, years[0]) + 1
            if shared >= 0.75 * (years[1] - years[0] + 1):
                holding.append(concept)
    holding.sort(key=lambda c: _years(c)[1] - _years(c)[0])
    if not holding:
        return None
    start, end = _years(holding[0])
    nested = all(_years(c)[0] - 1 <= start and end <= _years(c)[1] + 1 for c in holding)
    return holding[0] if nested else None
