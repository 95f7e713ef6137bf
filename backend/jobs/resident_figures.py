"""What a worker says of the models that it holds in memory, and what the server makes of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..engines.diffusion.devices import Device, free_bytes
from ..engines.diffusion.memory import TITLES
from ..engines.diffusion.residents import Resident
from .protocol import Wire

KIND = "residents"


class ResidentFigures:
    """The worker's side: sends what is loaded whenever that changes. of: asks what is loaded."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._devices: dict[str, Device] = {}
        self.of: Callable[[], tuple[Resident, ...]] = tuple

    def tell(self) -> None:
        """Send what is loaded now, and how much memory is free on the devices that were used so far."""
        residents = self.of()
        self._devices.update({one.device.address: one.device for one in residents})
        told = [
            {
                "title": one.title, "device": one.device.address, "plan": TITLES[one.plan], "bytes": one.size,
                "idle_s": one.idle_s, "in_use": one.in_use,
            }
            for one in residents
        ]  # fmt: skip
        devices = [{**asdict(device), "free_bytes": free_bytes(device)} for device in self._devices.values()]
        # A server that is gone takes its worker along; nothing is left to be told.
        with contextlib.suppress(OSError, ValueError):
            self._wire.send(KIND, residents=told, devices=devices)


@dataclass(frozen=True)
class HeldModels:
    """The server's side: what a worker said last. said: by the monotonic clock."""

    residents: tuple[Mapping[str, Any], ...] = ()
    devices: tuple[Mapping[str, Any], ...] = ()
    said: float = 0.0

    @classmethod
    def of_message(cls, message: Mapping[str, Any]) -> HeldModels:
        """Read a worker's message."""
        return cls(tuple(message["residents"]), tuple(message["devices"]), time.monotonic())

    def now(self) -> list[dict[str, Any]]:
        """The loaded models, idle for as long as they are by now."""
        since = time.monotonic() - self.said
        return [{**one, "idle_s": 0.0 if one["in_use"] else one["idle_s"] + since} for one in self.residents]
