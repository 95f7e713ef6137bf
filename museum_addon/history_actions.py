"""What a user can do with earlier generations, as functions; operators and scripts call these. Raise MuseumError.

What they read and ask for comes later: ``watch`` and ``take`` are the pump's way there.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import bpy

from . import joblist, preferences, runtime
from .client import messages
from .client.historian import Historian
from .client.messages import BackendState
from .core import history
from .core.errors import InvalidRequest
from .core.history import Generation
from .paths import DataPaths
from .scene import former, viewport
from .sessions import session

if TYPE_CHECKING:
    from .runtime import Runtime

TURN_S = 0.05


def load(context: bpy.types.Context) -> None:
    """Read what this computer remembers; it is there a moment later, with or without a backend."""
    state = runtime.current().history
    state.loading = True
    historian(context).read()
    _wake()


def refresh(context: bpy.types.Context) -> None:
    """Read it anew, and ask the backend for what other files and other Blenders have asked for."""
    load(context)
    state = runtime.current()
    state.previews.look_again()
    state.history.leave_backend()
    session(context)


def search(
    words: str = "",
    *,
    task: str = "",
    engine: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[Generation, ...]:
    """The generations that hold all words, newest first, of those that are known by now. Times with their zone."""
    entries = runtime.current().history.entries
    return history.matching(entries, words=words, task=task, engine=engine, since=since, until=until)


def turn_page(_context: bpy.types.Context, step: int) -> int:
    """Show a later or an earlier page of what was found; answers its number from 1 on."""
    state = runtime.current().history
    state.look_for(replace(state.search, page=min(max(state.page + step, 0), state.pages - 1)))
    return state.page + 1


def show(context: bpy.types.Context, job_id: str) -> list[str]:
    """Select what a generation made in this scene and bring it into view; answers the names."""
    entry = runtime.current().history.find(job_id)
    found = viewport.objects_of_job(context.scene, job_id)
    image = next((image for image in bpy.data.images if image.get("museum_id") == job_id), None)
    if not found and image is not None and entry.task == "text_to_image":
        raise InvalidRequest(f"No object shows it: it is the image “{image.name}”.", "Open it in the Image Editor.")
    if not found:
        raise InvalidRequest("Nothing of this generation is in the scene.", 'Press "Bring In Again".')
    viewport.show_objects(context, found)
    return [item.name for item in found]


def compare(first: str, second: str) -> tuple[history.Difference, ...]:
    """In what two generations differ."""
    state = runtime.current().history
    if first == second:
        raise InvalidRequest("A generation cannot be compared with itself.", "Choose two.")
    return history.differences(state.find(first), state.find(second))


def show_one(context: bpy.types.Context, first: str, second: str, shown: str = "") -> list[str]:
    """Of two generations show the one alone, in the viewport and in renders; both for empty. Answers the names.

    Of two textures of one object, which took turns on it, the other one is put on for comparison.
    """
    one, other = (viewport.objects_of_job(context.scene, job_id) for job_id in (first, second))
    turned = _turn_textures(context.scene, first, second, shown)
    if turned:
        return turned
    both = [item for item in one if item in other]
    if not one or not other or both:
        raise InvalidRequest("Not both generations stand in the scene.", 'Press "Bring In Again" for the other one.')
    for job_id, items in ((first, one), (second, other)):
        for item in items:
            hidden = bool(shown) and shown != job_id
            item.hide_render = hidden
            if item.name in context.view_layer.objects:
                item.hide_set(hidden)
    return [item.name for item in (*one, *other) if not item.hide_render]


def _turn_textures(scene: bpy.types.Scene, first: str, second: str, shown: str) -> list[str]:
    """Objects whose present and former materials are those of the two; they show the wanted one afterwards."""
    turned = []
    for item in scene.objects:
        made = _materials_of(item)
        if item.type == "MESH" and made is not None and set(made) == {first, second}:
            if shown and (made[1] == shown) != former.is_compared(item):
                former.compare([item])
            turned.append(item.name)
    return turned


def _materials_of(item: bpy.types.Object) -> tuple[str, str] | None:
    """The generations that made an object's material and the one before it; None where it has not both."""
    if not former.has_former(item):
        return None
    try:
        names = json.loads(item[former.FORMER])[-1]
    except (ValueError, IndexError, TypeError):
        return None
    before = next((bpy.data.materials.get(name) for name in names if name), None)
    made = item.get("museum_material_id"), before.get("museum_id") if before is not None else None
    return (str(made[0]), str(made[1])) if all(made) else None


def note(state: Runtime, ready: messages.ResultReady, target: str) -> None:
    """Remember a result that has come. target: of its row."""
    job = ready.job
    known = state.history.get(job.id)
    if job.task not in history.TASKS or (known is not None and known.when == job.finished):
        return
    names = {**_names_in(target), **state.history.sent_names.pop(job.idempotency_key, {})}
    entry = history.of_job(job, ready.result, target=target, names=names)
    try:
        history.moment(entry.when)
    except ValueError:
        return  # a backend that does not say when
    writer = historian(bpy.context)
    state.history.add(entry)
    writer.append([entry])


def take(state: Runtime, message: messages.Message) -> bool:
    """Bring a message about the history to where it is shown; whether it was one."""
    if not isinstance(message, messages.HistoryFound):
        return state.history.take(message)
    entries = tuple(_with_target(entry) for entry in message.entries)
    new = [entry for entry in entries if state.history.get(entry.id) is None]
    historian(bpy.context).append(new)
    state.history.take(replace(message, entries=tuple(new)))
    if message.more:
        _ask(state)
    return True


def watch(state: Runtime) -> bool:
    """Take what the thread has read, and ask the backend once it is there. Answers whether anything changed."""
    found = state.history
    changed = False
    while found.historian is not None and not found.historian.messages.empty():
        changed = take(state, found.historian.messages.get_nowait()) or changed
    if found.loaded and not found.asked and state.backend.state is BackendState.READY:
        _ask(state)
    return changed


def stop() -> None:
    """Take back the timers that run."""
    for timer in (_tick, _load_once):
        if bpy.app.timers.is_registered(timer):
            bpy.app.timers.unregister(timer)


def wake() -> None:
    """Read the history soon: safe in drawing."""
    state = runtime.current().history
    if not state.loaded and not state.loading and not state.trouble[0]:
        state.loading = True
        bpy.app.timers.register(_load_once, first_interval=0.0)


def _load_once() -> None:
    if runtime.HOLDER.runtime is not None:
        load(bpy.context)


def _wake() -> None:
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=TURN_S)


def _tick() -> float | None:
    """The pump turns with a session only; the history is there without one."""
    state = runtime.HOLDER.runtime
    if state is None:
        return None
    if watch(state):
        state.previews.changed()
    return TURN_S if state.history.loading else None


def _ask(state: Runtime) -> None:
    if state.session is not None:
        known = frozenset({entry.id for entry in state.history.entries} | state.history.passed)
        state.history.asked = state.history.asking = True
        state.session.ask_history(known)
        if state.settings is None or not state.settings.embedded:
            state.history.asking = False


def historian(context: bpy.types.Context) -> Historian:
    """The one for the present data folder."""
    state = runtime.current().history
    paths = DataPaths(preferences.data_folder(context))
    if state.historian is not None and state.historian.paths != paths:
        state.historian.close(timeout=0.0)
        state.historian = None
        state.entries, state.loaded = (), False
        state.refresh()
    if state.historian is None:
        state.historian = Historian(paths)
    return state.historian


def _with_target(entry: Generation) -> Generation:
    """A generation that the backend knew, with what a row of this file knows of it."""
    row = next((row for _scene, row in joblist.rows() if row.job_id == entry.id), None)
    return entry if row is None else replace(entry, target=row.target, names=_names_in(row.target))


def _names_in(target: str) -> dict[str, str]:
    """What a target calls the mesh and its texture."""
    try:
        found: Any = json.loads(target) if target else {}
    except ValueError:
        return {}
    named = {"mesh": found.get("name"), "texture": found.get("image")} if isinstance(found, dict) else {}
    return {role: name for role, name in named.items() if isinstance(name, str) and name}
