"""The rows of ``scene.museum.collection``: filling them from a file, showing them in order, reading records back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .exhibition.dates import DateInterval, describe_interval
from .exhibition.loading import load_records
from .exhibition.periods import astronomical
from .exhibition.records import Record, RecordSet
from .exhibition.sizes import SIDES, Size

if TYPE_CHECKING:
    from .properties_collection import MUSEUM_PG_collection, MUSEUM_PG_record

SAMPLE = Path(__file__).parent / "exhibition" / "data" / "sample_records.json"
TEXTS = (
    "accession_number", "date", "medium", "classification", "culture", "creator", "credit", "url", "licence",
    "source_file",
)  # fmt: skip
SEARCHED = ("name", "accession_number", "medium", "classification", "culture", "date")
SHOWN_PROBLEMS = 200


def load(group: MUSEUM_PG_collection, path: Path, unit: str = "cm") -> RecordSet:
    """Replace the rows by the records of a file; all are selected. Raises RecordError, and then nothing changed."""
    loaded = load_records(path, unit=unit)
    group.records.clear()
    for record in loaded.records:
        fill(group.records.add(), record)
    group.source_file = path.name
    group.problem_count = len(loaded.problems)
    group.problems = "\n".join(str(problem) for problem in loaded.problems[:SHOWN_PROBLEMS])
    group.show_problems = False
    group.records_index = 0
    refresh(group)
    recount(group)
    return loaded


def clear(group: MUSEUM_PG_collection) -> None:
    """Forget all records. Objects and jobs that were made from them stay."""
    group.records.clear()
    group.source_file = group.problems = ""
    group.problem_count = group.records_index = 0
    refresh(group)
    recount(group)


def fill(row: MUSEUM_PG_record, record: Record) -> None:
    """Write a record into a row."""
    row.name = record.title
    row.record_id = record.id
    for name in TEXTS:
        setattr(row, name, getattr(record, name))
    interval = record.interval
    row.has_earliest, row.has_latest = interval.earliest is not None, interval.latest is not None
    row.earliest, row.latest = interval.earliest or 0, interval.latest or 0
    row.confidence, row.reading = interval.confidence, interval.reading
    for side in SIDES:
        setattr(row, side, getattr(record.size_m, side) or 0.0)
    row.row = record.row
    row.warnings = "\n".join(record.warnings)
    row.size_text = describe_size(record.size_m)
    row.interval_text = describe_interval(interval)


def record_of(row: MUSEUM_PG_record) -> Record:
    """The record that a row was filled from (lengths in single precision, rounded to 1/1000 mm)."""
    interval = DateInterval(
        row.earliest if row.has_earliest else None,
        row.latest if row.has_latest else None,
        round(row.confidence, 4),
        row.reading,
    )
    return Record(
        id=row.record_id,
        title=row.name,
        interval=interval,
        size_m=Size(**{side: round(getattr(row, side), 6) or None for side in SIDES}),
        row=row.row,
        warnings=tuple(line for line in row.warnings.split("\n") if line),
        **{name: getattr(row, name) for name in TEXTS},
    )


def describe_size(size: Size) -> str:
    """A size for people, in centimetres: "18.1 × 15.9 × 27.9 cm" as width × depth × height, or empty."""
    sides = [side for side in (size.width, size.depth, size.height) if side is not None]
    text = " × ".join(f"{side * 100:.1f}" for side in sides)
    if size.diameter is not None:
        text = " × ".join(part for part in (f"⌀ {size.diameter * 100:.1f}", text) if part)
    return f"{text} cm" if text else ""


def refresh(group: MUSEUM_PG_collection) -> None:
    """Work out which rows are shown and in which order; the list only reads the outcome."""
    rows = list(group.records)
    words = group.search.lower().split()
    low, high = astronomical(group.from_year), astronomical(group.to_year)
    for row in rows:
        row.shown = _matches(row, words) and (not group.limit_years or _touches(row, low, high))
    order = sorted(range(len(rows)), key=lambda index: sort_key(rows[index], group.sort_by))
    if group.reverse:
        order.reverse()
    for place, index in enumerate(order):
        rows[index].place = place
    group.shown_count = sum(row.shown for row in rows)


def recount(group: MUSEUM_PG_collection) -> None:
    """Count what the panel says in numbers."""
    group.selected_count = sum(row.selected for row in group.records)
    group.unsized_count = sum(not row.size_text for row in group.records)


def _matches(row: MUSEUM_PG_record, words: list[str]) -> bool:
    if not words:
        return True
    text = " ".join(getattr(row, name) for name in SEARCHED).lower()
    return all(word in text for word in words)


def _touches(row: MUSEUM_PG_record, low: int, high: int) -> bool:
    if not row.has_earliest and not row.has_latest:
        return False
    return (not row.has_latest or row.latest >= low) and (not row.has_earliest or row.earliest <= high)


def sort_key(row: MUSEUM_PG_record, sort_by: str) -> tuple[Any, ...]:
    """What a row is sorted by. Dates go by interval, never by text."""
    if sort_by == "DATE":
        return (*record_of(row).interval.sort_key, row.row)
    if sort_by == "TITLE":
        return (row.name.lower(), row.row)
    if sort_by == "NUMBER":
        parts = re.findall(r"\d+|\D+", row.accession_number)
        return ([(0, int(p), "") if p.isdecimal() else (1, 0, p.lower()) for p in parts], row.row)
    if sort_by == "SIZE":
        largest = max(getattr(row, side) for side in SIDES)
        return (largest == 0, largest, row.row)
    return (row.row,)


def selected_rows(group: MUSEUM_PG_collection) -> list[MUSEUM_PG_record]:
    """The selected rows in the order of the list."""
    return sorted((row for row in group.records if row.selected), key=lambda row: row.place)


def active_row(group: MUSEUM_PG_collection) -> MUSEUM_PG_record | None:
    """The row whose details are shown."""
    index = group.records_index
    return group.records[index] if 0 <= index < len(group.records) else None


def select_shown(group: MUSEUM_PG_collection, action: str) -> int:
    """Select or deselect what the filter shows ("ALL", "NONE", "INVERT", "SIZED"). Answers how many are selected."""
    wanted = {
        "ALL": lambda _row: True,
        "NONE": lambda _row: False,
        "INVERT": lambda row: not row.selected,
        "SIZED": lambda row: bool(row.size_text),
    }[action]
    # In one go: setting a row's property calls its callback, which counts all rows.
    group.records.foreach_set("selected", [wanted(row) if row.shown else row.selected for row in group.records])
    recount(group)
    return int(group.selected_count)
