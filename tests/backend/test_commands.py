"""The command line: run, engines, check."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess

import pytest

from devtools.server_process import backend_environment


@pytest.fixture
def backend(backend_python, tmp_path):
    """Run a command in an empty folder; answer exit status, output and errors."""
    folder = tmp_path / "here"
    folder.mkdir()

    def run(*arguments):
        done = subprocess.run(
            [str(backend_python), "-m", "backend", *map(str, arguments)],
            capture_output=True, text=True, encoding="utf-8", timeout=300, env=backend_environment(), cwd=folder,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_run_writes_the_files_and_one_line(backend, tmp_path):
    out = tmp_path / "new" / "folder"
    status, output, _ = backend("run", "diagnostic", "--param", "result_bytes=500", "--param", "seed=4", "--out", out)
    assert status == 0
    (line,) = output.splitlines()
    told = json.loads(line)
    assert [file["name"] for file in told["files"]] == ["result.bin", "result.json"]
    assert sorted(path.name for path in out.iterdir()) == ["result.bin", "result.json"]
    for file in told["files"]:
        assert hashlib.sha256((out / file["name"]).read_bytes()).hexdigest() == file["sha256"]
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert result["schema"] == "museum-result/1"
    assert result["paradata"]["seed"] == 4
    assert sorted(path.name for path in out.parent.iterdir()) == ["folder"]


def test_parameters_come_from_a_file_and_pairs_win(backend, tmp_path):
    params = tmp_path / "params.json"
    params.write_text('{"seed": 1, "result_bytes": 10}')
    status, _, errors = backend(
        "run", "diagnostic", "--engine", "noop", "--params", params, "--param", "seed=2", "--out", tmp_path / "out"
    )
    assert status == 0, errors
    assert json.loads((tmp_path / "out" / "result.json").read_text())["paradata"]["seed"] == 2
    assert (tmp_path / "out" / "result.bin").stat().st_size == 10


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["diagnostic", "--param", "seconds=-3"], "seconds"),
        (["diagnostic", "--param", "seconds=long"], "seconds"),
        (["diagnostic", "--param", "secnds=3"], "seconds"),
        (["diagnostic", "--param", "seconds"], "--param"),
        (["diagnostic", "--param", "fail=true"], "fail"),
        (["diagnostic", "--params", "missing.json"], "missing.json"),
        (["diagnostic", "--input", "image=missing.png"], "missing.png"),
        (["diagnostic", "--input", "image"], "--input"),
        (["diagnostic", "--engine", "nop"], "noop"),
        (["diagnostik"], "diagnostic"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing_behind(backend, tmp_path, arguments, named):
    out = tmp_path / "here" / "out"
    status, output, errors = backend("run", *arguments, "--out", out)
    assert (status, output) == (2, "")
    (line,) = errors.splitlines()
    assert named in line
    assert list(tmp_path.rglob("*")) == [tmp_path / "here"]


def test_what_was_in_the_folder_stays_when_the_job_fails(backend, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    assert backend("run", "diagnostic", "--param", "fail=true", "--out", out)[0] == 2
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert backend("run", "diagnostic", "--out", out / "mine.txt")[0] == 2
    assert (out / "mine.txt").read_text() == "keep"


def test_engines_are_listed_for_people_and_for_programs(backend):
    status, output, _ = backend("engines", "--json")
    assert status == 0
    engines = json.loads(output)["engines"]
    assert {"parametric", "noop"} <= {engine["name"] for engine in engines}
    assert all(engine["params"]["type"] == "object" for engine in engines)
    status, output, _ = backend("engines")
    assert status == 0
    assert len(output.splitlines()) == len(engines)


def test_check_makes_a_real_object_and_leaves_nothing_but_the_cache(backend, tmp_path):
    status, output, errors = backend("check", "--data", tmp_path / "data")
    assert status == 0, errors
    told = json.loads(output)
    assert told["ok"] is True
    assert "model.glb" in told["files"]
    left = {path.relative_to(tmp_path).parts[:2] for path in tmp_path.rglob("*")}
    assert left <= {("here",), ("data",), ("data", "cache")}


def test_a_prompt_of_no_known_type_names_the_nearest(backend, tmp_path):
    out = tmp_path / "here" / "out"
    status, output, errors = backend("run", "text_to_3d", "--param", "prompt=a laser printer", "--out", out)
    assert (status, output) == (2, "")
    assert len(errors.splitlines()) == 1, errors
    assert not out.exists()


def test_a_folder_below_a_file_is_bad_input(backend, tmp_path):
    (tmp_path / "file").write_text("x")
    status, output, errors = backend("run", "diagnostic", "--out", tmp_path / "file" / "sub")
    assert (status, output) == (2, "")
    assert "is not a folder" in errors and len(errors.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no way to ask a process to end")
def test_being_told_to_end_leaves_nothing_beside_the_folder(backend_python, tmp_path):
    command = [str(backend_python), "-m", "backend", "run", "diagnostic", "--param", "seconds=60", "--out", "out"]
    process = subprocess.Popen(command, cwd=tmp_path, env=backend_environment())
    while not list(tmp_path.glob(".museum-*")):
        assert process.poll() is None
    process.terminate()
    assert process.wait(60) == 130
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_parameter_is_told_what_it_takes(backend, tmp_path):
    status, _, errors = backend("run", "text_to_3d", "--param", "prompt=12345", "--out", tmp_path / "out")
    assert status == 2
    assert "The object in words" in errors
