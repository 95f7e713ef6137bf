"""Sessions and servers for the tests of the client."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from devtools.server_process import ServerProcess
from museum_addon.client.launcher import read_server_file
from museum_addon.client.session import Session, SessionSettings
from museum_addon.core.requests import JobRequest
from museum_addon.paths import DataPaths

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


def noop(**params: Any) -> JobRequest:
    """A job that only waits."""
    return JobRequest("diagnostic", "noop", params, "a test")


class Heard:
    """Reads a session's messages, remembering all."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.all: list[Any] = []

    def until(self, kind: type, **members: Any) -> Any:
        """The next message of this kind with these members; earlier ones are remembered and passed over."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                message = self.session.messages.get(timeout=0.5)
            except queue.Empty:
                continue
            self.all.append(message)
            if isinstance(message, kind) and all(_reach(message, n) == v for n, v in members.items()):
                return message
        raise AssertionError(f"no {kind.__name__} {members}; heard {self.all[-8:]}")

    def of(self, kind: type) -> list[Any]:
        """All messages of a kind heard so far."""
        return [message for message in self.all if isinstance(message, kind)]


def _reach(message: Any, name: str) -> Any:
    """A member, or a member of the message's job: ``job_state`` is ``message.job.state``."""
    if name.startswith("job_") and hasattr(message, "job"):
        return getattr(message.job, name[4:])
    return getattr(message, name)


@pytest.fixture
def open_session(tmp_path: Path, backend_python: Path) -> Callable[..., Heard]:
    """Make sessions (not started yet); at the end they are closed and embedded servers are gone."""
    opened: list[Session] = []
    folders: set[Path] = set()

    def make(**changes: Any) -> Heard:
        settings = {
            "mode": "embedded",
            "url": "",
            "token": "",
            "data_dir": tmp_path / "data",
            "source_dir": ROOT,
            "python": None,
            "online_access": False,
            "ready_python": backend_python,
            **changes,
        }
        session = Session(SessionSettings(**settings))
        opened.append(session)
        folders.add(settings["data_dir"])
        return Heard(session)

    yield make
    for session in opened:
        session.close(timeout=10.0)
    for folder in folders:
        end_server(folder)


def server_pid(data_dir: Path) -> int:
    """The process of the embedded server of this data folder."""
    import json

    return int(json.loads(DataPaths(data_dir).server.read_text("utf-8"))["pid"])


def end_server(data_dir: Path) -> None:
    """Kill the embedded server of a data folder and its workers, if any."""
    if read_server_file(DataPaths(data_dir).server) is None:
        return
    try:
        process = psutil.Process(server_pid(data_dir))
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        member.kill()
    psutil.wait_procs(family, timeout=10)


@pytest.fixture
def remote(backend_python: Path, tmp_path: Path) -> ServerProcess:
    """A server that is not the session's own."""
    with ServerProcess(backend_python, tmp_path / "remote", "--cpu-workers", "1") as running:
        yield running


class FaultyServer:
    """A real HTTP server on loopback whose answers a test writes. answer: gets the handler, for every method."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.release = threading.Event()
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                outer.asked.append((self.command, self.path, dict(self.headers)))
                answer(self)

            do_POST = do_DELETE = do_GET

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop answering."""
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def faulty() -> Callable[..., FaultyServer]:
    """Start faulty servers; they are gone at the end."""
    started: list[FaultyServer] = []

    def start(answer: Callable[[BaseHTTPRequestHandler], None]) -> FaultyServer:
        started.append(FaultyServer(answer))
        return started[-1]

    yield start
    for server in started:
        server.close()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, content_type: str, **headers: str) -> None:
    """An ordinary answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    if "Content_Length" not in headers:
        handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
