"""Warming up compiles everything that a job needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNCOMPILED = """
import json, sys
from numba.core.dispatcher import Dispatcher
from backend.engines.artifact import engine
from backend.engines.material import engine as material
engine.warm()
material.warm()
# What other engines alone need is not loaded here.
modules = [module for name, module in list(sys.modules.items()) if name.startswith("backend.")]
loops = {f"{value.py_func.__module__}.{name}": value for module in modules
         for name, value in vars(module).items() if isinstance(value, Dispatcher)}
inlined = {name for name, value in loops.items() if value.targetoptions.get("inline") == "always"}
print(json.dumps([len(loops), sorted(n for n, v in loops.items() if not v.signatures and n not in inlined)]))
"""


def test_no_loop_is_left_for_the_first_job_to_compile(tmp_path: Path):
    # An empty cache: loops that only other loops call are compiled with these, but not loaded with them.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", UNCOMPILED], capture_output=True, text=True, env=environment, check=True
    )
    count, left = json.loads(done.stdout)
    assert count > 8
    assert left == []
