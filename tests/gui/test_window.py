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
HERE = Path(__file__).parent
LIMIT_S = 400

pytestmark = [
    pytest.mark.gui,
    pytest.mark.skipif(not LAUNCHER, reason="MUSEUM_GUI_BLENDER names no Blender with a window"),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension's zip, as users get it."""
    from devtools.build import build

    return build(ROOT, Path(sys.executable), tmp_path_factory.mktemp("zip"))


def run(work: Path, result: str, *arguments: str, screen: str = "1600x900") -> dict[str, Any]:
    """What the script in Blender reported. The report and the photographs stay in MUSEUM_ARTIFACTS."""
    artifacts = Path(os.environ.get("MUSEUM_ARTIFACTS", ROOT / "artifacts")).resolve()
    artifacts.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [*shlex.split(LAUNCHER), "--factory-startup", *arguments],
        env={**os.environ, "MUSEUM_WINDOW_SIZE": screen, "BLENDER_USER_RESOURCES": str(work / "blender")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    for kept in (*work.glob("*.png"), *work.glob(result)):
        (artifacts / kept.name).write_bytes(kept.read_bytes())
    assert (work / result).exists(), done.stdout[-4000:]
    found = json.loads((work / result).read_text())
    assert not found["error"], found["error"] + done.stdout[-2000:]
    assert "Traceback" not in done.stdout, done.stdout[-4000:]  # Blender prints what goes wrong in drawing
    return found


@pytest.fixture(scope="module")
def session(backend_python: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an artist's session left behind."""
    work = tmp_path_factory.mktemp("window")
    script = ["--python", str(HERE / "drive.py"), "--", str(archive), str(work)]
    return run(work, "report.json", *script, screen="1600x1100")


def test_the_installed_zip_is_what_ran(session: dict[str, Any]) -> None:
    assert str(ROOT) not in session["module_file"] and "extensions" in session["module_file"]


def test_the_prompt_was_typed(session: dict[str, Any]) -> None:
    assert session["prompt"] == "bronze bowl, 12 cm tall"


def test_an_object_of_its_true_size_appeared(session: dict[str, Any]) -> None:
    assert session["row"]["state"] == "succeeded", session["row"]
    (made,) = session["objects"]
    assert made["height_m"] == pytest.approx(0.12, abs=1e-3)
    assert json.loads(made["paradata"])["prompt"] == session["prompt"]


def test_the_event_loop_goes_round_at_every_step_of_a_running_job(session: dict[str, Any]) -> None:
    """The job would run for ten minutes: on the main thread nothing would be seen of it, nor could it be cancelled."""
    steps = {progress: times for state, progress, times in session["seen"] if state == "running" and progress > 0.0}
    assert len(steps) >= 3 and min(steps.values()) > 0
    assert session["cancelled"] == "cancelled"


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


@pytest.fixture(scope="module")
def forms(backend_python: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen of Details and Material, on a screen that is high enough for both."""
    work = tmp_path_factory.mktemp("forms")
    return run(
        work, "forms.json", "--python", str(HERE / "forms.py"), "--", str(archive), str(work), screen="1600x1400"
    )


def test_the_words_are_read_and_a_field_is_chosen_from_its_menu(forms: dict[str, Any]) -> None:
    assert (forms["problem"], forms["chosen"]) == ("", "bronze")
    (made,) = forms["made"]
    spec = json.loads(made["spec"])
    assert spec["type"]["value"] == "meiping" and spec["damages"]["value"] == ["chip"]
    assert (spec["material"]["value"], spec["material"]["source"]) == ("bronze", "asked")


def test_a_mesh_gets_the_material_and_undo_takes_it_off(forms: dict[str, Any]) -> None:
    assert forms["material"] == {"state": "succeeded", "error": "", "fix": ""}
    assert "Bronze" in forms["slots"][0]
    assert forms["slots_after_undo"] == ["Material"] and forms["jobs_after_undo"] == 2


def test_the_forms_were_photographed_in_both_languages(forms: dict[str, Any]) -> None:
    assert {"details-2-read.png", "material-3-done.png", "details-6-chinese.png"} <= set(forms["photographs"])


@pytest.fixture(scope="module")
def evidence(backend_python: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen of the overlay over a painted ball."""
    work = tmp_path_factory.mktemp("evidence")
    return run(work, "evidence.json", "--python", str(HERE / "evidence.py"), "--", str(archive), str(work))


def test_the_overlay_shows_each_source_in_its_colour(evidence: dict[str, Any]) -> None:
    before, shown = evidence["evidence-1-off"], evidence["evidence-2-source"]
    assert all(shown[name] > before[name] + 0.005 for name in ("observed", "interpolated", "generated")), evidence
    assert evidence["legend"][0] == ["Observed", "50.0 %"] and len(evidence["legend"]) == 4


def test_the_overlay_follows_selection_undo_and_files(evidence: dict[str, Any]) -> None:
    shown = evidence["evidence-2-source"]
    assert evidence["evidence-3-nothing-selected"]["generated"] < 0.3 * shown["generated"]
    assert evidence["after_undo"] == [0.0, ["Ball"]] and evidence["agree_after_opening"]
    for later in ("evidence-5-undone", "evidence-6-reopened"):
        assert evidence[later]["generated"] > 0.7 * shown["generated"], later


def test_the_extension_takes_its_overlay_along(evidence: dict[str, Any]) -> None:
    assert evidence["pointer_left"] is False and "evidence-7-disabled.png" in evidence["photographs"]


@pytest.mark.parametrize("victim", ["alone", "with-backend"])
def test_a_file_saved_before_blender_died_gets_its_object_by_being_opened(
    backend_python: Path, archive: Path, tmp_path: Path, victim: str
) -> None:
    """Blender is killed mid-job, alone or as in a power cut together with its backend."""
    script = ["--background", "--python", str(HERE / "reopen.py"), "--"]
    found = run(tmp_path, "reopened.json", *script, "watch", str(archive), str(tmp_path), victim)
    assert set(found["left"]["states"].values()) <= {"queued", "running"}
    assert found["opened"] == str(tmp_path / "mid-job.blend")
    assert [row["state"] for row in found["rows"]] == ["succeeded"] * 2, found["rows"]
    (made,) = found["objects"]
    assert made["height_m"] == pytest.approx(0.12, abs=1e-3) and made["x_m"] == pytest.approx(1.0)
    assert made["museum_id"] == found["rows"][1]["job_id"]
