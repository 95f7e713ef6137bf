"""What this machine can compute on, under which name, how precisely, and why not where it cannot."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ...errors import BadInput, Unavailable

Kind = Literal["cuda", "rocm", "mps", "cpu"]
Precision = Literal["bfloat16", "float16", "float32"]
DATA = Path(__file__).with_name("data") / "precision.json"


@dataclass(frozen=True)
class Card:
    """A graphics card as PyTorch sees it. capability: (major, minor). total: bytes. works: what a small sum on it said
    when it failed, else empty.
    """

    name: str
    capability: tuple[int, int]
    total: int
    works: str = ""


@dataclass(frozen=True)
class Facts:
    """What was found out about machine and PyTorch; ``devices_of`` draws the conclusions.

    cuda, hip: versions that PyTorch was built for, or empty. cuda_failure: what the driver said when no card could be
    used. nvidia, amd: whether a driver's own program is there. mps: "works", "old" (macOS too old), "none".
    """

    system: str
    torch: str = ""
    cuda: str = ""
    hip: str = ""
    cuda_failure: str = ""
    cards: tuple[Card, ...] = ()
    architectures: tuple[str, ...] = ()
    nvidia: bool = False
    amd: bool = False
    mps: Literal["works", "old", "none"] = "none"
    macos: int = 0
    processor: str = ""
    memory: int = 0


@dataclass(frozen=True)
class Device:
    """A place to compute. address: PyTorch's name for it, empty when it cannot be used. total_bytes: its memory.

    reason, fix: two sentences where it cannot be used.
    """

    kind: Kind
    name: str
    address: str
    precision: Precision
    total_bytes: int = 0
    reason: str = ""
    fix: str = ""

    @property
    def usable(self) -> bool:
        """Whether work can be sent to it."""
        return not self.reason


def survey() -> tuple[Device, ...]:
    """Every device of this machine, the best first, those that cannot be used included. Imports PyTorch."""
    return devices_of(gathered())


def best(devices: Iterable[Device]) -> Device:
    """The first that can be used. Raises Unavailable when there is none."""
    known = list(devices)
    for device in known:
        if device.usable:
            return device
    worst = known[0] if known else None
    raise Unavailable(
        worst.reason if worst else "This machine has nothing that PyTorch can compute on.",
        worst.fix if worst else "Install the neural tier again.",
    )


def named(address: str, devices: Iterable[Device]) -> Device:
    """The device that a user chose by its address ("cuda:1", "cpu") or kind; "auto" is the best one.

    Raises BadInput for one that there is not, Unavailable for one that cannot be used.
    """
    known = tuple(devices)
    if address in ("", "auto"):
        return best(known)
    for device in known:
        if address in (device.address, device.kind):
            if not device.usable:
                raise Unavailable(device.reason, device.fix)
            return device
    usable = ", ".join(device.address for device in known if device.usable)
    raise BadInput(f'There is no device "{address}" here.', f"Use one of these: auto, {usable}.")


def free_bytes(device: Device) -> int:
    """Memory of a device that nobody uses now, bytes. On the processor: what can be had without swapping."""
    import torch

    if device.kind in ("cuda", "rocm"):
        free, _ = torch.cuda.mem_get_info(device.address)
        # What PyTorch holds and does not use is free for the next model.
        return int(free + torch.cuda.memory_reserved(device.address) - torch.cuda.memory_allocated(device.address))
    if device.kind == "mps":
        return max(0, int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()))
    import psutil

    return int(psutil.virtual_memory().available)


def devices_of(facts: Facts) -> tuple[Device, ...]:
    """The devices that follow from what was found out; graphics cards first, the one with most memory leading."""
    processor = Device("cpu", facts.processor or "processor", "cpu", "float32", facts.memory)
    return (*_graphics_cards(facts), *_apple(facts), processor)


def _graphics_cards(facts: Facts) -> tuple[Device, ...]:
    kind: Kind = "rocm" if facts.hip else "cuda"
    if not facts.cards:
        return _no_cards(facts)
    found = [_card(facts, kind, number, card) for number, card in enumerate(facts.cards)]
    return tuple(sorted(found, key=lambda device: (not device.usable, -device.total_bytes)))


def _card(facts: Facts, kind: Kind, number: int, card: Card) -> Device:
    precision: Precision = "bfloat16" if kind == "rocm" else _cuda_precision(card.capability)
    reason = fix = ""
    if kind == "cuda" and not _has_code_for(card.capability, facts.architectures):
        reason = (
            f"The {card.name} (compute capability {card.capability[0]}.{card.capability[1]}) is not among the cards "
            f"that this PyTorch ({facts.torch}) has code for."
        )
        fix = "Use the processor or a remote backend, or install the neural tier with a build for this card."
    elif card.works:
        reason = f"The {card.name} was found, but a small sum on it failed: {card.works}."
        fix = "Restart the machine; if it stays so, install the card's newest driver."
    return Device(kind, card.name, f"cuda:{number}", precision, card.total, reason, fix)


def _no_cards(facts: Facts) -> tuple[Device, ...]:
    """Why no card is in use although one seems to be there."""
    build = f"PyTorch {facts.torch}"
    if facts.nvidia and not facts.cuda:
        reason = f"There is an NVIDIA driver, but {build} was built without CUDA."
        return (_unusable("cuda", "NVIDIA graphics card", reason, "Install the neural tier again, for NVIDIA cards."),)
    if facts.nvidia:
        said = f" ({facts.cuda_failure})" if facts.cuda_failure else ""
        reason = f"{build}, built for CUDA {facts.cuda}, could not use the NVIDIA driver{said}."
        fix = f"Install a driver for CUDA {facts.cuda} or newer, then restart the machine."
        return (_unusable("cuda", "NVIDIA graphics card", reason, fix),)
    if facts.amd and not facts.hip:
        reason = f"There is an AMD driver, but {build} was built without ROCm."
        fix = "Install the neural tier again, for AMD cards (on Linux), or use a remote backend."
        return (_unusable("rocm", "AMD graphics card", reason, fix),)
    if facts.amd:
        reason = f"{build}, built for ROCm {facts.hip}, could not use the AMD driver."
        fix = "Add yourself to the groups video and render, check the driver, then log in again."
        return (_unusable("rocm", "AMD graphics card", reason, fix),)
    return ()


def _apple(facts: Facts) -> tuple[Device, ...]:
    if facts.mps == "works":
        limit = _rules()["mps"]["bfloat16_from_macos"]
        return (Device("mps", "Apple GPU", "mps", "bfloat16" if facts.macos >= limit else "float16", facts.memory),)
    if facts.mps == "old":
        return (_unusable("mps", "Apple GPU", "This macOS is too old for PyTorch's Metal.", "Update macOS."),)
    return ()


def _unusable(kind: Kind, name: str, reason: str, fix: str) -> Device:
    return Device(kind, name, "", "float32", 0, reason, fix)


def _cuda_precision(capability: tuple[int, int]) -> Precision:
    rules = _rules()["cuda"]
    if capability >= tuple(rules["bfloat16_from"]):
        return "bfloat16"
    return "float16" if capability >= tuple(rules["float16_from"]) else "float32"


def _has_code_for(capability: tuple[int, int], architectures: tuple[str, ...]) -> bool:
    """Whether compiled code fits a card: the same major version and no newer a minor one, or code to be compiled by the
    driver (compute_XY) for any card that is not older (CUDA C++ Programming Guide, section Application Compatibility).
    """
    for architecture in architectures:
        kind, _, digits = architecture.partition("_")
        number = digits.rstrip("af")
        if not number.isdecimal() or (digits != number and (int(number[:-1]), int(number[-1])) != capability):
            continue
        built = (int(number[:-1]), int(number[-1]))
        if built <= capability and (kind == "compute" or built[0] == capability[0]):
            return True
    return not architectures


@cache
def _rules() -> dict[str, Any]:
    return dict(json.loads(DATA.read_text(encoding="utf-8")))


def gathered() -> Facts:
    """What PyTorch and the machine say. Imports PyTorch, starts the driver."""
    import psutil
    import torch

    failure, cards = _cards()
    return Facts(
        system=sys.platform,
        torch=str(torch.__version__),
        cuda=torch.version.cuda or "",
        hip=getattr(torch.version, "hip", None) or "",
        cuda_failure=failure,
        cards=cards,
        architectures=tuple(torch.cuda.get_arch_list()) if cards else (),
        nvidia=shutil.which("nvidia-smi") is not None,
        amd=shutil.which("rocminfo") is not None or shutil.which("amd-smi") is not None,
        mps=_mps(),
        macos=int(platform.mac_ver()[0].split(".")[0] or 0),
        processor=platform.processor() or platform.machine(),
        memory=int(psutil.virtual_memory().total),
    )


def _mps() -> Literal["works", "old", "none"]:
    import torch

    if not torch.backends.mps.is_built():
        return "none"
    return "works" if torch.backends.mps.is_available() else "old"


def _cards() -> tuple[str, tuple[Card, ...]]:
    """What the driver complained about, and the cards."""
    import torch

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        if not torch.cuda.is_available():
            return (str(said[0].message).split("\n")[0] if said else ""), ()
        return "", tuple(_one_card(number) for number in range(torch.cuda.device_count()))


def _one_card(number: int) -> Card:
    import torch

    properties = torch.cuda.get_device_properties(number)
    works = ""
    try:
        if float(torch.ones(8, device=f"cuda:{number}").sum()) != 8.0:
            works = "the sum was wrong"
    except RuntimeError as error:
        works = str(error).split("\n")[0].rstrip(".")
    return Card(properties.name, (properties.major, properties.minor), int(properties.total_memory), works)
