"""``python -m backend devices``: what this machine computes on, and why not where it does not."""

from __future__ import annotations

import dataclasses
import json
from typing import IO

from .engines.diffusion.packages import neural_packages
from .errors import Unavailable


def show(output: IO[str], *, as_json: bool) -> None:
    """Print every device, the best first. Raises Unavailable where the neural tier is not installed."""
    state = neural_packages()
    if not state.available:
        raise Unavailable(f"Devices cannot be listed: {state.reason}", state.fix)
    from .engines.diffusion.devices import Device, free_bytes, survey

    devices: tuple[Device, ...] = survey()
    free = [free_bytes(device) if device.usable else 0 for device in devices]
    if as_json:
        listed = [
            {**dataclasses.asdict(device), "free_bytes": left} for device, left in zip(devices, free, strict=True)
        ]
        print(json.dumps({"devices": listed}), file=output)
        return
    for device, left in zip(devices, free, strict=True):
        if device.usable:
            note = f"{device.precision}, {left / 1e9:.1f} of {device.total_bytes / 1e9:.1f} GB free"
        else:
            note = f"not usable: {device.reason} {device.fix}"
        print(f"{device.address or device.kind:8} {device.name:32} {note}", file=output)
