"""Every word that the interface shows has its Chinese."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    *sorted((ROOT / "operators").glob("*.py")),
    *sorted((ROOT / "panels").glob("*.py")),
    *(ROOT / "museum_addon").glob("properties*.py"),
    ROOT / "museum_addon" / "preferences.py",
]
KEYWORDS = ("text", "name", "description", "placeholder", "heading")
ATTRIBUTES = ("bl_label", "bl_description")
CALLS = ("draw_text", "say", "poll_message_set")


def words_of(path: Path) -> Iterator[str]:
    """The texts that a file shows: keyword arguments, labels, arguments of the drawing functions, choices."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call():
                for keyword in node.keywords:
                    if keyword.arg in KEYWORDS:
                        yield from texts(keyword.value)
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in CALLS:
                    for argument in node.args:
                        yield from texts(argument)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in ATTRIBUTES:
                yield from texts(value)
            case ast.Return(value=ast.Constant(value=str(text))) if text and " " in text:
                yield text
            case ast.Tuple(
                elts=[ast.Constant(value=str(key)), ast.Constant(value=str(name)), ast.Constant(value=str(about)), *_]
            ):
                if " " in key:  # a list of sentences, not (identifier, name, description): example prompts
                    continue
                if key and not key.startswith("museum."):
                    yield from (name, about)
                elif key:
                    yield name


def texts(node: ast.expr) -> Iterator[str]:
    """The constants of an expression, also of a choice between two; f-strings as the patterns that say() knows."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts(body)
            yield from texts(orelse)
        case ast.JoinedStr(values=values):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in values)


def shown(text: str) -> bool:
    """Whether it is language: not an icon, a number, or an identifier."""
    letters = [letter for letter in text.replace("{}", "") if letter.isalpha()]
    identifier = " " not in text and text.islower()
    return len(letters) > 2 and not identifier and not text.isupper() and not text.startswith("MUSEUM_")


def catalogue() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((ROOT / "museum_addon" / "locale" / "zh_HANS").glob("*.json")):
        found.update(json.loads(path.read_text(encoding="utf-8")))
    return found


def test_every_shown_text_has_chinese() -> None:
    known = catalogue()
    missing = sorted({text for path in FILES for text in words_of(path) if shown(text) and text not in known})
    assert not missing, json.dumps(missing, ensure_ascii=False, indent=1)


def test_places_for_parts_agree() -> None:
    """A translation has as many places as its English."""
    uneven = [english for english, word in catalogue().items() if english.count("{}") != word.count("{}")]
    assert not uneven


def test_chinese_is_chinese() -> None:
    plain = [word for word in catalogue().values() if not any("\u4e00" <= letter <= "\u9fff" for letter in word)]
    assert not plain, plain
