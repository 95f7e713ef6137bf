"""What is added to a prompt, and what of it is not read."""

from __future__ import annotations

import re
from typing import Any

SAID = re.compile(r"panoram|equirect|360|全景|环景|環景", re.IGNORECASE)
HAN = re.compile(r"[\u3400-\u9fff]")
ENGLISH = ", seamless 360° equirectangular panorama"
CHINESE = "，无缝360°全景图，等距柱状投影"


def panorama(prompt: str) -> str:
    """The prompt with words for a picture all around, in its own language; as it is where it has some."""
    if SAID.search(prompt):
        return prompt
    return prompt + (CHINESE if HAN.search(prompt) else ENGLISH)


def unread(tokenizer: Any, words: str, tokens: int) -> str:
    """The end of a text that a model which reads so many tokens does not see; empty when it sees all."""
    lost = tokenizer(words, add_special_tokens=False).input_ids[tokens:]
    return str(tokenizer.decode(lost, skip_special_tokens=True)).strip()
