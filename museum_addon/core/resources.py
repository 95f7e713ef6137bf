"""What the extension knows of the memory that models take: ``GET /v1/resources``, read defensively."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import UnexpectedAnswer

ACCELERATORS = ("cuda", "rocm", "mps")


@dataclass(frozen=True)
class ComputingDevice:
    """What the backend computes on. free_bytes: when it was looked at last, None when not known. reason, fix: where it
    cannot be used.
    """

    kind: str
    name: str
    address: str
    total_bytes: int = 0
    free_bytes: int | None = None
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True)
class ResidentModel:
    """A loaded model. plan: how it is arranged in memory. idle_s: since its last use."""

    title: str
    device: str
    plan: str
    size_bytes: int
    idle_s: float
    in_use: bool


@dataclass(frozen=True)
class Resources:
    """neural: whether engines that load models are installed at all. looked: whether devices were looked for yet.
    idle_limit_s: after how long a model that nobody uses leaves. held_s: how long no job may load models.
    """

    neural: bool = False
    looked: bool = False
    devices: tuple[ComputingDevice, ...] = ()
    residents: tuple[ResidentModel, ...] = ()
    idle_limit_s: float = 600.0
    held_s: float = 0.0

    @classmethod
    def from_json(cls, data: Any) -> Resources:
        """Read the answer. Raises UnexpectedAnswer when it is not one."""
        try:
            devices = data["devices"]
            return cls(
                bool(data["neural"]),
                devices is not None,
                tuple(map(_device, devices or ())),
                tuple(map(_resident, data["residents"])),
                float(data["idle_limit_s"]),
                float(data["held_s"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise UnexpectedAnswer(
                f"The backend described its memory in a way this version does not understand ({error!r}).",
                "Update the extension and the backend to the same version.",
            ) from error

    @property
    def loaded_bytes(self) -> int:
        """What all loaded models take."""
        return sum(resident.size_bytes for resident in self.residents)

    @property
    def accelerated(self) -> bool:
        """Whether a graphics card can be used."""
        return any(device.kind in ACCELERATORS and not device.reason for device in self.devices)

    @property
    def unusable(self) -> tuple[ComputingDevice, ...]:
        """Graphics cards that are there and cannot be used."""
        return tuple(device for device in self.devices if device.kind in ACCELERATORS and device.reason)


def _device(data: Mapping[str, Any]) -> ComputingDevice:
    free = data.get("free_bytes")
    return ComputingDevice(
        str(data["kind"]), str(data["name"]), str(data["address"]), int(data["total_bytes"]),
        None if free is None else int(free), str(data.get("reason") or ""), str(data.get("fix") or ""),
    )  # fmt: skip


def _resident(data: Mapping[str, Any]) -> ResidentModel:
    return ResidentModel(
        str(data["title"]), str(data["device"]), str(data["plan"]), int(data["bytes"]), float(data["idle_s"]),
        bool(data["in_use"]),
    )  # fmt: skip
