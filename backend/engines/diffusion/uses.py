"""From an entry of the models' catalogue to what is loaded: which folders, how much memory, and what paradata say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...models.store import Located, ModelStore
from ..base import Availability
from .memory import Needs, needs_in_gb
from .packages import neural_packages
from .recipes import IpAdapter, LoraFile, Recipe

BASE, IP_ADAPTER = "base", "ip_adapter"


@dataclass(frozen=True)
class Prepared:
    """models: role -> id, revision, licence and hashes, as paradata have them."""

    recipe: Recipe
    needs: Needs
    models: Mapping[str, Mapping[str, Any]]


def availability_of(use_id: str, store: ModelStore | None = None) -> Availability:
    """Whether an engine's packages and models are all here. Imports nothing heavy, looks at names and sizes alone."""
    packages = neural_packages()
    if not packages.available:
        return packages
    store = store or ModelStore()
    use = store.catalogue.use(use_id)
    missing = [model for model in store.catalogue.meant(use_id) if store.located(model) is None]
    if not missing:
        return Availability(True)
    size = sum(model.size_bytes for model in missing) / 1e9
    names = ", ".join(model.title for model in missing)
    return Availability(
        False,
        f"{names} {'is' if len(missing) == 1 else 'are'} not on this machine ({size:.1f} GB).",
        f"Download {'it' if len(missing) == 1 else 'them'} in the Models panel, "
        f"or with `backend models pull {use.id}`.",
    )


def prepared(
    use_id: str, store: ModelStore, loras: tuple[LoraFile, ...] = (), reference_scale: float | None = None
) -> Prepared:
    """What to load for a use of the catalogue.

    reference_scale: how strongly a reference picture counts; None without one. Raises NotFound, DamagedModel,
    Unavailable, which says what to pull.
    """
    use = store.catalogue.use(use_id)
    located = {role: store.required(model_id) for role, model_id in use.models.items()}
    adapter = None
    if reference_scale is not None and IP_ADAPTER in use.optional:
        located[IP_ADAPTER] = store.required(use.optional[IP_ADAPTER])
        adapter = _adapter(located[IP_ADAPTER], reference_scale)
    parts = {role: _part(found) for role, found in located.items() if role not in (BASE, IP_ADAPTER)}
    memory = use.memory
    return Prepared(
        Recipe(use.pipeline, located[BASE].folder, parts, loras, adapter, title=use.title),
        needs_in_gb(memory.full, memory.model_offload, memory.sequential_offload),
        {role: found.provenance() for role, found in located.items()},
    )


def _part(found: Located) -> Path:
    """A part's folder; the file itself where the model is one file of weights without a configuration."""
    names = [Path(file.path) for file in found.files]
    if len(names) == 1 and names[0].suffix == ".safetensors":
        return found.folder / names[0]
    return found.folder


def _adapter(found: Located, scale: float) -> IpAdapter:
    """The adapter's weights lie beside its image encoder, which has a folder of its own with a ``config.json``."""
    weights = [Path(file.path) for file in found.files if file.path.endswith(".safetensors")]
    encoders = {Path(file.path).parent for file in found.files if Path(file.path).name == "config.json"}
    own = next(path for path in weights if path.parent not in encoders)
    encoder = next(iter(sorted(encoders)))
    return IpAdapter(found.folder / own, found.folder / encoder, scale)
