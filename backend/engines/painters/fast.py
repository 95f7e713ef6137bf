"""The LoRA that a sampler of few steps needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import BadInput
from ...models.store import ModelStore
from ..diffusion.adapters import LORA_ROLE
from ..diffusion.recipes import LoraFile
from ..diffusion.sampling import Sampler

FAST = "fast"


@dataclass(frozen=True)
class FastLora:
    """file: to be loaded. model: what paradata say of it."""

    file: LoraFile
    model: dict[str, Any]


def fast_lora(chosen: Sampler, use_id: str, store: ModelStore, has_loras: bool) -> FastLora | None:
    """The LoRA of the catalogue for a sampler that needs one, unless the user brings one; None where none is needed.

    Raises Unavailable, which says what to pull, and BadInput where the catalogue has none.
    """
    if not chosen.needs or has_loras:
        return None
    model_id = store.catalogue.use(use_id).optional.get(chosen.needs)
    if model_id is None:
        raise BadInput(
            f"The sampler “{chosen.title}” needs a LoRA that was trained for it, and none is named.",
            "Name one in “loras”, or choose another sampler.",
        )
    found = store.required(model_id)
    weights = next(file for file in found.files if file.path.endswith(".safetensors"))
    file = LoraFile(found.folder / Path(weights.path), 1.0, weights.sha256)
    return FastLora(file, {**found.provenance(), "role": LORA_ROLE, "weight": 1.0})
