"""Whether the models that an engine works with are on this machine."""

from __future__ import annotations

from ...errors import BackendError
from ...models.disk import gigabytes
from ...models.store import Located, ModelStore
from ..base import Availability


def models_here(use_id: str) -> Availability:
    """For an engine's ``availability``: what is missing for a use of the catalogue, how much it is, how to get it."""
    try:
        store = ModelStore()
        missing = [model for model in store.catalogue.meant(use_id) if store.located(model) is None]
    except BackendError as error:
        return Availability(False, error.message, error.fix)
    if not missing:
        return Availability(True)
    size, names = sum(model.size_bytes for model in missing), ", ".join(model.title for model in missing)
    return Availability(
        False,
        f"models are missing: {names} ({gigabytes(size)}).",
        f"Download them in the Models panel, or with `backend models pull {use_id}`.",
    )


def located_parts(use_id: str) -> dict[str, Located]:
    """Role -> model, with those optional ones that are here. Raises Unavailable, DamagedModel, NotFound."""
    store = ModelStore()
    use = store.catalogue.use(use_id)
    parts = {role: store.required(model_id) for role, model_id in use.models.items()}
    for role, model_id in use.optional.items():
        located = store.located(store.catalogue.model(model_id))
        if located is not None:
            parts[role] = located
    return parts
