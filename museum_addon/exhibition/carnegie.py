"""Records of the Carnegie Museum of Art's open collection data (JSON, CC0, sizes in inches)."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from ..core.errors import RecordError
from .dates import NOT_UNDERSTOOD, DateInterval, parse_date
from .records import Problem, Record, RecordSet, clean
from .sizes import Size, checked_size

METRES_PER_INCH = 0.0254  # exact by definition, international yard and pound agreement of 1959
LICENCE = "CC0-1.0"
MUSEUM = "Carnegie Museum of Art"


def records_from_carnegie(data: bytes, file_name: str) -> RecordSet:
    """Read the file's bytes. Raises RecordError when it is not JSON or not a list of such records."""
    try:
        parsed = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RecordError(f"{file_name} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8 JSON.") from error
    except json.JSONDecodeError as error:
        raise RecordError(
            f"{file_name} is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            "Mend that place, or export the file again.",
        ) from error
    except RecursionError as error:
        raise RecordError(f"{file_name} is nested too deeply.", "Export the file again.") from error
    except ValueError as error:  # a number with more digits than Python reads
        raise RecordError(f"{file_name} holds a number that cannot be read.", "Export the file again.") from error
    rows = parsed.get("things", parsed.get("records")) if isinstance(parsed, dict) else parsed
    if not isinstance(rows, list):
        found = ", ".join(list(parsed)[:6]) if isinstance(parsed, dict) else type(parsed).__name__
        raise RecordError(
            f"{file_name} is JSON of another shape (found: {found}).",
            'A list of objects with "title", "accession_number" and "item_height" is read; export others as CSV.',
        )
    records, problems = [], []
    for number, row in enumerate(rows, start=1):
        try:
            records.append(_record(row, number, file_name))
        except RecordError as error:
            problems.append(Problem(number, error.message, error.fix))
    return RecordSet(tuple(records), tuple(problems))


def _record(row: Any, number: int, file_name: str) -> Record:
    if not isinstance(row, dict):
        raise RecordError("It is not an object.", "Each record needs a title and an accession number.")
    title = clean(row.get("title"))
    if not title:
        raise RecordError("It has no title.", "Give it one in the source file.")
    size, warnings = _size(row)
    interval, date_warnings = _interval(row)
    listed = row.get("creator")
    creators = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
    accession = clean(row.get("accession_number"))
    return Record(
        id=clean(row.get("id")) or f"{file_name}:{accession or number}",
        accession_number=accession,
        title=title,
        date=clean(row.get("creation_date")),
        interval=interval,
        medium=clean(row.get("medium")),
        classification=clean(row.get("classification")),
        culture=_joined(c.get("nationality") for c in creators),
        creator=_joined(c.get("full_name") or c.get("cited_name") for c in creators),
        credit=", ".join(part for part in (MUSEUM, clean(row.get("credit_line"))) if part),
        url=clean(row.get("web_url")),
        licence=LICENCE,
        size_m=size,
        source_file=file_name,
        row=number,
        warnings=(*warnings, *date_warnings),
    )


def _joined(values: Any) -> str:
    return "; ".join(dict.fromkeys(text for text in map(clean, values) if text))


def _size(row: dict[str, Any]) -> tuple[Size, list[str]]:
    sides: dict[str, float] = {}
    warnings = []
    for side in ("width", "depth", "height", "diameter"):
        value = row.get(f"item_{side}")
        if value is None or value == "":
            continue
        try:
            inches = float(value)
        except (TypeError, ValueError):
            warnings.append(f"The {side} {clean(value)[:40]!r} is not a number and was left out.")
            continue
        sides[side] = inches * METRES_PER_INCH if math.isfinite(inches) else inches
    size, more = checked_size(Size(**sides))
    return size, warnings + more


def _interval(row: dict[str, Any]) -> tuple[DateInterval, list[str]]:
    """What the text says; where it says nothing, the years that the museum stored."""
    read = parse_date(clean(row.get("creation_date")))
    stored = (stored_year(row.get("creation_date_earliest")), stored_year(row.get("creation_date_latest")))
    low, high = stored
    if low is None or high is None or low > high:
        unread = read.reading == NOT_UNDERSTOOD
        return read, [f"The date was not understood: {clean(row.get('creation_date'))}."] if unread else []
    if not read.known:
        return DateInterval(low, high, 0.7, "years stored by the museum"), []
    ends_before = read.latest is not None and read.latest < low - 1
    starts_after = read.earliest is not None and read.earliest > high + 1
    if ends_before or starts_after:
        return read, [f"The date text was read as other years than the museum stored ({low} to {high})."]
    return read, []


def stored_year(text: Any) -> int | None:
    """The year of ``creation_date_earliest`` or ``_latest``.

    The file holds the first of January shifted from the Gregorian to the Julian calendar, so that dates before
    about 300 fall in January (1300 BCE is "-1300-01-13") and later ones in December of the year before
    (618 is "0617-12-29"). BCE years are written without a year 0 and are kept so here: at most one year off.
    """
    match = re.fullmatch(r"(-?)(\d{1,6})-(\d{2})-(\d{2})", text) if isinstance(text, str) else None
    if match is None:
        return None
    year = int(match[2]) * (-1 if match[1] else 1)
    return year + 1 if match[3] == "12" and int(match[4]) >= 20 else year
