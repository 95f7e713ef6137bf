"""What the panels ask of Blender's layout exists in this Blender; a wheel has no window to draw them in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")

ROOT = Path(__file__).resolve().parents[2]
FILES = [*sorted((ROOT / "panels").glob("*.py")), ROOT / "museum_addon" / "preferences.py"]
LAYOUT = bpy.types.UILayout.bl_rna


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Calls of methods that the layout has, by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_layout_functions_take_these_arguments(path: Path) -> None:
    for name, call in calls(path):
        function = LAYOUT.functions.get(name)
        if function is None:
            continue
        known = {parameter.identifier for parameter in function.parameters}
        used = {keyword.arg for keyword in call.keywords if keyword.arg}
        assert used <= known, f"{path.name}:{call.lineno} {name}: {used - known}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_icons_exist(path: Path) -> None:
    icons = LAYOUT.functions["label"].parameters["icon"].enum_items.keys()
    asked = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.keyword(arg="icon", value=value):
                asked |= {part.value for part in ast.walk(value) if isinstance(part, ast.Constant)}
            case ast.Assign(targets=[ast.Name(id="ICONS")], value=ast.Dict(values=values)):
                asked |= {value.value for value in values}
            case ast.Assign(targets=[ast.Name(id="BUTTONS")], value=ast.Dict(values=values)):
                asked |= {part.elts[2].value for value in values for part in value.elts}
    names = {icon for icon in asked if isinstance(icon, str) and icon.isupper()}
    assert names <= set(icons), names - set(icons)


def test_the_text_box_is_used_only_where_it_exists() -> None:
    text = (ROOT / "panels" / "create.py").read_text(encoding="utf-8")
    assert 'hasattr(layout, "textbox")' in text
    assert ("textbox" in LAYOUT.functions) == (bpy.app.version >= (5, 2))
