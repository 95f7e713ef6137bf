"""Whether what was asked for could have been made there and then: a table of first and last dates, with sources."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from .lexicon import DATA

ANYWHERE = "anywhere"
MAX_FINDINGS = 6


@dataclass(frozen=True)
class Finding:
    """One thing that does not go together. claim: what was asked. alternative: the nearest that is possible, or ""."""

    claim: str
    problem: str
    reason: str
    source: str
    alternative: str

    @property
    def sentence(self) -> str:
        """The finding as one line for people."""
        nearest = f" Nearest possible: {self.alternative}." if self.alternative else ""
        return f"Period check: {self.claim}: {self.problem} ({self.source}).{nearest}"


@dataclass(frozen=True)
class Row:
    """One line of the table. facet and names: what it speaks of. region: a culture of the lexicon or "anywhere".

    first, last: astronomical years. home: peoples that made it, when others did not; empty when it is not tied.
    """

    facet: str
    names: tuple[str, ...]
    title: str
    region: str
    first: int
    last: int
    home: tuple[str, ...]
    source: str
    note: str
    alternative: str


@cache
def rows() -> tuple[Row, ...]:
    """The table of the data folder, read once."""
    with (DATA / "chronology.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(
            Row(
                facet=row["facet"],
                names=tuple(row["names"].split("|")),
                title=row["title"],
                region=row["region"],
                first=int(row["first"]),
                last=int(row["last"]),
                home=tuple(filter(None, row["home"].split("|"))),
                source=row["source"],
                note=row["note"],
                alternative=row["alternative"],
            )
            for row in csv.DictReader(stream)
        )


def check(
    claims: Mapping[str, Iterable[str]], culture: str, years: tuple[int, int] | None
) -> tuple[Finding, ...]:
    """What does not go together.

    claims: facet (type, material, finish, ornament, technique) -> names of the lexicon. culture: a name of the lexicon,
    or "". years: astronomical, or None when no date is known; then only the claims are held against each other.
    """
    chosen = list(_applicable(claims, culture))
    found = [f for row in chosen if (f := _of_date(row, years))] if years else list(_of_pairs(chosen))
    found += [f for row in chosen if (f := _of_place(row, culture))]
    return tuple(dict.fromkeys(found))[:MAX_FINDINGS]


def year_text(year: int) -> str:
    """An astronomical year as people write it: -499 is 500 BCE."""
    return str(year) if year > 0 else f"{1 - year} BCE"


def span_text(years: tuple[int, int]) -> str:
    """An interval as people write it."""
    first, last = (year_text(year) for year in years)
    if first == last:
        return first
    return f"{first.removesuffix(' BCE')}–{last}" if last.endswith("BCE") else f"{first}–{last}"


def _applicable(claims: Mapping[str, Iterable[str]], culture: str) -> Iterator[Row]:
    """For each claim the row of its culture, else the one that holds anywhere."""
    for facet, names in claims.items():
        for name in dict.fromkeys(names):
            of_name = [row for row in rows() if row.facet == facet and name in row.names]
            local = [row for row in of_name if culture and row.region == culture]
            yield from local or [row for row in of_name if row.region == ANYWHERE]


def _of_date(row: Row, years: tuple[int, int] | None) -> Finding | None:
    if years is None or (row.first <= years[1] and years[0] <= row.last):
        return None
    where = "" if row.region == ANYWHERE else f" ({row.region})"
    if years[1] < row.first:
        problem = f"{row.title}{where} began about {year_text(row.first)}"
    else:
        problem = f"{row.title}{where} ended about {year_text(row.last)}"
    return Finding(f"{row.title}, {span_text(years)}", problem, row.note, row.source, row.alternative)


def _of_place(row: Row, culture: str) -> Finding | None:
    if not culture or not row.home or culture in row.home:
        return None
    problem = f"{row.title} belongs to another tradition ({', '.join(row.home)})"
    return Finding(f"{row.title}, {culture}", problem, row.note, row.source, row.alternative)


def _of_pairs(chosen: list[Row]) -> Iterator[Finding]:
    """Claims that never existed at the same time."""
    for one, other in combinations(chosen, 2):
        early, late = (one, other) if one.last < other.first else (other, one)
        if early.last < late.first:
            ended, began = year_text(early.last), year_text(late.first)
            problem = f"{early.title} ended about {ended}, {late.title} began about {began}"
            yield Finding(f"{early.title} and {late.title}", problem, late.note, late.source, late.alternative)
