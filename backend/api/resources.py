"""What ``GET /v1/resources`` tells of devices and of models in memory."""

from __future__ import annotations

from typing import Any

from ..engines.diffusion.packages import neural_packages
from .services import Services

_TOLD = ("kind", "name", "address", "precision", "total_bytes", "reason", "fix")


def resources_json(services: Services) -> dict[str, Any]:
    """Devices as a survey found them, with the free memory that workers saw last; null while they are looked for."""
    held = services.runner.held_models()
    free = {device["address"]: device["free_bytes"] for one in held for device in one.devices}
    found = services.survey.devices()
    devices = None
    if found is not None:
        devices = [
            {**{name: device[name] for name in _TOLD}, "free_bytes": free.get(device["address"], device["free_bytes"])}
            for device in found
        ]
    return {
        "neural": neural_packages().available,
        "devices": devices,
        "residents": [resident for one in held for resident in one.now()],
        "idle_limit_s": services.settings.models_idle_s,
        "held_s": services.runner.held_s,
    }
