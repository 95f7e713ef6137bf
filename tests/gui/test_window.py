"""The built zip in a real Blender with a window: an artist types a prompt, clicks Create, and an object appears."""

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
LIMIT_S = 400

pytestmark = [
    pytest.mark.gui,
    pytest.mark.skipif(not LAUNCHER, reason="MUSEUM_GUI_BLENDER names no Blender with a window"),
]


@pytest.fixture(scope="module")
def session(backend_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the driver reported. The photographs stay in MUSEUM_ARTIFACTS."""
    from devtools.build import build

    artifacts = Path(os.environ.get("MUSEUM_ARTIFACTS", ROOT / "artifacts")).resolve()
    artifacts.mkdir(parents=True, exist_ok=True)
    work = tmp_path_factory.mktemp("window")
    archive = build(ROOT, Path(sys.executable), work)
    command = [
        *shlex.split(LAUNCHER), "--factory-startup",
        "--python", str(Path(__file__).with_name("drive.py")), "--", str(archive), str(work),
    ]  # fmt: skip
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(work / "blender")}
    done = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    for photograph in work.glob("*.png"):
        (artifacts / photograph.name).write_bytes(photograph.read_bytes())
    report = work / "report.json"
    assert report.exists(), done.stdout[-4000:]
    (artifacts / report.name).write_bytes(report.read_bytes())
    found = json.loads(report.read_text())
    assert not found["error"], found["error"] + done.stdout[-2000:]
    return found


def test_the_installed_zip_is_what_ran(session: dict[str, Any]) -> None:
    assert str(ROOT) not in session["module_file"] and "extensions" in session["module_file"]


def test_the_prompt_was_typed(session: dict[str, Any]) -> None:
    assert session["prompt"] == "bronze bowl, 12 cm tall"


def test_an_object_of_its_true_size_appeared(session: dict[str, Any]) -> None:
    assert session["row"]["state"] == "succeeded", session["row"]
    (made,) = session["objects"]
    assert made["height_m"] == pytest.approx(0.12, abs=1e-3)
    assert json.loads(made["paradata"])["prompt"] == session["prompt"]


def test_the_event_loop_went_round_while_the_job_ran(session: dict[str, Any]) -> None:
    """Had the job run on the main thread, no timer would have fired between the click and the object."""
    assert session["ticks"] > 10
    assert session["longest_gap_s"] < session["seconds"] / 2


def test_undo_and_redo_from_the_keyboard(session: dict[str, Any]) -> None:
    assert (session["objects_after_undo"], session["objects_after_redo"]) == (-1, 0)
    assert session["jobs_after_undo"] == 1


def test_show_brings_the_object_into_view(session: dict[str, Any]) -> None:
    assert session["selected"] == [session["objects"][0]["name"]]
    assert session["view_distance_m"] < 1.0


def test_an_unknown_object_says_what_is_wrong(session: dict[str, Any]) -> None:
    assert "laser printer" in session["failure"]["error"] and session["failure"]["fix"]


def test_there_are_photographs(session: dict[str, Any]) -> None:
    assert len(session["photographs"]) == 8
