"""Brings a model here: asks what it consists of, fetches what is missing, and vouches for every byte."""

from __future__ import annotations

import http.client
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Protocol

from ..errors import DamagedModel, HubRefused, HubUnreachable, Offline
from . import licences, safety
from .catalogue import Model, NeededFile
from .digest import digest_of
from .disk import check_space, gigabytes
from .hub import Hub, HubBusy, Listing, RemoteFile
from .store import HeldFile, Located, ModelStore
from .transfer import Patience, Transfer
from .waiting import watched

_SPEED_OVER_S = 5.0
_SILENT_AFTER_S = 2.0
_LISTING_TRIES = 3
"""Somebody waits for the first answer: a machine without a network is told so soon."""


class Watch(Protocol):
    """Who waits for a model; an engine's JobContext is one."""

    def progress(self, fraction: float, message: str) -> None:
        """How far it is, and what is being done. What it raises ends the pulling."""

    def check_cancelled(self) -> None:
        """What it raises ends the pulling."""


@dataclass(frozen=True)
class Pulled:
    """What came of it. fetched_bytes: that came over the network this time."""

    located: Located
    fetched_bytes: int
    seconds: float


def pull(
    store: ModelStore, model: Model, watch: Watch, accept_licence: bool = False, patience: Patience | None = None
) -> Pulled:
    """Have the model on this machine. One that lies here already, wherever, is answered at once.

    What has come stays when it is cancelled or fails, and the next pull goes on from there. Raises LicenceNotAccepted,
    Offline, Conflict, HubRefused, HubUnreachable, StorageFull, DamagedModel, UnsafeModel, and what ``watch`` raises.
    """
    started = time.monotonic()
    licence = store.catalogue.licence(model)
    if accept_licence:
        licences.accept(store.places.folder, licence, model)
    licences.require(store.places.folder, licence, model)
    here = store.located(model)
    if here is not None:
        return Pulled(here, 0, time.monotonic() - started)
    if store.places.offline:
        raise Offline(
            f"{model.title} is not on this machine, and the offline mode is on.",
            "Switch the offline mode off for the download, or name a folder that holds the model.",
        )
    patience = patience or Patience()
    with store.held(model):
        hub = Hub(store.address, store.places.token, patience.silence_s)
        watch.progress(0.0, f"asking {store.address} for {model.hub}")
        listing = watched(lambda: _listing(hub, model, patience), watch.check_cancelled)
        pulling = _Pulling(store, model, hub, watch, patience, listing)
        located = pulling.run()
    return Pulled(located, pulling.fetched, time.monotonic() - started)


def wanted_files(model: Model, listing: Listing) -> list[RemoteFile]:
    """The files of the repository that the catalogue asks for, small ones first.

    Raises HubRefused for one that is not there, UnsafeModel, and DamagedModel for one that the catalogue knows
    otherwise.
    """
    wanted: dict[str, RemoteFile] = {}
    for needed in model.files:
        fitting = [file for file in listing.files if needed.fits(file.path)]
        if not fitting:
            raise HubRefused(
                f"{model.hub} has no file {needed.path} at the revision {listing.commit[:12]}.",
                "Use a mirror or a local folder that has it.",
            )
        for file in fitting:
            safety.check_name(file.path)
            wanted[file.path] = _agreed(model, needed, file)
    return sorted(wanted.values(), key=lambda file: (file.size, file.path))


def _agreed(model: Model, needed: NeededFile, file: RemoteFile) -> RemoteFile:
    """The file with the hash that the catalogue knows, which no mirror can change."""
    other_size = needed.size is not None and needed.size != file.size
    other_hash = bool(needed.sha256 and file.sha256) and needed.sha256 != file.sha256
    if other_size or other_hash:
        raise DamagedModel(
            f"{file.path} of {model.hub} is another file there than the one that the catalogue knows.",
            "Use another mirror, or the hub itself.",
        )
    return replace(file, sha256=needed.sha256) if needed.sha256 else file


def _listing(hub: Hub, model: Model, patience: Patience) -> Listing:
    tries = min(patience.tries, _LISTING_TRIES)
    for attempt in range(1, tries + 1):
        try:
            listing = hub.listing(model.hub, model.revision)
            break
        except (HubBusy, OSError, http.client.HTTPException) as error:
            if attempt == tries:
                raise _unreachable(hub, error) from error
            # Whoever waits for this thread may have left; it ends all the same.
            time.sleep(patience.before(attempt, error))
    if model.pinned and listing.commit != model.revision:
        raise HubUnreachable(f"{hub.address} has another revision of {model.hub}.", "Use another mirror.")
    return listing


def _unreachable(hub: Hub, error: Exception) -> HubUnreachable:
    if isinstance(error, HubUnreachable):
        return error
    if isinstance(error, TimeoutError):
        return HubUnreachable(f"{hub.address} does not answer.", "Check the connection and the proxy, then retry.")
    reason = (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
    return HubUnreachable(
        f"{hub.address} cannot be reached ({reason}).",
        "Check the connection and the proxy; without a network use a local folder and the offline mode.",
    )


class _Pulling:
    """One pull, file by file. fetched: bytes over the network."""

    def __init__(
        self, store: ModelStore, model: Model, hub: Hub, watch: Watch, patience: Patience, listing: Listing
    ) -> None:
        self.fetched = 0
        self._store, self._model, self._hub, self._watch = store, model, hub, watch
        self._patience, self._listing = patience, listing
        self._files = wanted_files(model, listing)
        self._total = sum(file.size for file in self._files)
        self._done = 0
        self._pace: deque[tuple[float, int]] = deque()
        self._moved_at = 0.0

    def run(self) -> Located:
        """Have every file, then say so."""
        folder = self._store.folder_of(self._model)
        here = self._store.holding(self._model).bytes_here
        check_space(self._store.places.folder, max(self._total - here, 0))
        held = []
        for file in self._files:
            target = safety.inside(folder, file.path)
            sha256 = self._kept(file) or self._fetch(file)
            self._done += file.size
            held.append(HeldFile(file.path, target.stat().st_size, sha256))
        return self._store.write_record(self._model, self._listing.commit, held)

    def _kept(self, file: RemoteFile) -> str:
        """The SHA-256 of a file that an earlier pull has left, if it is the right one."""
        target = safety.inside(self._store.folder_of(self._model), file.path)
        if not target.is_file() or target.stat().st_size != file.size:
            return ""
        self._watch.progress(self._done / max(self._total, 1), f"checking {file.path}")
        digest = digest_of(target, file, lambda _count: self._watch.check_cancelled())
        return digest.sha256 if digest.fits else ""

    def _fetch(self, file: RemoteFile) -> str:
        commit, hub, name = self._listing.commit, self._hub, self._model.hub
        target = safety.inside(self._store.folder_of(self._model), file.path)
        transfer = Transfer(lambda start: hub.open(name, commit, file.path, start), file, target, self._patience)
        self._moved_at = time.monotonic()
        self._pace.append((self._moved_at, self.fetched))
        try:
            return watched(transfer.run, lambda: self._tell(file, transfer))
        finally:
            transfer.abandon()
            self.fetched += transfer.fetched

    def _tell(self, file: RemoteFile, transfer: Transfer) -> None:
        now, fetched, done = time.monotonic(), self.fetched + transfer.fetched, self._done + transfer.received
        if fetched != self._pace[-1][1]:
            self._moved_at = now
        self._pace.append((now, fetched))
        while now - self._pace[0][0] > _SPEED_OVER_S:
            self._pace.popleft()
        elapsed, came = now - self._pace[0][0], fetched - self._pace[0][1]
        speed = came / elapsed if elapsed > 0 else 0.0
        parts = [f"{gigabytes(done)} of {gigabytes(self._total)}"]
        if now - self._moved_at > _SILENT_AFTER_S:
            parts.append("nothing comes at the moment")
        elif speed > 0:
            parts += [f"{gigabytes(speed)}/s", f"{_duration((self._total - done) / speed)} left"]
        self._watch.progress(done / max(self._total, 1), f"{', '.join(parts)} ({file.path})")


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 90
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )
