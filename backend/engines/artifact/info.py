"""What the embedded engine of ``text_to_3d`` is and which parameters it takes. Imports nothing heavy."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from ...limits import MAX_SIZE_M, MIN_SIZE_M
from ...words.names import chinese_titles_of, material_names, names_of, nearest, titles_of, type_names
from ..base import EngineInfo, Params, folded_prompt

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


def _choice(facet: str, description: str) -> Any:
    """A parameter that takes one name of a facet of the vocabulary."""
    return Field(
        None,
        description=description,
        json_schema_extra=lambda schema: schema.update(_choice_schema(facet, names_of(facet), schema)),
    )


def _choices(facet: str, description: str) -> Any:
    """A parameter that takes several of them."""
    return Field(
        None,
        max_length=16,
        description=description,
        json_schema_extra=lambda schema: schema.update(_choices_schema(facet, schema)),
    )


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
        json_schema_extra=lambda schema: schema.update(_choice_schema("type", type_names(), schema)),
    )
    material: str | None = Field(
        None,
        description="Overrides the material read from the prompt.",
        json_schema_extra=lambda schema: schema.update(_choice_schema("material", material_names(), schema)),
    )
    finish: str | None = _choice("finish", "Overrides the decoration read from the prompt.")
    ornament: list[str] | None = _choices("ornament", "Overrides the motifs read from the prompt; empty for none.")
    colours: list[Annotated[str, Field(pattern="^#[0-9a-f]{6}$")]] | None = Field(
        None, max_length=8, description="Overrides the colours read from the prompt: sRGB, for example “#2f5a94”."
    )
    culture: str | None = _choice("culture", "Overrides the culture read from the prompt.")
    period: str | None = _choice("period", "Overrides the period read from the prompt.")
    condition: str | None = _choice("condition", "Overrides the state of preservation read from the prompt.")
    damages: list[str] | None = _choices("damage", "Overrides damage and repairs read from the prompt; empty for none.")
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
        folded = folded_prompt(prompt)
        if not folded:
            raise ValueError('the prompt is empty; describe an object, for example "bronze ding tripod, 30 cm tall"')
        return folded

    @field_validator("type", "material", "finish", "culture", "period", "condition")
    @classmethod
    def _known_name(cls, name: str | None, info: ValidationInfo) -> str | None:
        what = str(info.field_name)
        names = type_names() if what == "type" else material_names() if what == "material" else names_of(what)
        return _known(what, name, names)

    @field_validator("ornament", "damages")
    @classmethod
    def _known_names(cls, names: list[str] | None, info: ValidationInfo) -> list[str] | None:
        what = {"damages": "damage"}.get(str(info.field_name), str(info.field_name))
        for name in names or ():
            _known(what, name, names_of(what))
        return list(dict.fromkeys(names)) if names is not None else None


def _known(what: str, name: str | None, names: tuple[str, ...]) -> str | None:
    if name is None or name in names:
        return name
    near = ", ".join(nearest(name, names, 3))
    raise ValueError(f"there is no {what} named “{name}”; the nearest are {near}")


def _choice_schema(facet: str, names: tuple[str, ...], schema: dict[str, Any]) -> dict[str, Any]:
    """Names as an enum in the JSON Schema, next to null, and what people call them."""
    schema.pop("anyOf", None)
    return {"enum": [*names, None], **_titles(facet, names)}


def _choices_schema(facet: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A list of such names, or null."""
    schema.pop("anyOf", None)
    names = names_of(facet)
    return {"type": ["array", "null"], "items": {"enum": [*names]}, "maxItems": 16, **_titles(facet, names)}


def _titles(facet: str, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """What people call them, in English and, where the lexicon has a word, in Chinese."""
    titles, chinese = titles_of(facet), chinese_titles_of(facet)
    return {
        "x-titles": {name: titles.get(name, name.replace("_", " ")) for name in names},
        "x-titles-zh": {name: chinese[name] for name in names if name in chinese},
    }


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
    EngineInfo(
        task="interpret",
        name="parametric",
        version="0.1.0",
        title="What the words say",
        summary="Reads the words of a parametric artifact into its specification and checks its period; makes nothing.",
        params=ParametricParams,
        entry="backend.engines.artifact.interpret:run",
    ),
)
