"""Result files over HTTP, whole or in part (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ..errors import RangeNotSatisfiable
from ..jobs.files import FileStore
from ..jobs.records import StoredFile
from .problems import problem_response

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def file_response(request: Request, files: FileStore, file: StoredFile) -> Response:
    """The file, the part of it that was asked for, or "not modified". Raises NotFound when its bytes are gone."""
    etag = f'"{file.sha256}"'
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "private", "X-Content-Type-Options": "nosniff"}
    if etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    size = files.size(file.sha256)
    wanted = request.headers.get("range", "")
    if request.headers.get("if-range", etag) != etag:
        wanted = ""
    part = _part(wanted, size)
    if part is None:
        error = RangeNotSatisfiable(f"The file has {size} bytes; {wanted[:60]} lies outside.", "Ask for less.")
        return problem_response(error, {"Content-Range": f"bytes */{size}"})
    start, end = part
    headers["Content-Length"] = str(end - start)
    partial = bool(_RANGE.fullmatch(wanted)) and wanted != "bytes=-"
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    body = files.read(file.sha256, start, end)
    return StreamingResponse(body, 206 if partial else 200, headers, file.media_type)


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """First byte, and the one after the last. The whole for what is no single range, None for one that lies outside."""
    match = _RANGE.fullmatch(wanted)
    if match is None or not any(match.groups()):
        return 0, size
    first, last = match.groups()
    if not first:
        return (max(size - int(last), 0), size) if int(last) else None
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    return (start, end) if start < end else None
