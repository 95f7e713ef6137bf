"""``python3 dev.py build``: the extension's zip, made from what is committed, checked by Blender's own tool."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

from museum_addon.client.processes import clean_environment
from museum_addon.core.errors import MuseumError

REQUIRED = ("blender_manifest.toml", "__init__.py", "LICENSE", "README.md")
REQUIRED_FOLDERS = ("museum_addon", "operators", "panels", "backend")
REFUSED_FOLDERS = ("tests", "docs", "devtools", ".ci", "benchmarks", ".cache", ".git", "dist")
REFUSED_FILES = ("dev.py", "pyproject.toml", ".gitignore")


class BuildFailed(MuseumError):
    """The zip could not be made, or is not what it should be."""


def main(root: Path, python: Path) -> int:
    """Build into dist/ and say where. python: an interpreter that has Blender as a module."""
    changed = _git(root, "status", "--porcelain", "--untracked-files=no").decode().splitlines()
    if changed:
        print(f"Note: {len(changed)} changed files are not in the zip; it is made from the last commit.")
    target = build(root, python, root / "dist")
    print(f"{target} ({target.stat().st_size / 1e6:.1f} MB, {len(zipfile.ZipFile(target).namelist())} files)")
    return 0


def build(root: Path, python: Path, folder: Path) -> Path:
    """Make and check the zip of the last commit. Raises BuildFailed."""
    tool = builder(python)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="museum-build-") as temporary:
        source = Path(temporary) / "museum_addon"
        with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "--format=tar", "HEAD"))) as archive:
            archive.extractall(source, filter="data")
        manifest = tomllib.loads((source / "blender_manifest.toml").read_text("utf-8"))
        target = folder / f"{manifest['id']}-{manifest['version']}.zip"
        made = Path(temporary) / target.name
        _run(python, tool, "build", "--source-dir", str(source), "--output-filepath", str(made))
        _run(python, tool, "validate", str(made))
        check_listing(zipfile.ZipFile(made).namelist())
        target.write_bytes(made.read_bytes())
    return target


def check_listing(names: list[str]) -> None:
    """Whether the zip holds what a user needs and nothing else. Raises BuildFailed."""
    tops = {name.split("/")[0] for name in names}
    missing = [name for name in REQUIRED if name not in names]
    missing += [f"{folder}/" for folder in REQUIRED_FOLDERS if f"{folder}/__init__.py" not in names]
    if not any(name.startswith("backend/requirements/") and name.endswith(".lock") for name in names):
        missing.append("backend/requirements/*.lock")
    surplus = sorted(tops & {*REFUSED_FOLDERS, *REFUSED_FILES})
    surplus += [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    if missing or surplus:
        raise BuildFailed(
            f"The zip lacks {missing or 'nothing'} and holds {surplus or 'nothing'} too much.",
            "Correct paths_exclude_pattern in blender_manifest.toml, and commit what is missing.",
        )


def builder(python: Path) -> Path:
    """Blender's extension tool inside the module's files. Raises BuildFailed when there is none."""
    libraries = python.parents[1]
    for found in libraries.glob("**/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"):
        return found
    raise BuildFailed(f"{libraries.name} holds no Blender.", "Delete the folder and run the same command again.")


def _run(python: Path, tool: Path, *arguments: str) -> None:
    done = subprocess.run(
        [str(python), str(tool), *arguments], capture_output=True, text=True, env=clean_environment(), check=False
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise BuildFailed(f"Blender's extension tool refused to {arguments[0]}.", "Its output above says why.")


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True).stdout  # noqa: S607
