"""Takes jobs from the store, has workers run them, and brings the results home. One thread for each device slot."""

from __future__ import annotations

import logging
import shutil
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from ..compiled import made_ready
from ..errors import StorageFull
from ..settings import Settings
from .bell import EVERYTHING, Bell
from .files import FileStore
from .kept import KeptFolders
from .resident_figures import HeldModels
from .slot import NETWORK, NEURAL, Slot
from .store import JobStore

log = logging.getLogger("museum.runner")

WARM_FIRST_S = 0.1
"""How long slots without a warm worker leave a new job to those that have one."""


class Runner:
    """The slots of this server. ``start`` after construction; ``stop`` once."""

    def __init__(self, settings: Settings, store: JobStore, files: FileStore, bell: Bell) -> None:
        self._settings = settings
        self._store = store
        self._files = files
        self._bell = bell
        self._wake = threading.Condition()
        self._rung = 0
        self._stopping = False
        self._draining = False
        self._hold_until = 0.0
        self._kept = KeptFolders(settings.kept)
        # Downloads wait for others: they have a slot of their own, so that nothing waits for them.
        devices = [*["cpu"] * settings.cpu_workers, NETWORK, NEURAL]
        self._slots = [Slot(device, settings, store, files, self._kept) for device in devices]
        self._threads = [
            threading.Thread(target=self._serve, args=(slot, number), name=f"slot-{number}", daemon=True)
            for number, slot in enumerate(self._slots)
        ]

    def start(self) -> None:
        """Bring order into what a former server left, then begin to work."""
        for job in self._store.recover():
            log.info("job %s was interrupted: %s", job.id, job.state)
        shutil.rmtree(self._settings.scratch, ignore_errors=True)
        self.sweep()
        self._settings.scratch.mkdir(parents=True, exist_ok=True)
        made_ready(self._settings.numba_cache)
        self._bell.listen(EVERYTHING, self._notice)
        for thread in self._threads:
            thread.start()

    def cancel(self, job_id: str) -> None:
        """The store holds the wish to cancel this job: tell the slot that runs it."""
        for slot in self._slots:
            slot.cancel(job_id)

    def forget(self, job_id: str) -> None:
        """Nobody wants to retry this job, which has ended: give up what it kept."""
        self._kept.forget(job_id)

    def sweep(self) -> None:
        """Give up what was kept for retries that did not come."""
        self._kept.sweep(self._store, self._settings.keep_unfinished_s)

    def drain(self, draining: bool) -> None:
        """Take no more jobs (True), or take them again (False). Running ones go on."""
        with self._wake:
            self._draining = draining
            self._wake.notify_all()

    def release(self, hold_s: float = 0.0) -> None:
        """Have every worker let go of loaded models. For hold_s seconds no job that loads models begins."""
        with self._wake:
            self._hold_until = time.monotonic() + hold_s
            self._wake.notify_all()
        for slot in self._slots:
            slot.release()

    @property
    def held_s(self) -> float:
        """For how many seconds no job that loads models begins."""
        return max(self._hold_until - time.monotonic(), 0.0)

    def held_models(self) -> list[HeldModels]:
        """What each worker holds in memory."""
        return [slot.held for slot in self._slots]

    def busy(self) -> bool:
        """Whether a job runs."""
        return any(slot.busy for slot in self._slots)

    def stop(self) -> None:
        """End the workers; running jobs go back to the queue."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for slot in self._slots:
            slot.stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _notice(self) -> None:
        with self._wake:
            self._rung += 1
            self._wake.notify_all()

    def _serve(self, slot: Slot, number: int) -> None:
        """A slot's life. The first one has its worker ready before there is work; others start theirs when needed."""
        if number == 0:
            slot.warm()
        seen = -1
        while (rung := self._next_ring(seen)) is not None:
            seen = rung
            if not slot.is_warm and number > 0:
                self._leave_to_warm_ones()
            self._work_off(slot)
        slot.close()

    def _next_ring(self, seen: int) -> int | None:
        """Wait until something has happened since ``seen``; None when the server ends."""
        with self._wake:
            while not self._stopping and (self._rung == seen or self._draining):
                self._wake.wait()
            return None if self._stopping else self._rung

    def _leave_to_warm_ones(self) -> None:
        with self._wake:
            self._wake.wait_for(lambda: self._stopping, timeout=WARM_FIRST_S)

    def _work_off(self, slot: Slot) -> None:
        while not self._stopping and not self._draining:
            if slot.device == NEURAL and self.held_s > 0.0:
                with self._wake:
                    self._wake.wait(self.held_s)
                continue
            try:
                job = self._store.claim(slot.device)
            except (StorageFull, SQLAlchemyError):
                # The disk is full or the database is away: look again when that may be over.
                log.exception("no job can be started")
                with self._wake:
                    self._wake.wait_for(lambda: self._stopping, timeout=1.0)
                continue
            if job is None:
                return
            slot.run(job)
