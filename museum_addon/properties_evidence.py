"""The settings of the overlay "Evidence", ``window_manager.museum``: undo leaves alone what belongs to the windows."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, PointerProperty

from . import runtime
from .properties_history import MUSEUM_PG_history
from .translations import CONTEXT


def changed(_group: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """Show it."""
    runtime.current().overlay.settings_changed()


class MUSEUM_PG_evidence(bpy.types.PropertyGroup):
    """What the overlay shows, and how."""

    show: BoolProperty(
        name="Evidence",
        description="Colour textured objects by how each part of their surface came to be: observed, or made up",
        default=False,
        update=changed,
    )
    what: EnumProperty(
        name="Show",
        description="What the colours mean",
        items=[
            ("source", "Source", "Observed, interpolated from around, generated, or empty"),
            ("confidence", "Confidence", "How sure each part of the surface is"),
            ("view", "View", "Which view painted each part of the surface"),
        ],
        default="source",
        translation_context=CONTEXT,
        update=changed,
    )
    opacity: FloatProperty(
        name="Opacity",
        description="How much the colours hide the texture",
        min=0.05,
        max=1.0,
        default=0.9,
        subtype="FACTOR",
        update=changed,
    )
    only_selected: BoolProperty(
        name="Only Selected", description="Show it over the selected objects alone", default=False, update=changed
    )


class MUSEUM_PG_window(bpy.types.PropertyGroup):
    """Everything of the extension that belongs to the windows."""

    evidence: PointerProperty(type=MUSEUM_PG_evidence)
    history: PointerProperty(type=MUSEUM_PG_history)


CLASSES = (MUSEUM_PG_evidence, MUSEUM_PG_window)
