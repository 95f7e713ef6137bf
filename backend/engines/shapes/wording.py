"""Words for a picture that a shape can be made of: one object, whole, alone, before a plain background."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("data") / "wording.json"
HAN = range(0x4E00, 0xA000)


def one_object(words: str) -> str:
    """The words with what makes the picture one of a single object; Chinese beside Chinese."""
    return _data()["frames"][_language(words)].replace("{object}", words.rstrip(" .,;。，；"))


def unwanted(words: str) -> str:
    """What such a picture shall not show, in the language of the words."""
    return _data()["negative"][_language(words)]


def _language(words: str) -> str:
    return "zh" if any(ord(character) in HAN for character in words) else "en"


@cache
def _data() -> dict[str, dict[str, str]]:
    return dict(json.loads(DATA.read_text(encoding="utf-8")))
