"""From words to a surface: which material, what time did to it, in which colour, and what was not understood."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import BadInput
from ...surface.ageing import load_ageing
from ...surface.material import load_material
from ...words.aged import Aged, ageing_of, clauses_of, of_facet, strongest, takes_colour
from ...words.ageing import surface_lexicon
from ...words.lexicon import Match, Reading, fold
from ...words.names import material_names, nearest
from .info import MaterialParams

BASE_SURE, READ_SURE, INFERRED_SURE = 1.0, 0.9, 0.5


@dataclass(frozen=True)
class Look:
    """What a surface shall look like. finish: "polished", or "". colour: sRGB "#rrggbb" of the material, or "".
    certainty: of the material, 0..1: 1 asked for, lower when read or inferred.
    """

    material: str
    ageing: tuple[Aged, ...]
    finish: str
    colour: str
    certainty: float
    understood: tuple[str, ...]
    not_understood: tuple[str, ...]
    warnings: tuple[str, ...]


def read(params: MaterialParams) -> Look:
    """Read a checked request. Raises BadInput, which names the nearest materials, when none is named."""
    text = fold(params.prompt)
    reading = surface_lexicon().read(text)
    clauses = clauses_of(text, reading)
    named = _materials(clauses)
    warnings: list[str] = []
    found = [match for clause in clauses for match in clause if match.concept.facet == "ageing"]
    material, certainty = _material(params, named, found, reading, warnings)
    if params.ageing is not None:
        ageing = [Aged(item.name, item.amount, (item.colour or "").lower()) for item in params.ageing]
    else:
        ageing = list(ageing_of(clauses, material, {(m.start, m.end) for m in named}))
    return Look(
        material=material,
        ageing=tuple(strongest(ageing)),
        finish="polished" if reading.of("finish") else "",
        colour=(params.colour or _tint(clauses)).lower(),
        certainty=certainty,
        understood=tuple(dict.fromkeys(f"{m.text} → {m.concept.facet} {m.concept.title}" for m in reading.matches)),
        not_understood=tuple(dict.fromkeys(word for _, word in reading.unknown)),
        warnings=tuple(warnings),
    )


def _materials(clauses: list[list[Match]]) -> list[Match]:
    """Material words, specific ones first. Where a word is an ageing as well (gold leaf) it is no material when another
    stands before it.
    """
    found: list[Match] = []
    for clause in clauses:
        also = {(m.start, m.end) for m in of_facet(clause, "ageing")}
        found += [m for m in of_facet(clause, "material") if not found or (m.start, m.end) not in also]
    return [m for m in found if not m.concept.generic] + [m for m in found if m.concept.generic]


def _name(match: Match) -> str:
    return str(match.concept.details.get("material", match.concept.name))


def _material(
    params: MaterialParams, named: list[Match], aged: list[Match], reading: Reading, warnings: list[str]
) -> tuple[str, float]:
    names = list(dict.fromkeys(_name(m) for m in named if not m.concept.generic)) or [_name(m) for m in named[:1]]
    names = [name for name in names if name in material_names()]
    if params.material is not None:
        others = [name for name in names if name != params.material]
        if others:
            warnings.append(f"The prompt speaks of {_shown(others[0])}; {_shown(params.material)} was asked for.")
        return params.material, BASE_SURE
    if names:
        if len(names) > 1:
            warnings.append(f"Several materials were named; {_shown(names[0])} was taken.")
        return names[0], READ_SURE
    for match in aged:
        implied = load_ageing(match.concept.name).implies if match.concept.name != "corrosion" else ""
        if implied:
            warnings.append(f"No material was named; “{match.text}” suggests {_shown(implied)}.")
            return implied, INFERRED_SURE
    raise _no_material(params.prompt, reading)


def _shown(name: str) -> str:
    return load_material(name).title.lower()


def _no_material(prompt: str, reading: Reading) -> BadInput:
    """What is most like the words that were not understood."""
    forms = {form: concept for form, concept in surface_lexicon().forms("material") if not concept.generic}
    words = [word for _, word in reading.unknown] or prompt.split() or [""]
    near = [forms[form] for word in words[:8] for form in nearest(word[:40], tuple(sorted(forms)), 2)]
    names = list(dict.fromkeys(str(c.details.get("material", c.name)) for c in near))[:4]
    shown = prompt if len(prompt) <= 80 else prompt[:79] + "…"
    what = f"No material was recognised in “{shown}”." if prompt else "Neither the prompt nor a material was given."
    return BadInput(what, f"Name a material, for example {', '.join(_shown(name) for name in names)}.")


def _tint(clauses: list[list[Match]]) -> str:
    """The colour of the material: the first colour word in a thought without an ageing that takes it."""
    for clause in clauses:
        ageing = of_facet(clause, "ageing")
        paints = [m for m in ageing if m.concept.name != "corrosion" and takes_colour(m.concept.name)]
        colours = of_facet(clause, "colour")
        aged_only = ageing and not of_facet(clause, "material")
        if colours and not paints and not aged_only:
            return str(colours[0].concept.details["srgb"])
    return ""
