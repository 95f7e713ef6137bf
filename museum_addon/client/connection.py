"""The thread that keeps the session connected: installs, launches, listens, and comes back after a failure."""

from __future__ import annotations

import logging
import queue
import subprocess
import threading
import time
from collections import deque
from enum import Enum

from ..core.errors import (
    BackendError,
    Cancelled,
    InstallError,
    InvalidRequest,
    MuseumError,
    OnlineAccessDenied,
    Unauthorised,
    Unreachable,
)
from ..paths import DataPaths
from .address import parse_address
from .environment import NEURAL, EnvironmentState, InstallPlan, environment_state, read_record
from .failures import DiskFailure
from .http import BackendClient, EventStream
from .installer import Installer, remove_leftovers
from .jobbook import JobBook
from .launcher import Launcher, stop_running
from .link import Link, SessionSettings
from .listening import EventListener
from .logs import last_line
from .messages import BackendChanged, BackendState, EnginesListed, InstallProgress, Message
from .processes import end_tree

LOG = logging.getLogger(__name__)
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0
LEAVE_SECONDS = 5.0
MAX_STARTS, STARTS_WINDOW_SECONDS = 3, 60.0
SMALLEST_PROGRESS = 0.005


class Order(Enum):
    """What the user wants of the connection."""

    RUN = "run"
    STOP = "stop"
    RESTART = "restart"
    INSTALL = "install"
    REPAIR = "repair"
    CLOSE = "close"


class _Parked(Exception):
    """Not a failure: the user has been told what is so, and only an order leads on."""


class Connection:
    """The state machine of the backend. ``run`` is the thread's body; the other methods return at once."""

    def __init__(self, settings: SessionSettings, link: Link, book: JobBook, messages: queue.Queue[Message]) -> None:
        self._settings = settings
        self._link = link
        self._book = book
        self._messages = messages
        self._paths = DataPaths(settings.data_dir)
        self._listener = EventListener(book, self._paths, messages)
        self._orders: queue.Queue[Order] = queue.Queue()
        self._interrupt = threading.Event()
        self._ordering = threading.Lock()
        self._stream: EventStream | None = None
        self._installer: Installer | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._starts: deque[float] = deque(maxlen=MAX_STARTS)

    def order(self, order: Order) -> None:
        """Tell the thread what to do next; it stops what it is doing."""
        with self._ordering:
            self._orders.put(order)
            self._interrupt.set()
        stream = self._stream
        if stream is not None:
            stream.close()
        if order is Order.CLOSE:
            self.cancel_install()

    def cancel_install(self) -> None:
        """Stop a running installation."""
        installer = self._installer
        if installer is not None:
            installer.cancel()

    def run(self) -> None:
        """The thread's body."""
        order = self._next_order()
        while order is not Order.CLOSE:
            try:
                order = self._obey(order)
            except _Parked:
                order = self._next_order()
            except Exception as error:  # the thread's boundary: without the thread no order would ever be obeyed
                LOG.exception("the connection to the backend failed unexpectedly")
                self._tell(
                    BackendState.FAILED,
                    f"Something unexpected happened to the backend's connection ({type(error).__name__}: {error}).",
                    "Press Restart; if it happens again, press Repair, or choose another data folder.",
                )
                order = self._next_order()
        self._link.drop()

    def _next_order(self) -> Order:
        order = self._orders.get()
        with self._ordering:  # or an order put, taken, and only then announced would leave the flag up for nothing
            if self._orders.empty():
                self._interrupt.clear()
        return order

    def _obey(self, order: Order) -> Order:
        """Carry an order out; returns the next one."""
        if order is Order.STOP:
            self._stop_server(now=False)
            self._tell(BackendState.OFF, "The backend is switched off.", "Press Start to use it.")
        elif order is Order.RESTART:
            self._tell(BackendState.STARTING, "The backend is being restarted.")
            self._stop_server(now=True)
            self._starts.clear()
            return self._stay_connected()
        elif order in (Order.INSTALL, Order.REPAIR):
            self._install(anew=order is Order.REPAIR)
            return self._stay_connected()
        else:
            return self._stay_connected()
        return self._next_order()

    def _stay_connected(self) -> Order:
        """Connect, listen, and connect again, until the next order. Raises _Parked."""
        wait = FIRST_WAIT_SECONDS
        while not self._interrupt.is_set():
            before = self._link.generation
            try:
                self._connect_and_listen()
            except (Unauthorised, OnlineAccessDenied, InvalidRequest, DiskFailure) as error:
                self._park(error)
            except MuseumError as error:
                if self._interrupt.is_set():
                    break
                if self._link.generation != before:
                    wait = FIRST_WAIT_SECONDS
                self._tell_broken(error)
            finally:
                self._link.drop()
            self._interrupt.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        return self._next_order()

    def _park(self, error: MuseumError) -> None:
        """Say what only the user can mend. Raises _Parked."""
        state = BackendState.FAILED
        if isinstance(error, Unauthorised):
            state = BackendState.UNAUTHORISED
        elif isinstance(error, OnlineAccessDenied):
            state = BackendState.OFFLINE
        self._tell(state, error.message, error.fix)
        raise _Parked

    def _tell_broken(self, error: MuseumError) -> None:
        """The embedded backend is started again, up to a limit; a remote one is waited for."""
        if not self._settings.embedded:
            self._tell(BackendState.UNREACHABLE, error.message, f"{error.fix} It is tried again by itself.")
            return
        recent = [start for start in self._starts if time.monotonic() - start < STARTS_WINDOW_SECONDS]
        if len(recent) >= MAX_STARTS:
            self._starts.clear()
            cause = last_line(self._paths.server_log)
            sentence = error.message if not cause or cause in error.message else f"{error.message} ({cause})"
            self._tell(BackendState.FAILED, sentence, "Press Restart; if it happens again, press Repair.")
            raise _Parked
        self._tell(BackendState.STARTING, "The backend ended and is being started again.")

    def _connect_and_listen(self) -> None:
        """One connection, from its beginning to its end. Raises MuseumError, or _Parked."""
        client, token = self._embedded() if self._settings.embedded else self._remote()
        try:
            version = str(client.health()["version"])
            engines = client.engines()
            stream = client.events(self._listener.last_id)
        except MuseumError:
            client.close()
            raise
        try:
            self._stream = stream
            self._link.open(client.address.url, token, self._ready(client, version))
            self._messages.put(EnginesListed(engines))
            self._refresh(client)
            if self._interrupt.is_set():  # an order that came before the stream was there to be closed
                return
            for event in stream:
                self._listener.take(event)
                if self._interrupt.is_set():
                    return
        finally:
            self._stream = None
            stream.close()
            client.close()
        raise Unreachable("The backend ended the connection.", "Check that the backend is running.")

    def _ready(self, client: BackendClient, version: str) -> BackendChanged:
        where = "on this computer" if self._settings.embedded else f"on {client.address.host}"
        sentence = f"The backend {where} is ready."
        return BackendChanged(BackendState.READY, sentence, url=client.address.url, version=version)

    def _refresh(self, client: BackendClient) -> None:
        """Ask about all known jobs: whatever happened without a connection is told now."""
        known = self._book.known()
        if known:
            self._book.refresh(known, client.jobs(known))

    def _remote(self) -> tuple[BackendClient, str]:
        client = self._link.client_of(self._settings.url, self._settings.token)
        if self._link.state.state is not BackendState.UNREACHABLE:
            host = parse_address(self._settings.url).host
            self._tell(BackendState.STARTING, f"Connecting to the backend on {host}.")
        return client, self._settings.token

    def _embedded(self) -> tuple[BackendClient, str]:
        """The embedded server, started if need be. Raises _Parked when there is nothing to start."""
        launcher = self._launcher()
        if self._link.state.state is not BackendState.STARTING:
            self._tell(BackendState.STARTING, "The backend is starting.")
        adopted = launcher.adopt()
        if adopted is None:
            self._end_process()
            self._starts.append(time.monotonic())
            adopted = launcher.start()
            self._process = adopted.process
        return self._link.client_of(adopted.url, adopted.token), adopted.token

    def _launcher(self) -> Launcher:
        settings = self._settings
        if settings.ready_python is not None:
            python = settings.ready_python
        else:
            plan = self._plan()
            self._check_installed(plan, environment_state(plan))
            python = plan.interpreter
        return Launcher(python, settings.source_dir, self._paths, self._interrupt, settings.models)

    def _plan(self) -> InstallPlan:
        chosen = self._settings
        return InstallPlan.for_extension(self._paths, chosen.source_dir, chosen.python, chosen.tier, chosen.torch)

    def _check_installed(self, plan: InstallPlan, state: EnvironmentState) -> None:
        """Raises _Parked unless the environment is complete and current."""
        size = f"it needs about {plan.kept_bytes / 1e9:.1f} GB of disk space and some minutes."
        if state is EnvironmentState.MISSING:
            self._tell(
                BackendState.NOT_INSTALLED,
                "The backend is not installed on this computer yet.",
                f"Press Install; {size}",
            )
        elif state is EnvironmentState.INCOMPLETE:
            self._tell(
                BackendState.NOT_INSTALLED,
                "The installation of the backend is not complete.",
                "Press Install to complete it.",
            )
        elif state is EnvironmentState.OUTDATED:
            self._tell(BackendState.UPDATE_NEEDED, *_why_outdated(plan, size))
        else:
            return
        raise _Parked

    def _install(self, *, anew: bool) -> None:
        """Install, telling how far it is. Raises _Parked when it did not succeed."""
        settings = self._settings
        if not settings.online_access:
            self._tell(
                BackendState.OFFLINE,
                "Blender's online access is off; the backend's packages cannot be fetched.",
                "Switch on Preferences > System > Network > Allow Online Access, then press Install.",
            )
            raise _Parked
        self._tell(BackendState.INSTALLING, "The backend is being installed.", "You can go on working meanwhile.")
        self._stop_server(now=True)
        plan = self._plan()
        remove_leftovers(plan)
        self._installer = Installer(plan, _ProgressReport(self._messages))
        try:
            (self._installer.repair if anew else self._installer.install)()
        except (InstallError, Cancelled) as error:
            self._tell(BackendState.NOT_INSTALLED, error.message, error.fix)
            raise _Parked from error
        finally:
            self._installer = None

    def _stop_server(self, *, now: bool) -> None:
        """End the embedded server, if one runs. A remote one is left alone."""
        if not self._settings.embedded:
            return
        try:
            stop_running(self._paths, now=now, interrupt=self._link.closing)
        except BackendError as error:
            self._tell(BackendState.FAILED, error.message, error.fix)
            raise _Parked from error
        if now:
            self._end_process()

    def _end_process(self) -> None:
        """Make sure that the server which this session started is gone, even if it hangs."""
        if self._process is None:
            return
        try:
            self._process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            end_tree(self._process)
        self._process = None

    def _tell(self, state: BackendState, sentence: str, fix: str = "") -> None:
        self._link.announce(BackendChanged(state, sentence, fix))


def _why_outdated(plan: InstallPlan, size: str) -> tuple[str, str]:
    """What is installed instead of what is wanted, and what to do."""
    record = read_record(plan.record)
    if record is None or record["tier"] == plan.tier:
        if record is not None and plan.torch and record["torch"] != plan.torch:
            return "Another build of the neural engines is installed than the one chosen.", f"Press Update; {size}"
        return (
            "The installed backend belongs to another version of the extension.",
            "Press Update to bring it up to date; it takes some minutes.",
        )
    if plan.tier == NEURAL:
        return "The neural engines are not installed yet.", f"Press Update to install them; {size}"
    return (
        "Neural engines are installed, and not wanted any more.",
        "Press Update to install the embedded engines alone; the space is free again afterwards.",
    )


class _ProgressReport:
    """Passes installation progress on, without flooding the queue."""

    def __init__(self, messages: queue.Queue[Message]) -> None:
        self._messages = messages
        self._last = InstallProgress(-1.0, "")

    def __call__(self, fraction: float, step: str) -> None:
        """Called by the installer."""
        progress = InstallProgress(max(fraction, self._last.fraction), step)
        if step != self._last.step or progress.fraction - self._last.fraction >= SMALLEST_PROGRESS:
            self._last = progress
            self._messages.put(progress)
