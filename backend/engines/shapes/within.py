"""One engine's job within another's: its own folders and inputs, a stretch of the whole's progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..base import EngineInfo, EngineResult, JobContext
from ..catalogue import checked_params
from .progress import Say

if TYPE_CHECKING:
    from ..diffusion.residents import Residents


@dataclass
class PartContext:
    """The JobContext of a part of a job. say: tells its share of the whole. title: stands before what it says."""

    whole: JobContext
    say: Say
    title: str
    out_dir: Path
    inputs: Mapping[str, Path]
    keep_dir: Path
    residents: Residents = field(init=False)

    def __post_init__(self) -> None:
        self.residents = self.whole.residents

    def progress(self, fraction: float, message: str) -> None:
        """Say how far the part is. Raises Cancelled."""
        self.say(fraction, f"{self.title}: {message}" if message else self.title)

    def log(self, text: str) -> None:
        """Say something to whoever wants to know more."""
        self.whole.log(f"{self.title}: {text}")

    def preview(self, png: bytes) -> None:
        """Show the state of things."""
        self.whole.preview(png)

    def check_cancelled(self) -> None:
        """Raise Cancelled when the job was cancelled."""
        self.whole.check_cancelled()


def fitting(engine: EngineInfo, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that the engine has parameters for, and that are known."""
    known = engine.params.model_fields
    return {name: value for name, value in values.items() if name in known and value is not None}


def run_within(engine: EngineInfo, part: PartContext, values: Mapping[str, Any]) -> EngineResult:
    """Do another engine's job. Raises BadInput for parameters that it does not take, and what the engine raises."""
    part.out_dir.mkdir(parents=True, exist_ok=True)
    return engine.load()(part, checked_params(engine, values))
