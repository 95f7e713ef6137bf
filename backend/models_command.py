"""What ``python -m backend models list | pull | verify | remove`` does."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import IO, Any

from .models import licences
from .models.disk import gigabytes
from .models.pulling import pull
from .models.store import ModelStore
from .models.telling import told
from .models.verifying import verify

_TELL_EVERY = 0.05


def run(asked: argparse.Namespace, output: IO[str]) -> int:
    """One of the subcommands. Result lines are JSON, one for each model; ``list`` without --json is for people."""
    actions = {"list": _list, "pull": _pull, "verify": _verify, "remove": _remove}
    return actions[asked.action](asked, ModelStore(), output)


def _list(asked: argparse.Namespace, store: ModelStore, output: IO[str]) -> int:
    said = told(store)
    if asked.json:
        output.write(json.dumps(said, ensure_ascii=False) + "\n")
        return 0
    for model in said["models"]:
        agreed = "" if model["licence"]["accepted"] else ", to be accepted"
        where = model["folder"] or (f"{gigabytes(model['bytes_here'])} here" if model["bytes_here"] else "")
        size, licence = gigabytes(model["size_bytes"]), f"{model['licence']['title']}{agreed}"
        output.write(f"{model['id']:26} {model['state']:8} {size:>8}  {licence}{'  ' + where if where else ''}\n")
    for use in said["uses"]:
        needs = ", ".join(dict.fromkeys(use["models"].values()))
        output.write(
            f"{use['id']:26} {'ready' if use['ready'] else 'needs':8} {gigabytes(use['size_bytes']):>8}  {needs}\n"
        )
    output.write(f"in {said['folder']}, {gigabytes(said['free_bytes'])} free{', offline' if said['offline'] else ''}\n")
    return 0


def _pull(asked: argparse.Namespace, store: ModelStore, output: IO[str]) -> int:
    wanted = {model.id: model for name in asked.model for model in store.catalogue.meant(name)}
    for model in wanted.values():
        # Every licence is looked at before the first byte is fetched.
        if not asked.accept_licence:
            licences.require(store.places.folder, store.catalogue.licence(model), model)
    for model in wanted.values():
        pulled = pull(store, model, _Terminal(model.id), asked.accept_licence)
        _say(output, model=model.id, folder=str(pulled.located.folder), revision=pulled.located.revision,
             fetched_bytes=pulled.fetched_bytes, seconds=round(pulled.seconds, 1))  # fmt: skip
    return 0


def _verify(asked: argparse.Namespace, store: ModelStore, output: IO[str]) -> int:
    wanted = {model.id: model for name in asked.model for model in store.catalogue.meant(name)}
    for model in wanted.values():
        verified = verify(store, model, _Terminal(model.id))
        _say(output, model=model.id, folder=str(verified.located.folder), files=len(verified.located.files),
             not_compared=list(verified.unknown))  # fmt: skip
    return 0


def _remove(asked: argparse.Namespace, store: ModelStore, output: IO[str]) -> int:
    for model in [store.catalogue.model(name) for name in asked.model]:
        _say(output, model=model.id, freed_bytes=store.remove(model))
    return 0


def _say(output: IO[str], **members: Any) -> None:
    output.write(json.dumps(members, ensure_ascii=False) + "\n")
    output.flush()


class _Terminal:
    """Tells on standard error how far it is: one changing line on a terminal, else a line now and then."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told_share, self._told_at = -1.0, 0.0

    def progress(self, fraction: float, message: str) -> None:
        """Show it."""
        now, line = time.monotonic(), f"{self._name}: {fraction:4.0%}  {message}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{line[:100]:100}")
            sys.stderr.write("\n" if fraction >= 1.0 else "")
        elif fraction - self._told_share >= _TELL_EVERY or now - self._told_at > 60.0:
            self._told_share, self._told_at = fraction, now
            sys.stderr.write(line + "\n")

    def check_cancelled(self) -> None:
        """A terminal interrupts instead."""
