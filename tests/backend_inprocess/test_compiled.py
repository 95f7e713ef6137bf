"""Compiled functions are kept apart by the state of the code that they were compiled from."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from backend.compiled import KEPT_S, code_digest, made_ready
from backend.settings import Settings

CALLEE = "from numba import njit\n\n@njit(cache=True)\ndef half(x):\n    return x / {}\n"
CALLER = "from numba import njit\nfrom .callee import half\n\n@njit(cache=True)\ndef twice(x):\n    return half(x)\n"
RUN = "import sys; sys.path.insert(0, {!r}); from loops.caller import twice; print(twice(12.0))"


def answer(folder: Path, cache: Path) -> float:
    made_ready(cache)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    code = RUN.format(str(folder))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    return float(done.stdout)


def digest(folder: Path) -> str:
    return code_digest.__wrapped__(folder)


def test_a_changed_callee_in_another_file_is_not_run_from_the_cache(tmp_path: Path) -> None:
    loops = tmp_path / "loops"
    loops.mkdir()
    (loops / "__init__.py").write_text("", "utf-8")
    (loops / "caller.py").write_text(CALLER, "utf-8")
    answers = []
    for divisor in (2.0, 3.0):
        (loops / "callee.py").write_text(CALLEE.format(divisor), "utf-8")
        answers.append(answer(tmp_path, tmp_path / "cache" / digest(loops)))
    assert answers == [6.0, 4.0]


def test_the_digest_follows_names_and_contents_of_compiled_code_alone(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import numba\n", "utf-8")
    (tmp_path / "plain.py").write_text("import json\n", "utf-8")
    first = digest(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{12}", first)
    (tmp_path / "plain.py").write_text("import os\n", "utf-8")
    assert digest(tmp_path) == first
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    second = digest(tmp_path)
    (tmp_path / "b.py").write_text("import numba \n", "utf-8")
    assert len({first, second, digest(tmp_path)}) == 3


def test_folders_that_were_left_long_ago_are_removed(tmp_path: Path) -> None:
    old, other, mine = (tmp_path / name for name in ("old", "other", "mine"))
    for folder in (old, other, mine):
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "loop.nbi").write_bytes(b"x")
    long_ago = other.stat().st_mtime - 2.0 * KEPT_S
    for folder in (old, mine):
        os.utime(folder, (long_ago, long_ago))
    made_ready(mine)
    assert {path.name for path in tmp_path.iterdir()} == {"other", "mine"}
    assert (mine / "inner" / "loop.nbi").exists()


def test_the_cache_of_a_server_is_named_after_the_code(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).numba_cache.name == code_digest()
