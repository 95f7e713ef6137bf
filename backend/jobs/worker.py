"""The process in which engines run: ``python -m backend.jobs.worker``. JSON lines in, JSON lines out.

It outlives its jobs, so that imports and compiled functions are ready for the next one, and ends with its runner:
when standard input ends it leaves at once, even in the middle of a job.
"""

from __future__ import annotations

import base64
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ..engines import catalogue
from ..engines.diffusion.residents import IDLE_SECONDS, Residents
from ..errors import BackendError, Cancelled
from .ahead import Ahead
from .execution import execute
from .protocol import IDLE_OPTION, NOT_AHEAD, Wire, guard_stdin, guard_stdout, parse
from .resident_figures import ResidentFigures

PREVIEWS_PER_S = 5.0
IDLE_CHECK_S = 30.0
WARMED_TASK = "text_to_3d"
PREPARING = "Preparing the engine, once after an update"

log = logging.getLogger("museum.worker")


class Inbox:
    """Messages of the runner, read on a thread of their own so that a cancel is seen while a job runs."""

    def __init__(self, residents: Residents) -> None:
        self._residents = residents
        self.jobs: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._cancelled: set[str] = set()

    def read(self, stream: Any) -> None:
        """Read until the stream ends, then end the process: nobody is left to take a result."""
        for line in stream:
            message = parse(line)
            if message is None:
                log.error("unreadable message of %d characters", len(line))
            elif message["type"] == "run":
                # A cancel that came too late for the last run of this job is not meant for the next one.
                with self._lock:
                    self._cancelled.discard(message["job"]["id"])
                self.jobs.put(message["job"])
            elif message["type"] == "cancel":
                with self._lock:
                    self._cancelled.add(message["job"])
            elif message["type"] == "release":
                self._residents.release()
            elif message["type"] == "stop":
                self.jobs.put(None)
        os._exit(0)

    def is_cancelled(self, job_id: str) -> bool:
        """Whether this job was asked to stop."""
        with self._lock:
            return job_id in self._cancelled


class WireReporter:
    """Sends a running job's news to the runner."""

    def __init__(self, wire: Wire, job_id: str, inbox: Inbox) -> None:
        self._wire = wire
        self._job_id = job_id
        self._inbox = inbox
        self._last_preview = -1.0
        self._told = (0.0, "")

    def progress(self, fraction: float, message: str) -> None:
        """Send how far the job is."""
        self._told = (fraction, message[:500])
        self._wire.send("progress", job=self._job_id, progress=fraction, message=message[:500])

    def compiling(self, begins: bool) -> None:
        """Say that the job waits for something to be compiled, then again what it does."""
        fraction, message = self._told
        self._wire.send("progress", job=self._job_id, progress=fraction, message=PREPARING if begins else message)

    def log(self, text: str) -> None:
        """Send a line."""
        self._wire.send("log", job=self._job_id, level="info", text=text[:4000])

    def preview(self, png: bytes) -> None:
        """Send a picture, a few times a second at most."""
        now = time.monotonic()
        if now - self._last_preview >= 1.0 / PREVIEWS_PER_S:
            self._last_preview = now
            self._wire.send("preview", job=self._job_id, png=base64.b64encode(png).decode("ascii"))

    def cancelled(self) -> bool:
        """Whether the runner said cancel."""
        return self._inbox.is_cancelled(self._job_id)


def run_job(job: Mapping[str, Any], wire: Wire, inbox: Inbox, ahead: Ahead, residents: Residents) -> None:
    """Run one job and send how it ended. The worker's one boundary: whatever an engine raises ends here."""
    job_id = job["id"]
    reporter = WireReporter(wire, job_id, inbox)
    try:
        with ahead.waiting_for(reporter.compiling):
            outcome = execute(
                catalogue.find(job["task"], job["engine"]),
                job["params"],
                {role: Path(path) for role, path in job["inputs"].items()},
                Path(job["out_dir"]),
                reporter,
                int(job["max_result_bytes"]),
                Path(job["keep_dir"]),
                residents,
            )
        wire.send("done", job=job_id, files=[file.to_json() for file in outcome.files], data=outcome.data)
    except Cancelled:
        wire.send("cancelled", job=job_id)
    except BackendError as error:
        wire.send("failed", job=job_id, error=error.to_problem())
    except MemoryError as error:
        log.exception("job %s ran out of memory", job_id)
        wire.send("failed", job=job_id, error=_out_of_memory(error).to_problem())
    except Exception as error:
        log.exception("job %s failed", job_id)
        wire.send("failed", job=job_id, error=_unexpected(error).to_problem())


def _out_of_memory(error: MemoryError) -> BackendError:
    return BackendError(
        f"There was not enough memory ({error}).".replace(" ()", ""),
        "Close other programs, or ask for a smaller texture, then retry.",
    )


def _unexpected(error: Exception) -> BackendError:
    return BackendError(
        f"The engine stopped with {type(error).__name__}: {str(error)[:300]}",
        "Retry with another seed; if it happens again, report it with the backend's log.",
    )


def warm_up(ahead: Ahead) -> None:
    """Import and compile what the first job will need, while the worker waits for it; then compile the rest."""
    import_module("numpy")
    able = [info for info in catalogue.engines() if info.warm and info.availability().available]
    first = next(info for info in able if info.task == WARMED_TASK)
    ahead.work(first, [info for info in able if info is not first])


def next_job(inbox: Inbox, residents: Residents, idle_s: float = IDLE_SECONDS) -> Mapping[str, Any] | None:
    """Wait for a job, or None for the end; meanwhile models that nobody has used for a while leave the memory."""
    while True:
        try:
            return inbox.jobs.get(timeout=min(IDLE_CHECK_S, idle_s) if residents.figures() else None)
        except queue.Empty:
            residents.release(idle_s)


def idle_limit(arguments: Sequence[str]) -> float:
    """After how many seconds a model that nobody uses leaves, as the runner says."""
    given = [argument.removeprefix(IDLE_OPTION) for argument in arguments if argument.startswith(IDLE_OPTION)]
    return float(given[-1]) if given else IDLE_SECONDS


def main() -> None:
    """Take jobs until told to stop."""
    wire = Wire(guard_stdout())
    stdin = guard_stdin()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s worker %(levelname)s %(message)s")
    figures = ResidentFigures(wire)
    residents = Residents(changed=figures.tell)
    figures.of = residents.figures
    inbox = Inbox(residents)
    threading.Thread(target=inbox.read, args=(stdin,), name="inbox", daemon=True).start()
    wire.send("ready", pid=os.getpid())
    ahead = Ahead()
    if NOT_AHEAD not in sys.argv[1:]:
        threading.Thread(target=warm_up, args=(ahead,), name="warm-up", daemon=True).start()
    idle_s = idle_limit(sys.argv[1:])
    while (job := next_job(inbox, residents, idle_s)) is not None:
        run_job(job, wire, inbox, ahead, residents)
    sys.stderr.flush()
    # A thread of a library, or one that still imports, shall not hold up the end.
    os._exit(0)


if __name__ == "__main__":
    main()
