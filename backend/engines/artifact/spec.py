"""From words to a typed specification: what to make, of what, how large, and what was not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import BadInput
from ...words.lexicon import Concept, Match, Reading, fold, lexicon
from ...words.names import material_names, nearest, type_names
from ...words.sizes import PromptSizes, read_sizes
from .form import FormReading, read_form
from .info import ParametricParams, RecordParams

NEUTRAL = "volume"
NEUTRAL_MATERIAL = "neutral"
SIZE_HINT = "give a number and a unit, for example “30 cm tall”."

NUMBER_AND_LETTERS = re.compile(r"\d[\d.]*[^\W\d_]{2,}")


@dataclass(frozen=True)
class ArtifactSpec:
    """What the engine will make.

    type, material: canonical names. material is "" when neither words nor record name one: the type's usual one is
    taken.
    secondary: further materials that were named. finish: a decoration, or "". colour: sRGB "#rrggbb", or "".
    culture, period: titles, or "". years: astronomical years of the period, or None. sizes: metres by axis, from the
    words.
    understood: words with what they became. neutral: a volume of true size stands in for an object of no known type.
    """

    type: str
    material: str
    secondary: tuple[str, ...]
    finish: str
    colour: str
    culture: str
    period: str
    years: tuple[int, int] | None
    sizes: PromptSizes
    understood: tuple[str, ...]
    not_understood: tuple[str, ...]
    warnings: tuple[str, ...]
    neutral: bool


@dataclass(frozen=True)
class _Field:
    """One part of a prompt: a whole free prompt, or one field of a record. start: where it begins in the text."""

    reading: Reading
    text: str


def resolve(params: ParametricParams) -> ArtifactSpec:
    """Read a checked request. Raises BadInput when no type is found (fallback "error") or a size cannot be made."""
    folded = fold(params.prompt)
    sizes = read_sizes(folded)
    fields = _fields(folded, sizes)
    materials = _materials(fields, params.record)
    form = read_form([f.reading for f in fields], _first_name(materials))
    unread = _unread(fields, sizes, params.record is None)
    warnings = [*(f"The size “{text}” could not be read; {SIZE_HINT}" for text in unread), *sizes.warnings]
    type_name = params.type or form.type or _fallback(params, form, warnings)
    neutral = type_name == NEUTRAL
    finish = _finish(fields, materials, warnings)
    material, secondary = _choose_material(params, materials, finish, neutral, warnings)
    # In a record the title may speak of anything ("China table", "Green Tomato"): what follows it knows better.
    said = fields[1:] or fields
    colour = _first(said, "colour")
    period, culture = (_first([*said, *fields], facet) for facet in ("period", "culture"))
    culture_name = culture.title if culture else str(period.details["culture"]) if period else ""
    return ArtifactSpec(
        type=type_name,
        material=material,
        secondary=secondary,
        finish=_finish_name(finish, material),
        colour=str(colour.details["srgb"]) if colour and not neutral else "",
        culture=culture_name,
        period=period.title if period else "",
        years=(int(period.details["start"]), int(period.details["end"])) if period else None,
        sizes=sizes,
        understood=_understood(fields, sizes),
        not_understood=tuple(dict.fromkeys([*(word for f in fields for _, word in f.reading.unknown), *unread])),
        warnings=tuple(warnings),
        neutral=neutral,
    )


def _fields(folded: str, sizes: PromptSizes) -> list[_Field]:
    """The prompt cut at semicolons: "title; classification; medium; culture; date"."""
    for start, end in sizes.spans:
        folded = folded[:start] + " " * (end - start) + folded[end:]
    parts = [part.strip() for part in folded.replace("；", ";").split(";")]
    return [_Field(lexicon().read(part), part) for part in parts if part] or [_Field(lexicon().read(""), "")]


def _unread(fields: list[_Field], sizes: PromptSizes, is_free: bool) -> list[str]:
    """What looks like a size and was not used. In a record bare numbers are dates and numbers of things."""
    stuck = [word for f in fields for _, word in f.reading.unknown if NUMBER_AND_LETTERS.fullmatch(word)]
    return list(dict.fromkeys([*sizes.unread, *(sizes.bare + tuple(stuck) if is_free else ())]))


def _materials(fields: list[_Field], record: RecordParams | None) -> list[Match]:
    """Material words, the most telling first: the record's medium, then the fields in order, class words ("Metals")
    last.
    """
    ordered: list[Match] = []
    if record is not None and record.medium:
        ordered += lexicon().read(fold(record.medium)).of("material")
    whole = [f for f in fields[1:] if f.reading.of("material") and f.reading.of("material")[0].text == f.text]
    compound = [f for f in fields if f not in whole]
    titled = fields[:1] if record is None and len(fields) == 1 else []
    for part in titled + [f for f in compound if f not in titled and f is not fields[0]] + whole[::-1] + fields[:1]:
        ordered += part.reading.of("material")
    return [m for m in ordered if not m.concept.generic] + [m for m in ordered if m.concept.generic]


def _first_name(materials: list[Match]) -> str:
    return _material_name(materials[0].concept) if materials else ""


def _material_name(concept: Concept) -> str:
    return str(concept.details.get("material", concept.name))


def _fallback(params: ParametricParams, form: FormReading, warnings: list[str]) -> str:
    if params.fallback == "error":
        shown = params.prompt if len(params.prompt) <= 80 else params.prompt[:79] + "…"
        near = ", ".join(_nearest_types(params.prompt))
        raise BadInput(
            f"No artifact type was recognised in “{shown}”.",
            f"Name one of the supported types, for example {near}.",
        )
    what = f"“{form.other}” is no form that this engine makes" if form.other else "No artifact type was recognised"
    warnings.append(f"{what}: a neutral volume of its size stands in for the object.")
    return NEUTRAL


def _nearest_types(prompt: str) -> tuple[str, ...]:
    """Types whose words are most like a word of the prompt."""
    forms = {
        form: concept
        for form, concept in lexicon().forms("type")
        if concept.name in type_names() and concept.name != NEUTRAL
    }
    candidates = tuple(sorted(forms))
    words = fold(prompt).split() or [""]
    names = [forms[form].name for form in nearest(words[-1][:40], candidates, 12)]
    return tuple(dict.fromkeys(names))[:4]


def _finish(fields: list[_Field], materials: list[Match], warnings: list[str]) -> Concept | None:
    """The first decoration that the named material can carry."""
    named = _first_name(materials)
    for match in (m for f in fields for m in f.reading.of("finish")):
        only_on = match.concept.details.get("only_on")
        if only_on and named and not materials[0].concept.generic and named not in only_on:
            if match.concept.name != "gilding":
                warnings.append(f"“{match.text}” is not found on {named.replace('_', ' ')}; it was left out.")
            continue
        return match.concept
    return None


def _choose_material(
    params: ParametricParams, materials: list[Match], finish: Concept | None, neutral: bool, warnings: list[str]
) -> tuple[str, tuple[str, ...]]:
    """The material and the further ones that were named. The finish decides where only a class of material is named."""
    names = list(dict.fromkeys(_material_name(m.concept) for m in materials if not m.concept.generic))
    generic = [_material_name(m.concept) for m in materials if m.concept.generic]
    if params.material is not None:
        return params.material, tuple(n for n in names if n != params.material)
    if neutral:
        return NEUTRAL_MATERIAL, tuple(names)
    if not names and finish is not None and finish.details.get("material"):
        names = [str(finish.details["material"])]
    if not names:
        names = generic[:1]
    names = [n for n in names if n in material_names()]
    if len(names) > 1 and params.record is None:
        warnings.append(f"Several materials were named; {names[0].replace('_', ' ')} was taken.")
    return (names[0] if names else ""), tuple(names[1:])


def _finish_name(finish: Concept | None, material: str) -> str:
    """The decoration, where the chosen material can carry it (a parameter may have chosen another)."""
    if finish is None:
        return ""
    only_on = finish.details.get("only_on")
    return finish.name if not only_on or not material or material in only_on else ""


def _first(fields: list[_Field], facet: str) -> Concept | None:
    return next((m.concept for f in fields for m in f.reading.of(facet)), None)


def _understood(fields: list[_Field], sizes: PromptSizes) -> tuple[str, ...]:
    words = [f"{m.text} → {m.concept.facet} {m.concept.title}" for f in fields for m in f.reading.matches]
    return tuple(dict.fromkeys([*words, *sizes.words]))
