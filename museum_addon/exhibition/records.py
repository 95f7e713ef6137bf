"""Collection records: one frozen class, and the loading of files that hold them."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..core.errors import RecordError
from ..core.requests import MAX_SEED
from .dates import UNKNOWN, DateInterval
from .sizes import Size

MAX_FILE_BYTES = 200 * 1024 * 1024
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


def load_records(path: Path, *, columns: dict[str, str] | None = None, unit: str = "cm") -> RecordSet:
    """Read a Carnegie JSON file or a CSV file of any collection.

    columns: field -> column title, for CSV files whose titles are not recognised. unit: for CSV numbers
    that say none. Raises RecordError when nothing can be read; single bad rows become problems.
    """
    from .carnegie import records_from_carnegie
    from .tables import records_from_csv

    data = read_file(path)
    is_json = path.suffix.lower() == ".json" or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")
    if is_json:
        loaded = records_from_carnegie(data, path.name)
    else:
        loaded = records_from_csv(data, path.name, columns or {}, unit)
    if not loaded.records:
        first = f" The first problem: {loaded.problems[0]}" if loaded.problems else ""
        raise RecordError(f"{path.name} holds no record that can be used.{first}", "Check that it is the right file.")
    return RecordSet(numbered(loaded.records), loaded.problems)


def read_file(path: Path) -> bytes:
    """The bytes of a collection file. Raises RecordError when it cannot be read, is empty or too large."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise RecordError(
                f"{path.name} is {size / 1e6:,.0f} MB; at most {MAX_FILE_BYTES / 1e6:,.0f} MB are read.",
                "Export only the objects that you want to show.",
            )
        data = path.read_bytes()
    except IsADirectoryError as error:
        raise RecordError(f"{path} is a folder.", "Choose a JSON or CSV file inside it.") from error
    except FileNotFoundError as error:
        raise RecordError(f"There is no file {path}.", "Choose the file again.") from error
    except OSError as error:
        raise RecordError(
            f"{path} cannot be read ({error.strerror or error}).", "Check its permissions, or copy it elsewhere."
        ) from error
    if not data.strip():
        raise RecordError(f"{path.name} is empty.", "Choose a file with at least one record.")
    return data


def numbered(records: tuple[Record, ...]) -> tuple[Record, ...]:
    """The records with unique ids and accession numbers: a second "63.18.2" becomes "63.18.2 (2)", with a warning."""
    numbers: dict[str, int] = {}
    ids: set[str] = set()
    result = []
    for record in records:
        number = record.accession_number
        count = numbers[number] = numbers.get(number, 0) + 1
        if number and count > 1:
            sentence = f"Accession number {number} occurs more than once in {record.source_file}."
            record = replace(record, accession_number=f"{number} ({count})", warnings=(*record.warnings, sentence))
        unique, suffix = record.id, 2
        while unique in ids:
            unique, suffix = f"{record.id}#{suffix}", suffix + 1
        ids.add(unique)
        result.append(replace(record, id=unique))
    return tuple(result)


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
