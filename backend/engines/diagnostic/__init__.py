"""The engine that makes nothing: for tests, benchmarks, and "is it working?"."""

from __future__ import annotations

from pydantic import Field

from ..base import EngineInfo, Params


class NoopParams(Params):
    """How long the job shall take and what it shall leave behind."""

    seconds: float = Field(0.0, ge=0.0, le=3600.0, description="How long the job runs.")
    steps: int = Field(1, ge=1, le=10_000, description="How often it reports progress.")
    result_bytes: int = Field(0, ge=0, le=2**31, description="Size of the file it leaves behind; 0 for none.")
    fail: bool = Field(False, description="Whether it ends in an error.")
    preview: bool = Field(False, description="Whether it sends a preview picture with each step.")


ENGINES = (
    EngineInfo(
        task="diagnostic",
        name="noop",
        version="1.0",
        title="Nothing at all",
        summary="Waits, reports progress, and leaves as many bytes as asked: shows that the way there and back works.",
        params=NoopParams,
        entry="backend.engines.diagnostic.noop:run",
    ),
)
