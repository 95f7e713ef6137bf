"""The demonstration, run as dev.py runs it: a process of its own, with a real backend."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = "import sys; from devtools.demo import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def demo(backend_python: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(records: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", CODE, "--out", str(tmp_path / "out"), "--data", str(tmp_path / "data")]
        command += ["--records", str(records), "--samples", "1"]
        environment = {**os.environ, "MUSEUM_BACKEND_PYTHON": str(backend_python)}
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=540, check=False
        )

    return run


def test_records_become_a_scene_a_picture_and_glbs(demo, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("number,title,medium,date,height (cm)\nA/1,Bowl,celadon,唐代,8\nA/2,Radio,wood,1934,30\n", "utf-8")
    done = demo(table)
    assert done.returncode == 0, done.stdout + done.stderr
    out = tmp_path / "out"
    report = json.loads((out / "demo.json").read_text("utf-8"))
    assert (report["asked"], report["made"]) == (2, 2)
    by_number = {entry["accession_number"]: entry for entry in report["objects"]}
    assert (by_number["A/1"]["type"], by_number["A/1"]["years"]) == ("bowl", [618, 907])
    assert by_number["A/2"]["neutral"] is True
    assert by_number["A/2"]["size_m"][2] == pytest.approx(0.3, rel=0.01)
    for entry in report["objects"]:
        assert (out / entry["glb"]).read_bytes()[:4] == b"glTF"
        assert entry["paradata"]["schema"] == "museum-paradata/1"
    assert (out / "demo.png").read_bytes()[1:4] == b"PNG"
    assert (out / "demo.blend").stat().st_size > 10_000
    assert "2 of 2 records became objects; 1 of them neutral volumes." in done.stdout
    assert "2 of 2 in the scene" in done.stdout
    assert not (tmp_path / "data" / "jobs" / "server.json").exists()


def test_a_file_that_cannot_be_read_is_said_in_one_sentence(demo, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('[{"title": ', "utf-8")
    done = demo(broken)
    assert done.returncode == 1
    assert "not valid JSON: line 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_silence_is_noticed() -> None:
    from devtools.demo import wait_until_silent

    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert urlsplit(url).port
        assert not wait_until_silent(url, 0.3)
    assert wait_until_silent(url, 5.0)
