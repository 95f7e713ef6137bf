"""What the embedded engine of ``text_to_3d`` is and which parameters it takes. Imports nothing heavy."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from ...limits import MAX_SIZE_M, MIN_SIZE_M
from ...words.names import material_names, nearest, type_names
from ..base import EngineInfo, Params

MAX_PROMPT_CHARACTERS = 2000


def _none_when_unset(value: Any) -> Any:
    """Forms and records write 0 for a length that is not known."""
    return None if value == 0 and not isinstance(value, bool) else value


Length = Annotated[
    Annotated[float, Field(ge=MIN_SIZE_M, le=MAX_SIZE_M)] | None,
    BeforeValidator(_none_when_unset),
    Field(description="Metres; null or 0 when not known."),
]


class RecordParams(BaseModel):
    """The collection record that the object stands for. Empty text where unknown."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=500)
    accession_number: str = Field("", max_length=500)
    title: str = Field("", max_length=4000)
    classification: str = Field("", max_length=1000)
    medium: str = Field("", max_length=4000)
    date: str = Field("", max_length=1000)
    culture: str = Field("", max_length=1000)
    url: str = Field("", max_length=4000)
    credit: str = Field("", max_length=4000)
    licence: str = Field("", max_length=1000)


class ParametricParams(Params):
    """Parameters of ``text_to_3d`` / ``parametric``."""

    prompt: str = Field(
        min_length=1,
        max_length=MAX_PROMPT_CHARACTERS,
        description='The object in words, English or Chinese, for example "bronze ding tripod, 30 cm tall".',
    )
    texture_size: Literal[512, 1024, 2048] = Field(1024, description="Pixels along one side of the maps.")
    type: str | None = Field(
        None,
        description="Overrides the type read from the prompt.",
        json_schema_extra=lambda schema: schema.update(_choice_schema(type_names(), schema)),
    )
    material: str | None = Field(
        None,
        description="Overrides the material read from the prompt.",
        json_schema_extra=lambda schema: schema.update(_choice_schema(material_names(), schema)),
    )
    width_m: Length = None
    depth_m: Length = None
    height_m: Length = None
    record: RecordParams | None = None
    fallback: Literal["error", "volume"] = Field(
        "error",
        description="An object of no known type: an error, or a neutral volume of its true size.",
    )

    @field_validator("prompt")
    @classmethod
    def _usable_prompt(cls, prompt: str) -> str:
        folded = " ".join(prompt.split())
        if not folded:
            raise ValueError('the prompt is empty; describe an object, for example "bronze ding tripod, 30 cm tall"')
        if any(unicodedata.category(c) in ("Cc", "Cs") for c in folded):
            raise ValueError("the prompt contains control characters; type it again, or paste it as plain text")
        return folded

    @field_validator("type")
    @classmethod
    def _known_type(cls, name: str | None) -> str | None:
        return _known("type", name, type_names())

    @field_validator("material")
    @classmethod
    def _known_material(cls, name: str | None) -> str | None:
        return _known("material", name, material_names())


def _known(what: str, name: str | None, names: tuple[str, ...]) -> str | None:
    if name is None or name in names:
        return name
    near = ", ".join(nearest(name, names, 3))
    raise ValueError(f"there is no {what} named “{name}”; the nearest are {near}")


def _choice_schema(names: tuple[str, ...], schema: dict[str, Any]) -> dict[str, Any]:
    """Names as an enum in the JSON Schema, next to null."""
    schema.pop("anyOf", None)
    return {"enum": [*names, None]}


ENGINES = (
    EngineInfo(
        task="text_to_3d",
        name="parametric",
        version="0.1.0",
        title="Parametric artifacts",
        summary="Words or a collection record become a watertight, textured artifact of true size. Runs on any CPU.",
        params=ParametricParams,
        entry="backend.engines.artifact.engine:run",
        warm="backend.engines.artifact.engine:warm",
    ),
)
