"""Lines for narrow sidebars: nothing is lost, nothing is too long, and Chinese breaks where Chinese breaks."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest

pytest.importorskip("bpy")

TEXTS = [
    "",
    "word",
    "No artifact type was recognised in “a laser printer”.",
    "a" * 100,
    "未能在“a laser printer”中识别出器物类型。请写出支持的类型之一，例如 panel，或从列表中选择。",
    "  spaces   and\nline ends ",
]


@pytest.fixture
def wrapped(enabled: SimpleNamespace):
    return import_module(f"{enabled.package}.panels.text").wrapped


@pytest.mark.parametrize("width", [1, 5, 12, 40])
@pytest.mark.parametrize("text", TEXTS)
def test_nothing_is_lost_and_lines_fit(wrapped, text: str, width: int) -> None:
    lines = wrapped(text, lambda line: len(line) <= width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= max(width, 2) for line in lines)


def test_words_stay_whole(wrapped) -> None:
    assert wrapped("one two three four", lambda line: len(line) <= 9) == ["one two", "three", "four"]


def test_no_line_begins_with_a_closing_mark(wrapped) -> None:
    for width in range(9, 30):  # every word and its mark fit into a line
        lines = wrapped(TEXTS[4], lambda line, width=width: len(line) <= width)
        assert not any(line.startswith(("。", "，", "”")) for line in lines)
