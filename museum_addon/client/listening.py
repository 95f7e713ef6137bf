"""What the events of the stream mean for the session."""

from __future__ import annotations

import base64
import json
import queue
import uuid
from pathlib import Path
from typing import Any

from ..core.errors import UnexpectedAnswer
from ..core.jobs import Job
from ..paths import DataPaths
from .jobbook import JobBook
from .messages import Message, PreviewReady
from .sse import ServerEvent

MAX_PREVIEW_BYTES = 1024 * 1024
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PREVIEW_NAME = ".preview.png"  # no result can be called so: names of results do not begin with a dot


class EventListener:
    """Remembers how far the stream was read, so that the next connection goes on there."""

    def __init__(self, book: JobBook, paths: DataPaths, messages: queue.Queue[Message]) -> None:
        self._book = book
        self._paths = paths
        self._messages = messages
        self.last_id = ""

    def take(self, event: ServerEvent) -> None:
        """Act on one event. Raises UnexpectedAnswer when it is not of API version 1."""
        self.last_id = event.id
        try:
            data: Any = json.loads(event.data)
            job_id = str(data["job_id"])
            if event.name in ("state", "end"):
                self._book.update(Job.from_json(data["job"]))
            elif event.name == "progress":
                fraction = min(max(float(data["progress"]), 0.0), 1.0)
                self._book.progress(job_id, fraction, str(data.get("message") or ""))
            elif event.name == "preview" and self._book.owns(job_id):
                self._preview(job_id, base64.b64decode(data["png"], validate=True))
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise UnexpectedAnswer(
                f"The backend sent an event that this version does not understand ({event.name}).",
                "Update the extension and the backend to the same version.",
            ) from error

    def _preview(self, job_id: str, png: bytes) -> None:
        """Keep the newest preview. One that cannot be kept is not worth a message: the result will come."""
        if len(png) > MAX_PREVIEW_BYTES or not png.startswith(PNG_SIGNATURE):
            return
        path = self._paths.result_folder(job_id) / PREVIEW_NAME
        try:
            _replace_file(path, png)
        except OSError:
            return
        self._messages.put(PreviewReady(job_id, path))


def _replace_file(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
