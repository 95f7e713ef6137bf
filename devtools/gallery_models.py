"""The first step of the gallery: the models, made by the backend in this process."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from backend.command import run_into
from backend.engines.artifact import types
from backend.errors import BackendError
from backend.words.names import material_names

MATERIAL_BEARER = "vase"


def main(arguments: Sequence[str]) -> int:
    """Make every model of the plan; writes models.json beside it."""
    plan = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    folder = Path(plan["folder"])
    made, status = [], 0
    for sheet, name, title, params in wanted(plan):
        place = folder / "models" / sheet / name
        begin = time.perf_counter()
        try:
            result = run_into("text_to_3d", "parametric", params, {}, place)
        except BackendError as error:
            print(f"{name}: {error}", file=sys.stderr)
            status = 1
            continue
        size = result["data"]["size_m"]
        seconds = time.perf_counter() - begin
        print(f"{sheet} {name}: {seconds:.1f} s, {' x '.join(f'{100 * side:.1f}' for side in size)} cm", flush=True)
        made.append({"sheet": sheet, "name": name, "title": title, "model": str(place / "model.glb"), "size_m": size})
    (folder / "models.json").write_text(json.dumps(made), encoding="utf-8")
    return status


def wanted(plan: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(sheet, name, title, parameters) of each tile."""
    common = {"texture_size": plan["texture"], "seed": plan["seed"]}
    names = [name for name in types.names() if name != "volume"]
    for name in names if plan["types"] is None else plan["types"]:
        kind = types.load(name)
        yield "types", name, kind.title, {"prompt": f"{kind.culture} {kind.title}", "type": name, **common}
    for name in material_names() if plan["materials"] is None else plan["materials"]:
        title = name.replace("_", " ").capitalize()
        yield "materials", name, title, {"prompt": "vase", "type": MATERIAL_BEARER, "material": name, **common}
    for number, prompt in enumerate(plan["prompts"]):
        yield "prompts", f"{number:03d}", prompt, {"prompt": prompt, **common}
