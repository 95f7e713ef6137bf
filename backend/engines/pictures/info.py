"""Which engines make pictures from words, and which parameters they take. Imports nothing heavy."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from ..base import EngineInfo, Params, folded_prompt
from ..diffusion.adapters import LORA_INPUTS, MAX_LORAS, REFERENCE_INPUT, LoraParams
from ..diffusion.sampling import SamplerName, with_titles
from ..diffusion.uses import availability_of

TASK = "text_to_image"
MAX_PROMPT_CHARACTERS = 2000
MIN_SIDE, MAX_SIDE = 64, 2048
MULTIPLE = 16
"""Pixels that a piece of a transformer's picture is wide."""
NET_MULTIPLE = 32
"""Pixels that the coarsest column of the convolutional network of Stable Diffusion XL is wide."""

Side = Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE, multiple_of=MULTIPLE)]
LORAS = Field((), max_length=MAX_LORAS, description="LoRA files made for this family of models, with their weights.")
NEGATIVE = "What the picture shall not show."
REFERENCE_STRENGTH = "How strongly the reference picture counts."


class PictureParams(Params):
    """Parameters of every engine of ``text_to_image``."""

    prompt: str = Field(
        max_length=MAX_PROMPT_CHARACTERS,
        description='The picture in words, for example "a bronze oil lamp on a wooden table, soft daylight".',
    )
    width: Side = Field(1024, description="Pixels, a multiple of 16.")
    height: Side | None = Field(
        None, description="Pixels, a multiple of 16; null: as wide as high, or half the width when the edges join."
    )
    surround: bool = Field(
        False, description="The left and the right edge join, for a background all around the scene. Best at 2:1."
    )
    panorama_words: bool = Field(
        True, description="When the edges join: add to the prompt that the picture is a panorama of 360°."
    )

    @field_validator("prompt")
    @classmethod
    def _usable_prompt(cls, prompt: str) -> str:
        folded = folded_prompt(prompt)
        if not folded:
            raise ValueError("there is no prompt")
        return folded

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        if self.height is not None:
            return self.width, self.height
        half = max(MIN_SIDE, self.width // 2 // MULTIPLE * MULTIPLE)
        return self.width, half if self.surround else self.width


class Flux2KleinParams(PictureParams):
    """Parameters of ``text_to_image`` / ``flux2-klein``: made for four steps, without guidance."""

    steps: int = Field(4, ge=1, le=50, description="The model is made for 4.")
    loras: tuple[LoraParams, ...] = LORAS


class ZImageParams(PictureParams):
    """Parameters of ``text_to_image`` / ``zimage``: made for eight steps, without guidance."""

    negative_prompt: str = Field(
        "", max_length=MAX_PROMPT_CHARACTERS, description=f"{NEGATIVE} Counts only where the guidance is above 0."
    )
    steps: int = Field(8, ge=1, le=50, description="The model is made for 8.")
    guidance: float = Field(
        0.0, ge=0.0, le=10.0, description="How much more closely to follow the prompt; the model is made for 0."
    )
    loras: tuple[LoraParams, ...] = LORAS

    @field_validator("negative_prompt")
    @classmethod
    def _usable_negative(cls, words: str) -> str:
        return folded_prompt(words)


class SdxlParams(PictureParams):
    """Parameters of ``text_to_image`` / ``sdxl``."""

    negative_prompt: str = Field("", max_length=MAX_PROMPT_CHARACTERS, description=NEGATIVE)
    sampler: SamplerName = Field(
        "auto",
        description="How the picture is drawn out of noise; best left alone. LCM, TCD and Lightning need few steps "
        "and their LoRA.",
        json_schema_extra=with_titles,
    )
    steps: int | None = Field(None, ge=1, le=100, description="Null: as many as the sampler is made for.")
    guidance: float | None = Field(
        None,
        ge=0.0,
        le=20.0,
        description="How closely to follow the words; too much looks harsh; null: as the sampler is made for.",
    )
    loras: tuple[LoraParams, ...] = LORAS
    reference_strength: float = Field(
        0.6, ge=0.0, le=1.0, title="Ref. Strength", description=REFERENCE_STRENGTH
    )

    @field_validator("negative_prompt")
    @classmethod
    def _usable_negative(cls, words: str) -> str:
        return folded_prompt(words)

    @field_validator("surround")
    @classmethod
    def _whole_columns(cls, surround: bool, info: ValidationInfo) -> bool:
        if surround and info.data.get("width", 0) % NET_MULTIPLE:
            raise ValueError(f"the edges join when the width is a multiple of {NET_MULTIPLE}")
        return surround


ENGINES = (
    EngineInfo(
        task=TASK,
        name="flux2-klein",
        version="0.1.0",
        title="FLUX.2 klein",
        summary="Pictures from words in four steps, also after a reference picture. Needs a graphics card.",
        params=Flux2KleinParams,
        entry="backend.engines.pictures.engine:run",
        inputs=(REFERENCE_INPUT, LORA_INPUTS),
        device="neural",
        weights=("flux2-klein-4b",),
        availability=lambda: availability_of("image-flux2-klein"),
    ),
    EngineInfo(
        task=TASK,
        name="zimage",
        version="0.1.0",
        title="Z-Image Turbo",
        summary="Pictures from words in eight steps. Needs a graphics card.",
        params=ZImageParams,
        entry="backend.engines.pictures.engine:run",
        inputs=(LORA_INPUTS,),
        device="neural",
        weights=("z-image-turbo",),
        availability=lambda: availability_of("image-zimage"),
    ),
    EngineInfo(
        task=TASK,
        name="sdxl",
        version="0.1.0",
        title="Stable Diffusion XL",
        summary="Pictures from words within little memory, with LoRA files, negative prompt and reference picture.",
        params=SdxlParams,
        entry="backend.engines.pictures.engine:run",
        inputs=(REFERENCE_INPUT, LORA_INPUTS),
        device="neural",
        weights=("sdxl-base", "sdxl-vae-fp16-fix"),
        availability=lambda: availability_of("image-sdxl"),
    ),
)
