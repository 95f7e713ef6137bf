"""What was generated: one line of JSON a finished job, schema ``museum-history/1``. Knows nothing of Blender or files.

A line is ``{schema, id, when, task, engine, title, prompt, seed, params, left_out, inputs, names, models, thumbnail,
files, target}``: when is the time of the end in ISO 8601; left_out names parameters that were too large to be kept;
inputs are role -> file at the backend, names role -> what the user calls it; models ``[{role, id, revision}]``, files
``[{name, sha256, size, media_type}]``; target what it was made for, as in the job's row. Of several lines with one id
the last counts.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from .jobs import Job, ResultFile

SCHEMA = "museum-history/1"
TASKS = ("text_to_3d", "image_to_3d", "texture", "text_to_image")
"""Tasks whose results are generations; other jobs read, download or test something."""
MAX_LINE_BYTES = 64 * 1024
MAX_PARAM_BYTES = 8 * 1024
MAX_PARAMS_BYTES = 24 * 1024
MAX_TEXT = 4000
MAX_TARGET = 8000
MAX_NAME = 200
MAX_FILES = 100
MAX_INPUTS = 100
MAX_MODELS = 40
MAX_ENTRIES = 5000
RESULT = "result.json"
THUMBNAIL = "thumbnail.png"


@dataclass(frozen=True)
class UsedModel:
    """A model that took part. revision: which state of it."""

    role: str
    id: str
    revision: str = ""


@dataclass(frozen=True)
class Generation:
    """One finished job that made something; the members are those of a line."""

    id: str
    when: str
    task: str
    engine: str
    title: str = ""
    prompt: str = ""
    seed: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    models: tuple[UsedModel, ...] = ()
    thumbnail: str = ""
    files: tuple[ResultFile, ...] = ()
    target: str = ""

    @cached_property
    def time(self) -> datetime:
        """When it was done, with its time zone."""
        return moment(self.when)

    @cached_property
    def words(self) -> str:
        """What a search looks into: title, prompt, engine, names, local day, seed; case folded."""
        day = self.time.astimezone().strftime("%Y-%m-%d")
        return "\n".join((self.title, self.prompt, self.engine, *self.names.values(), day, str(self.seed))).casefold()

    def prepare(self) -> None:
        """Work out now what searching needs, not while somebody types."""
        _ = self.words


def moment(text: str) -> datetime:
    """A time in ISO 8601; without a zone it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def of_job(
    job: Job, result: Mapping[str, Any], *, target: str = "", names: Mapping[str, str] | None = None
) -> Generation:
    """What is remembered of a finished job. result: its ``result.json``, empty where that is not known."""
    params, left_out = _kept(job.params)
    seed = job.params.get("seed")
    result = _mapping(result)
    data, listed = _mapping(result.get("data")), result.get("files")
    there = [file.name for file in job.results]
    files = map(_mapping, listed if isinstance(listed, list) else ())
    previews = [entry for entry in files if entry.get("role") == "preview"]
    thumbnail = next((entry["name"] for entry in previews if entry.get("name") in there), "")
    return Generation(
        id=job.id,
        when=job.finished or job.created,
        task=job.task,
        engine=job.engine,
        title=_cut(" ".join(str(job.label or data.get("type_title") or job.task).split()), MAX_NAME),
        prompt=_cut(str(job.params.get("prompt") or ""), MAX_TEXT),
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        params=params,
        left_out=left_out,
        inputs=dict(list(job.inputs.items())[:MAX_INPUTS]),
        names={_cut(role, MAX_NAME): _cut(name, MAX_NAME) for role, name in list((names or {}).items())[:MAX_INPUTS]},
        models=models_of(_mapping(result.get("paradata"))),
        thumbnail=thumbnail or (THUMBNAIL if THUMBNAIL in there else ""),
        files=job.results[:MAX_FILES],
        target=target if len(target) <= MAX_TARGET else "",
    )


def models_of(paradata: Mapping[str, Any]) -> tuple[UsedModel, ...]:
    """The models that paradata name, the chief one first."""
    listed = paradata.get("models")
    entries = listed if isinstance(listed, list) and listed else [paradata.get("model")]
    found = []
    for entry in entries[:MAX_MODELS]:
        told = _mapping(entry)
        name = told.get("id") or told.get("name")
        if name:
            role, revision = (_cut(str(told.get(member) or ""), MAX_NAME) for member in ("role", "revision"))
            found.append(UsedModel(role, _cut(str(name), MAX_NAME), revision))
    return tuple(found)


def to_line(entry: Generation) -> bytes:
    """The entry's line, with its end; never longer than MAX_LINE_BYTES. Raises ValueError when that cannot be."""
    found: dict[str, Any] = {
        "schema": SCHEMA, "id": entry.id, "when": entry.when, "task": entry.task, "engine": entry.engine,
        "title": entry.title, "prompt": entry.prompt, "seed": entry.seed, "params": dict(entry.params),
        "left_out": list(entry.left_out), "inputs": dict(entry.inputs), "names": dict(entry.names),
        "models": [vars(model) for model in entry.models], "thumbnail": entry.thumbnail,
        "files": [vars(file) for file in entry.files],
        "target": entry.target,
    }  # fmt: skip
    line = _json(found)
    if len(line) >= MAX_LINE_BYTES:
        found |= {"params": {}, "left_out": sorted({*entry.left_out, *entry.params})[:MAX_INPUTS]}
        line = _json(found)
    if len(line) >= MAX_LINE_BYTES:
        raise ValueError("the entry is too long")
    from_line(line)  # what is written can be read
    return line + b"\n"


def from_line(line: bytes) -> Generation:
    """Read a line. Raises ValueError when it is none."""
    if len(line) > MAX_LINE_BYTES:
        raise ValueError("the line is too long")
    try:
        found = json.loads(line.decode("utf-8"), parse_constant=_no_number)
        if not isinstance(found, dict) or found.get("schema") != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        seed = found.get("seed")
        entry = Generation(
            **{name: _text(found, name) for name in ("id", "when", "task", "engine")},
            **{name: _text(found, name, "") for name in ("title", "prompt", "thumbnail", "target")},
            seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
            params=_dict(found, "params"),
            left_out=tuple(map(str, _list(found, "left_out"))),
            inputs=_texts(found, "inputs"),
            names=_texts(found, "names"),
            models=tuple(
                UsedModel(_text(one, "role", ""), _text(one, "id"), _text(one, "revision", ""))
                for one in _list(found, "models")
            ),
            files=tuple(
                ResultFile(_text(one, "name"), _text(one, "sha256"), int(one["size"]), _text(one, "media_type", ""))
                for one in _list(found, "files")
            ),
        )
        entry.time.astimezone(UTC)
    except (KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"a member is damaged ({error})") from error
    return entry


def read_lines(data: bytes) -> tuple[tuple[Generation, ...], int]:
    """The entries, newest first, and how many lines were none. One without an end may just be being written."""
    lines = data.split(b"\n")
    open_end = lines.pop()
    found, skipped = [], 0
    for line in lines:
        if not line.strip():
            continue
        try:
            found.append(from_line(line))
        except ValueError:
            skipped += 1
    with contextlib.suppress(ValueError):
        found.append(from_line(open_end))
    return merged((), found), skipped


def merged(known: Iterable[Generation], more: Iterable[Generation]) -> tuple[Generation, ...]:
    """All, newest first; of those with the same id the later given counts. At most MAX_ENTRIES."""
    by_id = {entry.id: entry for entry in known}
    for entry in more:
        former = by_id.get(entry.id)
        if former is not None and former.target and not entry.target:
            entry = replace(entry, target=former.target, names=former.names or entry.names)
        by_id[entry.id] = entry
    return tuple(sorted(by_id.values(), key=lambda entry: (entry.time, entry.id), reverse=True)[:MAX_ENTRIES])


def matching(
    entries: Iterable[Generation],
    *,
    words: str = "",
    task: str = "",
    engine: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[Generation, ...]:
    """Those that hold all of the words (title, prompt, engine, names, day, seed), newest first as given.

    task, engine: empty for any. since, until: with a zone, inclusive.
    """
    wanted = words.casefold().split()
    return tuple(
        entry
        for entry in entries
        if (not task or entry.task == task)
        and (not engine or entry.engine == engine)
        and (since is None or entry.time >= since)
        and (until is None or entry.time <= until)
        and all(word in entry.words for word in wanted)
    )


@dataclass(frozen=True)
class Difference:
    """One thing in which two generations differ. first, second: None where it has none.

    name: "prompt", "seed", "task", "engine", a parameter, "input <role>" or "model <role>".
    """

    name: str
    first: Any
    second: Any


def differences(first: Generation, second: Generation) -> tuple[Difference, ...]:
    """What differs: prompt, seed, task, engine, every parameter, what was given, and models with their revisions."""
    pairs: dict[str, tuple[Any, Any]] = {
        name: (getattr(first, name), getattr(second, name)) for name in ("prompt", "seed", "task", "engine")
    }
    for name in sorted({*first.params, *second.params} - pairs.keys()):
        pairs[name] = (first.params.get(name), second.params.get(name))
    for name in sorted({*first.left_out, *second.left_out}):
        pairs.pop(name, None)  # what is not known of one cannot be compared
    for role in sorted({*first.inputs, *second.inputs}):
        if first.inputs.get(role) != second.inputs.get(role):
            pairs[f"input {role}"] = (_given(first, role), _given(second, role))
    for model in sorted({_key(one) for one in (*first.models, *second.models)}):
        pairs[f"model {model}"] = (_revision(first, model), _revision(second, model))
    return tuple(Difference(name, one, other) for name, (one, other) in pairs.items() if not _same(one, other))


def common(first: Generation, second: Generation) -> int:
    """How many parameters are the same in both."""
    names = {*first.params, *second.params}
    return sum(_same(first.params.get(name), second.params.get(name)) for name in names)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float) and not isinstance(other, bool):
        return one == other
    return type(one) is type(other) and bool(one == other)


def _given(entry: Generation, role: str) -> str | None:
    given = entry.inputs.get(role)
    return None if given is None else f"{entry.names.get(role, '')} ({given[:8]})".strip()


def _key(model: UsedModel) -> str:
    return model.role or model.id


def _revision(entry: Generation, key: str) -> str | None:
    found = next((model for model in entry.models if _key(model) == key), None)
    return None if found is None else f"{found.id} {found.revision[:12]}".strip()


def _kept(params: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The parameters that are small enough, and the names of the others."""
    found: dict[str, Any] = {}
    left, size = [], 0
    for name, value in params.items():
        if name == "prompt" or len(str(name)) > MAX_NAME:
            continue  # it has a member of its own
        try:
            length = len(_json({str(name): value}))
        except (ValueError, TypeError, RecursionError):
            length = MAX_PARAM_BYTES + 1
        if length > MAX_PARAM_BYTES or size + length > MAX_PARAMS_BYTES:
            left.append(str(name))
        else:
            found[str(name)] = value
            size += length
    return found, tuple(left[:MAX_INPUTS])


def _json(value: Any) -> bytes:
    # Half a character, as broken text has it, cannot be written as UTF-8.
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def _cut(text: str, most: int) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")[:most]


def _no_number(_text: str) -> float:
    raise ValueError("a number is none")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(found: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = found.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise ValueError(f"{name} is not a text")
    return value


def _dict(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = found.get(name, {})
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def _texts(found: Mapping[str, Any], name: str) -> dict[str, str]:
    value = _dict(found, name)
    if not all(isinstance(one, str) for one in value.values()):
        raise ValueError(f"{name} holds something else than texts")
    return value


def _list(found: Mapping[str, Any], name: str) -> list[Any]:
    value = found.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{name} is not a list")
    return value
