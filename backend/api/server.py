"""Serves: binds the port, tells where it is, and ends in an orderly way."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from typing import IO

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from .. import PROTOCOL, __version__
from ..errors import BadInput, StorageFull
from ..jobs.bell import Bell
from ..jobs.files import FileStore
from ..jobs.runner import Runner
from ..jobs.store import JobStore
from ..settings import Settings, Tokens, load_tokens
from .app import create_app
from .datafolder import locked, remove_server_file, write_server_file
from .services import Services

log = logging.getLogger("museum.server")

_WATCH_EVERY_S = 0.25
_PRUNE_EVERY_S = 3600.0
_LAST_WORDS_S = 2


def serve(settings: Settings, handshake: IO[str]) -> None:
    """Serve until told to stop. Writes one line of JSON to handshake when requests are answered.

    Raises BadInput (a setting, the port), AlreadyServed (the data folder).
    """
    settings.checked()
    tokens = load_tokens(settings)
    tls = _tls(settings)
    with locked(settings.data), _bound(settings) as listening:
        if tokens.remark:
            log.warning("%s", tokens.remark)
        asyncio.run(_Server(settings, tokens, tls, listening, handshake).serve())


EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 - what to call a server that listens everywhere


class _Uvicorn(uvicorn.Server):
    """Leaves signals to ``_Server``: it has to wake the event streams before connections can close."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Server:
    """One run of the server."""

    def __init__(
        self,
        settings: Settings,
        tokens: Tokens,
        tls: ssl.SSLContext | None,
        listening: socket.socket,
        handshake: IO[str],
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._listening = listening
        self._handshake = handshake
        scheme = "https" if tls is not None else "http"
        self._url = f"{scheme}://{_written_host(settings.host)}:{listening.getsockname()[1]}"
        bell = Bell()
        store = JobStore(settings.database_url, bell)
        files = FileStore(settings.storage_url)
        files.sweep()
        runner = Runner(settings, store, files, bell)
        self._services = Services(settings, tokens.values, store, files, runner, bell, self._ask_to_stop)
        config = uvicorn.Config(
            create_app(self._services),
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_LAST_WORDS_S,
            ssl_context_factory=None if tls is None else (lambda _config, _default: tls),
        )
        self._uvicorn = _Uvicorn(config)
        self._stop_when_idle = False
        self._stop_now = asyncio.Event()

    async def serve(self) -> None:
        """Answer requests until the end."""
        loop = asyncio.get_running_loop()
        _on_signals(lambda: loop.call_soon_threadsafe(self._stop_now.set))
        serving = asyncio.create_task(self._uvicorn.serve(sockets=[self._listening]))
        while not self._uvicorn.started and not serving.done():
            await asyncio.sleep(0.001)
        watching = [asyncio.create_task(self._watch()), asyncio.create_task(self._prune())]
        try:
            self._announce()
            self._services.runner.start()
            stopping = asyncio.create_task(self._stop_now.wait())
            await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        finally:
            for task in watching:
                task.cancel()
            await self._end(serving)

    async def _end(self, serving: asyncio.Task[None]) -> None:
        remove_server_file(self._settings.data)
        self._services.closing.set()
        self._services.bell.ring_all()
        self._uvicorn.should_exit = True
        await asyncio.to_thread(self._services.runner.stop)
        await serving
        self._services.store.close()
        log.info("ended")

    def _announce(self) -> None:
        shared = {"url": self._url, "pid": os.getpid(), "version": __version__, "protocol": PROTOCOL}
        write_server_file(self._settings.data, {**shared, "token": self._tokens.values[0]})
        log.info("serving %s from %s", self._url, self._settings.data)
        # Whoever started the server may have closed its end; that is no reason not to serve.
        with contextlib.suppress(OSError):
            self._handshake.write(json.dumps(shared) + "\n")
            self._handshake.flush()

    def _ask_to_stop(self, now: bool) -> None:
        """Called by a route, on a thread of its own."""
        if now:
            self._uvicorn.servers[0].get_loop().call_soon_threadsafe(self._stop_now.set)
            return
        self._services.runner.drain(True)
        self._stop_when_idle = True

    async def _watch(self) -> None:
        """End when asked to and idle; embedded, also when nobody has listened for a while and no job runs."""
        runner, presence, settings = self._services.runner, self._services.presence, self._settings
        abandoned = False
        while True:
            await asyncio.sleep(_WATCH_EVERY_S)
            if settings.embedded and not self._stop_when_idle:
                alone = presence.alone_since(self._services.started)
                patience = settings.embedded_idle_s if alone and alone[1] else settings.embedded_start_s
                was, abandoned = abandoned, alone is not None and time.monotonic() - alone[0] >= patience
                if was != abandoned:
                    # Jobs that have not begun wait for the next start; someone who comes back sets them going again.
                    runner.drain(abandoned)
            if (abandoned or self._stop_when_idle) and not runner.busy():
                self._stop_now.set()

    async def _prune(self) -> None:
        """Forget old events, and what failed jobs kept, now and then."""
        while True:
            try:
                await asyncio.to_thread(self._services.store.prune_events, self._settings.keep_events_s)
                await asyncio.to_thread(self._services.runner.sweep)
            except (StorageFull, SQLAlchemyError):
                log.exception("old events could not be deleted")
            await asyncio.sleep(_PRUNE_EVERY_S)


def _on_signals(stop: Callable[[], object]) -> None:
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    for number in [getattr(signal, name) for name in names if hasattr(signal, name)]:
        signal.signal(number, lambda *_: stop())


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.certificate, settings.certificate_key)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(
            f"The certificate {settings.certificate} and its key cannot be used ({error}).", "Give a PEM pair."
        ) from error
    return context


@contextlib.contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """A socket that listens at the host and port of the settings. Raises BadInput when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host.strip("[]"), settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise BadInput(f"There is no host {settings.host} ({error}).", "Give --host an address.") from error
    with socket.socket(family, kind, protocol) as listening:
        if sys.platform == "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(address)
            listening.listen(1024)
        except OSError as error:
            raise _cannot_listen(settings, error) from error
        listening.setblocking(False)
        yield listening


def _cannot_listen(settings: Settings, error: OSError) -> BadInput:
    if error.errno == errno.EADDRINUSE:
        reason = f"The port {settings.port} is taken by another program."
    elif error.errno == errno.EACCES:
        reason = f"The port {settings.port} may not be used by this user."
    else:
        reason = f"The address {settings.host} cannot be used ({error.strerror})."
    return BadInput(reason, "Give another --port, or 0 for a free one.")


def _written_host(host: str) -> str:
    name = host.strip("[]")
    if name in EVERY_ADDRESS:
        return socket.gethostname()
    return f"[{name}]" if ":" in name else name
