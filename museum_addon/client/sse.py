"""Server-sent events, read from a byte stream (WHATWG HTML Living Standard, section 9.2.6)."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..core.errors import UnexpectedAnswer

MAX_EVENT_CHARACTERS = 4 * 1024 * 1024


@dataclass(frozen=True)
class ServerEvent:
    """One event. id: the last id that the stream gave, empty when none; name: "message" when not given."""

    id: str
    name: str
    data: str


class EventParser:
    """Turns chunks of bytes, cut anywhere, into events. One parser a connection."""

    def __init__(self, last_id: str = "") -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._pieces: list[str] = []
        self._held = False
        self._size = 0  # of the unfinished event
        self._first = True
        self._id = last_id
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that this chunk completes. Raises UnexpectedAnswer for an event without an end."""
        text = self._decoder.decode(chunk)
        if self._first and text:
            text = text.removeprefix("\ufeff")
            self._first = False
        self._size += len(text)
        if self._size > MAX_EVENT_CHARACTERS:
            raise UnexpectedAnswer(
                "The backend sent an event that does not end.", "Check the backend's address, then restart the backend."
            )
        for line in self._complete_lines(text):
            event = self._take(line)
            if event is not None:
                yield event

    def _complete_lines(self, text: str) -> list[str]:
        """Every line that this text finishes. A CR at the very end may be half of a CRLF, so it waits.

        Pieces without a line end are only collected: joining them each time would make long lines quadratic.
        """
        self._pieces.append(text)
        if not self._held and "\n" not in text and "\r" not in text:
            return []
        text = "".join(self._pieces)
        self._held = text.endswith("\r")
        lines = (text[:-1] if self._held else text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._pieces = [lines.pop() + ("\r" if self._held else "")]
        return lines

    def _take(self, line: str) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self._id = value
        return None

    def _dispatch(self) -> ServerEvent | None:
        data, name = self._data, self._name
        self._data, self._name, self._size = [], "", 0
        return ServerEvent(self._id, name or "message", "\n".join(data)) if data else None


def parse_events(chunks: Iterable[bytes], last_id: str = "") -> Iterator[ServerEvent]:
    """Events of a whole stream, as they complete."""
    parser = EventParser(last_id)
    for chunk in chunks:
        yield from parser.feed(chunk)
