"""Runs one step of the installation: a child process whose output is logged, followed, and can be stopped."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from .processes import end_tree, start_group

KEPT_LINES = 400
MAX_LOG_BYTES = 8 * 1024 * 1024
TICK_SECONDS = 0.25


def run_step(
    command: list[str],
    env: Mapping[str, str],
    log: Path,
    cancelled: threading.Event,
    follow: Callable[[str], None] | None = None,
) -> tuple[int, str]:
    """Run a command to its end. Returns its exit status and its last lines.

    follow: called with each line, and with empty text a few times a second, in the calling thread.
    cancelled: when set, the process and all its children are ended. A log that cannot be written any more does not
    stop the step; the reason is then the last of its lines. Raises OSError when the step cannot be started.
    """
    lines: queue.Queue[str | None] = queue.Queue()
    kept: deque[str] = deque(maxlen=KEPT_LINES)
    with log.open("ab", buffering=0) as file:  # nothing is held back that closing the log would fail to write
        step_log = _StepLog(file)
        step_log.write(f"$ {' '.join(command)}\n".encode())
        process = start_group(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert process.stdout is not None
        arguments = (process.stdout, step_log, lines)
        reader = threading.Thread(target=_read, args=arguments, name="museum-install", daemon=True)
        reader.start()
        finished = False
        try:
            finished = _follow(lines, kept, cancelled, follow)
        finally:
            if not finished:
                end_tree(process)
            status = process.wait()
            reader.join()
            process.stdout.close()
    return status, "\n".join(kept)


class _StepLog:
    """Writes up to the log's limit, or until the disk refuses."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.failure: OSError | None = None

    def write(self, line: bytes) -> None:
        """Write a line, if that is still possible."""
        try:
            if self.failure is None and self._file.tell() < MAX_LOG_BYTES:
                self._file.write(line)
        except OSError as error:
            self.failure = error


def _read(stream: IO[bytes], log: _StepLog, lines: queue.Queue[str | None]) -> None:
    """Thread: pass the output on, line by line, and write it down. Whatever happens, the end is told."""
    try:
        for line in stream:
            log.write(line)
            lines.put(line.decode("utf-8", "replace").rstrip("\r\n"))
    finally:
        if log.failure is not None:
            lines.put(str(log.failure))
        lines.put(None)


def _follow(
    lines: queue.Queue[str | None],
    kept: deque[str],
    cancelled: threading.Event,
    follow: Callable[[str], None] | None,
) -> bool:
    """Take lines until the output ends (True) or the step is cancelled (False)."""
    while not cancelled.is_set():
        try:
            line = lines.get(timeout=TICK_SECONDS)
        except queue.Empty:
            line = ""
        if line is None:
            return True
        if line:
            kept.append(line)
        if follow is not None:
            follow(line)
    return False
