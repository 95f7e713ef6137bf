"""What went wrong on the way to the backend, in words that a user can act on."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests

from ..core.errors import BackendError, Refused, Unauthorised, UnexpectedAnswer, Unreachable

CHECK_ADDRESS = "Check the backend's address in the preferences, and that the backend is running."
NOT_A_BACKEND = "Check the backend's address and port in the preferences; something else seems to answer there."
MAX_QUOTED_CHARACTERS = 400


class DiskFailure(BackendError):
    """This computer's disk refused. Only the user can mend that; trying again by itself is of no use."""


def from_transport(error: Exception, host: str) -> BackendError:
    """The error for a request that got no complete answer. error: what requests or the socket raised."""
    causes = list(_causes(error))
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(
            f"The identity of {host} could not be confirmed (TLS).",
            "Check that the address starts with https://, and ask the backend's owner for a valid certificate.",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes) or "NameResolutionError" in repr(causes):
        return Unreachable(f"The name {host} is not known.", "Check the spelling of the address and your network.")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Unreachable(f"{host} did not answer in time.", CHECK_ADDRESS)
    if isinstance(error, (requests.exceptions.Timeout, TimeoutError)) or any(
        isinstance(cause, TimeoutError) for cause in causes
    ):
        return Unreachable(
            f"The backend on {host} stopped answering.",
            "Wait a moment and try again; if it stays so, restart the backend.",
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return Unreachable("The proxy of this network refused the connection.", "Check the system's proxy settings.")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(f"Nothing is listening at the backend's address on {host}.", CHECK_ADDRESS)
    if isinstance(error, requests.exceptions.ConnectionError) and "NewConnectionError" in repr(causes):
        return Unreachable(f"{host} cannot be reached.", CHECK_ADDRESS)
    return Unreachable(
        f"The backend on {host} closed the connection in the middle of an answer.",
        "Try again; if it happens again, look into the backend's log.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything below it: causes, contexts, and the reasons that urllib3 wraps."""
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or current in seen:
            continue
        seen.append(current)
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]


def from_answer(status: int, content_type: str, body: bytes, location: str, host: str) -> BackendError:
    """The error for an answer that is not a success. body: as much of it as was read."""
    if 300 <= status < 400:
        return UnexpectedAnswer(
            f"{host} sends requests on to {_where(location)}.",
            "Enter the backend's final address in the preferences.",
        )
    problem = _problem(content_type, body)
    if status in (401, 403):
        return Unauthorised(
            "The backend refused the token.", "Copy the token of this backend into the preferences again."
        )
    if problem is None and status == 404:
        return UnexpectedAnswer(f"What answers on {host} is not a museum backend.", NOT_A_BACKEND)
    if problem is None and status == 507:
        return Refused("The disk of the backend is full.", "Free some space on the backend's machine.", status)
    if problem is None:
        return UnexpectedAnswer(
            f"The backend answered with error {status} and no explanation.",
            "Try again; if it happens again, look into the backend's log.",
        )
    message = str(problem.get("detail") or problem.get("title") or f"The backend refused the request ({status}).")
    fix = str(problem.get("fix") or "Look into the backend's log for the cause.")
    return Refused(message[:MAX_QUOTED_CHARACTERS], fix[:MAX_QUOTED_CHARACTERS], status)


def _problem(content_type: str, body: bytes) -> dict[str, Any] | None:
    if "json" not in content_type.lower():
        return None
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return problem if isinstance(problem, dict) else None


def _where(location: str) -> str:
    """Scheme, host and port of a redirect, without anything secret that may stand in it."""
    try:
        parts = urlsplit(location)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "another address"
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else "another path"


def disk_failure(error: OSError, what: str) -> DiskFailure:
    """The error for a file that could not be written. what: "The result" and the like."""
    cause = error.strerror or type(error).__name__
    return DiskFailure(
        f"{what} could not be written to disk: {cause}.",
        "Free some disk space, or choose another data folder in the preferences, then try again.",
    )
