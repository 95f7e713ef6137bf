"""Collection files: one entrance for every format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..core.errors import RecordError
from .carnegie import records_from_carnegie
from .records import Record, RecordSet
from .tables import records_from_csv

MAX_FILE_BYTES = 200 * 1024 * 1024


def load_records(path: Path, *, columns: dict[str, str] | None = None, unit: str = "cm") -> RecordSet:
    """Read a Carnegie JSON file or a CSV file of any collection.

    columns: field -> column title, for CSV files whose titles are not recognised. unit: for CSV numbers
    that say none. Raises RecordError when nothing can be read; single bad rows become problems.
    """
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
