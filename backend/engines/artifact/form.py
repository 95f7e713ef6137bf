"""Which type the words name: the head noun decides, records speak through their title first."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ...words.lexicon import HAN, Match, Reading, lexicon

CLAUSES = re.compile(r"[,.:!?()\[\]/，。、：（）]")
DRAWN = re.compile(
    r"(?:motifs?|designs?|patterns?|shaped?|style|painted|form|decorations?|ornaments?|scenes?)(?![a-z])|图案|纹|形|式|造型"
)
SEVERAL = re.compile(
    r"(?<![a-z])(?:and|or|with (?:an?|its|matching)|plus|next to|beside)(?![a-z])|[,&+/;]|[和与及、，或]"
)
JOINED = re.compile(r"(?<![a-z])(?:and|plus)(?![a-z])|[和与及]")
PATTERN = re.compile(r"纹|图案")
NAMING = re.compile(r"\s*(?:the )?(?:type|kind|form) (?!of)")
SHOWN = re.compile(
    r"(?:showing|depicting|decorated with|painted with|shaped like|in the (?:shape|form) of|绘有?|饰有?)[^,;]*$"
)


@dataclass(frozen=True)
class FormReading:
    """type: canonical name or "". other: the word of an object that no type makes, or "". vague: from a word such as
    "vessel". head: the word that decided.
    """

    type: str
    other: str = ""
    vague: bool = False
    head: Match | None = None

    @property
    def stands_in(self) -> bool:
        """Whether the word has no type of its own, and a similar one was taken."""
        return self.head is not None and bool(self.head.concept.details.get("type"))


def read_form(fields: list[Reading], material: str) -> FormReading:
    """The type that a prompt (one field) or a record (several fields, the title first) names. material: decides
    generic words.
    """
    # A class such as "containers" says nothing of the form: only flat classes and plain names of types count after the
    # title.
    if any(reading.text.strip() in lexicon().flat_classes for reading in fields[1:]):
        return FormReading("panel")
    other = ""
    for index, reading in enumerate(fields):
        found = _refined(_read_field(reading, material), reading)
        if index == 0:
            if found.type:
                return found
            other = found.other
        elif found.type and not found.vague and not other:
            return found
    return FormReading("", other)


def rivals(field: Reading, form: FormReading, material: str) -> tuple[Match, ...]:
    """Words of other types in the same prompt that are neither part of the head's name nor a motif of it."""
    if form.head is None:
        return ()
    found: dict[str, Match] = {}
    for match in field.of("type"):
        name = _type_of(match, material)
        near = field.text[match.end :].lstrip(" -")
        if name == form.type or match.start == form.head.start or DRAWN.match(near):
            continue
        if _apart(field.text, match, form.head):
            found.setdefault(name, match)
    return tuple(found.values())


def _refined(form: FormReading, field: Reading) -> FormReading:
    """The type that other words of the same field make of it: "capital, Ionic order"."""
    for refinement in lexicon().refinements:
        target = lexicon().named("type", refinement["to"])
        if form.type in refinement["from"] and target is not None and not target.details.get("type"):
            words = "|".join(re.escape(w) if HAN.search(w) else rf"(?<![a-z]){w}(?![a-z])" for w in refinement["words"])
            if re.search(words, field.text):
                return replace(form, type=target.name)
    return form


def _apart(text: str, match: Match, head: Match) -> bool:
    """Whether two objects are spoken of: a joining word, a comma or Chinese "and" stands between their words."""
    first, second = (match, head) if match.start < head.start else (head, match)
    # A general word after a comma explains: "amphora, storage vessel".
    between = JOINED if match.concept.generic or head.concept.generic else SEVERAL
    return bool(between.search(text[first.end : second.start])) and not SHOWN.search(text[: match.start])


def _read_field(reading: Reading, material: str) -> FormReading:
    """The clauses of one field in turn; what follows "with" or "of" only counts when nothing stood before it."""
    heads = [m for m in reading.matches if m.concept.facet in ("type", "other")]
    # 银壶 舞马纹: what a pattern shows is no object.
    heads = [m for m in heads if not PATTERN.match(reading.text, m.end)] or heads
    # "Model of a temple": a word for representations yields to what is represented.
    if any(m.concept.facet == "type" for m in heads):
        heads = [m for m in heads if not m.concept.details.get("yields")]
    other = ""
    generic: Match | None = None
    for start, end, joined in _clauses(reading.text):
        if joined and generic is not None:
            break
        inside = [m for m in heads if start <= m.start < end]
        if not inside:
            continue
        head = _head(inside)
        if head.concept.facet == "other":
            other = other or head.text
            if generic is None:
                return FormReading("", other, head=head)
        elif not head.concept.generic:
            return FormReading(_type_of(head, material), head=head)
        elif generic is None:
            generic = head
    if generic is None:
        return FormReading("", other)
    return FormReading(_type_of(generic, material), vague="type" in generic.concept.details, head=generic)


def _head(matches: list[Match]) -> Match:
    """The last noun; a general one ("vase") yields to a specific one before it ("meiping vase")."""
    last = matches[-1]
    if last.concept.facet == "type" and last.concept.generic:
        specific = [m for m in matches if m.concept.facet == "type" and not m.concept.generic]
        return specific[-1] if specific else last
    return last


def _type_of(match: Match, material: str) -> str:
    details = match.concept.details
    by_material = details.get("by_material", {})
    return str(by_material.get(material) or details.get("type") or match.concept.name)


def _clauses(text: str) -> list[tuple[int, int, bool]]:
    """Stretches between punctuation and joining words ("with", "of"), and whether a joining word led to each."""
    joiners = "|".join(re.escape(w) for w in sorted(lexicon().joiners, key=lambda w: (-len(w), w)))
    cuts = re.compile(rf"\b(?:{joiners})\b|{CLAUSES.pattern}")
    clauses: list[tuple[int, int, bool]] = []
    start, joined = 0, False
    for cut in cuts.finditer(text):
        if HAN.search(cut[0]) is None:
            clauses.append((start, cut.start(), joined))
            # "A vessel of type zun" goes on naming the same thing.
            start, joined = cut.end(), cut[0].isalpha() and not NAMING.match(text, cut.end())
    clauses.append((start, len(text), joined))
    return clauses
