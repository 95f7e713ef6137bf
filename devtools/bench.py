"""``python3 dev.py bench``: runs the benchmarks, shows a table, keeps the figures as JSON and as a page of the docs.

Each ``benchmarks/<name>.py`` has a ``main()`` that prints rows as JSON, one a line or as a list:
``{name, target, value, unit, passed, note}``. A module that sets ``ENVIRONMENT = "backend"`` runs in the backend's
environment, one that sets it to "neural" where PyTorch is, others in Blender's.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from museum_addon.client.processes import clean_environment

from .environments import Environments

Row = Mapping[str, Any]
COLUMNS = ("benchmark", "name", "target", "value", "unit", "result", "note")


def main(root: Path, names: Sequence[str]) -> int:
    """Run the named benchmarks, or all; returns 0 when every figure meets its target."""
    folder = root / "benchmarks"
    available = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    unknown = sorted(set(names) - set(available))
    if unknown:
        print(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(available)}.", file=sys.stderr)
        return 2
    environments = Environments(root)
    tools, backend = environments.tools(), environments.backend_with_test_tools()
    results: dict[str, list[Row]] = {}
    broken = []
    for name in names or available:
        print(f"{name} ...", flush=True)
        place = _environment(folder / f"{name}.py")
        python = {"backend": backend, "neural": None}.get(place, tools)
        if place == "neural":
            python = environments.neural_with_test_tools()
        rows = None if python is None else _rows(root, python, backend, name)
        if rows is None:
            broken.append(name)
        results[name] = rows or []
    kept = _merged(root / "docs" / "benchmarks.json", results)
    print("\n" + table(results))
    _write(root / "docs", kept)
    if broken:
        print(f"Ended with an error: {', '.join(broken)}.", file=sys.stderr)
    passed = all(row.get("passed", True) for rows in results.values() for row in rows)
    return 0 if passed and not broken else 1


def table(results: Mapping[str, Sequence[Row]]) -> str:
    """The rows as a Markdown table."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for benchmark, rows in results.items():
        for row in rows:
            result = "" if row.get("passed") is None else "met" if row["passed"] else "**missed**"
            cells = [benchmark, row["name"], row.get("target", ""), _number(row["value"]), row.get("unit", ""), result]
            lines.append("| " + " | ".join(map(str, [*cells, row.get("note", "")])) + " |")
    return "\n".join(lines) + "\n"


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _environment(path: Path) -> str:
    """The module's ENVIRONMENT, read without running it."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ENVIRONMENT":
            return str(ast.literal_eval(node.value))
    return "tools"


def _rows(root: Path, python: Path, backend: Path, name: str) -> list[Row] | None:
    """Run one benchmark; its rows, or None when it ended with an error."""
    code = f"import sys; from benchmarks import {name}; sys.exit({name}.main())"
    env = clean_environment({"MUSEUM_BACKEND_PYTHON": os.fspath(backend)})
    done = subprocess.run(
        [str(python), "-c", code], cwd=root, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False
    )
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(("{", "["))]
    # A benchmark may say by its exit status that a figure was missed; one that says nothing broke. An empty list is
    # what a benchmark says that cannot run here.
    return [row for part in found for row in (part if isinstance(part, list) else [part])] if found else None


def _merged(path: Path, results: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Earlier figures with the new ones over them."""
    earlier = json.loads(path.read_text("utf-8"))["benchmarks"] if path.exists() else {}
    return {**earlier, **{name: list(rows) for name, rows in results.items()}}


def _write(docs: Path, results: Mapping[str, Sequence[Row]]) -> None:
    machine = {"system": platform.system(), "machine": platform.machine(), "cores": os.cpu_count()}
    text = json.dumps({"machine": machine, "benchmarks": results}, indent=1, ensure_ascii=False)
    (docs / "benchmarks.json").write_text(text + "\n", "utf-8")
    page = (
        "# Benchmarks\n\nWritten by `python3 dev.py bench`. "
        f"Measured on {machine['system']} {machine['machine']} with {machine['cores']} cores.\n\n" + table(results)
    )
    (docs / "benchmarks.md").write_text(page, "utf-8")
