"""The vocabulary of the parametric engine: which words, English or Chinese, stand for which concept.

The words are data (``data/lexicon``). Text is folded before it is matched: compatibility forms, case and diacritics
are removed, so that "Kylix", "KYLIX" and full-width letters are the same word. The longest form wins; Chinese needs no
spaces.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
WORD = re.compile(r"[^\W_]+(?:['.\-][^\W_]+)*", re.UNICODE)
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
VOWELS = "aeiou"
NUMERAL = re.compile(r"\d[\d.]*(?:st|nd|rd|th|s)?")
OBJECTS = ("type", "other")


@dataclass(frozen=True)
class Concept:
    """What a word can mean.

    name: canonical. facet: type, other (objects of no type), material, finish, technique, ornament, colour, condition,
    damage, part, period, culture. aat: Getty AAT id or None when none
    was verified. generic: yields to a specific concept of the same facet. details: further members of the data entry.
    """

    name: str
    facet: str
    title: str
    aat: int | None = None
    generic: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """A stretch of folded text that was understood. start, end: character positions."""

    start: int
    end: int
    text: str
    concept: Concept


@dataclass(frozen=True)
class Reading:
    """What was found in one text, in order, and the words that nothing is known about."""

    text: str
    matches: tuple[Match, ...]
    unknown: tuple[tuple[int, str], ...]

    def of(self, facet: str) -> tuple[Match, ...]:
        """The matches of one facet, in the order of the text."""
        return tuple(m for m in self.matches if m.concept.facet == facet)


def fold(text: str) -> str:
    """Text as it is matched: NFKC, lower case, without diacritics, typographic dashes and quotes made plain, Chinese
    in simplified characters.
    """
    plain = "".join(_plain_fraction(c) for c in text).replace("\u2033", '"')
    plain = unicodedata.normalize("NFKC", plain).casefold()
    plain = "".join(c for c in unicodedata.normalize("NFD", plain) if unicodedata.category(c) != "Mn")
    plain = plain.translate(
        {
            0x2010: "-",
            0x2011: "-",
            0x2012: "-",
            0x2013: "-",
            0x2014: "-",
            0x2212: "-",
            0x2019: "'",
            0x2018: "'",
            0x201C: '"',
            0x201D: '"',
            0x2032: "'",
            0x2044: "/",
            0xD7: "x",
            0x26: " and ",
        }
    )
    return unicodedata.normalize("NFC", plain.replace("''", '"')).translate(_traditional())


@cache
def _traditional() -> Mapping[int, str]:
    """Traditional characters to simplified ones, as far as the vocabulary knows them."""
    table = json.loads((DATA / "traditional.json").read_text(encoding="utf-8"))
    return {ord(character): simplified for character, simplified in table["characters"].items()}


def _plain_fraction(character: str) -> str:
    """½ as " 1/2", so that 30½ does not become 301/2."""
    decomposed = unicodedata.decomposition(character) if "\u00bc" <= character <= "\u215f" else ""
    return " " + unicodedata.normalize("NFKC", character) if decomposed.startswith("<fraction>") else character


def plural(form: str) -> str:
    """The regular English plural of a word or of the last word of a term."""
    if form.endswith(("s", "x", "ch", "sh")):
        return form + "es"
    if form.endswith("y") and form[-2:-1] not in VOWELS:
        return form[:-1] + "ies"
    return form + "s"


class Lexicon:
    """All concepts, findable by their words."""

    def __init__(
        self,
        entries: Iterable[tuple[Concept, Iterable[str], Iterable[str]]],
        stop_words: Mapping[str, Any],
        refinements: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self.english: dict[tuple[str, ...], list[Concept]] = {}
        self.chinese: dict[str, list[Concept]] = {}
        self.concepts: list[Concept] = []
        self.stop_english = frozenset(stop_words["words"])
        self.stop_chinese = frozenset(stop_words["chinese"])
        self.joiners = frozenset(stop_words["joiners"])
        self.flat_classes = frozenset(stop_words["flat_classes"])
        self.idioms = tuple(stop_words["idioms"])
        self.refinements = tuple(refinements)
        self._english_rows: list[tuple[Concept, tuple[str, ...]]] = []
        self._chinese_rows: list[tuple[Concept, tuple[str, ...]]] = []
        for concept, english, chinese in entries:
            self._add(concept, tuple(english), tuple(chinese))
        for form, known in [*self.english.items(), *self.chinese.items()]:
            known[:] = _without_rivals(form if isinstance(form, str) else " ".join(form), known)
        self.vocabulary = frozenset(word for form in self.english for word in form)
        self.longest_english = max(map(len, self.english))
        self.longest_chinese = max(map(len, self.chinese))

    def _add(self, concept: Concept, english: tuple[str, ...], chinese: tuple[str, ...]) -> None:
        self.concepts.append(concept)
        self._english_rows.append((concept, english))
        self._chinese_rows.append((concept, chinese))
        countable = concept.facet in (*OBJECTS, "part", "ornament")
        for form in english:
            for variant in (form, plural(form)) if countable else (form,):
                key = words_of(fold(variant))
                known = self.english.setdefault(key, [])
                if concept not in known:
                    known.append(concept)
        for form in chinese:
            known = self.chinese.setdefault(fold(form), [])
            if concept not in known:
                known.append(concept)

    def forms(self, facet: str) -> Iterator[tuple[str, Concept]]:
        """Every English form of a facet with its concept, for finding the nearest."""
        for concept, english in self._english_rows:
            if concept.facet == facet:
                for form in english:
                    yield form, concept

    def chinese_forms(self, facet: str) -> Iterator[tuple[Concept, tuple[str, ...]]]:
        """Every concept of a facet with its Chinese forms, the usual one first."""
        return ((concept, chinese) for concept, chinese in self._chinese_rows if concept.facet == facet and chinese)

    def named(self, facet: str, name: str) -> Concept | None:
        """The concept of this canonical name."""
        return next((c for c in self.concepts if c.facet == facet and c.name == name), None)

    def read(self, text: str, skip: Iterable[tuple[int, int]] = ()) -> Reading:
        """Find the known words in a folded text. skip: stretches already understood (sizes)."""
        for start, end in skip:
            text = text[:start] + " " * (end - start) + text[end:]
        matches: list[Match] = []
        unknown: list[tuple[int, str]] = []
        self._read_chinese(text, matches, unknown)
        self._read_english(HAN.sub(lambda m: " " * len(m[0]), text), matches, unknown)
        unknown += _symbols(text)
        return Reading(text, tuple(sorted(matches, key=lambda m: (m.start, m.concept.facet))), tuple(sorted(unknown)))

    def _read_english(self, text: str, matches: list[Match], unknown: list[tuple[int, str]]) -> None:
        tokens = list(_split_hyphens((m.start(), m.end(), m[0]) for m in WORD.finditer(text)))
        index = 0
        while index < len(tokens):
            for length in range(min(self.longest_english, len(tokens) - index), 0, -1):
                window = tokens[index : index + length]
                found = self.english.get(tuple(w for _, _, w in window))
                if found and _adjacent(text, window):
                    start, end = window[0][0], window[-1][1]
                    matches.extend(Match(start, end, text[start:end], concept) for concept in found)
                    matches.extend(self._inside(text, window, found))
                    index += length
                    break
            else:
                start, _, word = tokens[index]
                if word not in self.stop_english and not NUMERAL.fullmatch(word) and len(word) > 1:
                    unknown.append((start, word))
                index += 1

    def _inside(self, text: str, window: list[tuple[int, int, str]], found: list[Concept]) -> Iterator[Match]:
        """What the words of an object's name say besides: "bronze mirror" is of bronze."""
        name = " ".join(w for _, _, w in window)
        facets = _inner_facets(found)
        if not facets or any(idiom in name for idiom in self.idioms):
            return
        for start in range(len(window)):
            for end in range(min(len(window), start + len(window) - 1), start, -1):
                key = tuple(w for _, _, w in window[start:end])
                inner = [c for c in self.english.get(key, ()) if c.facet in facets and not c.generic]
                if inner:
                    first, last = window[start][0], window[end - 1][1]
                    yield from (Match(first, last, text[first:last], concept) for concept in inner)
                    break

    def _inside_chinese(self, index: int, form: str) -> Iterator[Match]:
        """Likewise: 青铜鼎 is of bronze."""
        facets = _inner_facets(self.chinese[form])
        if not facets or any(idiom in form for idiom in self.idioms):
            return
        start = 0
        while start < len(form) - 1:
            for end in range(len(form) - (start == 0), start, -1):
                known = self.chinese.get(form[start:end], ())
                # One character inside a name may be part of a foreign name written by its sound.
                sound = end == start + 1 and start > 0
                inner = [c for c in known if c.facet in facets and not c.generic and not sound]
                if inner:
                    yield from (Match(index + start, index + end, form[start:end], concept) for concept in inner)
                    start = end - 1
                    break
            start += 1

    def _read_chinese(self, text: str, matches: list[Match], unknown: list[tuple[int, str]]) -> None:
        for run in HAN.finditer(text):
            index, end = run.span()
            while index < end:
                for length in range(min(self.longest_chinese, end - index), 0, -1):
                    form = text[index : index + length]
                    if form in self.chinese:
                        matches.extend(Match(index, index + length, form, concept) for concept in self.chinese[form])
                        matches.extend(self._inside_chinese(index, form))
                        index += length
                        break
                else:
                    stop = next((n for n in (4, 3, 2, 1) if text[index : min(index + n, end)] in self.stop_chinese), 0)
                    if not stop:
                        _join_unknown(unknown, index, text[index])
                    index += min(stop or 1, end - index)


def _inner_facets(concepts: Iterable[Concept]) -> tuple[str, ...]:
    """What the words inside a term may say besides: of an object how it is made and when, of a look only when."""
    facets = {c.facet for c in concepts}
    if facets & set(OBJECTS):
        return ("material", "finish", "period", "culture", "ornament")
    return ("period", "culture") if facets & {"material", "finish"} else ()


def _without_rivals(form: str, concepts: list[Concept]) -> list[Concept]:
    """Of several objects that claim a word, the one whose name it is, else the first type that can be made."""
    objects = [c for c in concepts if c.facet in OBJECTS]
    if len(objects) < 2:
        return concepts
    best = min(
        objects, key=lambda c: (c.facet == "other", bool(c.details.get("type")), c.name.replace("_", " ") != form)
    )
    return [c for c in concepts if c is best or c.facet not in OBJECTS]


def _symbols(text: str) -> list[tuple[int, str]]:
    """Pictures and signs that nothing is known about, neighbours together."""
    found: list[tuple[int, str]] = []
    for index, character in enumerate(text):
        if unicodedata.category(character) in ("So", "Sk", "Co", "Cn") and not character.isascii():
            _join_unknown(found, index, character)
    return found


def words_of(folded: str) -> tuple[str, ...]:
    """The words of a folded form; hyphens separate, so that "blue-and-white" is "blue and white"."""
    return tuple(part for _, _, part in _split_hyphens((m.start(), m.end(), m[0]) for m in WORD.finditer(folded)))


def _split_hyphens(tokens: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    for start, _, word in tokens:
        position = start
        for part in word.split("-"):
            if part:
                yield position, position + len(part), part
            position += len(part) + 1


def _adjacent(text: str, window: list[tuple[int, int, str]]) -> bool:
    """Whether only spaces and hyphens stand between the words: a comma ends a term."""
    return all(not text[a[1] : b[0]].strip(" -\t\n") for a, b in pairwise(window))


def _join_unknown(unknown: list[tuple[int, str]], index: int, character: str) -> None:
    """Neighbouring unknown characters are one unknown word."""
    if unknown and unknown[-1][0] + len(unknown[-1][1]) == index:
        unknown[-1] = (unknown[-1][0], unknown[-1][1] + character)
    else:
        unknown.append((index, character))


def _json_entries(path: Path) -> Iterator[tuple[Concept, list[str], list[str]]]:
    table = json.loads(path.read_text(encoding="utf-8"))
    yield from (_json_entry(table["facet"], entry) for entry in table["entries"])


def _json_entry(facet: str, entry: Mapping[str, Any]) -> tuple[Concept, list[str], list[str]]:
    details = {k: v for k, v in entry.items() if k not in ("name", "title", "english", "chinese", "aat", "generic")}
    title = str(entry.get("title", entry["name"].replace("_", " ")))
    concept = Concept(entry["name"], facet, title, entry["aat"], bool(entry.get("generic", False)), details)
    return concept, entry["english"], entry["chinese"]


def _type_entries() -> Iterator[tuple[Concept, list[str], list[str]]]:
    """The types, with the further words of ``variants.json``. Variants of a type that is not made are of the one that
    stands in for it, or an object of no type.
    """
    variants = json.loads((DATA / "variants.json").read_text(encoding="utf-8"))["entries"]
    further = {entry["name"]: entry for entry in variants}
    made = set()
    for concept, english, chinese in _json_entries(DATA / "types.json"):
        more = further.get(concept.name, {"english": [], "chinese": []})
        made.add(concept.name)
        yield concept, [concept.name.replace("_", " "), *english, *more["english"]], [*chinese, *more["chinese"]]
    for name, entry in further.items():
        if name not in made:
            stands_in = entry.get("type", "") in made
            yield _json_entry("type" if stands_in else "other", {"aat": None, **entry})


def _table_entries(path: Path, facet: str) -> Iterator[tuple[Concept, list[str], list[str]]]:
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            details: dict[str, Any] = {}
            if facet == "period":
                details = {
                    "culture": row["culture"],
                    "start": int(row["start"]),
                    "end": int(row["end"]),
                    "source": row["source"],
                }
            else:
                details = {"area": row["area"]}
            aat = int(row["aat"]) if row["aat"] else None
            concept = Concept(row["name"], facet, row.get("title") or row["name"], aat, False, details)
            yield concept, row["english"].split("|"), row["chinese"].split("|")


@cache
def lexicon() -> Lexicon:
    """The lexicon of the data folder, read once."""
    entries = list(_type_entries())
    for name in (
        "others", "materials", "finishes", "techniques", "ornaments", "colours", "conditions", "damages", "parts",
    ):  # fmt: skip
        entries += _json_entries(DATA / f"{name}.json")
    entries += _table_entries(DATA / "periods.csv", "period")
    entries += _table_entries(DATA / "cultures.csv", "culture")
    refinements = json.loads((DATA / "variants.json").read_text(encoding="utf-8"))["refinements"]
    return Lexicon(entries, json.loads((DATA / "stop_words.json").read_text(encoding="utf-8")), refinements)
