"""Within how much memory a pipeline runs: everything on the device, one model at a time, or one layer at a time.

The figures for a choice come from the catalogue of models or from the loaded weights; when they were too hopeful and
the device runs out of memory, the next smaller plan is tried.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from .devices import Device
from .faults import NotEnoughMemory

Plan = Literal["full", "model_offload", "sequential_offload"]
PLANS: tuple[Plan, ...] = ("full", "model_offload", "sequential_offload")
TITLES: dict[Plan, str] = {
    "full": "everything on the device",
    "model_offload": "one model at a time on the device",
    "sequential_offload": "one layer at a time on the device, the picture in tiles",
}
WHOLE = ("MultiheadAttention",)
"""Layers of PyTorch that use the weights of a layer inside of them without calling it."""
GB = 1e9
T = TypeVar("T")


@dataclass(frozen=True)
class Needs:
    """Bytes of the device's memory that each plan takes, about; None for a plan that cannot be used."""

    full: int
    model_offload: int | None = None
    sequential_offload: int | None = None

    def of(self, plan: Plan) -> int | None:
        """What one plan takes."""
        return {"full": self.full, "model_offload": self.model_offload, "sequential_offload": self.sequential_offload}[
            plan
        ]

    @property
    def smallest(self) -> Plan:
        """The plan that takes least."""
        return next(plan for plan in reversed(PLANS) if self.of(plan) is not None)


def needs_in_gb(full: float, model_offload: float | None, sequential_offload: float | None) -> Needs:
    """From figures in GB, as the catalogue has them."""
    rest = [None if value is None else round(value * GB) for value in (model_offload, sequential_offload)]
    return Needs(round(full * GB), rest[0], rest[1])


def needs_of(pipeline: Any, working: int) -> Needs:
    """From the weights of a loaded pipeline. working: bytes that a step of it takes besides them."""
    models = _modules(pipeline)
    sizes = [_bytes(model.parameters()) for model in models]
    layers = [
        _bytes(layer.parameters(recurse=False)) for model in models for layer in model.modules()
    ]  # what is moved at a time
    return Needs(sum(sizes) + working, max(sizes, default=0) + working, max(layers, default=0) + working)


def plans_to_try(device: Device, needs: Needs, free: int) -> tuple[Plan, ...]:
    """The plans worth trying, the quickest first: from the first that fits into the free memory on.

    The smallest is tried in any case: the figures are rough. A processor has no memory of its own to move things from.
    """
    if device.kind == "cpu":
        return ("full",)
    possible = [plan for plan in PLANS if needs.of(plan) is not None]
    fitting = [plan for plan in possible if (needs.of(plan) or 0) <= free]
    return tuple(possible[possible.index(fitting[0]) :]) if fitting else (possible[-1],)


def arrange(pipeline: Any, plan: Plan, device: Device) -> None:
    """Put a pipeline, fresh or arranged otherwise, on a device by a plan. Raises what the device raises."""
    pipeline.remove_all_hooks()
    if plan == "full":
        pipeline.to(device.address)
    elif plan == "model_offload":
        pipeline.enable_model_cpu_offload(device=device.address)
    else:
        with _each_once(pipeline):
            pipeline.enable_sequential_cpu_offload(device=device.address)
        fetch_whole(pipeline, device.address)
    vae = getattr(pipeline, "vae", None)
    for name in ("slicing", "tiling"):
        # One tile and one picture at a time cost some speed, so only where memory is short.
        switch = "disable" if plan == "full" or (plan == "model_offload" and name == "tiling") else "enable"
        if hasattr(vae, f"{switch}_{name}"):
            getattr(vae, f"{switch}_{name}")()


def fetch_whole(pipeline: Any, address: str) -> None:
    """In a pipeline whose layers are fetched one by one, fetch those as a whole that read what is inside of them."""
    import torch
    from accelerate import cpu_offload
    from accelerate.hooks import remove_hook_from_submodules

    for part in _modules(pipeline):
        if any(type(layer).__name__ in WHOLE for layer in part.modules()):
            remove_hook_from_submodules(part)
            cpu_offload(part, torch.device(address), offload_buffers=True, preload_module_classes=list(WHOLE))


def with_plans(
    plans: Iterable[Plan], device: Device, needs: Needs, work: Callable[[Plan], T], log: Callable[[str], None]
) -> T:
    """Do the work by the first plan under which memory suffices.

    work: makes its pipeline anew when it is called again, since nothing of the last try is left.
    Raises NotEnoughMemory, which names the smallest plan and what it takes.
    """
    tried: list[Plan] = []
    for plan in plans:
        tried.append(plan)
        try:
            return work(plan)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            log(f"Not enough memory on {device.name} with {TITLES[plan]}.")
        give_back(device)
    raise _too_small(device, needs, tried)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory is short, in the words of the device that ran out of it."""
    if isinstance(error, MemoryError):
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return True
    said = str(error)
    phrases = ("can't allocate memory", "not enough memory", "MPS backend out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
    return isinstance(error, RuntimeError) and any(phrase in said for phrase in phrases)


def give_back(device: Device) -> None:
    """Return what nobody refers to any more to the device and to the system."""
    import torch

    gc.collect()
    if device.kind in ("cuda", "rocm"):
        torch.cuda.empty_cache()
    elif device.kind == "mps":
        torch.mps.empty_cache()
    _trim()


def resident_bytes(device: Device) -> int:
    """What this process holds on a device; on a processor all that it holds."""
    import torch

    if device.kind in ("cuda", "rocm"):
        return int(torch.cuda.memory_allocated(device.address))
    if device.kind == "mps":
        return int(torch.mps.driver_allocated_memory())
    import psutil

    return int(psutil.Process().memory_info().rss)


def _too_small(device: Device, needs: Needs, tried: list[Plan]) -> NotEnoughMemory:
    smallest = needs.smallest
    if device.kind == "cpu":
        return NotEnoughMemory(
            f"The model needs about {needs.full / GB:.1f} GB of memory, which this machine did not have free.",
            "Close other programs, choose a smaller model, or use a remote backend.",
        )
    return NotEnoughMemory(
        f"{device.name} ({device.total_bytes / GB:.0f} GB) had too little free memory, even with {TITLES[smallest]}, "
        f"which takes about {(needs.of(smallest) or 0) / GB:.1f} GB (tried: {', '.join(tried)}).",
        "Press Release memory, end other programs that use the card (a render, too), or ask for smaller views.",
    )


def _trim() -> None:
    """Freed memory goes back to the system where the C library (glibc) would keep it."""
    if sys.platform != "linux":
        return
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextmanager
def _each_once(pipeline: Any) -> Iterator[None]:
    """Within the block a module that two models of a pipeline share (Z-Image and its ControlNet do) is the first's.

    Layers are emptied while they wait; those that were emptied for one model could not be emptied for another. Whoever
    calls them later, they are filled.
    """
    seen: set[int] = set()
    taken = []
    for model in _modules(pipeline):
        for name, child in model.named_children():
            if id(child) in seen:
                taken.append((model, name, child))
        seen.update(id(module) for module in model.modules())
    for model, name, _ in taken:
        setattr(model, name, None)
    try:
        yield
    finally:
        for model, name, child in taken:
            setattr(model, name, child)


def _modules(pipeline: Any) -> list[Any]:
    import torch

    return [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]


def _bytes(parameters: Iterable[Any]) -> int:
    return sum(parameter.numel() * parameter.element_size() for parameter in parameters)
