"""True sizes from catalogue text: '7 1/8 in.', "12.5 x 8 cm", "H. 30 cm; Diam. 12 cm", "高30厘米". Always metres."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

from ..core.requests import MAX_SIZE_M, MIN_SIZE_M
from .date_tokens import DATA

SIDES = ("width", "depth", "height", "diameter")


@dataclass(frozen=True)
class Size:
    """True size in metres; None where the source does not say."""

    width: float | None = None
    depth: float | None = None
    height: float | None = None
    diameter: float | None = None

    @property
    def known(self) -> bool:
        """Whether any side is known."""
        return any(getattr(self, side) is not None for side in SIDES)

    @property
    def box(self) -> tuple[float | None, float | None, float | None]:
        """(width, depth, height): a diameter stands for a width or depth that is not given."""
        return self.width or self.diameter, self.depth or self.diameter, self.height

    def merged(self, other: Size) -> Size:
        """This size, with the other's sides where this one has none."""
        return Size(*(getattr(self, s) if getattr(self, s) is not None else getattr(other, s) for s in SIDES))


@cache
def column_words() -> dict[str, Any]:
    """The vocabulary of column titles, units and side labels, read once."""
    loaded: dict[str, Any] = json.loads((DATA / "columns.json").read_text(encoding="utf-8"))
    return loaded


def unit_factor(unit: str) -> float | None:
    """Metres in one of this unit, or None when it is no unit."""
    factor = column_words()["units"].get(unit.strip().lower())
    return float(factor) if factor is not None else None


@cache
def _length_pattern() -> re.Pattern[str]:
    units = "|".join(re.escape(u) for u in sorted(column_words()["units"], key=len, reverse=True))
    sides = column_words()["side_labels"]
    labels = "|".join(re.escape(w) for w in sorted((w for s in sides.values() for w in s), key=len, reverse=True))
    number = r"\d+\s+\d+/\d+|\d+/\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+"
    return re.compile(
        rf"(?:(?<![a-z])(?P<label>{labels})\.?\s*[:=]?\s*)?(?P<number>-?(?:{number}))\s*"
        rf"(?P<unit>(?:{units})(?![a-z]))?",
        re.I,
    )


def _value(text: str) -> float:
    sign = -1.0 if text.startswith("-") else 1.0
    text = text.lstrip("-")
    if "/" in text:
        return sign * float(sum(Fraction(part) for part in text.split()))
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        return sign * float(text.replace(",", ""))
    return sign * float(text.replace(",", "."))


def _plain(text: str) -> str:
    """NFKC turns ½ into 1⁄2; a space keeps 7½ from becoming 71/2."""
    text = re.sub(r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e])", " ", text)
    return unicodedata.normalize("NFKC", text).replace("\u2044", "/").replace("''", '"').lower()


def parse_length(text: str, unit: str) -> float | None:
    """One length in metres, exact to the unit; ``unit`` is used where the text has none. None when there is no number.

    Raises ValueError for text that is neither empty nor a length.
    """
    plain = _plain(text).strip()
    if not plain or plain in ("-", "n/a", "unknown", "不详"):
        return None
    match = _length_pattern().search(plain)
    if match is None:
        raise ValueError(f'"{text.strip()[:40]}" is not a length')
    factor = unit_factor(match["unit"] or unit)
    if factor is None:
        raise ValueError(f'"{unit}" is not a unit of length')
    return _value(match["number"]) * factor


def parse_dimensions(text: str, unit: str) -> Size:
    """A size from one text. Labels decide; without labels the order is height x width x depth, as catalogues write it.

    Of two systems ("18.1 cm (7 1/8 in.)") the first counts. Raises ValueError when there is no number.
    """
    plain = re.sub(r"\([^)]*\)", " ", _plain(text)) or _plain(text)
    matches = list(_length_pattern().finditer(plain)) or list(_length_pattern().finditer(_plain(text)))
    if not matches:
        raise ValueError(f'"{text.strip()[:40]}" is not a size')
    labels = {w: side for side, names in column_words()["side_labels"].items() for w in names}
    unlabelled = iter(("height", "width", "depth"))
    sides: dict[str, float] = {}
    for index, match in enumerate(matches[:4]):
        stated = next((m["unit"] for m in matches[index:] if m["unit"]), None) or unit
        factor = unit_factor(stated)
        side = labels[match["label"]] if match["label"] else next(unlabelled, None)
        if factor is None or side is None:
            continue
        sides.setdefault(side, _value(match["number"]) * factor)
    return Size(**sides)


def checked_size(size: Size) -> tuple[Size, list[str]]:
    """The believable part of a size, and warnings: zero is unknown; negative, tiny and huge sides are dropped."""
    warnings = []
    for side in SIDES:
        value = getattr(size, side)
        if value is None:
            continue
        if value == 0:
            size = replace(size, **{side: None})
        elif not math.isfinite(value) or not MIN_SIZE_M <= value <= MAX_SIZE_M:
            warnings.append(f"A {side} of {value:g} m is not believable and was left out.")
            size = replace(size, **{side: None})
    return size, warnings
