"""Records from CSV tables of any collection: encodings, delimiters, column titles and units as they come."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
from collections.abc import Callable

from ..core.errors import RecordError
from .dates import NOT_UNDERSTOOD, parse_date
from .records import Problem, Record, RecordSet, clean
from .sizes import SIDES, Size, checked_size, column_words, parse_dimensions, parse_length, unit_factor

_DELIMITERS = (",", ";", "\t", "|")
_TEXT_FIELDS = ("medium", "classification", "culture", "creator", "credit", "url", "licence")


def records_from_csv(data: bytes, file_name: str, columns: dict[str, str], unit: str) -> RecordSet:
    """Read the file's bytes. columns: field -> column title. Raises RecordError when a needed column is missing."""
    if unit_factor(unit) is None:
        raise RecordError(f'"{unit}" is not a unit of length.', "Choose mm, cm, m, in or ft.")
    text = decoded(data, file_name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sniffed_delimiter(text), strict=False)
    records: list[Record] = []
    problems: list[Problem] = []
    try:
        header = next((row for row in reader if any(cell.strip() for cell in row)), [])
        fields = mapped_columns(header, columns, file_name)
        number = 0
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            number += 1
            try:
                records.append(_record(row, number, header, fields, file_name, unit))
            except RecordError as error:
                problems.append(Problem(number, error.message, error.fix))
    except csv.Error as error:
        sentence = f"Line {reader.line_num} cannot be read ({error}); the lines after it were not read."
        problems.append(Problem(len(records) + len(problems) + 1, sentence, "Mend or delete it."))
    return RecordSet(tuple(records), tuple(problems))


def decoded(data: bytes, file_name: str) -> str:
    """The text of a table in UTF-8, UTF-16 (with mark), GB 18030 or Latin-1. Raises RecordError for binary data."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data[:4096]:
        raise RecordError(f"{file_name} is not a text file.", "Save the table as CSV (UTF-8) and load that.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    # In Chinese text bytes above 127 come in pairs; in Western Latin-1 text an accented letter mostly stands alone.
    runs = re.findall(rb"[\x80-\xff]+", data[:200_000])
    paired = sum(1 for run in runs if len(run) % 2 == 0)
    if runs and paired / len(runs) > 0.7:
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1")


def sniffed_delimiter(text: str) -> str:
    """The delimiter that the first line has most of, quoted parts aside; a comma when it has none."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=bare.count)


def _key(title: str) -> str:
    return re.sub(r"[\s_\-./:#]+", "", re.sub(r"[(（\[].*?[)）\]]", "", title).lower())


def column_unit(title: str) -> str:
    """The unit in a column title such as "height (cm)", "Width_in" or "高(厘米)", or empty text."""
    bracketed = re.search(r"[(（\[]\s*([^)）\]]+?)\s*[)）\]]", title)
    match = bracketed or re.search(r"[\s_\-]([a-z]+)\.?$", title.strip(), re.I)
    return match[1] if match and unit_factor(match[1]) is not None else ""


def mapped_columns(header: list[str], columns: dict[str, str], file_name: str) -> dict[str, int]:
    """Field -> column index. Given titles win over known ones. Raises RecordError when a needed one is missing."""
    titles = [cell.strip() for cell in header]
    found: dict[str, int] = {}
    for field, title in columns.items():
        if title not in titles:
            raise _missing(f'the column "{title}" for the {field}', title, titles, file_name)
        found[field] = titles.index(title)
    keys = [_key(t) for t in titles]
    bare_keys = [_key(re.sub(rf"[\s_\-]{re.escape(u)}\.?$", "", t)) if (u := column_unit(t)) else k
                 for t, k in zip(titles, keys, strict=True)]  # fmt: skip
    for field, synonyms in column_words()["columns"].items():
        for synonym in synonyms:
            index = next((i for i, k in enumerate(bare_keys) if k == _key(synonym) and i not in found.values()), None)
            if field not in found and index is not None:
                found[field] = index
    for field in column_words()["required"]:
        if field not in found:
            raise _missing(f"a column for the {field}", field, titles, file_name)
    return found


def _missing(what: str, wanted: str, titles: list[str], file_name: str) -> RecordError:
    shown = ", ".join(t for t in titles[:12] if t) or "none"
    near = difflib.get_close_matches(wanted.lower(), [t.lower() for t in titles], n=1, cutoff=0.3)
    nearest = next((t for t in titles if near and t.lower() == near[0]), "")
    hint = f' The nearest is "{nearest}".' if nearest else ""
    return RecordError(
        f"{file_name} lacks {what}. Its columns are: {shown[:300]}.{hint}",
        f'Rename the column to "{wanted}", or say which column it is.',
    )


def _record(
    row: list[str], number: int, header: list[str], fields: dict[str, int], file_name: str, unit: str
) -> Record:
    def cell(field: str) -> str:
        index = fields.get(field)
        return row[index] if index is not None and index < len(row) else ""

    title = clean(cell("title"))
    if not title:
        raise RecordError("It has no title.", "Give it one in the source file.")
    warnings: list[str] = []
    if len(row) > len(header):
        warnings.append(f"The row has {len(row)} cells but the table has {len(header)} columns.")
    size, size_warnings = checked_size(_size(cell, fields, header, unit, warnings))
    accession = clean(cell("accession_number"))
    date = clean(cell("date"))
    interval = parse_date(date)
    if interval.reading == NOT_UNDERSTOOD:
        warnings.append(f"The date was not understood: {date}.")
    return Record(
        id=clean(cell("id")) or f"{file_name}:{accession or number}",
        accession_number=accession or f"row {number}",
        title=title,
        date=date,
        interval=interval,
        size_m=size,
        source_file=file_name,
        row=number,
        warnings=(*warnings, *size_warnings),
        **{field: clean(cell(field)) for field in _TEXT_FIELDS},
    )


def _size(
    cell: Callable[[str], str], fields: dict[str, int], header: list[str], unit: str, warnings: list[str]
) -> Size:
    sides: dict[str, float | None] = {}
    unstated = False
    for side in SIDES:
        text = cell(side)
        stated = column_unit(header[fields[side]]) if side in fields else ""
        try:
            sides[side] = parse_length(text, stated or unit)
        except ValueError as error:
            warnings.append(f"The {side} was left out: {error}.")
            continue
        unstated |= bool(sides[side]) and not stated and not re.search(r"[^\d\s.,/\-]", text)
    size = Size(**sides)
    text = cell("dimensions")
    if text.strip():
        stated = column_unit(header[fields["dimensions"]])
        try:
            size = size.merged(parse_dimensions(text, stated or unit))
        except ValueError as error:
            warnings.append(f"The dimensions were left out: {error}.")
    if unstated:
        warnings.append(f"The size says no unit; it was taken as {unit}.")
    return size
