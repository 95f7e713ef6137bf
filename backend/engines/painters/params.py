"""Parameters of the engines that paint views with diffusion models. Imports nothing heavy."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from ..base import folded_prompt
from ..diffusion.adapters import MAX_LORAS, LoraParams
from ..diffusion.sampling import SamplerName, with_titles
from ..mesh_params import MeshParams
from ..texture.info import MAX_PROMPT_CHARACTERS, ViewsParams

SMALLEST_VIEW, LARGEST_VIEW = 64, 2048


class PaintedHead(MeshParams):
    """What they ask first."""

    mode: Literal["generate", "restore", "refine"] = Field(
        "generate", description="generate: the whole surface; restore: only what is missing; refine: a region anew."
    )
    prompt: str = Field(
        min_length=1,
        max_length=MAX_PROMPT_CHARACTERS,
        description='The object and its surface in words, for example "bronze vase with malachite patina".',
    )
    negative_prompt: str = Field(
        "",
        max_length=MAX_PROMPT_CHARACTERS,
        description="What shall not be seen, such as “text, people”; only with a guidance above 1.",
    )

    @field_validator("prompt", "negative_prompt")
    @classmethod
    def _usable(cls, prompt: str) -> str:
        return folded_prompt(prompt)

    @field_validator("prompt")
    @classmethod
    def _not_empty(cls, prompt: str) -> str:
        if not prompt:
            raise ValueError("there is no prompt")
        return prompt


class PaintedParams(ViewsParams, PaintedHead):
    """Parameters of every painter that is a diffusion model."""

    view_words: bool = Field(True, description="Say in the prompt from where each view is seen: “..., back view”.")
    steps: int | None = Field(
        None, ge=1, le=150, description="Steps from noise to picture; null: as many as the sampler is made for."
    )
    guidance: float | None = Field(
        None,
        ge=0.0,
        le=30.0,
        description="How closely the words are followed; too much looks harsh. Up to 1: twice as quick; "
        "null: the model's.",
    )
    sampler: SamplerName = Field(
        "auto",
        description="How the picture is drawn out of noise; best left alone. LCM, TCD and Lightning take 2 to 8 "
        "steps and need their LoRA; LCM's is in the list of models.",
        json_schema_extra=with_titles,
    )
    depth_strength: float = Field(1.0, ge=0.0, le=2.0, description="How strictly the mesh's depth is followed.")
    loras: tuple[LoraParams, ...] = Field(
        (), max_length=MAX_LORAS, description="Styles and materials that were trained for this model's family."
    )
    reference_strength: float = Field(
        0.6,
        ge=0.0,
        le=1.0,
        title="Ref. Strength",
        description="How strongly the reference picture counts, where one is given.",
    )
    synchronised: bool = Field(
        False, description="Paint all views together, so that they agree before they are laid on the mesh; slower."
    )
    materials: bool = Field(
        False,
        description="Also find base colour without shading, roughness and metal; in the mode “generate”, with the "
        "model for it.",
    )
    preview_every: int = Field(4, ge=0, le=150, description="Steps from preview to preview; 0: finished views alone.")

    @field_validator("loras")
    @classmethod
    def _each_once(cls, loras: tuple[LoraParams, ...]) -> tuple[LoraParams, ...]:
        names = [lora.name for lora in loras]
        if len(names) != len(set(names)):
            raise ValueError("a LoRA is named twice")
        return loras


class SdxlParams(PaintedParams):
    """Parameters of ``texture`` / ``sdxl``."""

    view_size: int = Field(
        1024,
        ge=SMALLEST_VIEW,
        le=LARGEST_VIEW,
        description="Pixels along a side of the painted views; the model was trained with 1024.",
    )
    normal_strength: float = Field(0.5, ge=0.0, le=2.0, description="How strictly the mesh's relief is followed.")


class Sd15Params(PaintedParams):
    """Parameters of ``texture`` / ``sd15``."""

    view_size: int = Field(
        512,
        ge=SMALLEST_VIEW,
        le=LARGEST_VIEW,
        description="Pixels along a side of the painted views; the model was trained with 512, 768 goes too.",
    )


class ZimageParams(PaintedParams):
    """Parameters of ``texture`` / ``zimage``."""

    mode: Literal["generate", "restore"] = Field(
        "generate", description="generate: the whole surface; restore: only what is missing."
    )
    view_size: int = Field(
        1024,
        ge=SMALLEST_VIEW,
        le=LARGEST_VIEW,
        description="Pixels along a side of the painted views; the model was trained with 1024.",
    )
    depth_strength: float = Field(
        0.75, ge=0.0, le=2.0, description="How strictly the mesh's depth is followed; 0.65 to 1 do well."
    )

    sampler: Literal["auto"] = Field("auto", description="This model has a way of its own out of the noise.")
