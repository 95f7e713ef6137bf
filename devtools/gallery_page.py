"""The last step of a whole gallery: the page that lists what the embedded engines know, from their own data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from backend.engines.artifact import types
from backend.surface.ageing import ageing_names, load_ageing
from backend.surface.material import DATA, load_finish, load_material, material_names

DECORATIONS = Path(types.__file__).parents[1] / "data" / "decorations"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "vocabulary.md"
HEAD = """# What the embedded engines know

Written by `python3 dev.py gallery` from the engines' own data.

![Every type, rendered](images/gallery_types.jpg)

![Every material, rendered](images/gallery_materials.jpg)
"""


def main(_arguments: Sequence[str]) -> int:
    """Write the page."""
    sections = (
        ("Types", ("name", "what", "usual material", "usual size, cm (w × d × h)", "source of the size"), _types()),
        ("Materials", ("name", "what", "source"), _materials()),
        ("Finishes", ("name", "what", "source"), _finishes()),
        ("Decorations", ("name", "what", "source"), _titled(DECORATIONS)),
        ("Ornament", ("name", "what", "source"), _titled(DATA / "motifs")),
        ("Ageing", ("name", "what", "source"), _ageing()),
    )
    parts = [HEAD]
    for title, columns, rows in sections:
        listed = list(rows)
        parts.append(f"## {title} ({len(listed)})\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
                     + "".join(f"| {' | '.join(row)} |\n" for row in listed))  # fmt: skip
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    return 0


def _types() -> Iterable[tuple[str, ...]]:
    for kind in types.all_types():
        size = " × ".join(f"{100 * side:.3g}" for side in kind.size_m)
        yield f"`{kind.name}`", kind.title, kind.material.replace("_", " "), size, kind.size_source


def _materials() -> Iterable[tuple[str, ...]]:
    for name in material_names():
        material = load_material(name)
        yield f"`{name}`", material.title, material.source


def _finishes() -> Iterable[tuple[str, ...]]:
    for path in sorted((DATA / "finishes").glob("*.json")):
        finish = load_finish(path.stem)
        yield f"`{path.stem}`", finish.title, finish.source


def _ageing() -> Iterable[tuple[str, ...]]:
    for name in ageing_names():
        entry = load_ageing(name)
        yield f"`{name}`", f"{entry.title} · {entry.title_zh}", entry.source


def _titled(folder: Path) -> Iterable[tuple[str, ...]]:
    """Files with a title in English and Chinese."""
    for path in sorted(folder.glob("*.json")):
        entry = json.loads(path.read_text(encoding="utf-8"))
        title = entry.get("title", path.stem)
        shown = f"{title['en']} · {title['zh']}" if isinstance(title, dict) else str(title)
        yield f"`{path.stem}`", shown, str(entry.get("source", ""))
