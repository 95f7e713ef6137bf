"""Collection records as their museums describe them."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field

from ..core.requests import MAX_SEED
from .dates import UNKNOWN, DateInterval
from .sizes import Size

MAX_FIELD_CHARACTERS = 400


@dataclass(frozen=True)
class Record:
    """One object of a collection, as its museum describes it. Texts are empty where the source says nothing.

    id: unique in its set and stable across loads. interval: the date text as years. size_m: metres.
    row: the place in the source file, counting records from 1. warnings: sentences on what was doubtful.
    """

    id: str
    accession_number: str
    title: str
    date: str = ""
    interval: DateInterval = UNKNOWN
    medium: str = ""
    classification: str = ""
    culture: str = ""
    creator: str = ""
    credit: str = ""
    url: str = ""
    licence: str = ""
    size_m: Size = field(default_factory=Size)
    source_file: str = ""
    row: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What lists show: the title and the accession number."""
        return f"{self.title} ({self.accession_number})" if self.accession_number else self.title


@dataclass(frozen=True)
class Problem:
    """A row that could not be loaded. row: counting records from 1; 0 stands for the file as a whole."""

    row: int
    sentence: str
    fix: str = ""

    def __str__(self) -> str:
        place = f"Row {self.row}: " if self.row else ""
        return f"{place}{self.sentence} {self.fix}".strip()


@dataclass(frozen=True)
class RecordSet:
    """What a file held: the records that could be read, and the rows that could not."""

    records: tuple[Record, ...]
    problems: tuple[Problem, ...] = ()


def clean(value: object) -> str:
    """A field as one line of text: no control characters, white space folded, at most 400 characters."""
    if value is None:
        return ""
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in str(value))
    folded = " ".join(text.split())
    return folded if len(folded) <= MAX_FIELD_CHARACTERS else folded[: MAX_FIELD_CHARACTERS - 1] + "…"


def record_seed(record_id: str) -> int:
    """A seed that depends on the record alone, the same on every machine."""
    return int.from_bytes(hashlib.sha256(record_id.encode()).digest()[:4], "big") & MAX_SEED
