"""How noise becomes a picture: samplers by name, the one generator of noise, and what is told at every step.

Torch and diffusers are imported inside functions alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ...errors import BadInput

DATA = Path(__file__).with_name("data") / "samplers.json"
SamplerName = Literal["auto", "euler", "euler_a", "dpm++", "unipc", "ddim", "lcm", "tcd", "lightning"]
OWN = "museum_own_scheduler"
"""The attribute of a pipeline that holds the scheduler that it was loaded with."""

Report = Callable[[float, str], None]
"""Told the share that is done, 0 to 1, and what is being done. What it raises ends the work."""
Check = Callable[[], None]
"""Raises Cancelled when nobody wants the result any more."""
StepEnd = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Sampler:
    """A way through the noise. scheduler: the diffusers class; empty for the one that the model came with.

    steps, guidance: what it is made for; None where the model says. needs: "fast" for the LoRA of this role in the
    catalogue of models (or one of the user's that does the same), "own" for a LoRA that only the user has, or nothing.
    """

    id: str
    title: str
    scheduler: str
    options: Mapping[str, Any] = field(default_factory=dict)
    steps: int | None = None
    guidance: float | None = None
    needs: str = ""


@cache
def samplers() -> Mapping[str, Sampler]:
    """All samplers, by id."""
    entries = json.loads(DATA.read_text(encoding="utf-8"))["samplers"]
    return {entry["id"]: Sampler(**entry) for entry in entries}


def with_titles(schema: dict[str, Any]) -> None:
    """Add to the JSON Schema of a parameter of ``SamplerName`` what people call its choices."""
    schema["x-titles"] = {chosen.id: chosen.title for chosen in samplers().values()}


def sampler(name: str) -> Sampler:
    """One sampler. Raises BadInput, which names all of them."""
    known = samplers()
    if name not in known:
        raise BadInput(f'There is no sampler "{name[:60]}".', f"Use one of: {', '.join(known)}.")
    return known[name]


def set_sampler(pipeline: Any, name: str) -> str:
    """Give a pipeline, fresh or used, a fresh scheduler. Returns the name of its class, for the paradata.

    Raises BadInput for one that the kind of model cannot use.
    """
    own = getattr(pipeline, OWN, None)
    if own is None:
        own = pipeline.scheduler
        setattr(pipeline, OWN, own)
    chosen = sampler(name)
    kind = type(own) if not chosen.scheduler else _class(chosen.scheduler)
    if _flows(type(own)) != _flows(kind):
        raise BadInput(
            f"The sampler “{chosen.title}” does not go with this model, which follows a flow instead of noise levels.",
            "Use the sampler “auto”.",
        )
    pipeline.scheduler = kind.from_config(own.config, **chosen.options)
    return str(kind.__name__)


def generator(seed: int) -> Any:
    """The source of noise: on the processor, so that a seed means the same noise on every device."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def step_end(report: Report, check: Check, preview: Callable[[Any], None] | None = None, every: int = 4) -> StepEnd:
    """A ``callback_on_step_end`` for a pipeline of diffusers, which tells every step and stops a cancelled job.

    preview: given the latents after every ``every``-th step but the last, to be shown in any way.
    """

    def told(pipeline: Any, step: int, _timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        count = int(getattr(pipeline, "num_timesteps", 0) or len(pipeline.scheduler.timesteps))
        check()
        report(min((step + 1) / count, 1.0), f"step {step + 1} of {count}")
        if preview is not None and every > 0 and (step + 1) % every == 0 and step + 1 < count and "latents" in tensors:
            preview(tensors["latents"])
        return tensors

    return told


def _class(name: str) -> Any:
    import diffusers

    return getattr(diffusers, name)


def _flows(kind: type) -> bool:
    return "FlowMatch" in kind.__name__
