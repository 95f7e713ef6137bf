"""What the History panel shows, for all files together. Reading and filtering happen outside of drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zlib import crc32

import bpy

from .client import messages
from .core import history
from .core.errors import InvalidRequest
from .core.history import Generation

if TYPE_CHECKING:
    from .client.historian import Historian

Items = list[tuple[str, str, str, int]]
PAGE = 12
"""How many generations are shown at a time."""
MAX_SENT = 1000
"""Of how many requests on their way names are kept; those that fail are never taken out."""
WHEN_DAYS: Mapping[str, int] = {"day": 1, "week": 7, "month": 31, "year": 366}


@dataclass(frozen=True)
class Search:
    """What is looked for. when: empty, or a key of WHEN_DAYS. page: counted from 0."""

    words: str = ""
    task: str = ""
    engine: str = ""
    when: str = ""
    page: int = 0

    @property
    def narrow(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.words.strip() or self.task or self.engine or self.when)


@dataclass
class HistoryState:
    """entries: all that is known, newest first; loaded: whether the file has been read. skipped: lines that were none.
    found, page, pages: what the present search shows. passed: ids that the backend was asked about. asked: whether the
    backend was asked in this session; asking: whether its answer is to come. sent_names: key of a request on its way ->
    role -> what the user calls the file. items: what the menu of engines
    shows. compared: ids of the two that the comparison shows.
    """

    entries: tuple[Generation, ...] = ()
    loaded: bool = False
    loading: bool = False
    skipped: int = 0
    trouble: tuple[str, str] = ("", "")
    search: Search = field(default_factory=Search)
    found: tuple[Generation, ...] = ()
    shown: tuple[Generation, ...] = ()
    pages: int = 1
    passed: set[str] = field(default_factory=set)
    asked: bool = False
    asking: bool = False
    sent_names: dict[str, dict[str, str]] = field(default_factory=dict)
    items: Items = field(default_factory=list)
    compared: tuple[str, str] = ("", "")
    historian: Historian | None = None
    items_of: tuple[object, object] = (None, None)
    _by_id: dict[str, Generation] = field(default_factory=dict)

    def take(self, message: messages.Message) -> bool:
        """Note what a message says of the history; whether it was about it."""
        match message:
            case messages.HistoryRead():
                self.entries = history.merged(message.entries, self._unwritten(message.entries))
                self.skipped, self.loaded, self.loading = message.skipped, True, False
                self.trouble = ("", "")
            case messages.HistoryFound():
                self.passed |= message.passed
                self.asking = message.more
                self.entries = history.merged(self.entries, message.entries)
            case messages.HistoryTrouble():
                self.trouble, self.loading, self.asking = (message.message, message.fix), False, False
            case _:
                return False
        self.refresh()
        return True

    def _unwritten(self, read: tuple[Generation, ...]) -> list[Generation]:
        """What is known here and not in the file: it is being written, or could not be."""
        ids = {entry.id for entry in read}
        return [entry for entry in self.entries if entry.id not in ids]

    def add(self, entry: Generation) -> None:
        """One more."""
        self.entries = history.merged(self.entries, (entry,))
        self.refresh()

    def remember_names(self, key: str, names: Mapping[str, str]) -> None:
        """What the user calls the files that go with the request of this key: by role."""
        if names:
            self.sent_names[key] = dict(names)
            while len(self.sent_names) > MAX_SENT:
                del self.sent_names[next(iter(self.sent_names))]

    def look_for(self, search: Search) -> None:
        """Show what another search finds."""
        self.search = search
        self.refresh()

    def refresh(self) -> None:
        """Find anew, and cut the page out."""
        self._by_id = {entry.id: entry for entry in self.entries}
        wanted = self.search
        days = WHEN_DAYS.get(wanted.when)
        since = datetime.now(UTC) - timedelta(days=days) if days else None
        self.found = history.matching(
            self.entries, words=wanted.words, task=wanted.task, engine=wanted.engine, since=since
        )
        self.pages = max(-(-len(self.found) // PAGE), 1)
        page = min(max(wanted.page, 0), self.pages - 1)
        self.shown = self.found[page * PAGE : (page + 1) * PAGE]

    @property
    def page(self) -> int:
        """Which page is shown, counted from 0."""
        return min(max(self.search.page, 0), self.pages - 1)

    def get(self, job_id: str) -> Generation | None:
        """An entry by its job's id."""
        return self._by_id.get(job_id)

    def find(self, job_id: str) -> Generation:
        """The same. Raises InvalidRequest."""
        entry = self.get(job_id)
        if entry is None:
            raise InvalidRequest("This generation is not in the history.", "Choose one that is.")
        return entry

    def leave_backend(self) -> None:
        """Another backend, or none: it will be asked anew."""
        self.asked = self.asking = False
        self.passed.clear()

    def close(self) -> None:
        """End the thread, when it has written what it was given."""
        if self.historian is not None:
            self.historian.close()
            self.historian = None


def engine_items(_group: bpy.types.PropertyGroup, _context: bpy.types.Context | None) -> Items:
    """Choices of the engine: those that made something. The runtime keeps the list, for Blender does not."""
    from . import runtime

    state = runtime.current()
    if state.history.items_of == (id(state.history.entries), id(state.titles)):
        return state.history.items
    names = sorted({(entry.task, entry.engine) for entry in state.history.entries})
    listed = sorted({name for _task, name in names})
    titles = {name: next((state.titles[f"{t}/{n}"] for t, n in names if n == name and f"{t}/{n}" in state.titles), name)
              for name in listed}  # fmt: skip
    found: Items = [("ALL", "All Engines", "Whatever engine made it", 0)]
    found += [(name, titles[name], "", crc32(name.encode()) & 0x7FFFFFFF) for name in listed]
    if state.history.items != found:
        state.history.items = found
    state.history.items_of = (id(state.history.entries), id(state.titles))
    return state.history.items
