"""The page on engines names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.engines import catalogue
from backend.words.names import material_names, type_names

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("engines.md", "vocabulary.md"))
NAMES = [*type_names(), *material_names(), *(info.name for info in catalogue.engines())]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_names_it(name):
    assert f"`{name}`" in PAGE
