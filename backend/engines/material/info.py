"""What the embedded engine of ``texture`` is and which parameters it takes. Imports nothing heavy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ...surface.ageing import ageing_names, load_ageing
from ...surface.material import load_material
from ...words.ageing import surface_lexicon
from ...words.names import material_names, nearest
from ..base import EngineInfo, InputSpec, folded_prompt
from ..mesh_params import MeshParams

MAX_PROMPT_CHARACTERS = 2000
MESHES = ("model/gltf-binary", "model/obj", "model/ply", "model/stl")
COLOUR = r"^#[0-9a-fA-F]{6}$"


class AgeingParams(BaseModel):
    """One way of ageing and how much of it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: str = Field(
        description="One of the ageing layers.",
        json_schema_extra=lambda schema: schema.update(
            {
                "enum": list(ageing_names()),
                "x-titles": {name: load_ageing(name).title for name in ageing_names()},
                "x-titles-zh": {
                    concept.name: forms[0]
                    for concept, forms in surface_lexicon().chinese_forms("ageing")
                    if concept.name in ageing_names()
                },
            }
        ),
    )
    amount: Annotated[float, Field(ge=0.0, le=1.0, description="0 none, 1 all over.")] = 0.6
    colour: str | None = Field(None, pattern=COLOUR, description="Of paint, “#rrggbb”; null for the usual one.")

    @field_validator("name")
    @classmethod
    def _known_name(cls, name: str) -> str:
        if name in ageing_names():
            return name
        near = ", ".join(nearest(name, ageing_names(), 3))
        raise ValueError(f"there is no ageing named “{name}”; the nearest are {near}")


class MaterialParams(MeshParams):
    """Parameters of ``texture`` / ``material``."""

    prompt: str = Field(
        "",
        max_length=MAX_PROMPT_CHARACTERS,
        description='The surface in words, English or Chinese, for example "bronze with malachite patina, worn edges".',
    )
    texture_size: Literal[512, 1024, 2048, 4096] = Field(2048, description="Pixels along one side of the maps.")
    material: str | None = Field(
        None,
        description="Overrides the material read from the prompt.",
        json_schema_extra=lambda schema: (
            schema.pop("anyOf", None),
            schema.update(
                {
                    "enum": [*material_names(), None],
                    "x-titles": {name: load_material(name).title for name in material_names()},
                }
            ),
        )[1],
    )
    ageing: tuple[AgeingParams, ...] | None = Field(
        None, max_length=12, description="Overrides the ageing read from the prompt; null reads it, [] is none."
    )
    colour: str | None = Field(
        None, pattern=COLOUR, description="Turns the material to this colour, “#rrggbb”; null as read from the prompt."
    )

    @field_validator("prompt")
    @classmethod
    def _usable_prompt(cls, prompt: str) -> str:
        return folded_prompt(prompt)

    @field_validator("material")
    @classmethod
    def _known_material(cls, name: str | None) -> str | None:
        if name is None or name in material_names():
            return name
        near = ", ".join(nearest(name, material_names(), 3))
        raise ValueError(f"there is no material named “{name}”; the nearest are {near}")


ENGINES = (
    EngineInfo(
        task="texture",
        name="material",
        version="0.1.0",
        title="Procedural materials",
        summary="Words become a material with its ageing on any mesh, evaluated in space. Runs on any CPU.",
        params=MaterialParams,
        entry="backend.engines.material.engine:run",
        warm="backend.engines.material.engine:warm",
        inputs=(InputSpec("mesh", MESHES, True, "The mesh: GLB, OBJ, PLY or STL."),),
    ),
)
