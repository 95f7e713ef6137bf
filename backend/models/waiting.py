"""Work that waits for others, on a thread of its own, so that whoever waits for it can change his mind."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from ..errors import BackendError

EVERY_S = 0.1
Answered = TypeVar("Answered")


def watched(work: Callable[[], Answered], tick: Callable[[], object], every_s: float = EVERY_S) -> Answered:
    """The outcome of the work; meanwhile ``tick`` is called here, and what it raises ends the waiting.

    The work is left alone then: it has to notice by itself that nobody wants it any more.
    """
    future: Future[Answered] = Future()

    def body() -> None:
        try:
            future.set_result(work())
        except (BackendError, OSError, http.client.HTTPException, ValueError, ArithmeticError, LookupError) as error:
            future.set_exception(error)

    thread = threading.Thread(target=body, name="watched", daemon=True)
    thread.start()
    while not wait([future], every_s).done:
        tick()
        if not thread.is_alive() and not future.done():
            raise BackendError("The work ended without a word.", "Retry; the backend's log has more.")
    return future.result()
