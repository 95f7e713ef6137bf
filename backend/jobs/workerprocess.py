"""One worker process as the runner sees it: started, written to, listened to, ended."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..settings import TOKEN_VARIABLE
from .protocol import IDLE_OPTION, NOT_AHEAD, Wire, parse
from .resident_figures import KIND, HeldModels

LOST: Mapping[str, Any] = {"type": "lost"}
"""What the inbox gives when the process has ended, after everything that it said."""


class WorkerProcess:
    """A running ``python -m backend.jobs.worker``. inbox: what it says, in order, then LOST.

    ahead: whether it compiles, while it waits, what jobs will need. idle_s: when models that nobody uses leave its
    memory. held: the models that it holds, as it said last.
    """

    def __init__(
        self, numba_cache: Path, inbox: queue.SimpleQueue[Mapping[str, Any]], idle_s: float, ahead: bool = True
    ) -> None:
        self.inbox = inbox
        self.held = HeldModels()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "backend.jobs.worker", f"{IDLE_OPTION}{idle_s:g}", *([] if ahead else [NOT_AHEAD])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=_environment(numba_cache),
            **_own_group(),
        )
        assert self._process.stdin is not None
        self._wire = Wire(self._process.stdin)
        self._reader = threading.Thread(target=self._read, name=f"worker-{self._process.pid}", daemon=True)
        self._reader.start()

    def run(self, job: Mapping[str, Any]) -> None:
        """Give it a job."""
        self._send("run", job=job)

    def cancel(self, job_id: str) -> None:
        """Ask it to stop this job."""
        self._send("cancel", job=job_id)

    def release(self) -> None:
        """Ask it to let go of loaded models; those that a job uses leave when it ends."""
        self._send("release")

    def kill(self) -> None:
        """End it now, with whatever it has started, and wait until it is gone."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._finish()

    def close(self) -> None:
        """End it by closing its standard input, and wait."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._finish()

    def cause_of_end(self) -> str:
        """One sentence on how the process ended. Only after LOST."""
        code = self._process.wait()
        if code < 0:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = f"signal {-code}"
            memory = " (often: the machine ran out of memory)" if name == "SIGKILL" else ""
            return f"The worker process was ended by {name}{memory}."
        return f"The worker process ended with exit code {code}."

    def _send(self, kind: str, **members: Any) -> None:
        try:
            self._wire.send(kind, **members)
        except (OSError, ValueError):
            # It is gone; the reader finds the end of its output and says LOST.
            return

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        for line in stream:
            message = parse(line)
            if message is not None and message["type"] == KIND:
                self.held = HeldModels.of_message(message)
            elif message is not None:
                self.inbox.put(message)
        self._process.wait()
        self.inbox.put(LOST)

    def _finish(self) -> None:
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _environment(numba_cache: Path) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    environment = {name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE}
    paths = [root, *filter(None, [environment.get("PYTHONPATH", "")])]
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "NUMBA_CACHE_DIR": str(numba_cache),
        "PYTHONIOENCODING": "utf-8",
    }


def _own_group() -> dict[str, Any]:
    """Options that keep a Ctrl-C in the server's terminal away from the worker: the server decides what to do."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
