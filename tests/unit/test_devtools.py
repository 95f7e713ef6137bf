"""How the developers' commands read their arguments, and what they say when something is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from devtools import testing
from devtools.build import BuildFailed, check_listing
from devtools.locks import _fitting
from devtools.system import explain

ROOT = Path(__file__).resolve().parents[2]
GOOD_ZIP = ["blender_manifest.toml", "__init__.py", "LICENSE", "README.md", "backend/requirements/core-py311.lock",
            *(f"{folder}/__init__.py" for folder in ("museum_addon", "operators", "panels", "backend"))]  # fmt: skip


@pytest.fixture
def checkout(tmp_path):
    for folder in ("unit", "blender", "geometry", "artifact"):
        (tmp_path / "tests" / folder).mkdir(parents=True)
        (tmp_path / "tests" / folder / "test_it.py").touch()
    return tmp_path


def test_without_paths_every_folder_runs_in_its_environment(checkout):
    assert testing.sort_paths(checkout, []) == (["tests/blender", "tests/unit"], ["tests/artifact", "tests/geometry"])
    assert testing.sort_paths(checkout, ["tests"]) == testing.sort_paths(checkout, [])


def test_a_node_id_runs_in_its_environment(checkout):
    node = "tests/geometry/test_it.py::test_x"
    assert testing.split_arguments(checkout, ["-k", "tests", "-x", node]) == (["-k", "tests", "-x"], [node])
    assert testing.sort_paths(checkout, [node]) == ([], [node])


def test_counting_adds_runs_up(tmp_path):
    (tmp_path / "test_three.py").write_text(
        "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\n@pytest.mark.skip\ndef test_c(): pass\n"
    )
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path), f"--junitxml={report}"]
    status = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode
    totals = testing.Totals()
    totals.add(report, status)
    totals.add(report, status)
    assert (totals.passed, totals.failed, totals.skipped, totals.status) == (2, 2, 2, 1)


def test_a_missing_library_is_named_with_the_command_that_installs_it():
    said = explain("ImportError: libXrender.so.1: cannot open shared object file: No such file", Path("python"))
    assert "libXrender.so" in said and "nstall" in said


def test_a_zip_must_hold_what_users_need_and_nothing_else():
    check_listing(GOOD_ZIP)
    for wrong in (GOOD_ZIP[1:], [*GOOD_ZIP, "tests/test_x.py"], [*GOOD_ZIP, "backend/x.pyc"], [*GOOD_ZIP, "dev.py"]):
        with pytest.raises(BuildFailed):
            check_listing(wrong)


def test_a_lock_file_keeps_what_fits_its_python():
    text = (
        "a==1 ; python_full_version < '3.12' \\\n    --hash=sha256:00\n"
        "a==2 ; python_full_version >= '3.12' \\\n    --hash=sha256:11\n"
        "b==1 ; sys_platform == 'win32' \\\n    --hash=sha256:22\n"
    )
    assert "".join(_fitting(text, "3.11")) == (
        "a==1 \\\n    --hash=sha256:00\nb==1 ; sys_platform == 'win32' \\\n    --hash=sha256:22\n"
    )


def test_an_old_python_is_told_what_to_do():
    """The check comes before anything that an old Python cannot read."""
    source = (ROOT / "dev.py").read_text("utf-8")
    old = "import sys\nsys.version_info = (3, 8, 0)\n" + source.replace("import sys\n", "", 1)
    done = subprocess.run([sys.executable, "-c", old, "demo"], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "3.11" in done.stderr and "Python 3.8" in done.stderr
