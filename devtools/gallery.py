"""``python3 dev.py gallery``: every type and every material rendered, on contact sheets for the documents.

Steps in the environments that have what each needs: the backend makes the models, Blender renders a tile of each, the
backend's Pillow puts the tiles onto sheets; without arguments docs/vocabulary.md is written too. ``--types``,
``--materials``, ``--prompts`` and ``--texturing`` make a part only.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .environments import Environments
from .running import ROOT, run

STEP = "import sys; from devtools.{module} import main; sys.exit(main(sys.argv[1:]))"


def main(arguments: Sequence[str]) -> int:
    """Make models, render them, lay out the sheets. Answers the exit status."""
    options = parse(arguments)
    environments = Environments(ROOT)
    tools, backend = environments.tools(), environments.backend()
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="museum-gallery-", ignore_cleanup_errors=True) as folder:
        plan = Path(folder) / "plan.json"
        plan.write_text(json.dumps(_plan(options, out, Path(folder))), encoding="utf-8")
        steps = [("gallery_models", backend), ("gallery_tiles", tools), ("gallery_sheets", backend)]
        if options.texturing:
            steps = [("gallery_texturing", backend)]
        elif not _chosen(options):
            steps += [("gallery_texturing", backend), ("gallery_page", backend)]
        for module, python in steps:
            status = run(python, ["-c", STEP.format(module=module), os.fspath(plan)], backend)
            if status:
                return status
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="dev.py gallery", description="Contact sheets of the types and materials.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="where the sheets go (docs/images)")
    parser.add_argument("--types", help="names, separated by commas; all without it")
    parser.add_argument("--materials", help="names, separated by commas; all without it")
    parser.add_argument("--prompts", nargs="*", default=[], help="free prompts on a sheet of their own")
    parser.add_argument("--texturing", action="store_true", help="the picture of texturing by views alone")
    parser.add_argument("--tile", type=int, default=256, help="pixels along a tile's side (256)")
    parser.add_argument("--columns", type=int, default=8, help="tiles in a row (8)")
    parser.add_argument("--texture", type=int, choices=(512, 1024, 2048), default=1024, help="size of the maps (1024)")
    parser.add_argument("--samples", type=int, default=32, help="render samples a pixel (32)")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(list(arguments))


def _plan(options: argparse.Namespace, out: Path, folder: Path) -> dict[str, Any]:
    """What the steps do. A part that was not asked for is left out when another was."""
    return {
        "types": _names(options.types, not _chosen(options)),
        "materials": _names(options.materials, not _chosen(options)),
        "prompts": options.prompts,
        "folder": os.fspath(folder),
        "out": os.fspath(out),
        **{name: getattr(options, name) for name in ("tile", "columns", "texture", "samples", "seed")},
    }


def _chosen(options: argparse.Namespace) -> bool:
    """Whether a part was asked for, and not everything."""
    return options.types is not None or options.materials is not None or bool(options.prompts)


def _names(text: str | None, everything: bool) -> list[str] | None:
    """Names, None for all."""
    if text is None:
        return None if everything else []
    return [name.strip() for name in text.split(",") if name.strip()]
