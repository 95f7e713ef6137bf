"""The fields of the Details panel, kept in the .blend: what stands above the words of the prompt."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatVectorProperty, StringProperty

DAMAGES = [
    ("chip", "Chips", "Pieces broken off rims and edges"),
    ("crack", "Cracks", "Cracks through the body"),
    ("crazing", "Crazing", "A net of fine cracks in the glaze"),
    ("missing_fragment", "Missing Fragments", "Parts that are lost"),
    ("encrustation", "Encrustation", "Lime and earth that have grown on it"),
    ("patina", "Patina and Corrosion", "What the metal has turned into"),
    ("bleaching", "Bleaching", "Colours that have faded"),
    ("joins", "Joins", "Fragments that were put together again"),
    ("infill", "Infills", "Gaps that a restorer filled"),
]


def _decided(details: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    details.use_damages = True


class MUSEUM_PG_details(bpy.types.PropertyGroup):
    """What the user decides himself: names that the engine knows, empty where the words decide.

    prompt, asked: the words and the decided fields that ``reading`` (JSON) belongs to. use_damages with no damages says
    that there are none. Names rather than menus, so that they keep their meaning
    in a file whose backend has not been asked yet.
    """

    type: StringProperty(name="Type", description="What kind of object it is")
    material: StringProperty(name="Material", description="What it is made of")
    finish: StringProperty(name="Finish", description="How its surface is finished")
    ornament: StringProperty(name="Ornament", description="The motifs of its bands and fields")
    culture: StringProperty(name="Culture", description="Where it comes from")
    period: StringProperty(name="Period", description="When it was made")
    condition: StringProperty(name="Condition", description="How it has come down to us")
    use_colour: BoolProperty(name="Colour", description="Choose the colour instead of the words")
    colour: FloatVectorProperty(
        name="Colour", description="The body's colour", subtype="COLOR_GAMMA", size=3, min=0, max=1,
        default=(0.6, 0.35, 0.2),
    )  # fmt: skip
    use_damages: BoolProperty(name="Damage", description="Choose the damage and repairs instead of the words")
    damages: EnumProperty(
        name="Damage", description="Damage and repairs", items=DAMAGES, options={"ENUM_FLAG"}, default=set(),
        update=_decided,
    )  # fmt: skip
    prompt: StringProperty(name="Read Prompt", description="The words that were read")
    reading: StringProperty(name="Reading", description="How the words were understood, as JSON")
    asked: StringProperty(name="Read Fields", description="The fields that were decided when they were read, as JSON")
    problem: StringProperty(name="Problem", description="Why the words could not be read")
    remedy: StringProperty(name="Remedy", description="What to do about it")


CLASSES = (MUSEUM_PG_details,)
