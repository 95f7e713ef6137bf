"""What the extension keeps in a .blend: one pointer, ``scene.museum``, to the groups below."""

from __future__ import annotations

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from . import engines
from .core.requests import MAX_SEED, MAX_SIZE_M, TEXTURE_SIZES
from .properties_collection import MUSEUM_PG_collection
from .properties_details import MUSEUM_PG_details
from .properties_engine import MUSEUM_PG_engines
from .properties_material import MUSEUM_PG_material
from .properties_picture import MUSEUM_PG_picture
from .properties_texture import MUSEUM_PG_texture


class MUSEUM_PG_create(bpy.types.PropertyGroup):
    """The form of the Create panel."""

    prompt: StringProperty(
        name="Prompt",
        description="The object in words: what it is, of which material, period and size",
        options={"TEXTEDIT_UPDATE"},
    )
    seed: IntProperty(
        name="Seed",
        description="The same seed and prompt give the same object again",
        min=0,
        max=MAX_SEED,
    )
    random_seed: BoolProperty(
        name="New Seed Each Time",
        description="Choose another seed for every job, so that no two objects are alike",
        default=True,
    )
    texture_size: EnumProperty(
        name="Texture",
        description="Width and height of each map, in pixels",
        items=[(str(size), f"{size} px", f"Maps of {size} by {size} pixels") for size in TEXTURE_SIZES],
        default="1024",
    )
    width: FloatProperty(
        name="Width",
        description="Width along X; 0 leaves it to the prompt and the type's proportions",
        unit="LENGTH",
        min=0.0,
        max=MAX_SIZE_M,
    )
    depth: FloatProperty(
        name="Depth",
        description="Depth along Y; 0 leaves it to the prompt and the type's proportions",
        unit="LENGTH",
        min=0.0,
        max=MAX_SIZE_M,
    )
    height: FloatProperty(
        name="Height",
        description="Height along Z; 0 leaves it to the prompt and the type's proportions",
        unit="LENGTH",
        min=0.0,
        max=MAX_SIZE_M,
    )
    details: PointerProperty(type=MUSEUM_PG_details)
    source: EnumProperty(
        name="Source",
        description="What the object is made from",
        items=[
            ("words", "Words", "Describe the object"),
            ("picture", "Picture", "Show the object: one picture of it, from the front and before a plain background"),
        ],
        default="words",
    )
    picture: PointerProperty(
        name="Picture",
        description="What the object looks like. Open a file, or choose an image of this .blend",
        type=bpy.types.Image,
    )
    engine: EnumProperty(
        name="Engine",
        description="What makes the object",
        items=engines.menu("text_to_3d"),
        default=engines.number("parametric"),
    )
    picture_engine: EnumProperty(
        name="Engine",
        description="What makes the object",
        items=engines.menu("image_to_3d", automatic=True),
        default=engines.number(engines.AUTO),
    )


class MUSEUM_PG_job(bpy.types.PropertyGroup):
    """One row of the Jobs list. ``name`` holds the idempotency key, which is known before the job's id."""

    job_id: StringProperty(name="Job", description="The job's id at the backend")
    request: StringProperty(name="Request", description="The request as JSON, to send it again")
    label: StringProperty(name="Label", description="What the job makes")
    task: StringProperty(name="Task", description="What was asked for")
    engine: StringProperty(name="Engine", description="What makes the object")
    state: StringProperty(name="State", description="How far the job is", default="sending")
    progress: FloatProperty(name="Progress", description="How far the job is", min=0.0, max=1.0, subtype="FACTOR")
    message: StringProperty(name="Message", description="What is being done")
    error: StringProperty(name="Error", description="What went wrong")
    fix: StringProperty(name="Fix", description="What to do about it")
    remarks: StringProperty(name="Remarks", description="What the engine noticed while making it, a sentence a line")
    attempt: IntProperty(name="Attempt", description="How often the job was started", default=1)
    started: StringProperty(name="Started", description="When the job was started, ISO 8601 in UTC")
    finished: StringProperty(name="Finished", description="When the job ended, ISO 8601 in UTC")
    elapsed: FloatProperty(name="Elapsed", description="How long the job has run, in seconds")
    imported: BoolProperty(name="Imported", description="Whether its result has been brought into the scene")
    target: StringProperty(
        name="Target", description="What the result is for, as JSON; empty for a new object at its place"
    )
    sends_files: BoolProperty(name="Sends Files", description="Whether files are sent with the request")
    place: FloatVectorProperty(
        name="Place", description="Where the 3D cursor stood when the job was asked for", size=3, subtype="XYZ"
    )


class MUSEUM_PG_scene(bpy.types.PropertyGroup):
    """Everything of the extension in a scene."""

    create: PointerProperty(type=MUSEUM_PG_create)
    collection: PointerProperty(type=MUSEUM_PG_collection)
    material: PointerProperty(type=MUSEUM_PG_material)
    texture: PointerProperty(type=MUSEUM_PG_texture)
    picture: PointerProperty(type=MUSEUM_PG_picture)
    engines: PointerProperty(type=MUSEUM_PG_engines)
    jobs: CollectionProperty(type=MUSEUM_PG_job)
    jobs_index: IntProperty(name="Active Job", description="The job whose details are shown", options={"SKIP_SAVE"})


CLASSES = (MUSEUM_PG_create, MUSEUM_PG_job, MUSEUM_PG_scene)
