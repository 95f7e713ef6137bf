"""A real backend server as a child process, for tests and benchmarks. Needs requests and psutil only."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import psutil
import requests

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 60.0


class ServerProcess:
    """``python -m backend serve`` on a free port with a token of its own.

    python: an interpreter with the backend's packages. options: more command line options. A context manager: the
    server is gone afterwards, its data stay.
    """

    def __init__(self, python: Path | str, data: Path, *options: str, environment: Mapping[str, str] | None = None):
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self.token = secrets.token_urlsafe(24)
        token_file = data / "test-token"
        token_file.write_text(self.token + "\n", encoding="utf-8")
        token_file.chmod(0o600)
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        serve = [str(python), "-m", "backend", "serve", "--data", str(data)]
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [*serve, "--token-file", str(token_file), *options],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=backend_environment(environment),
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.start_s = time.perf_counter() - self.started
        if not line:
            raise RuntimeError(f"the server ended with {self.process.wait()}: {self.log()}")
        self.handshake: dict[str, Any] = json.loads(line)
        self.url: str = self.handshake["url"]
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {self.token}"

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def log(self) -> str:
        """What the server and its workers wrote to standard error so far."""
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request with the token. Not for several threads at once."""
        return self._session.request(method, self.url + path, timeout=PATIENCE_S, **options)

    def json(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of a request that has to succeed."""
        response = self.request(method, path, **options)
        assert response.ok, f"{response.status_code}: {response.text}"
        return response.json()

    def submit(self, key: str = "", **params: Any) -> dict[str, Any]:
        """Queue a no-op job with these parameters."""
        body: dict[str, Any] = {"task": "diagnostic", "engine": "noop", "params": params}
        if key:
            body["idempotency_key"] = key
        return self.json("POST", "/v1/jobs", json=body)

    def job(self, job_id: str) -> dict[str, Any]:
        """One job as it is now."""
        return self.json("GET", f"/v1/jobs/{job_id}")

    @contextlib.contextmanager
    def listening(self, path: str, last_event_id: int | None = None) -> Iterator[Iterator[dict[str, Any]]]:
        """An open event stream: dictionaries with id, event and data (parsed), as they come."""
        headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
        with requests.Session() as session:
            session.trust_env = False
            headers["Authorization"] = f"Bearer {self.token}"
            with session.get(self.url + path, stream=True, timeout=PATIENCE_S, headers=headers) as response:
                assert response.status_code == 200, response.text
                yield _parsed(response)

    def events(self, job_id: str, last_event_id: int | None = None) -> list[dict[str, Any]]:
        """All events of a job until it has ended."""
        with self.listening(f"/v1/jobs/{job_id}/events", last_event_id) as stream:
            return list(stream)

    def wait(self, job_id: str) -> dict[str, Any]:
        """The job, once it has ended."""
        return self.events(job_id)[-1]["data"]["job"]

    def wait_until(self, job_id: str, kind: str, **members: Any) -> dict[str, Any]:
        """The first event of this kind whose data, or whose job, has these members."""
        with self.listening(f"/v1/jobs/{job_id}/events") as stream:
            for event in stream:
                told = {**event["data"], **event["data"].get("job", {})}
                if event["event"] == kind and all(told[name] == value for name, value in members.items()):
                    return event
        raise AssertionError(f"the job ended without {kind} {members}")

    def workers(self) -> list[psutil.Process]:
        """The worker processes that run now."""
        return [
            child
            for child in psutil.Process(self.process.pid).children()
            if "backend.jobs.worker" in child.cmdline()
        ]

    def kill(self) -> None:
        """End the server without a word."""
        self.process.kill()
        self._finish()

    def terminate(self) -> int:
        """Ask the server to end, and wait. Returns its exit status."""
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        return self._finish()

    def wait_for_end(self) -> int:
        """Wait until the server ends by itself. Returns its exit status."""
        self.process.wait(PATIENCE_S)
        return self._finish()

    def close(self) -> None:
        """End the server if it still runs, and let go of everything."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10.0)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._finish()
        self._log.close()

    def _finish(self) -> int:
        status = self.process.wait(PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._session.close()
        return status


def backend_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which ``python -m backend`` works from anywhere."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MUSEUM_TOKEN")}
    return {**inherited, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **(more or {})}


def _lines(response: requests.Response) -> Iterator[str]:
    """Lines as they come. (Response.iter_lines, a byte at a time, takes the square of a picture's length.)"""
    pending = b""
    for chunk in response.iter_content(chunk_size=None):
        *lines, pending = (pending + chunk).split(b"\n")
        yield from (line.rstrip(b"\r").decode("utf-8") for line in lines)


def _parsed(response: requests.Response) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in _lines(response):
        if not line:
            if event:
                yield event
            event = {}
            continue
        name, _, value = line.partition(": ")
        if name == "data":
            event["data"] = json.loads(value)
        elif name == "id":
            event["id"] = int(value)
        elif name == "event":
            event["event"] = value
