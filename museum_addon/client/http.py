"""The one client of the backend's HTTP API, version 1. Blocking: call it from the session's threads only."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import urllib3

from ..core.errors import InvalidRequest, UnexpectedAnswer
from ..core.jobs import Job, ResultFile
from ..core.models import Listing
from ..core.requests import JobRequest
from ..core.resources import Resources
from .address import check_allowed, parse_address
from .downloads import DEFAULT_LIMIT_BYTES, already_there, check_declared, file_sha256, store_chunks
from .failures import NOT_A_BACKEND, from_answer, from_transport
from .sse import ServerEvent, parse_events

PROTOCOL = 1
MAX_JSON_BYTES = 64 * 1024 * 1024
MAX_IDS_A_REQUEST = 100
LATEST_JOBS = 500
MOST_JOBS = 1000
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True)
class Timeouts:
    """Seconds. read: between two pieces of an answer; answer: a whole JSON answer; events: above the 10 s heartbeat."""

    connect: float = 5.0
    read: float = 30.0
    answer: float = 60.0
    events: float = 25.0


class BearerAuth(requests.auth.AuthBase):
    """Sets the token on each request, so that a .netrc of the user cannot replace it. Its repr hides the token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class EventStream:
    """An open event stream. Iterate in one thread; ``close`` from any."""

    def __init__(self, answer: requests.Response, last_id: str, host: str) -> None:
        self._answer = answer
        self._last_id = last_id
        self._host = host

    def __iter__(self) -> Iterator[ServerEvent]:
        """Events until the stream ends. Raises Unreachable when it breaks."""
        try:
            yield from parse_events(_pieces(self._answer), self._last_id)
        except (requests.RequestException, OSError) as error:
            raise from_transport(error, self._host) from error
        finally:
            self._answer.close()

    def close(self) -> None:
        """Wake the reading thread and end its iteration."""
        raw = self._answer.raw
        try:
            if hasattr(raw, "shutdown"):
                raw.shutdown()
            else:  # urllib3 before 2.3
                connection = getattr(raw, "connection", None)
                if connection is not None and connection.sock is not None:
                    connection.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, ValueError, AttributeError):
            return  # closed already


class BackendClient:
    """API version 1 of one backend. Use one client a thread. Every failure is a MuseumError with a fix."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeouts: Timeouts | None = None,
        allow_plain_http: bool = False,
        online_access: bool = True,
        max_download_bytes: int = DEFAULT_LIMIT_BYTES,
    ) -> None:
        self.address = parse_address(url)
        token = token.strip()
        check_allowed(self.address, token=token, allow_plain_http=allow_plain_http, online_access=online_access)
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise InvalidRequest(
                "The token holds characters that no token has.", "Copy it into the preferences again, as one line."
            )
        self.timeouts = timeouts or Timeouts()
        self.max_download_bytes = max_download_bytes
        self._session = requests.Session()
        self._session.trust_env = not self.address.loopback  # no proxy between this machine and itself
        self._session.auth = BearerAuth(token)
        self._session.headers.update({"Accept-Encoding": "identity", "User-Agent": "museum_addon"})

    def __repr__(self) -> str:
        return f"BackendClient({self.address.url!r})"

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def health(self, *, any_protocol: bool = False) -> dict[str, Any]:
        """``GET /v1/health``. Raises UnexpectedAnswer for another protocol or something else than a backend."""
        answer = self._json("GET", "/v1/health")
        if "protocol" not in answer or "version" not in answer:
            raise UnexpectedAnswer(f"What answers on {self.address.host} is not a museum backend.", NOT_A_BACKEND)
        if answer["protocol"] != PROTOCOL and not any_protocol:
            raise UnexpectedAnswer(
                f"The backend speaks protocol {answer['protocol']}, the extension speaks {PROTOCOL}.",
                "Update the extension and the backend to the same version.",
            )
        return answer

    def engines(self) -> tuple[Mapping[str, Any], ...]:
        """The engines of ``GET /v1/engines``."""
        engines = self._member("GET", "/v1/engines", "engines")
        if not all(isinstance(engine, dict) for engine in engines):
            raise UnexpectedAnswer("The backend's list of engines is damaged.", NOT_A_BACKEND)
        return tuple(engines)

    def models(self) -> Listing:
        """What ``GET /v1/models`` says."""
        return Listing.from_json(self._json("GET", "/v1/models"))

    def remove_model(self, name: str) -> int:
        """Delete a model that the backend pulled. Returns the bytes that are free again."""
        freed = self._json("DELETE", f"/v1/models/{_segment(name)}").get("freed_bytes")
        return freed if isinstance(freed, int) else 0

    def resources(self) -> Resources:
        """What ``GET /v1/resources`` says."""
        return Resources.from_json(self._json("GET", "/v1/resources"))

    def release(self, hold_s: float = 0.0) -> None:
        """Have loaded models leave the memory, and no job load others for so many seconds; 0 ends that."""
        self._json("POST", "/v1/release", json={"hold_s": hold_s})

    def latest_jobs(self) -> tuple[Job, ...]:
        """The jobs that were asked for last, newest first."""
        return tuple(map(Job.from_json, self._member("GET", "/v1/jobs", "jobs", params={"limit": str(LATEST_JOBS)})))

    def finished_jobs(self) -> tuple[Job, ...]:
        """The jobs that were done last, newest first."""
        query = {"state": "succeeded", "limit": str(MOST_JOBS)}
        return tuple(map(Job.from_json, self._member("GET", "/v1/jobs", "jobs", params=query)))

    def submit(self, request: JobRequest | Mapping[str, Any]) -> Job:
        """Send a job. Sending the same idempotency key again answers the same job."""
        body = request.to_json() if isinstance(request, JobRequest) else dict(request)
        return Job.from_json(self._json("POST", "/v1/jobs", json=body))

    def job(self, job_id: str) -> Job:
        """One job."""
        return Job.from_json(self._json("GET", f"/v1/jobs/{_segment(job_id)}"))

    def jobs(self, ids: Iterable[str]) -> tuple[Job, ...]:
        """Those of the jobs that the backend knows. It knows none by an id that is not one."""
        wanted = [job_id for job_id in ids if _is_segment(job_id)]
        found: list[Job] = []
        for start in range(0, len(wanted), MAX_IDS_A_REQUEST):
            batch = wanted[start : start + MAX_IDS_A_REQUEST]
            query = {"ids": ",".join(batch), "limit": str(len(batch))}
            found += map(Job.from_json, self._member("GET", "/v1/jobs", "jobs", params=query))
        return tuple(found)

    def cancel(self, job_id: str) -> Job:
        """Cancel a job; an ended one stays as it is."""
        return Job.from_json(self._json("DELETE", f"/v1/jobs/{_segment(job_id)}"))

    def retry(self, job_id: str) -> Job:
        """Run an ended job again, with the same seed."""
        return Job.from_json(self._json("POST", f"/v1/jobs/{_segment(job_id)}/retry"))

    def upload(self, path: Path) -> str:
        """Send a file. Returns its SHA-256 id."""
        try:
            digest = file_sha256(path)
            with path.open("rb") as file:
                answer = self._json("POST", "/v1/files", data=file, content_type="application/octet-stream")
        except OSError as error:
            raise InvalidRequest(f"The file {path.name} cannot be read.", "Choose a file that exists.") from error
        if answer.get("id") != digest:
            raise UnexpectedAnswer(f"The file {path.name} did not arrive at the backend as it was sent.", "Try again.")
        return digest

    def download(self, job_id: str, file: ResultFile, dest: Path) -> Path:
        """Fetch a result file into ``dest``: complete and with the declared checksum, or not at all.

        A file that is already there with the right checksum is kept. Raises a BackendError.
        """
        check_declared(file, self.max_download_bytes)
        if already_there(file, dest):
            return dest
        path = f"/v1/jobs/{_segment(job_id)}/files/{_segment(file.name)}"
        with self._open("GET", path) as answer:
            store_chunks(answer.iter_content(CHUNK_BYTES), file, dest)
        return dest

    def events(self, last_id: str = "") -> EventStream:
        """Open the stream of all jobs' events, after the one with this id. Raises when it cannot be opened."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        answer = self._send("GET", "/v1/events", headers=headers, read_timeout=self.timeouts.events)
        if "text/event-stream" not in answer.headers.get("Content-Type", ""):
            answer.close()
            raise UnexpectedAnswer(f"What answers on {self.address.host} sends no events.", NOT_A_BACKEND)
        return EventStream(answer, last_id, self.address.host)

    def shutdown(self, *, now: bool = False) -> None:
        """Ask an embedded server to stop after its running job, or at once."""
        self._json("POST", "/v1/shutdown", json={"now": now})

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        read_timeout: float | None = None,
        **options: Any,
    ) -> requests.Response:
        """Send a request; returns a successful answer whose body is not read yet."""
        try:
            answer = self._session.request(
                method,
                self.address.url + path,
                headers=headers,
                timeout=(self.timeouts.connect, read_timeout or self.timeouts.read),
                allow_redirects=False,
                stream=True,
                **options,
            )
            if answer.status_code < 300:
                return answer
            with answer:
                body = self._read(answer)
        except (requests.RequestException, OSError) as error:
            raise from_transport(error, self.address.host) from error
        content_type = answer.headers.get("Content-Type", "")
        location = answer.headers.get("Location", "")
        raise from_answer(answer.status_code, content_type, body, location, self.address.host)

    @contextmanager
    def _open(self, method: str, path: str, **options: Any) -> Iterator[requests.Response]:
        """An answer whose body may be read; failures on the way become BackendErrors."""
        answer = self._send(method, path, **options)
        try:
            with answer:
                yield answer
        except (requests.RequestException, ConnectionError, TimeoutError) as error:
            raise from_transport(error, self.address.host) from error

    def _read(self, answer: requests.Response) -> bytes:
        """A body of bounded length, in bounded time."""
        deadline = time.monotonic() + self.timeouts.answer
        body = bytearray()
        for piece in _pieces(answer):
            body += piece
            if len(body) > MAX_JSON_BYTES:
                raise UnexpectedAnswer("The backend's answer is too large.", NOT_A_BACKEND)
            if time.monotonic() > deadline:
                raise requests.exceptions.ReadTimeout("the whole answer took too long")
        return bytes(body)

    def _json(self, method: str, path: str, content_type: str = "", **options: Any) -> dict[str, Any]:
        """A JSON object. Raises UnexpectedAnswer for anything else."""
        headers = {"Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        with self._open(method, path, headers=headers, **options) as answer:
            body = self._read(answer)
            kind = answer.headers.get("Content-Type", "")
        try:
            data = json.loads(body) if body else {}
        except (ValueError, RecursionError) as error:
            what = "a web page" if "html" in kind else "something that is not JSON"
            raise UnexpectedAnswer(f"{self.address.host} answered with {what}.", NOT_A_BACKEND) from error
        if not isinstance(data, dict):
            raise UnexpectedAnswer(f"{self.address.host} answered with JSON that is not an object.", NOT_A_BACKEND)
        return data

    def _member(self, method: str, path: str, name: str, **options: Any) -> list[Any]:
        value = self._json(method, path, **options).get(name)
        if not isinstance(value, list):
            raise UnexpectedAnswer(f"The backend's answer has no list of {name}.", NOT_A_BACKEND)
        return value


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    """A body as it arrives, so that the reader can look at the clock between two pieces.

    ``iter_content`` waits until a whole chunk is there, and a server that drips makes that take for ever.
    """
    read1 = getattr(answer.raw, "read1", None)
    if read1 is None:  # urllib3 before 2.2: chunks come as they were sent, anything else byte by byte
        yield from answer.iter_content(None if "chunked" in answer.headers.get("Transfer-Encoding", "") else 1)
        return
    try:
        while piece := read1(CHUNK_BYTES, decode_content=True):
            yield piece
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from error


def _segment(text: str) -> str:
    """A part of a path: ids and file names need no escapes, and nothing else is sent."""
    if not _is_segment(text):
        raise InvalidRequest(f"{text!r} is not a name that a backend gives.", "Remove this job from the list.")
    return text


def _is_segment(text: str) -> bool:
    plain = text.isascii() and all(c.isalnum() or c in "._-" for c in text)
    return plain and bool(text) and not text.startswith(".")
