"""Server-sent events: what happens to one job, or to all, as it happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from ..jobs.bell import EVERYTHING
from ..jobs.records import Event, Job
from .services import Services

ALIVE_EVERY_S = 10.0
_BATCH = 200
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class _Waiter:
    """Wakes a coroutine when the bell rings on any thread."""

    def __init__(self, services: Services, topic: str) -> None:
        self._rung = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.close = services.bell.listen(topic, self._ring)

    def _ring(self) -> None:
        self._loop.call_soon_threadsafe(self._rung.set)

    def clear(self) -> None:
        """Forget rings so far; call it before looking, so that none is missed."""
        self._rung.clear()

    async def wait(self) -> bool:
        """Wait for a ring; False when none came for so long that the other side wants to hear something."""
        try:
            await asyncio.wait_for(self._rung.wait(), ALIVE_EVERY_S)
        except TimeoutError:
            return False
        return True


def event_response(stream: AsyncIterator[str]) -> StreamingResponse:
    """An answer that goes on as long as the stream does."""
    return StreamingResponse(stream, headers=_HEADERS, media_type="text/event-stream")


async def job_events(services: Services, job_id: str, last_id: int) -> AsyncIterator[str]:
    """The events of one job after last_id, until it has ended."""
    waiter = _Waiter(services, job_id)
    try:
        last_id = await run_in_threadpool(_sane, services, last_id)
        ended: Job | None = None
        while not services.closing.is_set():
            waiter.clear()
            events = await run_in_threadpool(services.store.events_after, last_id, job_id, _BATCH)
            for event in events:
                last_id = event.id
                yield _written(event)
            if events and events[-1].kind == "end":
                return
            if events:
                continue
            if ended is not None:
                # Its last event was seen before, or is forgotten: say once more how it ended.
                data = json.dumps({"job_id": job_id, "job": ended.to_json()})
                yield _written(Event(last_id, job_id, "end", data))
                return
            job = await run_in_threadpool(services.store.get, job_id)
            if job.ended:
                # It may have ended since the events were read: its "end" is then among them at the next look.
                ended = job
            elif not await waiter.wait():
                yield ": alive\n\n"
    finally:
        waiter.close()


async def all_events(services: Services, last_id: int | None) -> AsyncIterator[str]:
    """The events of all jobs after last_id (None: from now on), until the server ends."""
    waiter = _Waiter(services, EVERYTHING)
    try:
        with services.presence.listening():
            if last_id is None:
                last_id = await run_in_threadpool(services.store.last_event_id)
            else:
                last_id = await run_in_threadpool(_sane, services, last_id)
            yield ": listening\n\n"
            while not services.closing.is_set():
                waiter.clear()
                events = await run_in_threadpool(services.store.events_after, last_id, None, _BATCH)
                for event in events:
                    last_id = event.id
                    yield _written(event)
                if not events and not await waiter.wait():
                    yield ": alive\n\n"
    finally:
        waiter.close()


def _sane(services: Services, last_id: int) -> int:
    """An id from another life of this server (its data was deleted) would hide everything: begin at the beginning."""
    return last_id if last_id <= services.store.last_event_id() else 0


def _written(event: Event) -> str:
    return f"id: {event.id}\nevent: {event.kind}\ndata: {event.data}\n\n"
