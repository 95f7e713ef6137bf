"""The form of the Material panel, kept in the .blend: ``scene.museum.material``."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from .core.requests import MATERIAL_SIZES, MAX_SEED


class MUSEUM_PG_ageing(bpy.types.PropertyGroup):
    """One layer of ageing on the material."""

    kind: StringProperty(name="Ageing", description="What time did to the surface")
    amount: FloatProperty(
        name="Amount", description="How much of it: 0 none, 1 heavily", min=0.0, max=1.0, default=0.5, subtype="FACTOR"
    )


class MUSEUM_PG_material(bpy.types.PropertyGroup):
    """What the Material panel asks for."""

    prompt: StringProperty(
        name="Material",
        description="The material in words, and what time did to it",
        options={"TEXTEDIT_UPDATE"},
    )
    seed: IntProperty(
        name="Seed", description="The same seed and words give the same material again", min=0, max=MAX_SEED
    )
    random_seed: BoolProperty(
        name="New Seed Each Time", description="Choose another seed for every job", default=True
    )
    texture_size: EnumProperty(
        name="Texture",
        description="Width and height of each map, in pixels",
        items=[(str(size), f"{size} px", f"Maps of {size} by {size} pixels") for size in MATERIAL_SIZES],
        default="2048",
    )
    unwrap: EnumProperty(
        name="UV Map",
        description="Which texture coordinates the maps are made for",
        items=[
            ("auto", "Keep if Usable", "The active UV map; a new one where there is none, or faces overlap in it"),
            ("keep", "Keep", "The active UV map, whatever it is like"),
            ("new", "Unwrap Anew", "A new UV map; the others stay"),
        ],
        default="auto",
    )
    ageing: CollectionProperty(type=MUSEUM_PG_ageing)


CLASSES = (MUSEUM_PG_ageing, MUSEUM_PG_material)
