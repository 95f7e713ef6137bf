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
    cancelled: when set, the process and all its children are ended. Raises OSError when it cannot be started.
    """
    lines: queue.Queue[str | None] = queue.Queue()
    kept: deque[str] = deque(maxlen=KEPT_LINES)
    with log.open("ab") as file:
        file.write(f"$ {' '.join(command)}\n".encode())
        file.flush()
        process = start_group(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert process.stdout is not None
        reader = threading.Thread(target=_read, args=(process.stdout, file, lines), name="museum-install", daemon=True)
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


def _read(stream: IO[bytes], log: IO[bytes], lines: queue.Queue[str | None]) -> None:
    """Thread: pass the output on, line by line, and write it down up to the log's limit."""
    for line in stream:
        if log.tell() < MAX_LOG_BYTES:
            log.write(line)
            log.flush()
        lines.put(line.decode("utf-8", "replace").rstrip("\r\n"))
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
