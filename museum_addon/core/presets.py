"""Presets: an engine's settings as a small JSON file that people share. What is read is data, and is never run.

Schema museum-preset/1: ``{schema, title, task, engine, params, notes, by, sources}``. params hold what differs from the
engine's own settings; notes, by and sources (a list of texts) say what the preset is for, who made it and where its
figures come from.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import InvalidRequest
from .schema_fields import Field, checked

SCHEMA = "museum-preset/1"
SUFFIX = ".json"
MAX_BYTES = 64 * 1024
MAX_PARAMS = 200
MAX_TEXT = 4000
MAX_TITLE = 80
MAX_ENTRIES = 64
MAX_FILES = 500
MAX_STEM_BYTES = 60
MEMBERS = ("schema", "title", "task", "engine", "params", "notes", "by", "sources")
NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices."""
FIX = "Ask whoever made it for the file that was exported."


@dataclass(frozen=True)
class Preset:
    """Settings of an engine. unknown: members of the file that nobody reads. bundled: whether it came along."""

    title: str
    task: str
    engine: str
    params: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    by: str = ""
    sources: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    path: Path | None = None
    bundled: bool = False

    def to_text(self) -> str:
        """The file. Raises InvalidRequest when it would be too large."""
        found = {name: getattr(self, name) for name in MEMBERS if name != "schema"}
        found = {"schema": SCHEMA, **found, "params": dict(self.params), "sources": list(self.sources)}
        text = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        if len(text.encode()) > MAX_BYTES:
            raise InvalidRequest("The preset is too large.", "Shorten its texts.")
        return text


def read(text: str | bytes) -> Preset:
    """The preset in a file's text. Raises InvalidRequest, which says what is wrong with it."""
    size = len(text if isinstance(text, bytes) else text.encode(errors="replace"))
    if size > MAX_BYTES:
        raise InvalidRequest(f"This is no preset: it is larger than {MAX_BYTES // 1024} KiB.", FIX)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("This is no preset: it is not JSON.", FIX) from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise InvalidRequest(f"This is no preset: its schema is not {SCHEMA}.", FIX)
    for name in ("task", "engine"):
        if not isinstance(found.get(name), str) or not re.fullmatch(NAME, found[name]):
            raise InvalidRequest(f"The preset does not name its {name}.", FIX)
    sources = found.get("sources") or []
    if not isinstance(sources, list) or len(sources) > MAX_ENTRIES:
        raise InvalidRequest("The sources of the preset are not a list of texts.", FIX)
    return Preset(
        title=checked_title(_text(found, "title", MAX_TITLE)),
        task=found["task"],
        engine=found["engine"],
        params=_params(found.get("params")),
        notes=_text(found, "notes", MAX_TEXT),
        by=_text(found, "by", MAX_TITLE),
        sources=tuple(_text({"sources": one}, "sources", MAX_TEXT) for one in sources),
        unknown=tuple(sorted(str(name)[:MAX_TITLE] for name in set(found) - set(MEMBERS)))[:MAX_ENTRIES],
    )


def checked_title(title: str) -> str:
    """A title for a preset, white space folded. Raises InvalidRequest."""
    folded = " ".join(title.split())
    if not folded:
        raise InvalidRequest("The preset has no name.", "Give it a name.")
    if len(folded) > MAX_TITLE:
        raise InvalidRequest("The name of the preset is too long.", f"Use at most {MAX_TITLE} characters.")
    return folded


def sorted_out(preset: Preset, fields: Iterable[Field]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The preset's values that the engine takes, and what cannot be used of it: names, with the reason where known."""
    known = {one.name: one for one in fields}
    taken: dict[str, Any] = {}
    left: list[str] = list(preset.unknown)
    for name, value in preset.params.items():
        if name not in known:
            left.append(name)
            continue
        try:
            taken[name] = checked(known[name], value)
        except InvalidRequest as error:
            left.append(error.message.removesuffix("."))
    return taken, tuple(left)


def load_folder(folder: Path, *, bundled: bool = False) -> tuple[list[Preset], list[str]]:
    """All presets of a folder by title, and the names of files that are none. A folder that is not there is empty."""
    found, faulty = [], []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == SUFFIX)[:MAX_FILES]
    except OSError:
        return [], []
    for path in paths:
        try:
            found.append(load(path, bundled=bundled))
        except InvalidRequest:
            faulty.append(path.name)
    return sorted(found, key=lambda preset: preset.title.casefold()), faulty


def load(path: Path, *, bundled: bool = False) -> Preset:
    """The preset in a file. Raises InvalidRequest."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidRequest(f"The preset cannot be read ({error.strerror}).", "Choose another file.") from error
    return Preset(**{**vars(read(text)), "path": path, "bundled": bundled})


def save(preset: Preset, folder: Path) -> Preset:
    """Write a preset into a folder, in the place of one of the same engine and title. Raises InvalidRequest."""
    stem = file_stem(preset)
    path = folder / f"{stem}{SUFFIX}"
    unfinished = path.with_name(f"{path.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(preset.to_text(), encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise InvalidRequest(
            f"The preset cannot be written ({error.strerror}).", "Free some room on the disk, or choose another folder."
        ) from error
    return Preset(**{**vars(preset), "path": path, "bundled": False})


def file_stem(preset: Preset) -> str:
    """The name of a preset's file, without suffix: fit for every system, the same for the same engine and title."""
    plain = unicodedata.normalize("NFC", preset.title)
    plain = re.sub(r"[^\w\- ]+", "_", plain).strip(" _.") or "preset"
    if len(plain.encode()) > MAX_STEM_BYTES:
        cut = plain.encode()[:MAX_STEM_BYTES].decode(errors="ignore").strip()
        plain = f"{cut} {zlib.crc32(preset.title.encode()):08x}"
    stem = f"{preset.task} {preset.engine} {plain}"
    return f"_{stem}" if RESERVED.fullmatch(stem) else stem


def _text(found: Mapping[str, Any], name: str, most: int) -> str:
    value = found.get(name) or ""
    if not isinstance(value, str) or len(value) > most:
        raise InvalidRequest(f"“{name}” of the preset is not a text of at most {most:,} characters.", FIX)
    return "".join(letter for letter in value if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))


def _params(value: Any) -> dict[str, Any]:
    """Plain values, and lists of small objects of plain values. Raises InvalidRequest."""
    if not isinstance(value, dict) or len(value) > MAX_PARAMS:
        raise InvalidRequest(f"“params” of the preset are not an object of at most {MAX_PARAMS} settings.", FIX)
    for name, one in value.items():
        entries = one if isinstance(one, list) else [one]
        plain = [inner for entry in entries for inner in (entry.values() if isinstance(entry, dict) else [entry])]
        if len(entries) > MAX_ENTRIES or len(plain) > MAX_PARAMS or not all(map(_is_plain, plain)):
            raise InvalidRequest(f"“{name[:MAX_TITLE]}” of the preset is not a plain value.", FIX)
    return value


def _is_plain(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= MAX_TEXT)
