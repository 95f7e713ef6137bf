"""The form of the Picture panel, kept in the .blend: ``scene.museum.picture``."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, PointerProperty, StringProperty

from . import engines
from .core.requests import MAX_SEED, PICTURE_SHAPES, PICTURE_SIZES
from .translations import CONTEXT

USES = (
    ("image", "Image Only", "An image in this .blend, for the Image Editor and for materials"),
    ("plane", "Plane", "A mesh with the picture on it, upright at the 3D cursor, 1 m along its longer side"),
    ("empty", "Reference Image", "An empty that shows the picture at the 3D cursor; it is not rendered"),
    ("world", "World Background", "The background all around the scene. The former world can be put back"),
    ("create", "Picture for Create", "The picture in the Create panel, to make an object from"),
    ("texture", "Reference for Texture", "The reference picture in the Texture panel"),
)


class MUSEUM_PG_picture(bpy.types.PropertyGroup):
    """What the Picture panel asks for."""

    prompt: StringProperty(name="Picture", description="What the picture shows, in words", options={"TEXTEDIT_UPDATE"})
    use: EnumProperty(
        name="Use As", description="What becomes of the picture when it is ready", items=USES, default="image"
    )
    engine: EnumProperty(
        name="Engine",
        description="What makes the picture",
        items=engines.menu("text_to_image", automatic=True),
        default=engines.number(engines.AUTO),
    )
    shape: EnumProperty(
        name="Shape",
        description="How wide the picture is for its height",
        items=[(name, title, "") for name, (title, _ratio) in PICTURE_SHAPES.items()],
        default="square",
        translation_context=CONTEXT,
    )
    size: EnumProperty(
        name="Size",
        description="Pixels of the longer side",
        items=[(str(size), f"{size} px", f"{size} pixels along the longer side") for size in PICTURE_SIZES],
        default="1024",
    )
    surround: BoolProperty(
        name="All Around",
        description="Make the left and the right edge join, for a picture that surrounds the scene (360°)",
    )
    reference: PointerProperty(
        name="Reference",
        description="A picture that the new one shall resemble. Open a file, or choose an image of this .blend",
        type=bpy.types.Image,
    )
    seed: IntProperty(
        name="Seed", description="The same seed and settings give the same picture again", min=0, max=MAX_SEED
    )
    random_seed: BoolProperty(name="New Seed Each Time", description="Choose another seed for every job", default=True)


CLASSES = (MUSEUM_PG_picture,)
