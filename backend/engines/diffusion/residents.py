"""Loaded pipelines that stay between the jobs of a process, until they are idle, in the way, or asked to leave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from ...errors import Cancelled
from .devices import Device, Precision, free_bytes
from .loading import Report, load_pipeline
from .memory import Needs, Plan, arrange, give_back, plans_to_try, resident_bytes, with_plans
from .recipes import Recipe

T = TypeVar("T")
IDLE_SECONDS = 600.0
ROOM = 1.5
"""What is loaded stays beside a further pipeline where so many times its need is free: the figures are rough."""


@dataclass(frozen=True)
class Resident:
    """What is known of a loaded pipeline. size: bytes that loading and first use took, about. idle_s: since its last
    use, 0 while it is used.
    """

    title: str
    device: Device
    plan: Plan
    size: int
    idle_s: float
    in_use: bool


@dataclass
class _Held:
    key: Hashable
    title: str
    device: Device
    plan: Plan
    pipeline: Any
    size: int
    last_use: float
    in_use: bool = True
    leaving: bool = False


class Residents:
    """One for each process that runs jobs. Release may be asked for from any thread; pipelines are used in one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, changed: Callable[[], None] = lambda: None) -> None:
        """changed: called, on whatever thread it happens, when something was loaded, taken up, put back or let go."""
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._held: list[_Held] = []

    def figures(self) -> tuple[Resident, ...]:
        """What is loaded, the last used first."""
        now = self._clock()
        with self._lock:
            held = sorted(self._held, key=lambda one: -one.last_use)
            return tuple(
                Resident(
                    one.title, one.device, one.plan, one.size, 0.0 if one.in_use else now - one.last_use, one.in_use
                )
                for one in held
            )

    def release(self, idle_s: float = 0.0) -> int:
        """Let go of everything that has been idle for so long; without a time also of what is in use, once it is not.

        Returns how many pipelines left at once.
        """
        now = self._clock()
        with self._lock:
            leaving = [one for one in self._held if not one.in_use and now - one.last_use >= idle_s]
            if idle_s <= 0.0:
                for one in self._held:
                    one.leaving = one.leaving or one.in_use
            self._held = [one for one in self._held if one not in leaving]
        devices = [one.device for one in leaving]
        count = len(leaving)
        leaving.clear()
        for device in set(devices):
            give_back(device)
        if count:
            self._changed()
        return count

    @contextmanager
    def borrowed(self, key: Hashable, title: str, plan: Plan, device: Device, load: Callable[[], Any]) -> Iterator[Any]:
        """A pipeline for the time of a block: the one that is there, or a fresh one.

        One whose block raised anything but Cancelled is not kept: nobody knows in which state it is.
        """
        held = self._taken(key) or self._loaded(key, title, plan, device, load)
        self._changed()
        keep = False
        try:
            yield held.pipeline
            keep = True
        except Cancelled:
            keep = True
            raise
        finally:
            # What was on its way between memories when the block was left goes back to where it rests.
            if keep and hasattr(held.pipeline, "maybe_free_model_hooks"):
                held.pipeline.maybe_free_model_hooks()
            self._returned(held, keep)

    def plan_of(self, recipe_key: Hashable, device: Device) -> Plan | None:
        """By which plan a pipeline of this recipe is loaded on a device; None when it is not."""
        with self._lock:
            for one in self._held:
                if isinstance(one.key, tuple) and one.key[:2] == (recipe_key, device.address) and not one.in_use:
                    return one.plan
        return None

    def _taken(self, key: Hashable) -> _Held | None:
        with self._lock:
            for one in self._held:
                if one.key == key and not one.in_use:
                    one.in_use = True
                    return one
        return None

    def _loaded(self, key: Hashable, title: str, plan: Plan, device: Device, load: Callable[[], Any]) -> _Held:
        before = resident_bytes(device)
        pipeline = load()
        held = _Held(key, title, device, plan, pipeline, max(0, resident_bytes(device) - before), self._clock())
        with self._lock:
            self._held.append(held)
        return held

    def _returned(self, held: _Held, keep: bool) -> None:
        device = held.device
        with self._lock:
            held.in_use, held.last_use = False, self._clock()
            stays = keep and not held.leaving
            if not stays:
                self._held.remove(held)
                held.pipeline = None
        if not stays:
            give_back(device)
        self._changed()


@dataclass(frozen=True)
class Work:
    """How pipelines are loaded for a job: on which device, how precisely, within what, and who is told."""

    device: Device
    precision: Precision
    needs: Needs
    report: Report
    log: Callable[[str], None]


def with_pipeline(residents: Residents, recipe: Recipe, work: Work, use: Callable[[Any], T]) -> T:
    """Use a recipe's pipeline, resident or loaded, by the quickest plan that memory allows.

    use: may be called again, with another pipeline, when the device ran out of memory.
    Raises what loading raises, NotEnoughMemory, and what ``use`` raises.
    """
    device = work.device
    plan = residents.plan_of(recipe.key, device)
    if plan is None:
        if work.needs.full * ROOM > free_bytes(device):
            # What another job left would be in the way, and is loaded again more quickly than memory is fought over.
            residents.release()
        plans = plans_to_try(device, work.needs, free_bytes(device))
    else:
        plans = plans_to_try(device, work.needs, work.needs.of(plan) or 0)

    def attempt(plan: Plan) -> T:
        def load() -> Any:
            pipeline = load_pipeline(recipe, work.precision, work.report)
            arrange(pipeline, plan, device)
            return pipeline

        key = (recipe.key, device.address, plan)
        with residents.borrowed(key, recipe.title, plan, device, load) as pipeline:
            return use(pipeline)

    return with_plans(plans, device, work.needs, attempt, work.log)
