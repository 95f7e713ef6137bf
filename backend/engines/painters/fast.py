"""The LoRA that a sampler of few steps needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import BadInput
from ...models.store import ModelStore
from ...paradata import sha256_of
from ..diffusion.adapters import LORA_ROLE
from ..diffusion.recipes import LoraFile
from ..diffusion.sampling import Sampler

FAST = "fast"


@dataclass(frozen=True)
class FastLora:
    """file: to be loaded. model: what paradata say of it."""

    file: LoraFile
    model: dict[str, Any]


def fast_lora(chosen: Sampler, use_id: str, store: ModelStore, own: Sequence[LoraFile]) -> FastLora | None:
    """The LoRA of the catalogue for a sampler that needs one; None where none is needed. own: those of the user.

    Whether one of those is a style or made for the sampler, nothing in a file tells: the catalogue's is added to them
    where it is here, and done without where it is not. Raises Unavailable, which says what to pull, and BadInput where
    the catalogue has none.
    """
    if not chosen.needs:
        return None
    model_id = store.catalogue.use(use_id).optional.get(chosen.needs)
    if model_id is None:
        if own:
            return None
        raise BadInput(
            f"The sampler “{chosen.title}” needs a LoRA that was trained for it, and none is named.",
            "Name one in “loras”, or choose another sampler.",
        )
    if own and store.located(store.catalogue.model(model_id)) is None:
        return None
    found = store.required(model_id)
    weights = next(file for file in found.files if file.path.endswith(".safetensors"))
    path = found.folder / Path(weights.path)
    if any(_same(file, path, weights.sha256) for file in own):
        return None
    file = LoraFile(path, 1.0, weights.sha256)
    return FastLora(file, {**found.provenance(), "role": LORA_ROLE, "weight": 1.0})


def _same(own: LoraFile, path: Path, digest: str) -> bool:
    """Whether the user's file is the catalogue's. digest: of the latter; empty where nobody has told it."""
    if own.path.stat().st_size != path.stat().st_size:
        return False
    return own.sha256 == (digest or sha256_of(path))
