"""``python3 dev.py lock``: writes the lock files anew from the ``.in`` files, with today's newest versions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

BACKEND_VERSIONS = ("3.11", "3.12", "3.13")
BLENDER_VERSIONS = ("3.11", "3.13")


def main(root: Path, python: Path) -> int:
    """Write every lock file. python: the developers' interpreter, which has uv and packaging."""
    backend, tools = root / "backend" / "requirements", root / "devtools" / "requirements"
    for version in BACKEND_VERSIONS:
        short = version.replace(".", "")
        core, neural = (backend / f"{tier}-py{short}.lock" for tier in ("core", "neural"))
        _lock(python, backend / "core.in", core, version)
        _lock(python, backend / "neural.in", neural, version, core)
        _lock(python, tools / "backend-test.in", tools / f"backend-test-py{short}.lock", version, core)
    for version in BLENDER_VERSIONS:
        short = version.replace(".", "")
        _lock(python, tools / f"dev-py{short}.in", tools / f"dev-py{short}.lock", version)
    return 0


def _lock(python: Path, source: Path, lock: Path, version: str, constraint: Path | None = None) -> None:
    """Pin everything that ``source`` asks for, with the checksums of the wheels of all systems."""
    print(f"{lock.name} ...", flush=True)
    command = [
        *(str(python), "-m", "uv", "pip", "compile", str(source), "--universal", "--python-version", version),
        *("--generate-hashes", "--no-header", "--no-annotate", "--only-binary", ":all:", "--no-emit-index-url"),
        *("--quiet", "--upgrade", "--output-file", str(lock)),
    ]
    if constraint is not None:
        command += ["--constraint", str(constraint)]
    subprocess.run(command, check=True, cwd=source.parent)
    lock.write_text("".join(_fitting(lock.read_text("utf-8"), version)), "utf-8")


def _fitting(text: str, version: str) -> list[str]:
    """The requirements that hold for one Python version; only conditions on the system stay."""
    from packaging.markers import Marker

    kept = []
    for block in re.split(r"(?m)^(?=[A-Za-z])", text):
        found = re.match(r"(\S+) ; (.*?)( \\)?\n", block)
        if found:
            name, marker, more = found[1], found[2], found[3] or ""
            if "python" in marker and not re.search(r"platform|os_name|implementation", marker):
                if not Marker(marker).evaluate({"python_version": version, "python_full_version": f"{version}.9"}):
                    continue
                block = f"{name}{more}\n" + block[found.end() :]
        kept.append(block)
    return kept


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[1], Path(sys.executable)))
