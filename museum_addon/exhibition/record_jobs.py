"""From a record to a job request. Which type and material its words mean is the engine's business."""

from __future__ import annotations

from ..core.requests import MAX_PROMPT_CHARACTERS, JobRequest, RecordReference, text_to_3d
from .records import Record, record_seed


def record_prompt(record: Record) -> str:
    """What is known of the record in one line: title; classification; medium; culture; date."""
    parts = (record.title, record.classification, record.medium, record.culture, record.date)
    return "; ".join(part for part in parts if part)[:MAX_PROMPT_CHARACTERS]


def record_reference(record: Record) -> RecordReference:
    """What the generated object keeps of its record."""
    return RecordReference(
        id=record.id,
        accession_number=record.accession_number,
        title=record.title,
        classification=record.classification,
        medium=record.medium,
        date=record.date,
        culture=record.culture,
        url=record.url,
        credit=record.credit,
        licence=record.licence,
    )


def record_request(record: Record, *, seed: int | None = None, texture_size: int = 1024) -> JobRequest:
    """Ask for the record's object at its true size.

    seed: None takes the record's own (stable) one. A diameter stands for width and depth that are not given;
    sides that nobody measured are left to the engine. Raises InvalidRequest.
    """
    width, depth, height = record.size_m.box
    return text_to_3d(
        record_prompt(record),
        seed=record_seed(record.id) if seed is None else seed,
        texture_size=texture_size,
        width_m=width,
        depth_m=depth,
        height_m=height,
        record=record_reference(record),
        label=record.label,
    )
