"""The thread that sends what the user asks for: submit, cancel, retry, and questions about known jobs."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import MuseumError, Unauthorised, Unreachable
from ..core.jobs import Job
from ..core.requests import JobRequest
from .failures import disk_failure
from .http import BackendClient
from .jobbook import JobBook
from .link import HOPELESS, Link, ThreadClient
from .messages import ActionFailed, Message, SubmitFailed

RETRY_SECONDS = 0.05


FileSource = Path | Callable[[], Path]
"""A file, or what writes it first; that happens on the thread which sends it."""


@dataclass(frozen=True)
class Submission:
    """A request, and files to upload first: by role."""

    request: JobRequest
    files: Mapping[str, FileSource]
    deadline: float


@dataclass(frozen=True)
class Action:
    """Something about one job. name: "cancel", "retry" or "fetch"."""

    name: str
    job_id: str
    deadline: float


@dataclass(frozen=True)
class Question:
    """Ask about these jobs when there is a connection; each new connection asks about all of them anyway."""

    job_ids: tuple[str, ...]
    deadline: float = 0.0


@dataclass(frozen=True)
class Errand:
    """Anything else. run: does it, and answers what to tell; failed: how a failure is told, None for not at all.

    An errand that nobody is told about is dropped without a connection; each new connection asks anew.
    """

    run: Callable[[BackendClient], Iterable[Message]]
    deadline: float
    failed: Callable[[str, str], Message] | None = None


Command = Submission | Action | Question | Errand


class CommandWorker:
    """Sends commands in order. While there is no connection they wait, up to their deadline."""

    def __init__(
        self,
        link: Link,
        book: JobBook,
        messages: queue.Queue[Message],
        fetch: queue.Queue[tuple[Job, bool] | None],
    ) -> None:
        self._link = link
        self._book = book
        self._messages = messages
        self._fetch = fetch
        self._inbox: queue.Queue[Command | None] = queue.Queue()
        self._client = ThreadClient(link)

    def put(self, command: Command | None) -> None:
        """Take a command; None ends the thread."""
        self._inbox.put(command)

    def run(self) -> None:
        """The thread's body."""
        waiting: deque[Command] = deque()
        while not self._link.closing.is_set():
            try:
                command = self._inbox.get(timeout=RETRY_SECONDS if waiting else None)
            except queue.Empty:
                pass
            else:
                if command is None:
                    break
                waiting.append(command)
            while waiting and self._done(waiting[0]):
                waiting.popleft()
        self._client.close()

    def _done(self, command: Command) -> bool:
        """Try a command once. False when it has to wait for a connection."""
        if self._link.closing.is_set():
            return True
        state = self._link.state
        if self._link.generation == 0:
            if _may_be_dropped(command):
                return True  # the next connection asks
            if state.state in HOPELESS:
                return self._failed(command, state.sentence, state.fix)
            if time.monotonic() > command.deadline:
                return self._failed(command, *_too_late(state.sentence, state.fix))
            return False
        try:
            self._send(command, self._client.get())
        except Unauthorised as error:
            return self._failed(command, error.message, error.fix)
        except Unreachable as error:
            return self._again(command, error)
        except MuseumError as error:
            return self._failed(command, error.message, error.fix)
        return True

    def _again(self, command: Command, error: Unreachable) -> bool:
        """The connection broke: sending again is safe, because requests carry their key."""
        if _may_be_dropped(command):
            return True
        if time.monotonic() > command.deadline:
            return self._failed(command, error.message, error.fix)
        self._link.closing.wait(RETRY_SECONDS)
        return False

    def _send(self, command: Command, client: BackendClient) -> None:
        if isinstance(command, Action):  # or the answer, and the events before it, would be taken for another's job
            self._book.add([command.job_id])
        match command:
            case Submission(request, files):
                uploaded = {role: client.upload(_file(source)) for role, source in files.items()}
                self._book.accept(client.submit(replace(request, inputs={**request.inputs, **uploaded})))
            case Action("cancel", job_id):
                self._book.update(client.cancel(job_id))
            case Action("retry", job_id):
                self._book.revive(client.retry(job_id))
            case Action(_, job_id):
                job = client.job(job_id)
                self._book.update(job)
                self._fetch.put((job, True))
            case Question(job_ids):
                self._book.refresh(job_ids, client.jobs(job_ids))
            case Errand(run):
                for message in run(client):
                    self._messages.put(message)

    def _failed(self, command: Command, message: str, fix: str) -> bool:
        match command:
            case Submission(request):
                if self._book.give_up(request.idempotency_key):
                    self._messages.put(SubmitFailed(request.idempotency_key, message, fix))
            case Action(name, job_id):
                self._messages.put(ActionFailed(job_id, name, message, fix))
            case Question(job_ids):
                for job_id in job_ids:
                    self._messages.put(ActionFailed(job_id, "ask", message, fix))
            case Errand(_, _, failed):
                if failed is not None:
                    self._messages.put(failed(message, fix))
        return True


def _may_be_dropped(command: Command) -> bool:
    return isinstance(command, Question) or (isinstance(command, Errand) and command.failed is None)


def _file(source: FileSource) -> Path:
    """The file's path. Raises DiskFailure when it cannot be written."""
    if isinstance(source, Path):
        return source
    try:
        return source()
    except OSError as error:
        raise disk_failure(error, "The mesh") from error


def _too_late(sentence: str, fix: str) -> tuple[str, str]:
    return f"The backend did not become ready in time. {sentence}", fix or "Try again when the backend is ready."


def start_thread(name: str, body: Callable[[], None]) -> threading.Thread:
    """A daemon thread: it never keeps Blender from ending."""
    thread = threading.Thread(target=body, name=f"museum-{name}", daemon=True)
    thread.start()
    return thread
