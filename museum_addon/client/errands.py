"""What is asked of the backend about models and memory, on the session's threads."""

from __future__ import annotations

from collections.abc import Iterator

from ..core import history
from ..core.errors import Refused, Unauthorised, UnexpectedAnswer, Unreachable
from ..core.jobs import Job
from ..core.models import TASK
from ..paths import DataPaths
from .fetching import read_result
from .http import BackendClient
from .jobbook import JobBook
from .messages import EnginesListed, HistoryFound, Message, ModelsListed, ResourcesListed

NOT_FOUND = 404
HISTORY_BATCH = 24
"""How many finished jobs are looked into at a time: other requests wait meanwhile."""
MAX_READ_RESULT_BYTES = 4 * 1024 * 1024


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


def find_history(client: BackendClient, paths: DataPaths, known: frozenset[str]) -> Iterator[Message]:
    """Finished generations that are not known yet, the newest first, with their thumbnails. Raises MuseumError."""
    jobs = [job for job in client.finished_jobs() if job.task in history.TASKS and job.id not in known]
    batch = jobs[:HISTORY_BATCH]
    found = tuple(entry for entry in (_generation(client, paths, job) for job in batch) if entry is not None)
    yield HistoryFound(found, frozenset(job.id for job in batch), len(jobs) > len(batch))


def _generation(client: BackendClient, paths: DataPaths, job: Job) -> history.Generation | None:
    """One job, with what its result says; the two small files of it are brought here. None for a damaged one."""
    try:
        folder = paths.result_folder(job.id)
        small = {file.name: file for file in job.results if file.size <= MAX_READ_RESULT_BYTES}
        wanted = [small[name] for name in (history.RESULT, history.THUMBNAIL) if name in small]
        files = {file.name: client.download(job.id, file, folder / file.name) for file in wanted}
        return history.of_job(job, read_result(files) if history.RESULT in files else {})
    except (Unreachable, Unauthorised):
        raise
    except (Refused, UnexpectedAnswer, ValueError):
        return None
