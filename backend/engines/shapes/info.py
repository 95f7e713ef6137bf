"""What the engines that imagine shapes are and which parameters they take. Imports nothing heavy."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, field_validator

from ...limits import MAX_SIZE_M, MIN_SIZE_M
from ..artifact.info import MAX_PROMPT_CHARACTERS, RecordParams
from ..base import EngineInfo, InputSpec, Params, folded_prompt
from ..diffusion.uses import availability_of
from .parts import chain_availability

TEXT_USE, IMAGE_USE = "text-to-3d-shap-e", "image-to-3d-shap-e"
VERSION = "0.1.0"
WARM = "backend.engines.shapes.warm:warm"
IMAGES = ("image/png", "image/jpeg", "image/tiff", "image/webp")
EMPTY = 'the prompt is empty; describe one object, for example "a bronze ding tripod, 30 cm tall"'


def _unset(value: object) -> object:
    """Forms and records write 0 for a length that is not known."""
    return None if value == 0 and not isinstance(value, bool) else value


def _length(what: str) -> type[float | None]:
    """An optional length in metres."""
    return Annotated[  # type: ignore[return-value]
        Annotated[float, Field(ge=MIN_SIZE_M, le=MAX_SIZE_M)] | None,
        BeforeValidator(_unset),
        Field(description=f"{what} in metres; null or 0 when not known."),
    ]


Width, Depth, Height = _length("Width"), _length("Depth"), _length("Height")


class SizedParams(BaseModel):
    """How large an imagined shape becomes, and how finely it is kept."""

    width_m: Width = None  # type: ignore[valid-type]
    depth_m: Depth = None  # type: ignore[valid-type]
    height_m: Height = None  # type: ignore[valid-type]
    record: RecordParams | None = None
    texture_size: Literal[512, 1024, 2048] = Field(1024, description="Pixels along one side of the texture.")
    max_triangles: int = Field(
        50_000, ge=500, le=500_000, description="A shape of more triangles is simplified to about so many."
    )


class PromptParams(BaseModel):
    """The object in words."""

    prompt: str = Field(
        min_length=1,
        max_length=MAX_PROMPT_CHARACTERS,
        description='One object in words, for example "a bronze ding tripod, 30 cm tall". A size said is its true one.',
    )

    @field_validator("prompt")
    @classmethod
    def _usable_prompt(cls, prompt: str) -> str:
        folded = folded_prompt(prompt)
        if not folded:
            raise ValueError(EMPTY)
        return folded


class OptionalPromptParams(BaseModel):
    """Words beside a picture: they say what it shows and how large that is."""

    prompt: str = Field(
        "",
        max_length=MAX_PROMPT_CHARACTERS,
        description='What the picture shows, for its name and true size: "a bronze bell, 45 cm tall". May be empty.',
    )

    @field_validator("prompt")
    @classmethod
    def _folded(cls, prompt: str) -> str:
        return folded_prompt(prompt)


class DecoderParams(BaseModel):
    """How Shap-E is sampled and how its field becomes a surface."""

    resolution: int = Field(
        128, ge=32, le=256, description="Points along a side of the grid in which the surface is sought; twice as many "
        "take eight times as long."
    )  # fmt: skip


class ShapETextParams(SizedParams, DecoderParams, PromptParams, Params):
    """Parameters of ``text_to_3d`` / ``shap-e``."""

    steps: int = Field(64, ge=2, le=256, description="Denoising steps; more take longer and show finer form.")
    guidance: float = Field(15.0, ge=1.0, le=30.0, description="How closely the shape keeps to the words.")


class ShapEImageParams(SizedParams, DecoderParams, OptionalPromptParams, Params):
    """Parameters of ``image_to_3d`` / ``shap-e``."""

    steps: int = Field(64, ge=2, le=256, description="Denoising steps; more take longer and show finer form.")
    guidance: float = Field(3.0, ge=1.0, le=30.0, description="How closely the shape keeps to the picture.")
    remove_background: bool = Field(
        True, description="Take the object off its background first; a picture with transparency keeps its own."
    )


def _with_engines(task: str, schema: dict[str, Any]) -> None:
    """Add to the JSON Schema of a parameter that names an engine which ones there are; a museum's servers are some."""
    from ..catalogue import engines  # which imports this module

    titles = {info.name: info.title for info in engines() if info.task == task}
    schema["enum"] = ["auto", *titles]
    schema["x-titles"] = {"auto": "Automatic", **titles}


class ChainParams(SizedParams, PromptParams, Params):
    """Parameters of ``text_to_3d`` / ``via-image``."""

    picture_engine: str = Field(
        "auto",
        max_length=64,
        description="The engine that makes the picture; auto: the first that can run.",
        json_schema_extra=partial(_with_engines, "text_to_image"),
    )
    shape_engine: str = Field(
        "auto",
        max_length=64,
        description="The engine that makes the shape of it; auto: the first that can run.",
        json_schema_extra=partial(_with_engines, "image_to_3d"),
    )
    picture_steps: int | None = Field(
        None, ge=1, le=256, description="Denoising steps of the picture; null: what its engine takes by itself."
    )
    picture_size: int = Field(
        1024, ge=64, le=1536, multiple_of=16, description="Pixels along a side of the picture, a multiple of 16."
    )
    shape_steps: int | None = Field(
        None, ge=2, le=256, description="Denoising steps of the shape; null: what its engine takes by itself."
    )
    resolution: int | None = Field(
        None, ge=32, le=256, description="Points along a side of the grid in which the surface is sought, for engines "
        "that have one; null: what they take by themselves."
    )  # fmt: skip
    remove_background: bool = Field(True, description="Take the object off the picture's background before the shape.")


ENGINES = (
    EngineInfo(
        task="text_to_3d",
        name="shap-e",
        version=VERSION,
        title="Shap-E",
        summary="Imagines a coloured shape from English words. A graphics card with 6 GB, or patience.",
        params=ShapETextParams,
        entry="backend.engines.shapes.engine:run_text",
        warm=WARM,
        device="neural",
        weights=("shap-e",),
        availability=lambda: availability_of(TEXT_USE),
    ),
    EngineInfo(
        task="text_to_3d",
        name="via-image",
        version=VERSION,
        title="Picture first, then 3D",
        summary="Makes a picture of the words, takes the object off its background, and makes a shape of that.",
        params=ChainParams,
        entry="backend.engines.shapes.chain:run",
        warm=WARM,
        device="neural",
        availability=chain_availability,
    ),
    EngineInfo(
        task="image_to_3d",
        name="shap-e",
        version=VERSION,
        title="Shap-E",
        summary="Imagines a coloured shape from a picture of one object. A graphics card with 6 GB, or patience.",
        params=ShapEImageParams,
        entry="backend.engines.shapes.engine:run_image",
        warm=WARM,
        device="neural",
        inputs=(InputSpec("image", IMAGES, True, "A picture of one object, whole and seen from its front."),),
        weights=("shap-e-img2img",),
        availability=lambda: availability_of(IMAGE_USE),
    ),
)
