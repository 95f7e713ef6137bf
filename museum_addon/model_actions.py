"""What a user can do about models and the memory that they take, as functions. They answer at once; what they set
going is seen in the Models panel. Raise MuseumError.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import bpy

from . import preferences, runtime, sessions
from .client import messages
from .client.address import is_loopback
from .client.messages import BackendState
from .core import models
from .core.errors import BackendError, InvalidRequest, OnlineAccessDenied
from .core.requests import JobRequest

if TYPE_CHECKING:
    from .models_state import ModelsState
    from .runtime import Runtime

LOOKING_S, WATCHING_S = 2.0, 15.0
"""How often is asked what is in memory: while devices are looked for, and while models are loaded."""
HOLD_S, HOLD_AGAIN_S = 120.0, 30.0
"""While Blender renders no job loads models. A Blender that crashes meanwhile holds them up no longer than this."""
OFFLINE = "Blender is offline, and models must be downloaded."
OFFLINE_FIX = 'Turn on "Allow Online Access" in the preferences under System, or name a folder that holds the models.'


def refresh(context: bpy.types.Context) -> None:
    """Ask which models there are, and what is in memory."""
    running = sessions.session(context)
    running.ask_models()
    running.ask_resources()


def pull(context: bpy.types.Context, name: str) -> str:
    """Fetch a model, or all that an engine needs; goes on where an earlier download stopped. Answers the request's key.

    Licences that ask for consent have to be accepted there or by ``agree``. Raises InvalidRequest, OnlineAccessDenied.
    """
    state = runtime.current().models
    listing = _listing(state)
    wanted = listing.meant(name)
    if not wanted:
        raise InvalidRequest(f'There is no model "{name}".', "Look at the list again.")
    if not _may_download(context, listing):
        raise OnlineAccessDenied(OFFLINE, OFFLINE_FIX)
    obstacle, fix = pull_obstacle(context, state, name)
    if obstacle:
        raise InvalidRequest(obstacle, fix)
    agreed = any(licence.id in state.agreed for licence in models.licences(wanted))
    return _send(context, state, name, models.pull_request(name, title_of(listing, name), agreed))


def pull_obstacle(context: bpy.types.Context, state: ModelsState, name: str) -> tuple[str, str]:
    """Why a model cannot be fetched as things are, and what to do; empty when nothing stands in the way."""
    listing = state.listing
    wanted = listing.meant(name) if listing is not None else ()
    if listing is None or not wanted:
        return "The backend has not said yet which models there are.", "Wait a moment."
    if listing.offline:
        return (
            "The offline mode for models is on: nothing is downloaded.",
            "Switch it off in the preferences, or name a folder that holds the models.",
        )
    if not _may_download(context, listing):
        return OFFLINE, OFFLINE_FIX
    missing = models.unaccepted(wanted, state.agreed)
    if missing:
        return "The licence has to be accepted first.", "Read it, and tick that you accept it."
    needed = models.standing(wanted).missing
    if models.lacks_room(listing, needed):
        room, free = models.bytes_text(needed), models.bytes_text(listing.free_bytes)
        return (
            f"{room} are needed on the disk of the models, and {free} are free.",
            "Free some space, or choose a models folder on another disk in the preferences.",
        )
    return "", ""


def verify(context: bpy.types.Context, name: str) -> str:
    """Have every byte of a model looked at. Answers the request's key."""
    state = runtime.current().models
    return _send(context, state, name, models.verify_request(name, title_of(_listing(state), name)))


def cancel(context: bpy.types.Context, name: str) -> None:
    """Stop what is being done about a model; what has come stays. Raises InvalidRequest when nothing is."""
    job = runtime.current().models.active(name)
    if job is None:
        raise InvalidRequest("Nothing is being done with this model.", "Look at the list again.")
    sessions.session(context).cancel(job.id)


def remove(context: bpy.types.Context, name: str) -> None:
    """Delete a model from the disk, or what has come of it."""
    state = runtime.current().models
    state.trouble.pop(name, None)
    state.jobs.pop(name, None)
    sessions.session(context).remove_model(name)


def agree(licence_id: str) -> bool:
    """Accept a licence, or take that back while nothing was fetched under it. Answers whether it is accepted now."""
    agreed = runtime.current().models.agreed
    agreed.symmetric_difference_update({licence_id})
    return licence_id in agreed


def unfold(name: str) -> None:
    """Show what belongs to an engine, or show it no more."""
    state = runtime.current().models
    state.opened = "" if state.opened == name else name


def release(context: bpy.types.Context) -> None:
    """Have loaded models leave the memory: at once, or when the job that uses them has ended."""
    if runtime.current().session is None:
        raise BackendError("The backend is not running.", "There is nothing in memory.")
    sessions.session(context).release()


def rendering_begins(context: bpy.types.Context) -> None:
    """Blender begins to render: leave the graphics card to it, if the preferences say so. Called on any thread."""
    state = runtime.current()
    if state.session is None or state.backend.state is not BackendState.READY:
        return
    if preferences.preferences(context).release_for_render:
        state.models.rendering = True
        state.models.asked_at = time.perf_counter()
        state.session.release(HOLD_S)


def rendering_ends() -> None:
    """Blender has rendered: jobs may load models again. Called on any thread."""
    state = runtime.current()
    if state.models.rendering:
        state.models.rendering = False
        if state.session is not None:
            state.session.release(0.0)


def take(state: Runtime, message: messages.Message) -> bool:
    """The pump's way here: what a message says of models; whether nobody else is concerned."""
    session = state.session
    if session is None:
        return False
    match message:
        case messages.BackendChanged(BackendState.READY):
            session.ask_models()
            session.find_model_jobs()
            session.ask_resources()
        case messages.JobUpdated(job) if job.state.ended:
            session.ask_resources()
            if job.task == models.TASK:
                session.ask_models()
    return state.models.take(message)


def watch(state: Runtime, now: float) -> None:
    """Ask now and then for what changes by itself: models that leave the memory, devices that are looked for."""
    session, known = state.session, state.models
    if session is None or state.backend.state is not BackendState.READY:
        return
    if known.rendering:
        if now - known.asked_at > HOLD_AGAIN_S:
            known.asked_at = now
            session.release(HOLD_S)
        return
    resources = known.resources
    if resources is None or (resources.looked and not resources.residents):
        return
    if now - known.asked_at > (WATCHING_S if resources.looked else LOOKING_S):
        known.asked_at = now
        session.ask_resources()


def title_of(listing: models.Listing, name: str) -> str:
    """What people call a model, or an engine's set of them."""
    found = listing.use(name) or listing.model(name)
    return found.title if found is not None else name


def _listing(state: ModelsState) -> models.Listing:
    if state.listing is None:
        raise InvalidRequest("The backend has not said yet which models there are.", "Start it, and wait a moment.")
    return state.listing


def _send(context: bpy.types.Context, state: ModelsState, name: str, request: JobRequest) -> str:
    if state.busy(name):
        raise InvalidRequest("Something is being done with this model already.", "Wait until it has ended.")
    running = sessions.session(context)
    state.trouble.pop(name, None)
    state.jobs.pop(name, None)
    state.sent[request.idempotency_key] = name
    running.submit(request)
    return request.idempotency_key


def is_remote(context: bpy.types.Context) -> bool:
    """Whether another computer's backend is asked already."""
    return preferences.preferences(context).mode == "remote"


def _may_download(context: bpy.types.Context, listing: models.Listing) -> bool:
    """The embedded backend connects for Blender: what holds for Blender holds for it. Loopback is free."""
    if is_remote(context) or bpy.app.online_access:
        return True
    return is_loopback(urlsplit(listing.hub).hostname or "")
