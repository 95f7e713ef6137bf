"""The routes of API version 1. Each gathers what was asked, makes one call, and tells the outcome."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from .. import PROTOCOL, __version__
from ..engines import catalogue
from ..engines.base import EngineInfo
from ..errors import BadInput, Conflict, NotFound
from ..jobs.execution import check_roles
from ..jobs.files import checked_file_id, checked_result_name
from ..jobs.records import Job, NewJob
from ..models.store import ModelStore
from ..models.telling import told
from . import schemas
from .downloads import file_response
from .resources import resources_json
from .services import Services
from .streams import all_events, event_response, job_events

_BUFFER = 1 << 20
_MAX_LISTED = 1000

open_router = APIRouter(prefix="/v1")
# The guard has checked the token; this says so in the OpenAPI document.
router = APIRouter(prefix="/v1", dependencies=[Depends(HTTPBearer(auto_error=False))])


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(_services)]
LastEventId = Annotated[str, Header(alias="Last-Event-ID", max_length=40)]


@open_router.get("/health", response_model=schemas.Health)
def health(services: ServicesOf) -> dict[str, Any]:
    """Whether the server is there, and which version it is."""
    uptime = round(time.monotonic() - services.started, 3)
    return {"status": "ok", "version": __version__, "protocol": PROTOCOL, "uptime_s": uptime}


@router.get("/engines", response_model=schemas.EngineList)
def list_engines() -> dict[str, Any]:
    """Every engine: what it does, what it takes, and whether it can run here."""
    return {"engines": [engine_json(info) for info in catalogue.engines()]}


@router.get("/models", response_model=schemas.ModelList)
def list_models() -> dict[str, Any]:
    """Every model that engines can use: what it is, its licence, and how much of it is on the server's machine."""
    return told(ModelStore())


@router.delete("/models/{model_id}", response_model=schemas.RemovedModel)
def remove_model(model_id: str) -> dict[str, Any]:
    """Delete a model that was pulled, or what has come of it."""
    store = ModelStore()
    return {"id": model_id, "freed_bytes": store.remove(store.catalogue.model(model_id))}


@router.post("/files", response_model=schemas.StoredUpload, status_code=201)
async def upload(request: Request, services: ServicesOf) -> dict[str, Any]:
    """Take the body as a file; its id is the SHA-256 of its bytes."""
    with await run_in_threadpool(services.files.upload, services.settings.max_body_mb << 20) as incoming:
        pending = bytearray()
        async for chunk in request.stream():
            pending += chunk
            if len(pending) >= _BUFFER:
                await run_in_threadpool(incoming.write, bytes(pending))
                pending.clear()
        await run_in_threadpool(incoming.write, bytes(pending))
        file_id, size = await run_in_threadpool(incoming.commit_unless_empty)
    await run_in_threadpool(services.store.note_file, file_id, size)
    return {"id": file_id, "size": size}


@router.post("/jobs", response_model=schemas.Job, status_code=201)
def submit(asked: schemas.JobBody, response: Response, services: ServicesOf) -> dict[str, Any]:
    """Queue a job. The same idempotency key answers the same job, with status 200."""
    info = catalogue.runnable(catalogue.find(asked.task, asked.engine))
    params = catalogue.checked_params(info, asked.params)
    check_roles(info, asked.inputs)
    missing = set(asked.inputs.values()) - services.store.known_files(asked.inputs.values())
    if missing:
        raise BadInput(f"There is no file {min(missing)}.", "Upload the inputs first; use the ids that were answered.")
    new = NewJob(
        task=info.task,
        engine=info.name,
        device=info.device,
        label=asked.label,
        idempotency_key=asked.idempotency_key,
        params=params.model_dump(mode="json", exclude_none=True),
        inputs=asked.inputs,
    )
    job, is_new = services.store.add(new, services.settings.max_queue)
    if not is_new:
        response.status_code = 200
    return job.to_json()


@router.get("/jobs", response_model=schemas.JobList)
def list_jobs(
    services: ServicesOf,
    ids: Annotated[str | None, Query(description="Ids, separated by commas.", max_length=40_000)] = None,
    state: schemas.State | None = None,
    limit: Annotated[int, Query(ge=1, le=_MAX_LISTED)] = 200,
) -> dict[str, Any]:
    """Jobs, newest first."""
    wanted = None if ids is None else [job_id for job_id in ids.split(",") if job_id][:_MAX_LISTED]
    # Whoever names the jobs wants them all.
    most = limit if wanted is None else _MAX_LISTED
    return {"jobs": [job.to_json() for job in services.store.listed(ids=wanted, state=state, limit=most)]}


@router.get("/jobs/{job_id}", response_model=schemas.Job)
def get_job(job_id: str, services: ServicesOf) -> dict[str, Any]:
    """One job."""
    return services.store.get(job_id).to_json()


@router.delete("/jobs/{job_id}", response_model=schemas.Job)
def cancel_job(job_id: str, services: ServicesOf) -> dict[str, Any]:
    """Cancel a job. One that has ended is answered unchanged; what a failed one kept for a retry is given up."""
    job = services.store.cancel(job_id)
    if job.ended:
        services.runner.forget(job_id)
    elif job.cancel_requested:
        services.runner.cancel(job_id)
    return job.to_json()


@router.post("/jobs/{job_id}/retry", response_model=schemas.Job)
def retry_job(job_id: str, services: ServicesOf) -> dict[str, Any]:
    """Run an ended job again, with the same parameters and the same seed."""
    return services.store.retry(job_id, services.settings.max_queue).to_json()


@router.get("/jobs/{job_id}/events", response_class=Response)
async def stream_job(job_id: str, services: ServicesOf, last_event_id: LastEventId = "") -> Response:
    """What happens to one job; ends with it."""
    await run_in_threadpool(services.store.get, job_id)
    return event_response(job_events(services, job_id, _event_id(last_event_id) or 0))


@router.get("/events", response_class=Response)
async def stream_all(services: ServicesOf, last_event_id: LastEventId = "") -> Response:
    """What happens to all jobs, from now on or after Last-Event-ID; never ends."""
    return event_response(all_events(services, _event_id(last_event_id)))


@router.get("/jobs/{job_id}/files/{name}", response_class=Response)
def download(job_id: str, name: str, request: Request, services: ServicesOf) -> Response:
    """A result file, or a range of it."""
    job: Job = services.store.get(job_id)
    file = job.result(checked_result_name(name))
    if file is None:
        names = ", ".join(result.name for result in job.results) or "none yet"
        raise NotFound(f"The job has no result {name}.", f"Its results: {names}.")
    checked_file_id(file.sha256)
    return file_response(request, services.files, file)


@router.get("/resources", response_model=schemas.Resources)
def resources(services: ServicesOf) -> dict[str, Any]:
    """What neural engines compute on, and which models are in memory."""
    return resources_json(services)


@router.post("/release", response_model=schemas.Accepted, status_code=202)
def release(services: ServicesOf, asked: Annotated[schemas.ReleaseBody | None, Body()] = None) -> dict[str, Any]:
    """Have loaded models leave the memory, at once or when their job has ended, and keep others out for a while."""
    services.runner.release(0.0 if asked is None else asked.hold_s)
    return {"status": "releasing"}


@router.post("/shutdown", response_model=schemas.Accepted, status_code=202)
def shutdown(services: ServicesOf, asked: Annotated[schemas.ShutdownBody | None, Body()] = None) -> dict[str, Any]:
    """End an embedded server, after the running job or at once."""
    if not services.settings.embedded:
        raise Conflict("This server is not an embedded one.", "End it where it was started.")
    services.stop(asked is not None and asked.now)
    return {"status": "stopping"}


def engine_json(info: EngineInfo) -> dict[str, Any]:
    """An engine as ``GET /v1/engines`` tells it."""
    state = info.availability()
    return {
        "task": info.task,
        "name": info.name,
        "version": info.version,
        "title": info.title,
        "summary": info.summary,
        "available": state.available,
        "reason": state.reason,
        "fix": state.fix,
        "device": info.device,
        "licence": info.licence,
        "weights": list(info.weights),
        "inputs": [{**vars(spec), "media_types": list(spec.media_types)} for spec in info.inputs],
        "params": info.params.model_json_schema(),
    }


def _event_id(header: str) -> int | None:
    """The number in a Last-Event-ID header; None for anything else."""
    return int(header) if header.isascii() and header.isdecimal() and len(header) < 19 else None
