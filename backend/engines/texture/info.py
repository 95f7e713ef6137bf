"""What the engine of painted views is and which parameters it takes. Imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from ..base import EngineInfo, InputSpec, folded_prompt
from ..mesh_params import MeshParams

MAX_PROMPT_CHARACTERS = 2000
MAX_PHOTOGRAPHS = 64
MAX_IMAGE_SIDE = 8192
MAX_CAMERA_SIDE = 16384
FIRST_TILE, LAST_TILE = 1001, 1999
MESHES = ("model/gltf-binary", "model/obj", "model/ply", "model/stl")
IMAGES = ("image/png", "image/jpeg", "image/tiff", "image/webp")
COLOUR = r"^#[0-9a-fA-F]{6}$"

Row = tuple[float, float, float, float]
Above0 = Annotated[float, Field(gt=0.0)]


class CameraParams(BaseModel):
    """A camera without lens distortion, in the axes and the unit of the mesh's file."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    to_world: tuple[Row, Row, Row, Row] = Field(
        description="4 rows of 4: columns right, up, backward (the camera looks along -z) and place; no scale."
    )
    width: int = Field(ge=1, le=MAX_CAMERA_SIDE, description="Pixels.")
    height: int = Field(ge=1, le=MAX_CAMERA_SIDE, description="Pixels.")
    focal: tuple[Above0, Above0] = Field(description="Pixels; of an orthographic camera pixels per unit of length.")
    centre: tuple[float, float] = Field(description="The principal point, pixels from the upper left corner.")
    orthographic: bool = False


class MissingParams(BaseModel):
    """Which part of the texture is to be painted, in the modes “restore” and “refine”."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    source: Literal["auto", "mask", "alpha", "key_colour", "evidence", "none"] = Field(
        "auto",
        description="mask: white in the mask; alpha: transparent in the texture; key_colour: texels of that colour; "
        "evidence: what the evidence map does not call observed; auto: the first of mask, alpha, evidence that is "
        "there.",
    )
    key_colour: str = Field("#ff00ff", pattern=COLOUR, description="“#rrggbb”.")
    tolerance: float = Field(
        0.05, ge=0.0, le=1.0, description="How far a texel may be from the key colour, 0 to 1 in each channel."
    )


class TextureHead(MeshParams):
    """What ``texture`` / ``text2tex`` asks first: what is to be done, and by which painter."""

    mode: Literal["generate", "restore", "refine", "project"] = Field(
        "generate",
        description="generate: the whole surface; restore: only what is missing; refine: a region anew; project: "
        "photographs with known cameras.",
    )
    painter: Literal["auto", "exemplar", "material"] = Field(
        "auto",
        description="exemplar continues what is around; material paints what the prompt names; auto: material to "
        "generate, else exemplar.",
    )
    prompt: str = Field(
        "",
        max_length=MAX_PROMPT_CHARACTERS,
        validate_default=True,
        description='The surface in words, English or Chinese, for example "bronze with malachite patina".',
    )

    @field_validator("prompt")
    @classmethod
    def _usable_prompt(cls, prompt: str, info: ValidationInfo) -> str:
        folded = folded_prompt(prompt)
        if not folded and needs_prompt(info.data):
            raise ValueError("there is no prompt, and nothing else says what to paint")
        return folded


class ViewsParams(MeshParams):
    """Parameters of every engine that paints a mesh view by view, whatever paints.

    An engine's own parameters inherit them together with a head that has ``mode`` and ``prompt``:
    ``class Own(ViewsParams, OwnHead)``. In that order, so that the head's fields are the first to be checked.
    """

    if TYPE_CHECKING:  # of the head
        mode: Any
        prompt: Any

    texture_size: int | None = Field(
        None, ge=512, le=4096, description="Texels along a side; null: as the given texture, or 2048 without one."
    )
    view_size: int = Field(768, ge=512, le=1536, description="Pixels along a side of the painted views.")
    cameras: tuple[CameraParams, ...] = Field(
        (),
        max_length=MAX_PHOTOGRAPHS,
        description="In the axes and the unit of the mesh's file; in the mode “project” camera i is that of photo.i.",
    )
    schedule: Literal["automatic", "published", "cameras"] = Field(
        "automatic",
        description="automatic: the fewest views that see everything; published: Text2Tex's ten; cameras: those given.",
    )
    view_count: int = Field(10, ge=1, le=64, description="The most views of the automatic schedule.")
    refinement_views: int = Field(
        2, ge=0, le=32, title="Further Views", description="At most so many further views, where they pay."
    )
    missing: MissingParams = Field(MissingParams(), description="What is to be painted in restore and refine.")
    strength: float = Field(0.4, ge=0.0, le=1.0, description="Of repainting what a better view sees; 0 leaves it.")
    feather: int = Field(16, ge=0, le=256, description="Texels over which a refined region goes over into the rest.")
    match_exposure: bool = Field(True, description="Bring the views to one brightness and colour balance.")
    align_views: bool = Field(True, description="Move pictures back that lie some pixels beside the mesh.")
    fill: Literal["surface", "none"] = Field(
        "surface",
        description="surface: what no view sees is filled from around it; none: it stays empty.",
        json_schema_extra={"x-titles": {"surface": "From Around", "none": "Leave Empty"}},
    )

    @field_validator("schedule")
    @classmethod
    def _with_cameras(cls, schedule: str, info: ValidationInfo) -> str:
        if schedule == "cameras" and info.data.get("cameras") == () and info.data.get("mode") != "project":
            raise ValueError("no cameras were given")
        return schedule


class TextureParams(ViewsParams, TextureHead):
    """Parameters of ``texture`` / ``text2tex``."""


def needs_prompt(values: dict[str, Any]) -> bool:
    """Whether the painter that these parameters choose paints from words."""
    return painter_of(str(values.get("mode", "")), str(values.get("painter", ""))) == "material"


def painter_of(mode: str, painter: str) -> str:
    """The name of the painter; "" where none paints."""
    if mode == "project":
        return ""
    if painter != "auto":
        return painter
    return "material" if mode == "generate" else "exemplar"


def _tiles(role: str, what: str) -> tuple[InputSpec, InputSpec]:
    """One picture, or one for each UDIM tile."""
    return (
        InputSpec(role, IMAGES, False, what),
        InputSpec(role, IMAGES, False, f"{what} One UDIM tile.", (FIRST_TILE, LAST_TILE)),
    )


SURFACE_INPUTS = (
    InputSpec("mesh", MESHES, True, "The mesh: GLB, OBJ, PLY or STL."),
    *_tiles("texture", "The texture that the mesh has, square."),
    *_tiles("mask", "White where the texture is to be painted; of the texture's size."),
    *_tiles("evidence", "The texture's evidence map; what it calls observed stays."),
    InputSpec("occluders", MESHES, False, "What else stands before the mesh, in its axes and unit."),
)
"""What every engine that paints views takes."""
PHOTO_INPUT = InputSpec("photo", IMAGES, False, "Photographs without lens distortion.", (1, MAX_PHOTOGRAPHS))

ENGINES = (
    EngineInfo(
        task="texture",
        name="text2tex",
        version="0.1.0",
        title="Painted views",
        summary="Paints a mesh view by view, restores what is missing of a texture, or projects photographs. Any CPU.",
        params=TextureParams,
        entry="backend.engines.texture.engine:run",
        warm="backend.engines.texture.warm:warm",
        inputs=(*SURFACE_INPUTS, PHOTO_INPUT),
    ),
)
