"""Sends requests with the files that they name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import bpy

from . import engines, joblist, preferences, runtime
from .client import parcel
from .client.parcel import Parcel
from .core.errors import InvalidRequest, MuseumError
from .core.requests import JobRequest
from .core.schema_fields import LORA_INPUT
from .paths import DataPaths
from .sessions import session


def send(
    context: bpy.types.Context,
    request: JobRequest,
    *,
    place: Sequence[float] | None = None,
    target: str = "",
    images: Mapping[str, bpy.types.Image] | None = None,
) -> str:
    """Send a request with the pictures by role and the LoRA files that it names; answers the key of its new row.

    Parameters that the engine has not are left out. place: (3,) metres, the 3D cursor when None. target: what the
    result is for, as text. Raises MuseumError, and then nothing was sent.
    """
    engine = engines.find(request.task, request.engine)
    box = Parcel(DataPaths(preferences.data_folder(context)).upload_folder(request.idempotency_key))
    try:
        params = {name: value for name, value in request.params.items() if engine.takes(name)}
        request = replace(request, params=engines.with_files(engine, params, box))
        for role, image in (images or {}).items():
            engines.add_picture(box, role, image)
        if box.sources:
            box.seal()
        running = session(context)
    except (MuseumError, OSError) as error:
        parcel.thrown_away(box.folder)
        if isinstance(error, MuseumError):
            raise
        raise InvalidRequest(f"The files cannot be written ({error}).", "Free some room on the disk.") from error
    spot = context.scene.cursor.location if place is None else place
    joblist.add_row(context.scene, request, (spot[0], spot[1], spot[2]), target, sends_files=bool(box.sources))
    runtime.current().history.remember_names(request.idempotency_key, names_of(params, request.params, images or {}))
    running.submit(request, box.sources)
    return request.idempotency_key


def called(text: str, names: Mapping[str, str]) -> str:
    """A sentence of the backend's with the files as the user calls them. names: as ``names_of`` answers them."""
    for role in sorted(names, key=len, reverse=True):
        if role.startswith(f"{LORA_INPUT}."):
            text = re.sub(rf"\b{re.escape(role)}\b", lambda _, name=names[role]: re.split(r"[\\/]", name)[-1], text)
    return text


def names_of(
    asked: Mapping[str, Any], sent: Mapping[str, Any], images: Mapping[str, bpy.types.Image | None]
) -> dict[str, str]:
    """By role what the user calls the files of a request. asked, sent: parameters before and after ``with_files``."""
    found = {role: image.name for role, image in images.items() if image is not None}
    for name, entries in sent.items():
        if isinstance(entries, list) and entries != asked.get(name):
            pairs = zip(asked.get(name) or (), entries, strict=False)
            found |= {str(after["name"]): str(before["name"]) for before, after in pairs if before != after}
    return found
