"""What the engines for models are called and what they take."""

from __future__ import annotations

from pydantic import Field

from ..base import EngineInfo, Params

_NAME = "A model of the catalogue, or an engine's set of models: GET /v1/models lists both."


class PullParams(Params):
    """Which model, and whether its licence is agreed to."""

    model: str = Field(min_length=1, max_length=80, description=_NAME)
    accept_licence: bool = Field(False, description="Whether you agree to the licence; asked once for each licence.")


class VerifyParams(Params):
    """Which model."""

    model: str = Field(min_length=1, max_length=80, description=_NAME)


ENGINES = (
    EngineInfo(
        task="models",
        name="pull",
        version="1.0",
        title="Pull a model",
        summary="Fetches a model's files from the hub or a mirror, goes on where it broke off, and checks every byte.",
        params=PullParams,
        entry="backend.engines.models.engine:pull_models",
        device="network",
    ),
    EngineInfo(
        task="models",
        name="verify",
        version="1.0",
        title="Verify a model",
        summary="Reads every byte of a model on this machine: nothing missing, changed, or able to run code.",
        params=VerifyParams,
        entry="backend.engines.models.engine:verify_models",
        device="network",
    ),
)
