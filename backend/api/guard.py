"""What a request passes before any route sees it: the host's name, the token, the size of its body.

And what the answer passes when something went wrong that nobody foresaw.
"""

from __future__ import annotations

import asyncio
import hmac
import logging

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import BackendError, TooLarge, Unauthorised, WrongHost
from ..settings import Settings, is_loopback
from .problems import problem_response

log = logging.getLogger("museum.api")

OPEN_ROUTE = "/v1/health"
UPLOAD_ROUTE = "/v1/files"
MAX_JSON_BYTES = 1 << 20
_DISCARDED_BYTES = 8 << 20
_DISCARDING_S = 2.0


class Guard:
    """ASGI middleware. tokens: those that open the door."""

    def __init__(self, app: ASGIApp, settings: Settings, tokens: tuple[str, ...]) -> None:
        self._app = app
        self._settings = settings
        self._tokens = tuple(token.encode("ascii") for token in tokens)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or let it through with its body limited."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._settings.max_body_mb << 20 if scope["path"] == UPLOAD_ROUTE else MAX_JSON_BYTES
        refusal = self._refusal(scope, headers, limit)
        if refusal is None:
            await self._answer(scope, _limited(receive, limit), send)
            return
        await _discard(receive)
        await problem_response(refusal)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The API's one boundary: what no handler foresaw is logged, and told as a problem."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            log.info("%s %s: the client left", scope["method"], scope["path"])
        except Exception as error:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if begun:
                # Breaking the connection tells the client that what it has is not the whole answer.
                raise
            await problem_response(_unexpected(error))(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers, limit: int) -> BackendError | None:
        if self._settings.loopback and not is_loopback(_host_name(headers.get("host", ""))):
            # A page whose name was pointed at 127.0.0.1 sends its own name here.
            return WrongHost("The request names a host that is not this machine.", "Use 127.0.0.1 or localhost.")
        if scope["path"] != OPEN_ROUTE and not self._token_fits(headers.get("authorization", "")):
            return Unauthorised(
                "The token is missing or wrong.", "Send this server's token in the header Authorization: Bearer TOKEN."
            )
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > limit:
            return TooLarge(_too_large(limit), "Send less, or raise the limit in the server's settings.")
        return None

    def _token_fits(self, header: str) -> bool:
        scheme, _, given = header.partition(" ")
        offered = given.strip().encode("utf-8")
        # Every token is compared, so that the time taken does not tell which one came close.
        fits = [hmac.compare_digest(offered, token) for token in self._tokens]
        return scheme.lower() == "bearer" and any(fits)


def _unexpected(error: Exception) -> BackendError:
    return BackendError(
        f"The backend stopped with {type(error).__name__} while it answered.",
        "Try again; if it happens again, report it with the backend's log.",
    )


def _host_name(header: str) -> str:
    """The name without its port: ``127.0.0.1:80``, ``[::1]:80``, ``localhost``."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()


def _limited(receive: Receive, limit: int) -> Receive:
    """The same body, but an error as soon as more than limit bytes have come, whatever length was announced."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                if message.get("more_body", False):
                    await _discard(receive)
                raise HTTPException(413, _too_large(limit))
        return message

    return limited


async def _discard(receive: Receive) -> None:
    """Read some of what is still coming: a client that is still sending would not see the answer otherwise."""
    left = _DISCARDED_BYTES
    try:
        async with asyncio.timeout(_DISCARDING_S):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return


def _too_large(limit: int) -> str:
    return f"The body has more than {limit / 2**20:,.0f} MiB, the most that is taken here."
