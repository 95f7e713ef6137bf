"""Every error leaves as ``application/problem+json`` with a ``fix``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ..errors import BackendError, BadInput, MethodNotAllowed, NotFound, TooLarge

MEDIA_TYPE = "application/problem+json"
_HEADERS: Mapping[int, dict[str, str]] = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "2"}}


def problem_response(error: BackendError, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that tells of this error."""
    return JSONResponse(
        error.to_problem(), error.status, {**_HEADERS.get(error.status, {}), **(headers or {})}, MEDIA_TYPE
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Register what turns exceptions into problems."""
    app.add_exception_handler(BackendError, _on_backend_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


def _on_backend_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BackendError)
    return problem_response(error)


def _on_validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first: Mapping[str, Any] = error.errors()[0]
    if first["type"] == "json_invalid":
        reason = first.get("ctx", {}).get("error", "it ends too early")
        return problem_response(
            BadInput(f"The body is not JSON: {reason} (at character {first['loc'][-1]}).", "Send a JSON object.")
        )
    place, *path = [str(part) for part in first["loc"]]
    name = ".".join(path) or f"the {place}"
    reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return problem_response(BadInput(f"{name}: {reason}.", f"Correct {name}; /v1/openapi.json says what is taken."))


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem_response(_named(request, error), error.headers)


def _named(request: Request, error: HTTPException) -> BackendError:
    """What the framework, or the body limit, found wrong."""
    path = request.url.path
    if error.status_code == 404:
        return NotFound(f"There is no {path[:200]} here.", _nearest_route(request.app, path))
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another one")
        return MethodNotAllowed(f"{request.method} is not possible on {path[:200]}.", f"Use {allowed} on this route.")
    if error.status_code == 413:
        return TooLarge(str(error.detail), "Send less, or raise the limit in the server's settings.")
    if error.status_code < 500:
        return BadInput(f"{str(error.detail).rstrip('.')}.", "Send what /v1/openapi.json says.")
    return BackendError(f"{str(error.detail).rstrip('.')}.", "Try again; the backend's log has more.")


def _nearest_route(app: FastAPI, path: str) -> str:
    close = difflib.get_close_matches(path, list(app.openapi()["paths"]), n=2, cutoff=0.4)
    return f"Try {' or '.join(close)}." if close else "See /v1/openapi.json for what there is."
