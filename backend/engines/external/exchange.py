"""Asking a server that may say anything, or nothing: time limits, a limit of bytes, and given up within moments."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from ...errors import BackendError, Unavailable
from ...models.hub import trusted
from .servers import HunyuanServer, ImageServer

AGENT = "museum_addon (external)"
CHUNK = 1 << 16
PULSE_S = 0.1
"""How often to look whether the job was cancelled."""
MOST_REDIRECTS = 3
SAID = 300
"""Characters of a server's own words that are passed on."""
WORTH_A_TRY = "See whether it runs and is reached from this machine; its own log may say more."


class ServerUnreachable(BackendError):
    """A server does not answer, breaks off, takes too long, or answers what cannot be understood."""

    status = 502
    kind = "server-unreachable"
    title = "The server cannot be used"


class ServerRefused(BackendError):
    """A server answers that it will not, or cannot, do what it was asked."""

    status = 502
    kind = "server-refused"
    title = "The server did not do it"


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    kind: str
    content: bytes = field(repr=False)

    def json(self) -> Any:
        """The content as JSON. Raises ServerUnreachable."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise ServerUnreachable(
                f"The server answers what is no JSON ({self.kind or 'of no kind'}).",
                "See whether its address is the right one.",
            ) from error


class Exchange:
    """Requests to one server, within one limit of time. Only ever to its own host.

    check: raises when the job was cancelled; called ten times a second while a request is under way.
    """

    def __init__(self, server: HunyuanServer | ImageServer, check: Callable[[], None]) -> None:
        self._server, self._check = server, check
        self._home = urlsplit(server.url)
        self._ends = time.monotonic() + server.time_limit_s
        self._headers = {"User-Agent": AGENT, "Accept-Encoding": "identity", **_credentials(server)}

    def ask(self, method: str, address: str, body: bytes | None = None, kind: str = "", refused: bool = True) -> Reply:
        """One request. address: relative to the server's, or on its host. refused: whether an error status raises.

        Raises ServerUnreachable, ServerRefused, and what ``check`` raises.
        """
        target = urlsplit(urljoin(self._server.url, address))
        for _ in range(MOST_REDIRECTS):
            self._refuse_stranger(target)
            request = _Request(self._home_host(), target, method, body, kind, self._headers, self._server)
            reply, location = self._wait(request)
            if not 300 <= reply.status < 400 or not location:
                break
            target = urlsplit(urljoin(target.geturl(), location))
            if reply.status not in (307, 308):
                method, body, kind = "GET", None, ""
        else:
            raise ServerUnreachable(f"{self._home_host()} sends on and on to other addresses.", WORTH_A_TRY)
        if refused and reply.status >= 400:
            raise ServerRefused(
                f"{self._home_host()} answered with status {reply.status}{_words(reply)}.", _advice(reply.status)
            )
        return reply

    def pause(self, seconds: float) -> None:
        """Wait, unless the job is cancelled or its time is over."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._check()
            self._refuse_late()
            time.sleep(min(PULSE_S, left))

    def _home_host(self) -> str:
        return self._home.netloc

    def _refuse_stranger(self, target: SplitResult) -> None:
        if _origin(target) != _origin(self._home):
            raise ServerUnreachable(
                f"{self._home_host()} sends on to another host, {str(target.hostname)[:100]}, which is not followed.",
                "If that is right, give its address instead.",
            )

    def _refuse_late(self) -> None:
        if time.monotonic() > self._ends:
            raise ServerUnreachable(
                f"{self._home_host()} was not done within {self._server.time_limit_s:g} s.",
                "Ask for less, or raise its time_limit_s. " + WORTH_A_TRY,
            )

    def _wait(self, request: _Request) -> tuple[Reply, str]:
        thread = threading.Thread(target=request.run, name="external-request", daemon=True)
        thread.start()
        try:
            while not request.done.wait(PULSE_S):
                self._check()
                self._refuse_late()
        finally:
            request.give_up()
        if request.failure is not None:
            raise request.failure
        assert request.reply is not None
        return request.reply, request.location


class _Request:
    """One request on a thread of its own. ``give_up`` from any other closes its connection."""

    def __init__(
        self, host: str, target: SplitResult, method: str, body: bytes | None, kind: str, headers: dict[str, str],
        server: HunyuanServer | ImageServer,
    ) -> None:  # fmt: skip
        self.done = threading.Event()
        self.reply: Reply | None = None
        self.location = ""
        self.failure: BackendError | None = None
        self._host, self._server, self._method, self._body = host, server, method, body
        self._path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        self._headers = {**headers, **({"Content-Type": kind} if kind else {})}
        self._most = int(server.max_mb * (1 << 20))
        name, port = str(target.hostname), target.port
        self._connection: http.client.HTTPConnection
        if target.scheme == "https":
            self._connection = http.client.HTTPSConnection(name, port, timeout=server.silence_s, context=trusted())
        else:
            self._connection = http.client.HTTPConnection(name, port, timeout=server.silence_s)

    def run(self) -> None:
        """Send, and take the answer. Whatever fails is kept for the one who waits."""
        try:
            self._exchange()
        except TimeoutError:
            self.failure = ServerUnreachable(
                f"{self._host} said nothing for {self._server.silence_s:g} s.", "Raise its silence_s. " + WORTH_A_TRY
            )
        except ssl.SSLError as error:
            self.failure = ServerUnreachable(
                f"{self._host} cannot be reached safely ({error.reason or error}).",
                "Check its certificate, and the clock of this machine.",
            )
        except ConnectionRefusedError:
            self.failure = ServerUnreachable(
                f"{self._host} refuses the connection.", "Start the server. " + WORTH_A_TRY
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            what = "broke off" if isinstance(error, http.client.IncompleteRead) else type(error).__name__
            self.failure = ServerUnreachable(f"The exchange with {self._host} failed ({what}).", WORTH_A_TRY)
        finally:
            self._connection.close()
            self.done.set()

    def _exchange(self) -> None:
        self._connection.request(self._method, self._path, self._body, self._headers)
        answer = self._connection.getresponse()
        self.location = answer.getheader("Location") or ""
        parts, received = [], 0
        if (answer.length or 0) > self._most:
            self.failure = self._too_large()
            return
        while chunk := answer.read1(CHUNK):
            received += len(chunk)
            if received > self._most:
                self.failure = self._too_large()
                return
            parts.append(chunk)
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
        self.reply = Reply(answer.status, (answer.getheader("Content-Type") or "")[:80], b"".join(parts))

    def _too_large(self) -> ServerUnreachable:
        return ServerUnreachable(
            f"{self._host} answers with more than {self._server.max_mb:g} MiB.",
            "Ask it for fewer faces or a smaller texture, or raise its max_mb.",
        )

    def give_up(self) -> None:
        """Nobody waits any longer."""
        if self.done.is_set():
            return
        with contextlib.suppress(OSError, AttributeError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)


def _origin(address: SplitResult) -> tuple[str, str | None, int | None]:
    return address.scheme, address.hostname, address.port or {"http": 80, "https": 443}.get(address.scheme)


def _credentials(server: HunyuanServer | ImageServer) -> dict[str, str]:
    """The header that opens the server. What it holds is told to nobody."""
    if server.auth is None:
        return {}
    token = os.environ.get(server.auth.variable, "").strip()
    if not token:
        raise Unavailable(
            f"The server wants a token, and the environment variable {server.auth.variable} is not set.",
            f"Set {server.auth.variable} before the backend starts.",
        )
    if not token.isascii() or not token.isprintable():
        raise Unavailable(
            f"The token in {server.auth.variable} has characters that no token has.", "Copy it once more."
        )
    return {server.auth.header: server.auth.prefix + token}


def _words(reply: Reply) -> str:
    """What the server says of its error, shortened, on one line."""
    text = reply.content[:4096].decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        said = json.loads(reply.content)
        if isinstance(said, dict):
            text = str(next((said[key] for key in ("message", "detail", "error", "text") if said.get(key)), text))
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f" ({line[:SAID]})" if line and "<html" not in line.lower() else ""


def _advice(status: int) -> str:
    if status in (401, 403):
        return "Check the token that its entry names."
    if status in (404, 405):
        return "Check the address and the routes of the server; a server of this kind also answers so when it failed."
    if status == 413:
        return "Send a smaller picture."
    if status == 422:
        return "It does not take these parameters: choose others."
    if status == 429:
        return "It is busy: retry later."
    return WORTH_A_TRY
