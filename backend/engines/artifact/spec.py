"""From words to a typed specification: what to make, of what, how large, and what was not understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...errors import BadInput
from ...words.chronology import Finding, check
from ...words.lexicon import Match, fold, lexicon
from ...words.names import shown, type_names
from ...words.sizes import PromptSizes
from ...words.spelling import nearest_forms
from .fields import ArtifactSpec, Source, SpecField, SpecFields
from .form import FormReading, read_form, rivals
from .info import ParametricParams, RecordParams
from .look import Look, material_name, read_look
from .prompt import Part, Prompt, read_prompt
from .types import load
from .when import When, read_when

__all__ = ("NEUTRAL", "ArtifactSpec", "SpecField", "resolve")

NEUTRAL = "volume"
COMMON_TYPES = ("amphora", "bowl", "vase", "ding", "stele", "coin")
SIZE_HINT = "give a number and a unit, for example “30 cm tall”."
NUMBER_AND_LETTERS = re.compile(r"\d[\d.]*[^\W\d_]{2,}")


def resolve(params: ParametricParams) -> ArtifactSpec:
    """Read a checked request. Raises BadInput when no type is found (fallback "error") or a size cannot be made."""
    prompt = read_prompt(params.prompt, params.record is not None)
    materials = _materials(prompt.parts, params.record)
    first_material = material_name(materials[0].concept) if materials else ""
    form = read_form([part.reading for part in prompt.parts], first_material)
    unread = _unread(prompt.parts, prompt.sizes, params.record is None)
    warnings: list[str] = []
    distorted = _is_distorted(params, form.type)
    if distorted:
        warnings.append(f"The measurements do not fit “{shown(form.type)}”: a neutral volume of its size stands in.")
        form = replace(form, type="")
    named = params.type or form.type
    type_name = NEUTRAL if distorted else named or _fallback(params, prompt, form, warnings)
    unread_sizes = [f"The size “{text}” could not be read; {SIZE_HINT}" for text in unread]
    warnings += [*unread_sizes, *prompt.sizes.warnings, *prompt.warnings]
    if not params.type:
        _note_form(params, prompt.parts, form, first_material, warnings)
    neutral = type_name == NEUTRAL
    look = read_look(params, prompt.parts, materials, form.head, neutral, warnings)
    when = read_when(params, prompt.parts, prompt.dates, warnings)
    findings = _period_check(type_name, look, when)
    unknown = [word for part in prompt.parts for _, word in part.reading.unknown]
    return ArtifactSpec(
        fields=SpecFields(
            type=_type_field(params, form, type_name),
            material=look.material,
            finish=look.finish,
            ornament=look.ornament,
            colours=look.colours,
            culture=when.culture,
            period=when.period,
            condition=look.condition,
            damages=look.damages,
        ),
        secondary=look.secondary,
        techniques=look.techniques,
        years=when.years,
        sizes=prompt.sizes,
        understood=_understood(prompt),
        not_understood=tuple(dict.fromkeys([*unknown, *unread])),
        warnings=tuple(dict.fromkeys([*warnings, *(finding.sentence for finding in findings)])),
        chronology=findings,
        neutral=neutral,
    )


def _is_distorted(params: ParametricParams, type_name: str) -> bool:
    """Whether a record's measurements would stretch a body out of its shape: it is shown otherwise than as the type."""
    if params.fallback == "error" or params.type or not type_name:
        return False
    kind = load(type_name)
    sides = (params.width_m, params.depth_m, params.height_m)
    ratios = [side / usual for side, usual in zip(sides, kind.size_m, strict=True) if side]
    return kind.stretch is not None and len(ratios) > 1 and max(ratios) > kind.stretch * min(ratios)


def _unread(parts: Sequence[Part], sizes: PromptSizes, is_free: bool) -> list[str]:
    """What looks like a size and was not used. In a record bare numbers are dates and numbers of things."""
    stuck = [word for part in parts for _, word in part.reading.unknown if NUMBER_AND_LETTERS.fullmatch(word)]
    return list(dict.fromkeys([*sizes.unread, *(sizes.bare + tuple(stuck) if is_free else ())]))


def _materials(parts: Sequence[Part], record: RecordParams | None) -> list[Match]:
    """Material words, the most telling first: the record's medium, then the fields in order, class words ("Metals")
    last.
    """
    ordered: list[Match] = []
    if record is not None and record.medium:
        ordered += lexicon().read(fold(record.medium)).of("material")
    whole = [p for p in parts[1:] if p.reading.of("material") and p.reading.of("material")[0].text == p.text]
    compound = [p for p in parts if p not in whole]
    titled = list(parts[:1]) if record is None and len(parts) == 1 else []
    rest = [p for p in compound if p not in titled and p is not parts[0]]
    for part in [*titled, *rest, *whole[::-1], *parts[:1]]:
        ordered += part.reading.of("material")
    return [m for m in ordered if not m.concept.generic] + [m for m in ordered if m.concept.generic]


def _fallback(params: ParametricParams, prompt: Prompt, form: FormReading, warnings: list[str]) -> str:
    if params.fallback == "error":
        text = params.prompt if len(params.prompt) <= 80 else params.prompt[:79] + "…"
        near = ", ".join(_nearest_types(prompt))
        raise BadInput(
            f"No artifact type was recognised in “{text}”.",
            f"Name one of the supported types, for example {near}.",
        )
    what = f"“{form.other}” is no form that this engine makes" if form.other else "No artifact type was recognised"
    warnings.append(f"{what}: a neutral volume of its size stands in for the object.")
    return NEUTRAL


def _nearest_types(prompt: Prompt) -> tuple[str, ...]:
    """Types whose words are most like a word that was not understood; common ones where none is like it."""
    forms = {form: c.name for form, c in lexicon().forms("type") if c.name in type_names() and c.name != NEUTRAL}
    near: list[str] = []
    for part in prompt.parts:
        for _, word in part.reading.unknown[:20]:
            near += [forms[form] for form in nearest_forms(word[:40], forms, 3)] if len(word) > 3 else []
    names = [name for name in dict.fromkeys([*near[:4], *COMMON_TYPES]) if name in type_names()]
    return tuple(shown(name) for name in names[:5])


def _note_form(
    params: ParametricParams, parts: Sequence[Part], form: FormReading, material: str, warnings: list[str]
) -> None:
    if form.head is None or not form.type:
        return
    if form.stands_in:
        warnings.append(f"“{form.head.text}” has no form of its own here: {shown(form.type)} stands in for it.")
    others = [m for part in parts for m in rivals(part.reading, form, material)] if params.record is None else []
    if others and len(parts) == 1:
        left = ", ".join(f"“{m.text}”" for m in others)
        warnings.append(f"Several objects were named; “{form.head.text}” was taken, not {left}.")


def _type_field(params: ParametricParams, form: FormReading, name: str) -> SpecField[str]:
    concept = lexicon().named("type", name)
    title = concept.title if concept else shown(name)
    if params.type:
        return SpecField(value=name, title=title, confidence=1.0, source="asked")
    if not form.type:
        return SpecField(value=name, title=title, confidence=0.0, source="inferred")
    said: Source = "words" if params.record is None else "record"
    confidence = 0.5 if form.stands_in or form.vague else 0.9
    words = (form.head.text,) if form.head else ()
    return SpecField(value=name, title=title, confidence=confidence, source=said, words=words)


def _period_check(type_name: str, look: Look, when: When) -> tuple[Finding, ...]:
    """Hold what is to be made against the table of first and last dates; a replica is free of it."""
    if type_name == NEUTRAL or "replica" in look.techniques:
        return ()
    # "Cast iron" says more than iron, and parchment stands for itself where paper shows it.
    told = {
        str(c.details["material"])
        for name in look.techniques
        if (c := lexicon().named("technique", name)) and c.details.get("material") and look.material.words
        and _same_words(c.name, look.material.words)
    }  # fmt: skip
    claims = {
        "type": (type_name,),
        "material": tuple(name for name in (look.material.value,) if name and name not in told),
        "finish": tuple(filter(None, (look.finish.value,))),
        "ornament": look.ornament.value,
        "technique": look.techniques,
    }
    return check(claims, when.culture.value, when.years)


def _same_words(technique: str, words: tuple[str, ...]) -> bool:
    """Whether the words of a material are a name of this technique as well."""
    return any(
        m.concept.facet == "technique" and m.concept.name == technique and m.text == word
        for word in words for m in lexicon().read(word).matches
    )  # fmt: skip


def _understood(prompt: Prompt) -> tuple[str, ...]:
    words = [f"{m.text} → {m.concept.facet} {m.concept.title}" for p in prompt.parts for m in p.reading.matches]
    dates = [f"{d.text} → date {d.years[0]} to {d.years[1]}" for d in prompt.dates]
    return tuple(dict.fromkeys([*words, *dates, *prompt.sizes.words]))
