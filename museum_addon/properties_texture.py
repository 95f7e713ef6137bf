"""The form of the Texture panel, kept in the .blend: ``scene.museum.texture``."""

from __future__ import annotations

from zlib import crc32

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from . import engines, runtime, vocabulary
from .core.requests import MATERIAL_SIZES, MAX_CAMERAS, MAX_FEATHER, MAX_SEED, VIEW_SIZES
from .translations import CONTEXT

PAINTERS = {
    "auto": ("Automatic", "Words for a whole surface, the surroundings for what is missing"),
    "exemplar": ("From the Surroundings", "Continues what is around; needs a texture that is partly there"),
    "material": ("Material in Words", "Paints the material that the words name"),
}


def painter_number(name: str) -> int:
    """The number that stands for a painter in a .blend: the same however many a backend lists."""
    return crc32(name.encode()) & 0x7FFFFFFF


def painter_items(_group: bpy.types.PropertyGroup, _context: bpy.types.Context) -> list[tuple[str, str, str, int]]:
    """Choices of the painter. The runtime keeps the list, for Blender does not keep the texts alive."""
    state = runtime.current()
    listed = [name for name, _title in vocabulary.choices("painted_painter")]
    names = list(dict.fromkeys([*PAINTERS, *listed])) if listed else list(PAINTERS)
    if [item[0] for item in state.painter_items] != names:
        state.painter_items = [
            (name, *PAINTERS.get(name, (vocabulary.title_of("painted_painter", name), "")), painter_number(name))
            for name in names
        ]
    return state.painter_items


class MUSEUM_PG_texture(bpy.types.PropertyGroup):
    """What the Texture panel asks for."""

    mode: EnumProperty(
        name="Mode",
        description="What is done with the surface",
        items=[
            ("generate", "Generate", "Paint the whole surface; what was observed stays"),
            ("restore", "Restore", "Paint only what is missing of the texture; the rest stays as it is, bit for bit"),
            ("refine", "Refine", "Paint a region of the texture anew and blend it into the rest"),
            ("project", "Project", "Lay photographs from the scene's cameras onto the surface"),
        ],
        default="restore",
        translation_context=CONTEXT,
    )
    prompt: StringProperty(
        name="Surface", description="What the surface looks like, in words", options={"TEXTEDIT_UPDATE"}
    )
    engine: EnumProperty(
        name="Engine",
        description="What paints the surface",
        items=engines.menu("texture"),
        default=engines.number("text2tex"),
    )
    reference: PointerProperty(
        name="Reference",
        description="A picture that the surface shall resemble. Open a file, or choose an image of this .blend",
        type=bpy.types.Image,
    )
    painter: EnumProperty(
        name="Painter",
        description="What paints the views",
        items=painter_items,
        default=painter_number("auto"),
    )
    image: PointerProperty(
        name="Texture",
        description="The texture to work on. Empty: the picture behind the base colour of the active material",
        type=bpy.types.Image,
    )
    texture_size: EnumProperty(
        name="Size",
        description="Width and height of the texture, in pixels",
        items=[(str(size), f"{size} px", f"A texture of {size} by {size} pixels") for size in MATERIAL_SIZES],
        default="2048",
    )
    view_size: EnumProperty(
        name="View Size",
        description="Pixels of the longer side of each view: larger ones show more detail and take longer",
        items=[(str(size), f"{size} px", f"Views of {size} pixels") for size in VIEW_SIZES],
        default="768",
    )
    unwrap: EnumProperty(
        name="UV Map",
        description="Which texture coordinates the texture is made for",
        items=[
            ("auto", "Keep if Usable", "The active UV map; a new one where there is none, or faces overlap in it"),
            ("keep", "Keep", "The active UV map, whatever it is like"),
            ("new", "Unwrap Anew", "A new UV map; the others stay"),
        ],
        default="auto",
    )
    schedule: EnumProperty(
        name="Views",
        description="From where the surface is painted",
        items=[
            ("automatic", "Automatic", "The fewest views that see all that is to be painted"),
            ("published", "Ten Around", "The ten views of the Text2Tex paper"),
            ("cameras", "Scene Cameras", "The selected cameras; without any all that are visible"),
        ],
        default="automatic",
    )
    view_count: IntProperty(
        name="At Most", description="The most views that are painted", min=1, max=MAX_CAMERAS, default=10
    )
    occlusion: BoolProperty(
        name="Hidden by Others",
        description="Other visible objects stand in front of the surface, as in the viewport",
        default=False,
    )
    missing: EnumProperty(
        name="Where",
        description="What says which part is painted",
        items=[
            ("mask", "Mask Image", "White in an image that you paint, in the same UV map"),
            ("group", "Vertex Group", "Vertices with a weight of 0.5 and more"),
            ("alpha", "Transparent Parts", "Where the texture is transparent"),
            ("key_colour", "Key Colour", "Where the texture has one certain colour"),
            ("evidence", "Not Observed", "What the evidence map of the material does not call observed"),
        ],
        default="mask",
    )
    mask: PointerProperty(
        name="Mask", description="White where the texture is painted, black where it stays", type=bpy.types.Image
    )
    group: StringProperty(name="Vertex Group", description="Its vertices are painted")
    key_colour: FloatVectorProperty(
        name="Key Colour",
        description="The colour of what is missing",
        subtype="COLOR_GAMMA",
        min=0.0,
        max=1.0,
        default=(1.0, 0.0, 1.0),
    )
    tolerance: FloatProperty(
        name="Tolerance",
        description="How far a colour may be from the key colour",
        min=0.0,
        max=1.0,
        default=0.05,
        subtype="FACTOR",
    )
    strength: FloatProperty(
        name="Repaint",
        description="How much a better view repaints what an earlier one painted: 0 nothing, 1 all",
        min=0.0,
        max=1.0,
        default=0.4,
        subtype="FACTOR",
    )
    feather: IntProperty(
        name="Feather",
        description="Over how many pixels of the texture a refined region goes over into the rest",
        min=0,
        max=MAX_FEATHER,
        default=16,
        subtype="PIXEL",
    )
    seed: IntProperty(
        name="Seed", description="The same seed and settings give the same texture again", min=0, max=MAX_SEED
    )
    random_seed: BoolProperty(
        name="New Seed Each Time", description="Choose another seed for every job", default=True
    )


CLASSES = (MUSEUM_PG_texture,)
