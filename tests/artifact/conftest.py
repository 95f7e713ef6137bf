"""What the artifact tests share: a context that a test can look into, and a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.engines.artifact.engine import run
from backend.engines.artifact.info import ParametricParams
from backend.engines.base import EngineResult
from backend.errors import Cancelled


class Context:
    """A job context that keeps what it was told, and cancels after a number of reports when asked to."""

    def __init__(self, out_dir: Path, cancel_after: int | None = None) -> None:
        self.out_dir = out_dir
        self.inputs: dict[str, Path] = {}
        self.reports: list[tuple[float, str]] = []
        self.cancel_after = cancel_after

    def progress(self, fraction: float, message: str) -> None:
        self.reports.append((fraction, message))
        self.check_cancelled()

    def log(self, text: str) -> None:
        self.reports.append((-1.0, text))

    def preview(self, png: bytes) -> None:
        assert png[:4] == b"\x89PNG"

    def check_cancelled(self) -> None:
        if self.cancel_after is not None and len(self.reports) > self.cancel_after:
            raise Cancelled


@pytest.fixture
def make(tmp_path):
    """make(name, **params) runs the engine into a folder of that name and returns (result, folder, context)."""

    def _make(name: str, **params) -> tuple[EngineResult, Path, Context]:
        folder = tmp_path / name
        folder.mkdir()
        context = Context(folder)
        params.setdefault("texture_size", 512)
        return run(context, ParametricParams(**params)), folder, context

    return _make


@pytest.fixture
def context_class():
    return Context
