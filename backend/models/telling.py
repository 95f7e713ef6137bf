"""What is known of models, as JSON: the answer of ``GET /v1/models``, and what the command line prints."""

from __future__ import annotations

from typing import Any

from . import licences
from .catalogue import Use
from .store import Holding, ModelStore


def told(store: ModelStore) -> dict[str, Any]:
    """Every model and use of the catalogue, and how it is with them here. Of the token only where it was found."""
    holdings = {holding.model.id: holding for holding in store.holdings()}
    places = store.places
    return {
        "folder": str(places.folder),
        "more_folders": [str(path) for path in places.more],
        "free_bytes": store.free_bytes(),
        "offline": places.offline,
        "hub": store.address,
        "token": places.token.source,
        "models": [model_json(store, holding) for holding in holdings.values()],
        "uses": [_use_json(use, holdings) for use in store.catalogue.uses],
    }


def model_json(store: ModelStore, holding: Holding) -> dict[str, Any]:
    """One model."""
    model, located = holding.model, holding.located
    licence = store.catalogue.licence(model)
    return {
        "id": model.id,
        "title": model.title,
        "hub": model.hub,
        "revision": model.revision,
        "pinned": model.pinned,
        "missing": model.missing,
        "size_bytes": model.size_bytes,
        "gated": model.gated,
        "notes": model.notes,
        "licence": {
            "id": licence.id,
            "title": licence.title,
            "terms": licence.terms,
            "url": licence.url,
            "accept": licence.accept,
            "accepted": licences.is_accepted(store.places.folder, licence),
        },
        "state": holding.state,
        "bytes_here": holding.bytes_here,
        "origin": located.origin if located else "",
        "folder": str(located.folder) if located else "",
        "revision_here": located.revision if located else "",
        "problem": holding.problem,
        "fix": holding.fix,
    }


def _use_json(use: Use, holdings: dict[str, Holding]) -> dict[str, Any]:
    needed = list(dict.fromkeys(use.models.values()))
    return {
        **use.model_dump(mode="json"),
        "ready": all(holdings[model_id].located is not None for model_id in needed),
        "size_bytes": sum(holdings[model_id].model.size_bytes for model_id in needed),
    }
