"""What an artifact looks like, as far as the words say it: material, finish, ornament, colours, condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...words.lexicon import Concept, Match, lexicon
from ...words.names import material_names, shown
from .fields import Source, SpecField
from .info import ParametricParams
from .prompt import Part

NEUTRAL_MATERIAL = "neutral"
METALS = ("bronze", "copper", "brass", "gilded_bronze", "iron")
OF_DAMAGE = {
    "chip": "damaged", "crack": "damaged", "missing_fragment": "damaged", "joins": "damaged", "infill": "damaged",
    "encrustation": "excavated", "patina": "worn", "bleaching": "worn", "crazing": "worn",
}  # fmt: skip
WHOLE = ("pristine", "good")
Names = tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """material to damages: the fields of the specification. secondary: further materials. techniques: names."""

    material: SpecField[str]
    finish: SpecField[str]
    ornament: SpecField[Names]
    colours: SpecField[Names]
    condition: SpecField[str]
    damages: SpecField[Names]
    secondary: Names
    techniques: Names


def read_look(
    params: ParametricParams,
    parts: Sequence[Part],
    materials: list[Match],
    head: Match | None,
    neutral: bool,
    warnings: list[str],
) -> Look:
    """Fill the fields. materials: the material words, the most telling first. head: the word that named the type."""
    said: Source = "words" if params.record is None else "record"
    # In a record the title may speak of anything ("China table", "Green Tomato"): what follows it knows better.
    later = parts[1:] or parts
    techniques = _matches(parts, "technique")
    finish = _finish(parts, materials, warnings)
    material, secondary = _material(params, materials, finish, techniques, neutral, said, warnings)
    ornament = [m for m in _matches(parts, "ornament") if head is None or m.start != head.start or m.text != head.text]
    damages = _damages(params, parts, material.value, said)
    _note_undrawn(techniques, parts, warnings)
    return Look(
        material=material,
        finish=_finish_field(params, finish, material.value, said),
        ornament=_names_field(params.ornament, [] if neutral else ornament, "ornament", said),
        colours=_colours(params, [] if neutral else _matches(later, "colour"), said),
        condition=_condition(params, parts, damages, said, warnings),
        damages=damages,
        secondary=secondary,
        techniques=tuple(dict.fromkeys(m.concept.name for m in techniques)),
    )


def _matches(parts: Iterable[Part], facet: str) -> list[Match]:
    return [m for part in parts for m in part.reading.of(facet)]


def material_name(concept: Concept) -> str:
    """The material that a word stands for."""
    return str(concept.details.get("material", concept.name))


def _finish(parts: Sequence[Part], materials: list[Match], warnings: list[str]) -> Match | None:
    """The first decoration that the named material can carry."""
    named = material_name(materials[0].concept) if materials else ""
    for match in _matches(parts, "finish"):
        only_on = match.concept.details.get("only_on")
        if only_on and named and not materials[0].concept.generic and named not in only_on:
            if match.concept.name != "gilding":
                warnings.append(f"“{match.text}” is not found on {shown(named)}; it was left out.")
            continue
        return match
    return None


def _material(
    params: ParametricParams,
    materials: list[Match],
    finish: Match | None,
    techniques: list[Match],
    neutral: bool,
    said: Source,
    warnings: list[str],
) -> tuple[SpecField[str], Names]:
    """The material and the further ones that were named. The finish decides where only a class of material is named."""
    specific = [m for m in materials if not m.concept.generic and material_name(m.concept) in material_names()]
    names = list(dict.fromkeys(material_name(m.concept) for m in specific))
    words = tuple(dict.fromkeys(m.text for m in specific if material_name(m.concept) in names[:1]))
    if params.material is not None:
        return _material_field(params.material, 1.0, "asked", ()), tuple(n for n in names if n != params.material)
    if neutral:
        return _material_field(NEUTRAL_MATERIAL, 1.0, "inferred", ()), tuple(names)
    if len(names) > 1 and params.record is None:
        warnings.append(f"Several materials were named; {shown(names[0])} was taken.")
    if names:
        return _material_field(names[0], 0.9, said, words), tuple(names[1:])
    for match in [*([finish] if finish else []), *techniques]:
        if match.concept.details.get("material"):
            return _material_field(str(match.concept.details["material"]), 0.7, "inferred", (match.text,)), ()
    if materials:
        name = material_name(materials[0].concept)
        return _material_field(name, 0.5, said, (materials[0].text,)), ()
    return SpecField(value=""), ()


def _material_field(name: str, confidence: float, source: Source, words: Names) -> SpecField[str]:
    concept = lexicon().named("material", name)
    title = concept.title if concept else shown(name)
    return SpecField(value=name, title=title, confidence=confidence, source=source, words=words)


def _finish_field(params: ParametricParams, finish: Match | None, material: str, said: Source) -> SpecField[str]:
    """The decoration, where the chosen material can carry it (a parameter may have chosen another)."""
    if params.finish is not None:
        concept = lexicon().named("finish", params.finish)
        return SpecField(value=params.finish, title=concept.title if concept else "", confidence=1.0, source="asked")
    only_on = finish.concept.details.get("only_on") if finish else None
    if finish is None or (only_on and material and material not in only_on):
        return SpecField(value="")
    return SpecField(
        value=finish.concept.name, title=finish.concept.title, confidence=0.9, source=said, words=(finish.text,)
    )


def _names_field(asked: list[str] | None, matches: list[Match], facet: str, said: Source) -> SpecField[Names]:
    if asked is not None:
        titles = [c.title for name in asked if (c := lexicon().named(facet, name))]
        return SpecField(value=tuple(asked), title=", ".join(titles), confidence=1.0, source="asked")
    if not matches:
        return SpecField(value=())
    found = {m.concept.name: m.concept.title for m in matches}
    words = tuple(dict.fromkeys(m.text for m in matches))
    return SpecField(value=tuple(found), title=", ".join(found.values()), confidence=0.9, source=said, words=words)


def _colours(params: ParametricParams, matches: list[Match], said: Source) -> SpecField[Names]:
    if params.colours is not None:
        return SpecField(value=tuple(params.colours), title=", ".join(params.colours), confidence=1.0, source="asked")
    if not matches:
        return SpecField(value=())
    found = {str(m.concept.details["srgb"]): m.concept.title for m in matches}
    words = tuple(dict.fromkeys(m.text for m in matches))
    return SpecField(value=tuple(found), title=", ".join(found.values()), confidence=0.8, source=said, words=words)


def _damages(params: ParametricParams, parts: Sequence[Part], material: str, said: Source) -> SpecField[Names]:
    if params.damages is not None:
        return _names_field(list(params.damages), [], "damage", said)
    matches = _matches(parts, "damage")
    states = [m.concept.name for m in _matches(parts, "condition")] + ([params.condition] if params.condition else [])
    if not matches:
        inferred = _usual_damages(states, material)
        titles = [c.title for name in inferred if (c := lexicon().named("damage", name))]
        confidence = 0.5 if inferred else 0.0
        source: Source = "inferred" if inferred else "typical"
        return SpecField(value=inferred, title=", ".join(titles), confidence=confidence, source=source)
    names = [n for m in matches for n in m.concept.details.get("damages", (m.concept.name,))]
    titles = [c.title for name in dict.fromkeys(names) if (c := lexicon().named("damage", name))]
    words = tuple(dict.fromkeys(m.text for m in matches))
    return SpecField(
        value=tuple(dict.fromkeys(names)), title=", ".join(titles), confidence=0.9, source=said, words=words
    )


def _usual_damages(states: list[str], material: str) -> Names:
    """What a state usually means where no damage is named."""
    if "fragmentary" in states:
        return ("missing_fragment",)
    if "excavated" in states:
        return ("encrustation", "patina") if material in METALS else ("encrustation",)
    return ("chip",) if "damaged" in states else ()


def _condition(
    params: ParametricParams, parts: Sequence[Part], damages: SpecField[Names], said: Source, warnings: list[str]
) -> SpecField[str]:
    """The worst state that was named; a state that damages contradict yields to them."""
    if params.condition is not None:
        return _state(params.condition, 1.0, "asked", ())
    order = [c.name for c in lexicon().concepts if c.facet == "condition"]
    matches = sorted(_matches(parts, "condition"), key=lambda m: -order.index(m.concept.name))
    whole = [m for m in matches if m.concept.name in WHOLE]
    harmed = [m.text for m in matches if m not in whole] or list(damages.words)
    if whole and harmed:
        warnings.append(f"“{whole[0].text}” and “{harmed[0]}” contradict each other; “{harmed[0]}” was taken.")
        matches = [m for m in matches if m not in whole]
    if matches:
        return _state(matches[0].concept.name, 0.9, said, tuple(dict.fromkeys(m.text for m in matches)))
    if damages.value:
        states = [OF_DAMAGE[name] for name in damages.value]
        return _state(max(states, key=order.index), 0.6, "inferred", damages.words)
    return _state("good", 0.3, "typical", ())


def _state(name: str, confidence: float, source: Source, words: Names) -> SpecField[str]:
    concept = lexicon().named("condition", name)
    title = concept.title if concept else name
    return SpecField(value=name, title=title, confidence=confidence, source=source, words=words)


def _note_undrawn(techniques: list[Match], parts: Sequence[Part], warnings: list[str]) -> None:
    """Say which techniques were understood without being shown, unless another facet shows the same words."""
    drawn = {m.text for facet in ("finish", "material", "type") for m in _matches(parts, facet)}
    for match in techniques:
        if match.concept.details.get("undrawn") and match.text not in drawn:
            warnings.append(f"“{match.text}” is understood, but no surface shows it yet.")
