"""What a user can do, as functions: every operator is one call of one of these, and so is a script.

They answer at once; what they set going is seen in ``scene.museum.jobs`` and in the Backend panel. Raise MuseumError.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from . import engines, joblist, preferences, runtime, vocabulary
from .client import parcel
from .client.messages import BackendState
from .core.errors import BackendError, InvalidRequest, OnlineAccessDenied
from .core.jobs import JobState
from .core.requests import MAX_SEED, RecordReference, image_to_3d, text_to_3d
from .paths import DataPaths
from .scene import viewport
from .sending import send
from .sessions import session


def create_artifact(
    context: bpy.types.Context,
    prompt: str,
    *,
    seed: int | None = None,
    texture_size: int = 1024,
    width_m: float = 0.0,
    depth_m: float = 0.0,
    height_m: float = 0.0,
    engine: str = "parametric",
    record: RecordReference | None = None,
    label: str = "",
    place: Sequence[float] | None = None,
    details: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> str:
    """Ask the backend for one artifact; it arrives in the scene by itself.

    seed: a random one when None. Lengths in metres, 0 when the engine shall choose. place: (3,) metres, where the
    object will stand; the 3D cursor when None. details: fields of the specification that stand above the words.
    settings: further parameters of the engine. Answers the key of the new row in ``scene.museum.jobs``.
    """
    request = text_to_3d(
        prompt,
        seed=secrets.randbelow(MAX_SEED + 1) if seed is None else seed,
        texture_size=texture_size,
        width_m=width_m,
        depth_m=depth_m,
        height_m=height_m,
        engine=engine,
        record=record,
        label=label,
        details=details,
        settings=settings,
    )
    return send(context, request, place=place)


def create_from_picture(
    context: bpy.types.Context,
    picture: bpy.types.Image,
    prompt: str = "",
    *,
    seed: int | None = None,
    texture_size: int = 1024,
    width_m: float = 0.0,
    depth_m: float = 0.0,
    height_m: float = 0.0,
    engine: str = engines.AUTO,
    label: str = "",
    place: Sequence[float] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> str:
    """``create_artifact`` from a picture of the object. prompt: what it shows, where the engine takes words."""
    choice = engines.find("image_to_3d", engine)
    request = image_to_3d(
        prompt,
        seed=secrets.randbelow(MAX_SEED + 1) if seed is None else seed,
        engine=choice.name or engine,
        texture_size=texture_size,
        width_m=width_m,
        depth_m=depth_m,
        height_m=height_m,
        label=label or picture.name,
        settings=settings,
    )
    return send(context, request, place=place, images={"image": picture})


def create_from_form(context: bpy.types.Context) -> str:
    """The same with what stands in the Create panel. The seed that was used is left in the form."""
    form = context.scene.museum.create
    task = create_task(form)
    engine = engines.chosen(context.scene, task)
    engines.check(engine)
    if form.random_seed:
        form.seed = secrets.randbelow(MAX_SEED + 1)
    common = {
        "seed": form.seed, "texture_size": int(form.texture_size), "width_m": form.width, "depth_m": form.depth,
        "height_m": form.height, "engine": engine.name, "settings": engines.settings_of(context.scene, engine),
    }  # fmt: skip
    if task == "text_to_3d":
        return create_artifact(context, form.prompt, details=vocabulary.overrides(form.details), **common)
    if form.picture is None:
        raise InvalidRequest("There is no picture.", "Open a picture of the object, or choose an image.")
    return create_from_picture(context, form.picture, form.prompt, **common)


def create_task(form: bpy.types.PropertyGroup) -> str:
    """The task that the Create panel's form asks for."""
    return "image_to_3d" if form.source == "picture" else "text_to_3d"


def create_obstacle(scene: bpy.types.Scene) -> str:
    """Why nothing can be created from what stands in the form; empty when nothing stands in the way."""
    form = scene.museum.create
    task = create_task(form)
    if task == "text_to_3d" and not form.prompt.strip():
        return "Describe an object in the prompt first"
    if task == "image_to_3d" and form.picture is None:
        return "Open a picture of the object first"
    return engines.obstacle(engines.chosen(scene, task))


def cancel_job(context: bpy.types.Context, key: str = "") -> None:
    """Stop a job. key: of its row; the selected one when empty."""
    row = joblist.row_or_selected(context.scene, key)
    if not row.job_id:
        raise InvalidRequest("The backend has not taken this job yet.", "Wait a moment, or remove the job.")
    joblist.set_values(row, {"message": "Cancelling"})
    session(context).cancel(row.job_id)


def retry_job(context: bpy.types.Context, key: str = "") -> None:
    """Do an ended job again with the same seed, or send a request that never got through once more."""
    row = joblist.row_or_selected(context.scene, key)
    running = session(context)
    runtime.current().resumed.discard(row.job_id)
    if row.job_id and row.state != joblist.LOST:
        running.retry(row.job_id)
    else:
        request = joblist.request_of(row)
        joblist.set_values(row, {"job_id": "", "state": joblist.SENDING})
        running.submit(request, _files(context, row))
    joblist.set_values(
        row, {"imported": False, "error": "", "fix": "", "progress": 0.0, "message": "Sending the request"}
    )


def import_job(context: bpy.types.Context, key: str = "") -> None:
    """Bring a finished job's result into the scene once more, at the 3D cursor."""
    row = joblist.row_or_selected(context.scene, key)
    if row.state != JobState.SUCCEEDED.value:
        raise InvalidRequest("This job has no result.", "Retry it, or wait until it is done.")
    running = session(context)
    runtime.current().resumed.discard(row.job_id)  # or a new session would bring it a second time
    joblist.set_values(row, {"error": "", "fix": "", "message": "Fetching the result"})
    running.fetch(row.job_id)


def show_job(context: bpy.types.Context, key: str = "") -> None:
    """Select what a job made, and bring it into view."""
    row = joblist.row_or_selected(context.scene, key)
    viewport.show_objects(context, viewport.objects_of_job(context.scene, row.job_id))


def remove_job(context: bpy.types.Context, key: str = "") -> None:
    """Take a job out of the list; one that has not ended is cancelled. What is in the scene stays."""
    row = joblist.row_or_selected(context.scene, key)
    state = runtime.current()
    if row.state in joblist.UNFINISHED:
        if row.job_id:
            session(context).cancel(row.job_id)
        elif state.session is not None:
            state.abandoned.add(row.name)
    _remove_row(context.scene, row.name)


def clear_finished(context: bpy.types.Context) -> int:
    """Take every job out of the list whose result is in the scene, or that was cancelled. Answers how many."""
    names = [row.name for row in context.scene.museum.jobs if clearable(row)]
    for name in names:
        _remove_row(context.scene, name)
    return len(names)


def clearable(row: bpy.types.PropertyGroup) -> bool:
    """Whether nothing is lost with the row."""
    done = row.state == JobState.SUCCEEDED.value and row.imported and not row.error
    return done or row.state == JobState.CANCELLED.value


def copy_error(context: bpy.types.Context, key: str = "") -> str:
    """Put a job's error, with what is needed to ask for help, onto the clipboard. Answers the text."""
    row = joblist.row_or_selected(context.scene, key)
    if not row.error:
        raise InvalidRequest("This job has no error.", "Select a job that failed.")
    lines = (
        row.error,
        row.fix,
        f"Job {row.job_id or '(not sent)'}, {row.task}/{row.engine}, attempt {row.attempt}",
        row.request,
    )
    context.window_manager.clipboard = "\n".join(line for line in lines if line)
    return "\n".join(line for line in lines if line)


def start_backend(context: bpy.types.Context) -> None:
    """Connect to the backend, starting the embedded one."""
    session(context)


def stop_backend(_context: bpy.types.Context) -> None:
    """Stop the embedded backend after its running job, or take leave of the remote one."""
    state = runtime.current()
    if state.session is None:
        raise BackendError("The backend is not running.", "Press Start to start it.")
    state.session.stop_backend()


def restart_backend(context: bpy.types.Context) -> None:
    """Start the backend again, for example after an error."""
    state = runtime.current()
    former, off = state.session, state.backend.state is BackendState.OFF
    running = session(context)
    if running is former and not off:
        running.restart_backend()


def install_backend(context: bpy.types.Context) -> None:
    """Install the embedded backend's packages. Raises OnlineAccessDenied while Blender is offline."""
    _check_may_download()
    session(context).install()


def repair_backend(context: bpy.types.Context) -> None:
    """Install the embedded backend's packages anew. Raises OnlineAccessDenied while Blender is offline."""
    _check_may_download()
    session(context).repair()


def cancel_install(_context: bpy.types.Context) -> None:
    """Stop the installation; what was downloaded is kept for the next one."""
    state = runtime.current()
    if state.session is None or state.backend.state is not BackendState.INSTALLING:
        raise BackendError("Nothing is being installed.", "Press Install to install the backend.")
    state.session.cancel_install()


def log_file(context: bpy.types.Context) -> Path:
    """The newest log of the embedded backend. Raises BackendError when there is none."""
    paths = DataPaths(preferences.data_folder(context))
    logs = [path for path in (paths.server_log, paths.install_log) if path.is_file()]
    if not logs:
        raise BackendError("There is no log yet.", "Install or start the backend first.")
    return max(logs, key=lambda path: path.stat().st_mtime)


def _check_may_download() -> None:
    if not bpy.app.online_access:
        raise OnlineAccessDenied(
            "Blender is offline, and the backend's packages must be downloaded.",
            'Turn on "Allow Online Access" in the preferences under System.',
        )


def _files(context: bpy.types.Context, row: bpy.types.PropertyGroup) -> dict[str, Path]:
    """What is sent with the row's request. Raises InvalidRequest when it is not there any more."""
    paths = DataPaths(preferences.data_folder(context))
    if row.sends_files or (row.task == "texture" and row.engine != "material"):
        return parcel.opened(paths.upload_folder(row.name))
    if not row.target or row.task != "texture":
        return {}
    path = paths.upload(row.name)
    if not path.is_file():
        raise InvalidRequest("The mesh of this job is not there any more.", "Apply the material to the object again.")
    return {"mesh": path}


def _remove_row(scene: bpy.types.Scene, key: str) -> None:
    museum = scene.museum
    index = museum.jobs.find(key)
    runtime.current().previews.forget(museum.jobs[index].job_id)
    if museum.jobs[index].target or museum.jobs[index].sends_files:
        paths = DataPaths(preferences.data_folder(bpy.context))
        with contextlib.suppress(OSError):  # it may be on its way to the backend; it only takes room
            paths.upload(key).unlink(missing_ok=True)
        parcel.thrown_away(paths.upload_folder(key))
    museum.jobs.remove(index)
    museum.jobs_index = max(min(museum.jobs_index, len(museum.jobs) - 1), 0)
