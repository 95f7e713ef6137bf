"""The typed specification of an artifact: each field with its value, how sure it is, and the words it came from."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ...words.chronology import Finding
from ...words.sizes import PromptSizes

Source = Literal["asked", "words", "record", "typical", "inferred"]
Value = TypeVar("Value")
Names = tuple[str, ...]


class SpecField(BaseModel, Generic[Value]):
    """One field. source: asked (a parameter), words (the prompt), record, inferred (follows from other fields) or
    typical (of the type; nothing was said). words: the stretches of folded text it was read from.
    """

    model_config = ConfigDict(frozen=True)

    value: Value
    title: str = ""
    confidence: float = Field(0.0, ge=0.0, le=1.0)
    source: Source = "typical"
    words: Names = ()


class SpecFields(BaseModel):
    """All fields. Empty text or list: nothing known. Lengths in metres, None until the type is built."""

    model_config = ConfigDict(frozen=True)

    type: SpecField[str]
    material: SpecField[str]
    finish: SpecField[str]
    ornament: SpecField[Names]
    colours: SpecField[Names]
    culture: SpecField[str]
    period: SpecField[str]
    condition: SpecField[str]
    damages: SpecField[Names]
    width_m: SpecField[float | None] = SpecField(value=None)
    depth_m: SpecField[float | None] = SpecField(value=None)
    height_m: SpecField[float | None] = SpecField(value=None)


class ArtifactSpec(BaseModel):
    """What the engine will make.

    fields: see SpecFields; the properties below give their plain values. secondary: further materials that were named.
    techniques: ways of making that were named (names of the lexicon). years: astronomical years of the date or the
    period, or None. sizes: metres by axis, from the words. understood: words with what they became. chronology: what
    the period check found. neutral: a volume of true size stands in for an object of no known type.
    """

    model_config = ConfigDict(frozen=True)

    fields: SpecFields
    secondary: Names = ()
    techniques: Names = ()
    years: tuple[int, int] | None = None
    sizes: PromptSizes
    understood: Names = ()
    not_understood: Names = ()
    warnings: Names = ()
    chronology: tuple[Finding, ...] = ()
    neutral: bool = False

    @property
    def type(self) -> str:
        """Canonical name of the type."""
        return self.fields.type.value

    @property
    def material(self) -> str:
        """Canonical name, or "" when neither words nor record name one: the type's usual one is taken."""
        return self.fields.material.value

    @property
    def finish(self) -> str:
        """A decoration that covers the whole, or ""."""
        return self.fields.finish.value

    @property
    def ornament(self) -> Names:
        """Motifs, in the order they were named."""
        return self.fields.ornament.value

    @property
    def colours(self) -> Names:
        """Colours as sRGB "#rrggbb", in the order they were named."""
        return self.fields.colours.value

    @property
    def colour(self) -> str:
        """The first colour, or ""."""
        return self.colours[0] if self.colours else ""

    @property
    def culture(self) -> str:
        """Name of the culture, which is also its title, or ""."""
        return self.fields.culture.value

    @property
    def period(self) -> str:
        """Title of the period, or ""."""
        return self.fields.period.title if self.fields.period.value else ""

    @property
    def period_name(self) -> str:
        """Canonical name of the period, or ""."""
        return self.fields.period.value

    @property
    def condition(self) -> str:
        """pristine, good, worn, damaged, fragmentary or excavated."""
        return self.fields.condition.value

    @property
    def damages(self) -> Names:
        """Kinds of damage and repair, in the order they were named."""
        return self.fields.damages.value
