"""Applying earlier generations again: their settings, their results, and the same with another seed. As functions."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace

import bpy

from . import engines, history_actions, joblist, material_actions, runtime
from .client.historian import job_of
from .client.messages import ResultReady
from .core.errors import ImportFailed, InvalidRequest
from .core.history import Generation
from .core.jobs import JobState
from .core.requests import MAX_SEED, JobRequest
from .scene import meshes, painting, texturing
from .sessions import session

FETCHING = "Fetching the result"


def bring_in(context: bpy.types.Context, job_id: str, onto: bpy.types.Object | None = None) -> str:
    """Bring a generation's result in once more: at the 3D cursor, a texture onto a mesh (the selected one when None).

    It is taken from this computer if it is still here, else from the backend. Answers the key of its row in the Jobs
    list, which says how far it is and what went wrong.
    """
    state = runtime.current()
    entry = state.history.find(job_id)
    row = _row_of(context.scene, entry)
    if row is not None and row.state in joblist.UNFINISHED:
        raise InvalidRequest("This job is being done again.", "Wait until it is done.")
    target = target_for(context, entry, onto)
    running = session(context)
    if row is None:
        _take_out_of_others(context.scene, entry)
        row = joblist.add_row(context.scene, _request(entry), context.scene.cursor.location, target)
    state.resumed.discard(job_id)
    values = {
        "job_id": job_id, "state": JobState.SUCCEEDED.value, "target": target, "progress": 1.0, "finished": entry.when,
        "error": "", "fix": "", "message": FETCHING,
    }  # fmt: skip
    joblist.set_values(row, values)
    state.pump.note_row(row)

    def found(ready: ResultReady) -> None:
        running.messages.put(ready)

    history_actions.historian(context).find(entry, found, lambda: running.fetch(job_id))
    return str(row.name)


def again(
    context: bpy.types.Context, job_id: str, *, seed: int | None = None, onto: bpy.types.Object | None = None
) -> str:
    """Ask for the same with another seed, a random one when None. Answers the key of the new row."""
    state = runtime.current()
    entry = state.history.find(job_id)
    if entry.seed is None:
        raise InvalidRequest("This generation has no seed.", 'Press "Use Settings", and change something else.')
    if entry.left_out:
        raise InvalidRequest(
            f"Not all settings of this generation are known any more: {', '.join(entry.left_out)}.",
            'Press "Use Settings", and complete them.',
        )
    engine = engines.find(entry.task, entry.engine)
    if engine.name:
        engines.check(engine)
    target = target_for(context, entry, onto)
    running = session(context)
    used = _other_seed(entry.seed) if seed is None else seed
    request = _request(entry, used)
    joblist.add_row(context.scene, request, context.scene.cursor.location, target)
    state.history.remember_names(request.idempotency_key, entry.names)
    running.submit(request)
    return request.idempotency_key


def target_for(context: bpy.types.Context, entry: Generation, onto: bpy.types.Object | None = None) -> str:
    """What the result is for now, as a row keeps it. Raises InvalidRequest for a mesh that it does not fit."""
    if entry.task == "text_to_image":
        return entry.target or json.dumps({"use": context.scene.museum.picture.use})
    if entry.task != "texture":
        return ""
    item = onto or next(iter(material_actions.selected_meshes(context)), None)
    if item is None:
        raise InvalidRequest("No mesh is selected.", "Select the object that shall get this texture.")
    if item.type != "MESH" or item.mode != "OBJECT":
        raise InvalidRequest("The texture needs a mesh in Object Mode.", "Select one, and go back to Object Mode.")
    if not entry.target:
        raise InvalidRequest(
            "It is not known any more for which faces this texture was made.", 'Press "Use Settings" to make it anew.'
        )
    return _fitted(entry, item)


def _fitted(entry: Generation, item: bpy.types.Object) -> str:
    """The target, turned to another object of the same faces."""
    is_painting = entry.engine != "material"
    try:
        kind = painting.PaintingTarget if is_painting else texturing.Target
        target = kind.from_text(entry.target)
    except ImportFailed as error:
        raise InvalidRequest(error.message, error.fix) from error
    if meshes.fingerprint(item) != target.faces:
        raise InvalidRequest(
            f"This texture was made for other faces than “{item.name}” has.",
            f"Select “{target.name}”, or a copy of it.",
        )
    brings_uv = any(file.name == "uv.npz" for file in entry.files)
    if not brings_uv and target.uv not in item.data.uv_layers:
        raise InvalidRequest(
            f"“{item.name}” has no UV map “{target.uv}”, which this texture was made for.",
            f"Select “{target.name}”, or a copy of it.",
        )
    same = item.name == target.name
    target = replace(target, name=item.name, uid=item.session_uid)
    if isinstance(target, painting.PaintingTarget):
        found = painting.uv_print(item, target.uv) if target.uv else ""
        if brings_uv:
            target = replace(target, uv_print=found)
        elif found != target.uv_print:
            raise InvalidRequest(
                f"The UV map “{target.uv}” of “{item.name}” is another one now.",
                "Undo its change, or texture the object anew.",
            )
        if not same:
            target = replace(target, origin=tuple(item.matrix_world.translation))
    return target.to_text()


def _request(entry: Generation, seed: int | None = None) -> JobRequest:
    """What was asked for, once more."""
    params = dict(job_of(entry).params)
    if seed is not None:
        params["seed"] = seed
    return JobRequest(entry.task, entry.engine, params, entry.title, dict(entry.inputs))


def _other_seed(seed: int) -> int:
    found = secrets.randbelow(MAX_SEED)
    return found + 1 if found >= seed else found


def _row_of(scene: bpy.types.Scene, entry: Generation) -> bpy.types.PropertyGroup | None:
    return next((row for row in scene.museum.jobs if row.job_id == entry.id), None)


def _take_out_of_others(scene: bpy.types.Scene, entry: Generation) -> None:
    """A job has one row: its result comes to the scene whose list it is in."""
    others: Sequence[bpy.types.Scene] = [other for other in bpy.data.scenes if other != scene]
    for other in others:
        index = next((number for number, row in enumerate(other.museum.jobs) if row.job_id == entry.id), -1)
        if index >= 0:
            other.museum.jobs.remove(index)
