"""What the repository must and must not hold."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted([*ROOT.glob("backend/requirements/*.lock"), *ROOT.glob("devtools/requirements/*.lock")])
MACHINE_PATHS = re.compile(r"(?<![\w.~$}/-])/(?:root|home/\w+|Users/\w+|work|workspace|mnt)/[\w.]")
REGISTRY_HOSTS = re.compile(r"(?i)https?://[\w.-]*(?:pypi|pythonhosted|anaconda|artifactory|nexus|devpi)[\w.-]*")


def tracked():
    """Every text file that git knows of."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("This is not a git checkout.")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            data = path.read_bytes()
            if b"\0" not in data[:8000]:
                yield name, data.decode("utf-8", "replace")


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, REGISTRY_HOSTS], ids=["machine paths", "registry hosts"])
def test_no_file_names_a_place_of_one_machine_or_a_registry(pattern):
    found = [f"{name}: {match[0]}" for name, text in tracked() for match in pattern.finditer(text)]
    assert found == []


def test_one_version_everywhere():
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))["version"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    backend = re.search(r'(?m)^__version__ = "(.+)"', (ROOT / "backend" / "__init__.py").read_text("utf-8"))[1]
    assert manifest == project == backend


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_checksums(path):
    blocks = [block for block in re.split(r"(?m)^(?=[A-Za-z])", path.read_text("utf-8")) if block.strip()]
    assert blocks
    assert [block.split("\n")[0] for block in blocks if not re.match(r"[\w.-]+==\S+", block)] == []
    assert [block.split("\n")[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_backend_can_be_installed_with_every_supported_python():
    names = {path.name for path in LOCKS}
    assert {"core-py311.lock", "core-py312.lock", "core-py313.lock"} <= names
