"""What is asked of the backend about models and memory, on the session's threads."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.errors import Refused
from ..core.models import TASK
from .http import BackendClient
from .jobbook import JobBook
from .messages import EnginesListed, Message, ModelsListed, ResourcesListed

NOT_FOUND = 404


def ask_models(client: BackendClient) -> Iterator[Message]:
    """Which models there are; and the engines, for what they can do depends on it. Raises MuseumError."""
    yield ModelsListed(client.models())
    yield EnginesListed(client.engines())


def ask_resources(client: BackendClient) -> Iterator[Message]:
    """What is in memory. A backend of an earlier version does not say. Raises MuseumError."""
    try:
        yield ResourcesListed(client.resources())
    except Refused as error:
        if error.status != NOT_FOUND:
            raise


def remove_model(client: BackendClient, name: str) -> Iterator[Message]:
    """Delete a model, then look what is left. Raises MuseumError."""
    client.remove_model(name)
    yield from ask_models(client)


def release(client: BackendClient, hold_s: float) -> Iterator[Message]:
    """Have models leave the memory, then look what is left. Raises MuseumError."""
    client.release(hold_s)
    yield from ask_resources(client)


def find_model_jobs(client: BackendClient, book: JobBook) -> tuple[Message, ...]:
    """Have the book know downloads that others, or an earlier Blender, have asked for; it tells. Raises MuseumError."""
    book.take_over(job for job in client.latest_jobs() if job.task == TASK)
    return ()
