"""Starts the embedded backend, or adopts one that already runs on the same data folder.

The server is a child process that outlives this one only as long as its own ``--embedded`` rule says: until its
running job has ended and nobody has listened for a while.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import secrets
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ..core.errors import BackendError, MuseumError, Unreachable
from ..paths import DataPaths
from .environment import backend_environment
from .failures import disk_failure
from .http import PROTOCOL, BackendClient, Timeouts
from .logs import last_line, rotate
from .model_options import ModelOptions
from .processes import end_tree, start_group

HANDSHAKE_SECONDS = 60.0  # the first start on a slow disk reads half a gigabyte of libraries
HEALTH_SECONDS = 15.0
LEAVE_SECONDS = 20.0
POLL_SECONDS = 0.1
QUICK = Timeouts(connect=2.0, read=5.0, answer=5.0)
LOOK_AT_LOG = "Press Restart; if it happens again, press Repair, or copy the backend's log."


@dataclass(frozen=True)
class Endpoint:
    """A server that answered. process: its process when this launcher started it."""

    url: str
    token: str = field(repr=False)
    version: str
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)


class Launcher:
    """Starts servers and finds running ones. Its methods block; call them from one thread."""

    def __init__(
        self,
        python: Path,
        source_dir: Path,
        paths: DataPaths,
        interrupt: threading.Event,
        models: ModelOptions | None = None,
    ) -> None:
        """interrupt: when set, waiting ends with an error."""
        self._models = models or ModelOptions()
        self._python = python
        self._source_dir = source_dir
        self._paths = paths
        self._version = backend_version(source_dir)
        self._interrupt = interrupt

    def adopt(self) -> Endpoint | None:
        """The server that says in ``server.json`` that it runs, when it is healthy, of this version and set as wanted.

        One of another version is asked to leave when its job has ended, one with other settings at once: its jobs go
        on with the next one. Raises BackendError when it stays.
        """
        known = read_server_file(self._paths.server)
        if known is None:
            return None
        url, token = known
        try:
            client = BackendClient(url, token, timeouts=QUICK)
            if not client.address.loopback:
                return None
            health = client.health(any_protocol=True)
            same = health.get("protocol") == PROTOCOL and health.get("version") == self._version
            if same:
                client.engines()  # health needs no token: this proves that the server is ours
                if self._set_as_wanted(url):
                    return Endpoint(url, token, str(health["version"]))
            client.shutdown(now=same)
        except MuseumError:
            return None  # it is gone, or another program has its port by now
        if not wait_until_gone(client, self._interrupt):
            raise BackendError(
                "A backend with other settings does not end."
                if same
                else "A backend of another version is still working on a job.",
                "Wait until the job has ended, then press Restart.",
            )
        return None

    def start(self) -> Endpoint:
        """A new server, once it is healthy. Raises BackendError with the log's last line when it does not come up."""
        token = secrets.token_urlsafe(32)
        command = [
            *(str(self._python), "-m", "backend", "serve", "--embedded"),
            *("--data", str(self._paths.jobs), "--host", "127.0.0.1", "--port", "0"),
            *self._models.arguments(self._paths),
        ]
        env = backend_environment(self._source_dir, {"MUSEUM_TOKEN": token})
        with self._open_log() as log:
            try:
                process = start_group(command, env=env, stdout=subprocess.PIPE, stderr=log)
            except OSError as error:
                raise BackendError(
                    f"The backend's Python cannot be started ({error.strerror}).", "Press Repair to install it again."
                ) from error
        try:
            url = self._handshake(process)
            self._note_settings(url)
            return Endpoint(url, token, self._wait_healthy(process, url, token), process)
        except MuseumError:
            end_tree(process)
            raise

    def _open_log(self) -> IO[bytes]:
        """The log to append to, and the server's data folder made. Raises DiskFailure."""
        try:
            rotate(self._paths.server_log)
            self._paths.jobs.mkdir(parents=True, exist_ok=True)
            self._models.leave_token(self._paths)
            return self._paths.server_log.open("ab")
        except OSError as error:
            raise disk_failure(error, f"The data folder {self._paths.base}") from error

    def _handshake(self, process: subprocess.Popen[bytes]) -> str:
        """The server's address, from its first line."""
        lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=_attend, args=(process, lines), name="museum-server", daemon=True).start()
        deadline = time.monotonic() + HANDSHAKE_SECONDS
        while time.monotonic() < deadline and not self._interrupt.is_set():
            try:
                line = lines.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            return self._read_handshake(line, process)
        raise BackendError("The backend did not come up in time.", LOOK_AT_LOG)

    def _read_handshake(self, line: bytes, process: subprocess.Popen[bytes]) -> str:
        try:
            handshake: Any = json.loads(line)
            url, protocol = str(handshake["url"]), handshake["protocol"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            status = process.poll()
            raise BackendError(
                f"The backend ended while it was starting{self._last_words()}"
                if status is not None or not line
                else "The backend did not say where it listens.",
                LOOK_AT_LOG,
            ) from error
        if protocol != PROTOCOL:
            raise BackendError("The installed backend is of another version.", "Press Install to update it.")
        return url

    def _wait_healthy(self, process: subprocess.Popen[bytes], url: str, token: str) -> str:
        client = BackendClient(url, token, timeouts=QUICK)
        deadline = time.monotonic() + HEALTH_SECONDS
        while process.poll() is None and time.monotonic() < deadline and not self._interrupt.is_set():
            try:
                return str(client.health()["version"])
            except Unreachable:
                self._interrupt.wait(POLL_SECONDS)
        raise BackendError(f"The backend started but does not answer{self._last_words()}", LOOK_AT_LOG)

    def _note_settings(self, url: str) -> None:
        """Write down how the server was started. Where that fails, other settings wait for the next start."""
        noted = {"url": url, "models": self._models.arguments(self._paths)}
        with contextlib.suppress(OSError):
            self._paths.launched.parent.mkdir(parents=True, exist_ok=True)
            self._paths.launched.write_text(json.dumps(noted), "utf-8")

    def _set_as_wanted(self, url: str) -> bool:
        """Whether the server at this address was not started with other settings; its token may have changed since."""
        try:
            noted: Any = json.loads(self._paths.launched.read_text("utf-8"))
            if noted["url"] == url and noted["models"] != self._models.arguments(self._paths):
                return False
            self._models.leave_token(self._paths)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return True  # somebody else started it
        return True

    def _last_words(self) -> str:
        """The last line of the log, as the end of a sentence."""
        line = last_line(self._paths.server_log)
        return f": {line}" if line else "."


def wait_until_gone(client: BackendClient, interrupt: threading.Event) -> bool:
    """Wait for a server that was asked to leave. False when it is still there after a while."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while time.monotonic() < deadline and not interrupt.wait(POLL_SECONDS):
        try:
            client.health(any_protocol=True)
        except Unreachable:
            return True
        except BackendError:
            continue
    return False


def stop_running(paths: DataPaths, *, now: bool, interrupt: threading.Event) -> None:
    """Ask the server of this data folder to leave, after its running job or now; then wait for it.

    Nothing happens when none runs. Raises BackendError when it was to leave now and stays.
    """
    known = read_server_file(paths.server)
    if known is None:
        return
    try:
        client = BackendClient(*known, timeouts=QUICK)
        if not client.address.loopback:
            return
        client.shutdown(now=now)
    except MuseumError:
        return  # it is gone, or another program has its port by now
    if now and not wait_until_gone(client, interrupt) and not interrupt.is_set():
        raise BackendError("The running backend does not end.", "Restart the computer, then try again.")


def read_server_file(path: Path) -> tuple[str, str] | None:
    """Address and token of the server that wrote this file; None when there is none."""
    try:
        known: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        return str(known["url"]), str(known["token"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _attend(process: subprocess.Popen[bytes], lines: queue.Queue[bytes]) -> None:
    """Thread: pass on the first line, keep the pipe empty so that the server never blocks on it, reap the process."""
    assert process.stdout is not None
    with process.stdout as stream:
        lines.put(stream.readline())
        for _ in stream:
            pass
    process.wait()


def backend_version(source_dir: Path) -> str:
    """The version of the backend that the extension carries. Raises BackendError when there is none."""
    try:
        text = (source_dir / "backend" / "__init__.py").read_text("utf-8")
        found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    except OSError:
        found = None
    if found is None:
        raise BackendError("The extension's backend folder is missing.", "Install the extension again.")
    return found[1]
