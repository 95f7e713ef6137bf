"""What the History panel looks for, ``window_manager.museum.history``: it belongs to the windows, not to a file."""

from __future__ import annotations

import bpy
from bpy.props import EnumProperty, StringProperty

from . import runtime
from .history_state import Search, engine_items

ALL = "ALL"


def changed(group: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """Find anew, and begin at the first page."""
    task, engine, when = ("" if value in (ALL, "") else value for value in (group.task, group.engine, group.when))
    runtime.current().history.look_for(Search(group.words, task, engine, when))


class MUSEUM_PG_history(bpy.types.PropertyGroup):
    """Filter and choice. selected, pinned: ids of jobs, empty for none."""

    words: StringProperty(
        name="Search",
        description="Words of the title, the prompt, the engine, the object; a seed, or a day such as 2026-11-23",
        options={"TEXTEDIT_UPDATE"},
        update=changed,
    )
    task: EnumProperty(
        name="What",
        description="What was made",
        items=[
            (ALL, "Everything", "Objects, textures and pictures"),
            ("text_to_3d", "Objects from Words", "What Create made from a prompt"),
            ("image_to_3d", "Objects from Pictures", "What Create made from a picture"),
            ("texture", "Textures", "Painted textures and materials"),
            ("text_to_image", "Pictures", "What the Picture panel made"),
        ],
        update=changed,
    )
    engine: EnumProperty(name="Engine", description="What made it", items=engine_items, update=changed)
    when: EnumProperty(
        name="When",
        description="When it was made",
        items=[
            (ALL, "Any Time", "However long ago"),
            ("day", "Last 24 Hours", "Made within a day"),
            ("week", "Last 7 Days", "Made within a week"),
            ("month", "Last Month", "Made within 31 days"),
            ("year", "Last Year", "Made within 366 days"),
        ],
        update=changed,
    )
    selected: StringProperty(name="Selected", description="The generation whose details are shown")
    pinned: StringProperty(name="Pinned", description="The generation that others are compared with")


CLASSES = (MUSEUM_PG_history,)
