"""What the backend says of its engines, asked of the backend itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DUMP = """
import json
from backend.engines.catalogue import engines
print(json.dumps([{"task": e.task, "name": e.name, "params": e.params.model_json_schema()} for e in engines()]))
"""


@pytest.fixture(scope="session")
def engines(backend_python: Path) -> list[dict[str, Any]]:
    """Task, name and schema of every engine that the backend lists."""
    done = subprocess.run([str(backend_python), "-c", DUMP], cwd=ROOT, capture_output=True, text=True, check=True)
    listed: list[dict[str, Any]] = json.loads(done.stdout)
    return listed
