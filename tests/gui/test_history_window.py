"""The History panel in a real Blender with a window."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = os.environ.get("MUSEUM_GUI_BLENDER", "")
HERE = Path(__file__).parent
LIMIT_S = 400

pytestmark = [
    pytest.mark.gui,
    pytest.mark.skipif(not LAUNCHER, reason="MUSEUM_GUI_BLENDER names no Blender with a window"),
]


@pytest.fixture(scope="module")
def seen(backend_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script in Blender reported; its photographs stay in MUSEUM_ARTIFACTS."""
    from devtools.build import build

    work = tmp_path_factory.mktemp("history")
    archive = build(ROOT, Path(sys.executable), tmp_path_factory.mktemp("zip"))
    artifacts = Path(os.environ.get("MUSEUM_ARTIFACTS", ROOT / "artifacts")).resolve()
    artifacts.mkdir(parents=True, exist_ok=True)
    script = ["--python", str(HERE / "history.py"), "--", str(archive), str(work)]
    done = subprocess.run(
        [*shlex.split(LAUNCHER), "--factory-startup", *script],
        env={**os.environ, "MUSEUM_WINDOW_SIZE": "1600x1000", "BLENDER_USER_RESOURCES": str(work / "blender")},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    for kept in (*work.glob("*.png"), *work.glob("history.json")):
        (artifacts / kept.name).write_bytes(kept.read_bytes())
    assert (work / "history.json").exists(), done.stdout[-4000:]
    found: dict[str, Any] = json.loads((work / "history.json").read_text())
    assert not found["error"], found["error"] + done.stdout[-2000:]
    assert "Traceback" not in done.stdout, done.stdout[-4000:]
    return found


def test_generations_whose_rows_are_gone_are_found_and_brought_back(seen: dict[str, Any]) -> None:
    assert [state for state, _error in seen["rows"][:5]] == ["succeeded"] * 5, seen["rows"]
    assert seen["left"] == 0
    assert len(seen["found"]) == 1 and "celadon" in seen["found"][0]
    assert seen["brought_in"] == 1 and seen["prompt"] == seen["found"][0]


def test_two_are_compared(seen: dict[str, Any]) -> None:
    assert {"seed", "material", "texture_size"} <= set(seen["differences"]) and "prompt" not in seen["differences"]


def test_the_history_was_photographed(seen: dict[str, Any]) -> None:
    assert {"history-3-grid.png", "history-5-compared.png", "history-8-chinese.png"} <= set(seen["photographs"])
