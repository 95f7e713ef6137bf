"""One session with one backend, as the main thread sees it: methods that return at once, and a queue of answers.

It owns every thread of the client. None of them touches Blender; what they have to say is in ``messages``.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Mapping
from functools import partial

from ..core.jobs import Job
from ..core.requests import JobRequest
from ..paths import DataPaths
from . import errands
from .commands import Action, CommandWorker, Errand, FileSource, Question, Submission, start_thread
from .connection import Connection, Order
from .fetching import ResultFetcher
from .jobbook import JobBook
from .link import Link, SessionSettings
from .messages import BackendChanged, BackendState, HistoryTrouble, Message, ModelsTrouble

FETCHING_THREADS = 2

__all__ = ["Session", "SessionSettings"]


class Session:
    """Connects to a remote backend, or launches the embedded one, and keeps the main thread informed.

    No method does I/O or waits (``close`` waits up to its limit). Results of jobs that this session submitted, retried
    or saw unfinished are fetched by themselves; those of others when asked for.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        fetch: queue.Queue[tuple[Job, bool] | None] = queue.Queue()
        self._settings = settings
        self._fetch_queue = fetch
        self._link = Link(settings, self.messages)
        self._book = JobBook(self.messages, fetch)
        self._connection = Connection(settings, self._link, self._book, self.messages)
        self._commands = CommandWorker(self._link, self._book, self.messages, fetch)
        self._fetcher = ResultFetcher(
            self._link, DataPaths(settings.data_dir), self.messages, fetch, settings.wait_seconds
        )
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads, or switch a stopped backend on again: connects, or launches an installed backend."""
        # Said here, before the thread gets to it: a request submitted next would find the backend switched off.
        self._link.announce(BackendChanged(BackendState.STARTING, "The backend is starting."))
        if not self._threads:
            self._threads = [
                start_thread("connection", self._connection.run),
                start_thread("commands", self._commands.run),
                *(start_thread(f"fetching-{n}", self._fetcher.run) for n in range(FETCHING_THREADS)),
            ]
        self._connection.order(Order.RUN)

    def stop_backend(self) -> None:
        """Disconnect; an embedded backend ends after its running job."""
        self._connection.order(Order.STOP)

    def restart_backend(self) -> None:
        """End an embedded backend at once and start it again (its running jobs too); connect anew."""
        self._link.announce(BackendChanged(BackendState.STARTING, "The backend is being restarted."))
        self._connection.order(Order.RESTART)

    def install(self) -> None:
        """Install the embedded backend, or complete or update its installation."""
        self._connection.order(Order.INSTALL)

    def repair(self) -> None:
        """Throw the embedded backend's environment away and install it anew. Jobs and results stay."""
        self._connection.order(Order.REPAIR)

    def cancel_install(self) -> None:
        """Stop a running installation."""
        self._connection.cancel_install()

    def submit(self, request: JobRequest, files: Mapping[str, FileSource] | None = None) -> None:
        """Send a job; answers JobSubmitted or SubmitFailed. files: inputs to upload first, by role."""
        self._book.expect(request.idempotency_key)
        self._commands.put(Submission(request, dict(files or {}), self._deadline()))

    def cancel(self, job_id: str) -> None:
        """Cancel a job; answers JobUpdated or ActionFailed."""
        self._commands.put(Action("cancel", job_id, self._deadline()))

    def retry(self, job_id: str) -> None:
        """Run an ended job again; answers JobUpdated, later ResultReady, or ActionFailed."""
        self._commands.put(Action("retry", job_id, self._deadline()))

    def fetch(self, job_id: str) -> None:
        """Bring a job's result again; answers ResultReady with ``requested``, or ActionFailed."""
        self._commands.put(Action("fetch", job_id, self._deadline()))

    def know(self, job_ids: Iterable[str]) -> None:
        """Jobs of a reopened file; answers JobUpdated or JobUnknown for each, now or once there is a connection.

        Those still unfinished are fetched when they succeed. One that succeeded meanwhile is not: ask with ``fetch``.
        """
        ids = tuple(dict.fromkeys(job_ids))
        if ids:
            self._book.add(ids)
            self._commands.put(Question(ids))

    def ask_models(self) -> None:
        """Ask which models there are; answers ModelsListed and EnginesListed, or ModelsTrouble."""
        self._commands.put(Errand(errands.ask_models, self._deadline(), partial(ModelsTrouble, "")))

    def find_model_jobs(self) -> None:
        """Ask for what is being fetched, whoever asked for it; answers JobUpdated for each, or nothing."""
        self._commands.put(Errand(partial(errands.find_model_jobs, book=self._book), self._deadline()))

    def ask_resources(self) -> None:
        """Ask what is in memory; answers ResourcesListed, or nothing."""
        self._commands.put(Errand(errands.ask_resources, self._deadline()))

    def remove_model(self, name: str) -> None:
        """Delete a model where the backend runs; answers ModelsListed and EnginesListed, or ModelsTrouble."""
        run = partial(errands.remove_model, name=name)
        self._commands.put(Errand(run, self._deadline(), partial(ModelsTrouble, name)))

    def ask_history(self, known: frozenset[str]) -> None:
        """Ask for finished generations but those with known ids; answers HistoryFound, or HistoryTrouble.

        An embedded backend's are all this user's; those of others at a remote one are nobody's business here.
        """
        if self._settings.embedded:
            run = partial(errands.find_history, paths=DataPaths(self._settings.data_dir), known=known)
            self._commands.put(Errand(run, self._deadline(), HistoryTrouble))

    def release(self, hold_s: float = 0.0) -> None:
        """Have models leave the memory and, for hold_s seconds, no job load any; answers ResourcesListed, or nothing.

        Safe on any thread.
        """
        self._commands.put(Errand(partial(errands.release, hold_s=hold_s), self._deadline()))

    def close(self, timeout: float = 2.0) -> None:
        """End the threads, waiting at most ``timeout`` seconds. An embedded backend leaves by its own rule.

        With 0 nothing is waited for: the threads end when they come to it, or with the process, being daemons.
        """
        self._link.closing.set()
        self._connection.order(Order.CLOSE)
        self._commands.put(None)
        for _ in range(FETCHING_THREADS):
            self._fetch_queue.put(None)
        if timeout <= 0:
            return
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _deadline(self) -> float:
        return time.monotonic() + self._settings.wait_seconds
