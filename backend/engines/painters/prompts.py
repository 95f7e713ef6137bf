"""What a model is told of a view: the prompt, and from where the object is seen."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data") / "view_words.json"
HEIGHTS = ("from above", "from below")
_IDEOGRAPHS = ("\u4e00", "\u9fff")


def view_prompt(prompt: str, view_name: str, words: bool = True) -> str:
    """The prompt for one view: ``bronze vase, back left view``; in Chinese when the prompt is.

    view_name: of ``texture.view_names``, or empty. words: whether the view shall be named at all.
    """
    if not words or not view_name:
        return prompt
    told = _data()["zh" if is_chinese(prompt) else "en"]
    height = next((height for height in HEIGHTS if view_name.endswith(height)), "")
    side = view_name.removesuffix(height).strip()
    kind = "level" if not height else "tilted" if side else "steep"
    view = told[kind].format(side=told.get(side, side), height=told.get(height, ""))
    return str(told["pattern"].format(prompt=prompt, view=view))


def is_chinese(prompt: str) -> bool:
    """Whether a prompt has Chinese characters."""
    return any(_IDEOGRAPHS[0] <= character <= _IDEOGRAPHS[1] for character in prompt)


@cache
def _data() -> dict[str, Any]:
    return dict(json.loads(DATA.read_text(encoding="utf-8")))
