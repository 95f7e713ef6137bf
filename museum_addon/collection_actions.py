"""What a user can do with collection records, as functions; operators and scripts call these. Raise MuseumError."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from . import actions, joblist, recordlist
from .core.errors import InvalidRequest, RecordError
from .exhibition.record_jobs import record_request
from .exhibition.records import Record, RecordSet
from .exhibition.rows import floor_grid

if TYPE_CHECKING:
    from .properties_collection import MUSEUM_PG_record

UNKNOWN_SIDE_M = 0.4  # room kept on the floor for a side that nobody measured
FIRST_ROW_M = 0.5  # from the 3D cursor to the first row of new objects


def load_records(context: bpy.types.Context, path: str, unit: str = "cm") -> RecordSet:
    """Fill the Collection panel from a file. unit: for CSV numbers that say none."""
    if not path.strip():
        raise RecordError("No file was chosen.", "Choose a JSON or CSV file with collection records.")
    return recordlist.load(context.scene.museum.collection, Path(bpy.path.abspath(path)), unit)


def load_sample(context: bpy.types.Context) -> RecordSet:
    """Fill the Collection panel with the records that come with the extension."""
    return recordlist.load(context.scene.museum.collection, recordlist.SAMPLE)


def create_selected(context: bpy.types.Context) -> list[str]:
    """Ask for an object of every selected record; they arrive by themselves on the floor behind the 3D cursor.

    Answers the keys of the new rows in ``scene.museum.jobs``. Rows are deselected, so that a second click does not
    make them twice. Nothing is sent when one of the records cannot be.
    """
    scene = context.scene
    rows = recordlist.selected_rows(scene.museum.collection)
    if not rows:
        raise InvalidRequest("No record is selected.", "Tick the records in the list first.")
    texture_size = int(scene.museum.create.texture_size)
    requests = []
    for row in rows:
        try:
            requests.append(record_request(recordlist.record_of(row), texture_size=texture_size))
        except InvalidRequest as error:
            raise InvalidRequest(f"{row.name} ({row.accession_number}): {error.message}", error.fix) from error
    session = actions.session(context)
    for row, request, place in zip(rows, requests, places(rows, scene.cursor.location), strict=True):
        joblist.add_row(scene, request, place)
        session.submit(request)
        row.job_key = request.idempotency_key
    scene.museum.collection.records.foreach_set("selected", [False] * len(scene.museum.collection.records))
    recordlist.recount(scene.museum.collection)
    return [request.idempotency_key for request in requests]


def places(rows: Sequence[MUSEUM_PG_record], origin: Sequence[float]) -> list[tuple[float, float, float]]:
    """Where the rows' objects will stand: on a grid on the floor, in front of nothing that is there already."""
    sizes = [_floor_size(recordlist.record_of(row)) for row in rows]
    grid = floor_grid(sizes)
    middle = (min(x for x, _ in grid) + max(x for x, _ in grid)) / 2 if grid else 0.0
    return [(origin[0] + x - middle, origin[1] + FIRST_ROW_M + y, origin[2]) for x, y in grid]


def _floor_size(record: Record) -> tuple[float, float]:
    width, depth, height = record.size_m.box
    fallback = height if height is not None else UNKNOWN_SIDE_M
    return (width if width is not None else fallback, depth if depth is not None else (width or fallback))


def open_page(context: bpy.types.Context) -> str:
    """The address of the active record's web page. Raises InvalidRequest when it has none that is http(s)."""
    row = recordlist.active_row(context.scene.museum.collection)
    url = row.url if row else ""
    if not url.lower().startswith(("http://", "https://")):
        raise InvalidRequest("This record has no web page.", "Choose another record.")
    return url


