"""The extension's words in other languages: one JSON file a language and feature, English -> translation.

A sentence that is put together at run time stands in the file with ``{}`` where its parts go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import bpy

FOLDER = Path(__file__).parent / "locale"
PLACE = "{}"
CONTEXT = "Museum"
"""The context of panel titles: Blender's own word for "Collection" means something else."""


@cache
def words(locale: str) -> Mapping[str, str]:
    """English -> the locale's words, from all files of the language."""
    found: dict[str, str] = {}
    for path in sorted((FOLDER / locale).glob("*.json")):
        found.update(json.loads(path.read_text(encoding="utf-8")))
    return found


def catalogue() -> dict[str, dict[tuple[str, str], str]]:
    """What ``bpy.app.translations.register`` wants: locale -> (context, English) -> translation."""
    contexts = ("*", "Operator", CONTEXT)
    return {
        folder.name: {(context, english): word for english, word in words(folder.name).items() for context in contexts}
        for folder in sorted(FOLDER.iterdir())
        if folder.is_dir()
    }


@cache
def patterns(locale: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences with places in them, as patterns that find the parts; those that say most come first.

    "{} of {}" would fit half of all sentences, and the names of models: it says too little to be looked for.
    """
    found = [(english, word) for english, word in words(locale).items() if PLACE in english and _letters(english) > 2]
    found.sort(key=lambda pair: len(pair[0].replace(PLACE, "")), reverse=True)
    return tuple(
        (re.compile("(.+?)".join(re.escape(part) for part in english.split(PLACE)), re.DOTALL), word)
        for english, word in found
    )


def _letters(english: str) -> int:
    return sum(letter.isalpha() for letter in english)


def say(text: str, context: str = "*") -> str:
    """The text in the language of Blender's interface; as it is where there is no translation.

    context: CONTEXT for words that Blender knows too and means otherwise.
    """
    if not text or not bpy.context.preferences.view.use_translate_interface:
        return text
    translated = bpy.app.translations.pgettext_iface(text, context)
    if translated != text:
        return translated
    for pattern, word in patterns(bpy.app.translations.locale):
        found = pattern.fullmatch(text)
        if found:
            return word.format(*(say(part) for part in found.groups()))
    return text
