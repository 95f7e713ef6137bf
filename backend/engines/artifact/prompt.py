"""A prompt made ready to be read: cut into fields, misspellings mended, what was denied or counted set apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ...words.dates import Dated, read_dates
from ...words.lexicon import HAN, WORD, Match, Reading, fold, lexicon
from ...words.numbers import number_words
from ...words.sizes import PromptSizes, read_sizes
from ...words.spelling import corrections

DENIED = re.compile(
    r"(?<![a-z])(?:not|non|no|without|lacking|never|except|instead of|rather than)(?![a-z])"
    r"|不是|并非|不要|不带|不含|没有|没|无|非|不用"
)
BETWEEN = re.compile(r"[\s-]*(?:(?:made|of|in|any|a|an|the|with|its|being|used)[\s-]+|[的有用是任何])*[\s-]*")
AND = re.compile(r"\s*(?:,\s*)?(?:and|or|nor|和|或|与|、|/)\s*(?:any |no |a |an |the )?")
FEW = r"two|three|four|five|six|seven|eight|nine|ten|twelve|several|many|dozens? of|a dozen"
COUNT = re.compile(
    rf"(?<![a-z\d.,-])(?P<count>(?:a )?(?:matching )?(?:pairs?|couple|sets?|group|row) of (?:(?:{FEW}|\d{{1,3}})\s)?"
    rf"|(?:{FEW})\s|(?:[2-9]|[1-9]\d{{1,2}})\s)"
)
HAN_COUNT = re.compile(
    rf"一对(?![耳柄])|一双|一套|一组|成对|(?:\d+|[{''.join(number_words().han)}十几多]+)(?:件|只|个|尊|座|块|枚|盏|款|对|双|套|组|口|面|把|方|幅|卷|顶|串|支|张|本)(?!耳|柄)"
)
MAX_MENDED = 24
"""Unknown words of one prompt that are looked up for a misspelling."""
NAMED = re.compile(r"(?<![a-z])the [a-z'-]+(?: [a-z'-]+)? (?:painter|potter|master|workshop)(?![a-z])")
SMALL = frozenset({"large", "small", "tall", "fine", "old", "ancient", "matching", "of", "identical", "similar", "the"})


@dataclass(frozen=True)
class Part:
    """One part of a prompt: a whole free prompt, or one field of a record."""

    reading: Reading
    text: str


@dataclass(frozen=True)
class Prompt:
    """What a prompt says, not yet put in order. corrected: misspelt word -> what it was read as."""

    folded: str
    parts: tuple[Part, ...]
    sizes: PromptSizes
    dates: tuple[Dated, ...]
    corrected: dict[str, str]
    warnings: tuple[str, ...]


def read_prompt(text: str, is_record: bool) -> Prompt:
    """Read a prompt. In a record nothing is corrected, denied or counted: its words are names."""
    folded = fold(text)
    sizes = read_sizes(folded)
    blank = folded
    for start, end in sizes.spans:
        blank = _blanked(blank, start, end)
    dates = read_dates(blank)
    for dated in dates:
        blank = _blanked(blank, dated.start, dated.end)
    sizes = replace(sizes, bare=tuple(b for b in sizes.bare if not any(b in d.text for d in dates)))
    corrected: dict[str, str] = {}
    warnings: list[str] = []
    parts = []
    for piece in (p.strip() for p in blank.replace("；", ";").split(";")):
        if piece:
            parts.append(_part(piece, is_record, corrected, warnings))
    used = {word for part in parts for m in part.reading.matches for word in m.text.split()}
    sizes = replace(sizes, bare=tuple(b for b in sizes.bare if b not in used))
    if not is_record:
        sizes = _without_counts(sizes, blank, parts, warnings)
    return Prompt(
        folded, tuple(parts) or (Part(lexicon().read(""), ""),), sizes, dates, corrected, tuple(dict.fromkeys(warnings))
    )


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _part(text: str, is_record: bool, corrected: dict[str, str], warnings: list[str]) -> Part:
    names = [] if is_record else [(m.start(), m[0].strip()) for m in NAMED.finditer(text)]
    for start, name in names:
        text = _blanked(text, start, start + len(name))
    reading = lexicon().read(text)
    if not is_record:
        text, reading = _mended(text, reading, corrected, warnings)
        reading = _affirmed(reading, warnings)
        reading = replace(reading, unknown=tuple(sorted([*reading.unknown, *names])))
    return Part(reading, text)


def _mended(
    text: str, reading: Reading, corrected: dict[str, str], warnings: list[str]
) -> tuple[str, Reading]:
    """The text with its misspellings put right, where the word meant is part of something known."""
    for word in list(dict.fromkeys(word for _, word in reading.unknown))[:MAX_MENDED]:
        plain = lexicon().stop_english
        for meant in sorted(corrections(word, lexicon().vocabulary | plain)[:6], key=lambda w: w not in plain):
            found = re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text)
            if found is None:
                break
            start = found.start()
            changed = text[:start] + meant + text[found.end() :]
            again = lexicon().read(changed)
            if meant in plain or any(m.start <= start < m.end and m.concept.facet != "part" for m in again.matches):
                text, reading = changed, again
                corrected[word] = meant
                warnings.append(f"“{word}” was read as “{meant}”.")
                break
    return text, reading


def _affirmed(reading: Reading, warnings: list[str]) -> Reading:
    """The reading without what was denied."""
    dropped: list[Match] = []
    for denial in DENIED.finditer(reading.text):
        if any(m.start <= denial.start() < m.end for m in reading.matches):
            continue
        between = BETWEEN.match(reading.text, denial.end())
        position = between.end() if between else denial.end()
        group = _from(reading, position)
        while group:
            dropped += group
            joined = AND.match(reading.text, group[-1].end)
            following = _from(reading, joined.end()) if joined else []
            group = following if following and following[0].concept.facet == group[0].concept.facet else []
    for match in dropped:
        if match.concept.facet == "part":
            warnings.append(f"“{match.text}” cannot be left away: the type decides which parts there are.")
        else:
            warnings.append(f"“{match.text}” was denied and is not used.")
    return replace(reading, matches=tuple(m for m in reading.matches if m not in dropped))


def _from(reading: Reading, position: int) -> list[Match]:
    """Every concept of the word that begins here."""
    return [m for m in reading.matches if m.start == position]


def _without_counts(sizes: PromptSizes, blank: str, parts: list[Part], warnings: list[str]) -> PromptSizes:
    """Numbers of things are said and are no sizes."""
    bare = list(sizes.bare)
    for part in parts:
        for found in COUNT.finditer(part.text):
            if _counts_things(part, found.end()):
                bare = [b for b in bare if b not in found[0].split()]
                warnings.append(f"“{found[0].strip()}” was asked for: one object is made.")
        for found in HAN_COUNT.finditer(part.text):
            digits = found[0].rstrip("件只个尊座块枚盏款对双套组口面把方幅卷顶串支张本")
            if digits not in ("1", "一") or found[0] in ("一对", "一双", "一套", "一组"):
                bare = [b for b in bare if b != digits]
                warnings.append(f"“{found[0]}” was asked for: one object is made.")
    return replace(sizes, bare=tuple(bare))


def _counts_things(part: Part, position: int) -> bool:
    """Whether what follows a number is a thing, with nothing but its properties in between."""
    while position < len(part.text):
        while position < len(part.text) and part.text[position] in " -":
            position += 1
        here = [m for m in part.reading.matches if m.start == position]
        if any(m.concept.facet in ("type", "other") for m in here):
            return True
        if here and here[0].concept.facet != "part":
            position = here[0].end
            continue
        word = WORD.match(part.text, position)
        if word is None or HAN.match(part.text, position) or word[0] not in SMALL:
            return False
        position = word.end()
    return False
