"""One server a data folder: the lock that holds others off, and the file that tells them where it is."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import BadInput, Conflict
from ..exclusive import try_lock

LOCK_FILE = "server.lock"
SERVER_FILE = "server.json"


class AlreadyServed(Conflict):
    """Another server works on this data folder."""


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the folder, made if need be, for this process alone. The system lets go of it however the process ends.

    Raises AlreadyServed, BadInput.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        stream = (data / LOCK_FILE).open("a+b")
    except OSError as error:
        raise BadInput(f"The data folder {data} cannot be used ({error}).", "Give one you may write to.") from error
    with stream:
        if not try_lock(stream):
            raise _already_served(data)
        yield


def write_server_file(data: Path, content: Mapping[str, Any]) -> None:
    """Tell where the server is and how to speak to it: readable by the owner alone, never half-written."""
    temporary = data / f".{SERVER_FILE}.{uuid.uuid4().hex}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(dict(content), stream)
    temporary.replace(data / SERVER_FILE)


def remove_server_file(data: Path) -> None:
    """The server ends."""
    (data / SERVER_FILE).unlink(missing_ok=True)


def _already_served(data: Path) -> AlreadyServed:
    try:
        told = json.loads((data / SERVER_FILE).read_text(encoding="utf-8"))
        where = f"{told['url']} (process {told['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        where = "an address it has not told yet"
    return AlreadyServed(
        f"Another server already works on {data}: {where}.", "Use that one, end it, or give another --data folder."
    )
