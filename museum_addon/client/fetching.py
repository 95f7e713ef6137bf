"""The threads that bring results to this computer."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import MuseumError, UnexpectedAnswer, Unreachable
from ..core.jobs import Job, JobState
from ..paths import DataPaths
from .link import Link, ThreadClient
from .messages import ActionFailed, Message, ResultReady

RETRY_SECONDS = 0.2
MAX_ATTEMPTS = 3
RESULT_NAME = "result.json"
MAX_RESULT_JSON_BYTES = 64 * 1024 * 1024


class ResultFetcher:
    """Downloads all files of a succeeded job, then says so once. Several threads may run one fetcher."""

    def __init__(
        self,
        link: Link,
        paths: DataPaths,
        messages: queue.Queue[Message],
        fetch: queue.Queue[tuple[Job, bool] | None],
        wait_seconds: float,
    ) -> None:
        self._link = link
        self._paths = paths
        self._messages = messages
        self._fetch = fetch
        self._wait_seconds = wait_seconds

    def run(self) -> None:
        """A thread's body; None in the queue ends it."""
        client = ThreadClient(self._link)
        while (entry := self._fetch.get()) is not None and not self._link.closing.is_set():
            job, requested = entry
            try:
                self._messages.put(self._fetched(client, job, requested))
            except MuseumError as error:
                if not self._link.closing.is_set():
                    self._messages.put(ActionFailed(job.id, "fetch", error.message, error.fix))
        client.close()

    def _fetched(self, client: ThreadClient, job: Job, requested: bool) -> ResultReady:
        """Fetch, and try again a few times when the connection breaks. Raises MuseumError."""
        deadline = time.monotonic() + self._wait_seconds
        attempts = 0
        while True:
            attempts += self._link.generation != 0
            try:
                return self._fetch_once(client, job, requested)
            except Unreachable:
                late = attempts >= MAX_ATTEMPTS or time.monotonic() > deadline
                if late or self._link.closing.wait(RETRY_SECONDS):
                    raise

    def _fetch_once(self, client: ThreadClient, job: Job, requested: bool) -> ResultReady:
        if job.state is not JobState.SUCCEEDED:
            raise UnexpectedAnswer("This job has no result.", "Retry the job, then fetch its result.")
        try:
            folder = self._paths.result_folder(job.id)
        except ValueError as error:
            raise UnexpectedAnswer(
                "The backend gave the job an id that is not one.", "Update the extension and the backend."
            ) from error
        files: dict[str, Path] = {}
        for file in job.results:
            files[file.name] = client.get().download(job.id, file, folder / file.name)
        return ResultReady(job, read_result(files), files, requested)


def read_result(files: Mapping[str, Path]) -> dict[str, Any]:
    """The parsed ``result.json``. Raises UnexpectedAnswer when there is none or it has not the shape of one."""
    path = files.get(RESULT_NAME)
    try:
        if path is None or path.stat().st_size > MAX_RESULT_JSON_BYTES:
            raise ValueError("missing or too large")
        result = json.loads(path.read_text("utf-8"))
        _check_shape(result)
    except (OSError, ValueError, RecursionError) as error:
        raise UnexpectedAnswer(
            f"The job's {RESULT_NAME} cannot be read ({error}).",
            "Retry the job; if it happens again, update the backend.",
        ) from error
    checked: dict[str, Any] = result
    return checked


def _check_shape(result: Any) -> None:
    """Raises ValueError unless everything that is read of a result later on is of the type that it should have."""
    if not isinstance(result, dict):
        raise ValueError("not an object")
    files = result.get("files")
    if not isinstance(files, list) or not all(isinstance(entry, dict) for entry in files):
        raise ValueError("its files are not a list of objects")
    if not all(isinstance(entry.get(member), str) for entry in files for member in ("name", "role")):
        raise ValueError("a file has no name or no role")
    for member in ("data", "paradata"):
        if not isinstance(result.get(member), dict | None):
            raise ValueError(f"its {member} are not an object")
    for member in ("not_understood", "warnings", "notes"):
        if not isinstance((result.get("data") or {}).get(member), list | None):
            raise ValueError(f"its {member} are not a list")
