"""Ageing that a prompt names beyond the damages of a condition report: lichen, soot, runs, traces of red paint."""

from __future__ import annotations

from dataclasses import dataclass

from ...surface.ageing import load_ageing
from ...words.aged import Aged, ageing_of, clauses_of, of_facet, resolved, strongest, takes_colour
from ...words.ageing import surface_lexicon
from ...words.lexicon import HAN, WORD, Match, fold
from .fields import ArtifactSpec, SpecField
from .info import ParametricParams

DAMAGE = ("damage", "condition")
GENERAL = frozenset({"paint", "painted", "polychrome", "polychromy", "gilded", "gilt", "gilding", "彩", "彩绘"})
"""Words of ageing that name a technique unless a degree stands beside them: a painted stele, traces of paint."""
SPECIFIC = (
    "malachite_patina", "verdigris_runs", "rust", "tarnish", "corrosion", "weathered", "worn_edges", "scratches",
)  # fmt: skip
"""Ageing that says more than the damage or the state that its words are read as too."""


@dataclass(frozen=True)
class NamedAgeing:
    """ageing: what was named. words: those that were understood by it. colours: those that are its own, not the
    object's. understood: sentences for the result.
    """

    ageing: tuple[Aged, ...] = ()
    words: frozenset[str] = frozenset()
    colours: frozenset[str] = frozenset()
    understood: tuple[str, ...] = ()


def read_ageing(params: ParametricParams, spec: ArtifactSpec, material: str) -> NamedAgeing:
    """The ageing of a free prompt, on this material. The words of a record are names and say little of the surface."""
    if params.record is not None or spec.neutral or not params.prompt:
        return NamedAgeing()
    text = fold(params.prompt)
    clauses = clauses_of(text, surface_lexicon().read(text))
    known = _words_of(spec)
    taken, kept = [], []
    for clause in clauses:
        own = [m for m in of_facet(clause, "ageing") if _is_new(m, clause, spec, known)]
        if own:
            taken.append([m for m in clause if m.concept.facet != "ageing" or m in own])
            kept += own
    ageing = tuple(strongest(list(ageing_of(taken, material, ()))))
    colours = {item.colour for item in ageing if item.colour}
    words = {word for clause in taken for m in clause for word in _split(m.text)}
    told = tuple(dict.fromkeys(f"{m.text} → ageing {load_ageing(resolved(m, material)).title}" for m in kept))
    return NamedAgeing(ageing, frozenset(words), frozenset(colours), told)


def with_named(spec: ArtifactSpec, named: NamedAgeing) -> ArtifactSpec:
    """The specification without what the ageing has taken: its words are understood, its colours are its own."""
    if not named.understood:
        return spec
    colours = spec.fields.colours
    left = tuple(colour for colour in colours.value if colour not in named.colours)
    if colours.source == "words" and left != colours.value:
        rest = colours.model_copy(update={"value": left, "title": ", ".join(left)}) if left else SpecField(value=())
        spec = spec.model_copy(update={"fields": spec.fields.model_copy(update={"colours": rest})})
    unknown = tuple(word for word in spec.not_understood if not _covered(word, named.words))
    painted = [f"“{word}” is understood, but no surface shows it yet." for word in sorted(named.words)]
    return spec.model_copy(
        update={
            "not_understood": unknown,
            "understood": tuple(dict.fromkeys([*spec.understood, *named.understood])),
            "warnings": tuple(sentence for sentence in spec.warnings if sentence not in painted),
        }
    )


def _is_new(match: Match, clause: list[Match], spec: ArtifactSpec, known: dict[str, set[str]]) -> bool:
    """Whether an ageing says more than what the specification holds already."""
    degrees = of_facet(clause, "degree")
    if match.text in GENERAL:
        return bool(degrees) and takes_colour(match.concept.name)
    if any(_covered(word, frozenset(_split(match.text))) for word in spec.not_understood):
        return True
    facets = {facet for facet, texts in known.items() if match.text in texts}
    # What a damage shows in general, the ageing shows to the degree and in the way that was named.
    return bool(facets) and facets <= {*DAMAGE, "finish"} and match.concept.name in SPECIFIC


def _words_of(spec: ArtifactSpec) -> dict[str, set[str]]:
    """Facet -> the words that were read as it, from the specification's own account."""
    found: dict[str, set[str]] = {}
    for sentence in spec.understood:
        words, arrow, rest = sentence.partition(" → ")
        if arrow:
            found.setdefault(rest.split(" ", 1)[0], set()).add(words)
    return found


def _covered(word: str, words: frozenset[str]) -> bool:
    """Whether a word was understood after all; Chinese may have been cut elsewhere."""
    if HAN.fullmatch(word):
        return any(word in other or other in word for other in words)
    return bool(_split(word)) and set(_split(word)) <= words


def _split(text: str) -> list[str]:
    return WORD.findall(text)
