"""The rows of the Collection panel, kept in the .blend: ``scene.museum.collection``."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from . import recordlist

SORTINGS = (
    ("DATE", "Date", "By the middle of the interval; undated records last"),
    ("TITLE", "Title", "By title"),
    ("NUMBER", "Accession Number", "By accession number, numbers within it compared as numbers"),
    ("SIZE", "Size", "By the largest known side; unknown sizes last"),
    ("FILE", "File", "As in the source file"),
)


def _refresh(group: MUSEUM_PG_collection, _context: bpy.types.Context) -> None:
    recordlist.refresh(group)


def _recount(row: MUSEUM_PG_record, _context: bpy.types.Context) -> None:
    recordlist.recount(row.id_data.museum.collection)


class MUSEUM_PG_record(bpy.types.PropertyGroup):
    """One collection record. ``name`` holds its title; lengths are metres, 0 when unknown."""

    record_id: StringProperty(name="Record", description="The record's id in its collection")
    accession_number: StringProperty(name="Accession Number", description="The number that the museum gave the object")
    date: StringProperty(name="Date", description="The date as the museum writes it")
    earliest: IntProperty(name="Earliest", description="First year of the interval; 0 is 1 BCE")
    latest: IntProperty(name="Latest", description="Last year of the interval; 0 is 1 BCE")
    has_earliest: BoolProperty(name="Has an Earliest Year", description="Whether the interval has a beginning")
    has_latest: BoolProperty(name="Has a Latest Year", description="Whether the interval has an end")
    confidence: FloatProperty(
        name="Confidence", description="How plainly the date text says the interval", min=0.0, max=1.0
    )
    reading: StringProperty(name="Reading", description="How the date text was understood")
    medium: StringProperty(name="Medium", description="What the object is made of")
    classification: StringProperty(name="Classification", description="What kind of object it is")
    culture: StringProperty(name="Culture", description="The culture it comes from")
    creator: StringProperty(name="Creator", description="Who made it")
    credit: StringProperty(name="Credit", description="Whom to name with the object")
    url: StringProperty(name="Web Page", description="The museum's page about the object")
    licence: StringProperty(name="Licence", description="Under which terms the record may be used")
    width: FloatProperty(name="Width", description="True width; 0 when unknown", unit="LENGTH", min=0.0)
    depth: FloatProperty(name="Depth", description="True depth; 0 when unknown", unit="LENGTH", min=0.0)
    height: FloatProperty(name="Height", description="True height; 0 when unknown", unit="LENGTH", min=0.0)
    diameter: FloatProperty(name="Diameter", description="True diameter; 0 when unknown", unit="LENGTH", min=0.0)
    source_file: StringProperty(name="Source File", description="The name of the file that the record was read from")
    row: IntProperty(name="Row", description="The record's place in the source file")
    warnings: StringProperty(name="Warnings", description="What was doubtful in the record, one sentence a line")
    size_text: StringProperty(name="Size", description="The true size for people")
    interval_text: StringProperty(name="Years", description="The interval for people")
    job_key: StringProperty(name="Job", description="The newest job that was made from the record")
    selected: BoolProperty(
        name="Create", description="Make this record's object with the next click", default=True, update=_recount
    )
    shown: BoolProperty(name="Shown", description="Whether the filter lets the record through", default=True)
    place: IntProperty(name="Place", description="The record's place in the sorted list")


class MUSEUM_PG_collection(bpy.types.PropertyGroup):
    """The records of a scene, what was wrong with their file, and how the list is shown."""

    records: CollectionProperty(type=MUSEUM_PG_record)
    records_index: IntProperty(name="Active Record", description="The record whose details are shown")
    source_file: StringProperty(name="Source File", description="The name of the loaded file")
    problems: StringProperty(name="Problems", description="Rows that could not be read, one a line")
    problem_count: IntProperty(name="Problem Count", description="How many rows could not be read")
    selected_count: IntProperty(name="Selected Count", description="How many records are selected")
    shown_count: IntProperty(name="Shown Count", description="How many records the filter lets through")
    unsized_count: IntProperty(name="Unsized Count", description="How many records have no size")
    show_problems: BoolProperty(name="Show Problems", description="List the rows that could not be read")
    search: StringProperty(
        name="Search",
        description="Show records with these words in title, number, medium, classification, culture or date",
        options={"TEXTEDIT_UPDATE"},
        update=_refresh,
    )
    limit_years: BoolProperty(
        name="Years", description="Show only records whose interval touches these years", update=_refresh
    )
    from_year: IntProperty(
        name="From", description="First year; negative years are BCE (-530 is 530 BCE)", default=-3000, update=_refresh
    )
    to_year: IntProperty(
        name="To", description="Last year; negative years are BCE (-530 is 530 BCE)", default=2000, update=_refresh
    )
    sort_by: EnumProperty(
        name="Sort", description="The order of the list", items=SORTINGS, default="DATE", update=_refresh
    )
    reverse: BoolProperty(name="Reverse", description="Last first", update=_refresh)


CLASSES = (MUSEUM_PG_record, MUSEUM_PG_collection)
