"""What the session's threads share: the backend's state as told to the user, and the present connection."""

from __future__ import annotations

import os
import queue
import threading
from dataclasses import dataclass, field
from pathlib import Path

from ..core.errors import Unreachable
from .http import BackendClient
from .messages import BackendChanged, BackendState, Message
from .model_options import ModelOptions

READY_PYTHON_VARIABLE = "MUSEUM_BACKEND_PYTHON"


def _ready_python() -> Path | None:
    """The interpreter that an environment variable names: for tests, and for those who provide their own."""
    named = os.environ.get(READY_PYTHON_VARIABLE)
    return Path(named) if named else None


@dataclass(frozen=True)
class SessionSettings:
    """What a session has to know. Nothing is read from Blender later: when the settings differ, make another session.

    mode: "embedded" or "remote". url, token: of a remote backend. data_dir: a writable folder; source_dir: the
    extension's root, which holds ``backend/``. python: the interpreter from which the embedded environment is made,
    None to find one. online_access: Blender's setting. ready_python: an interpreter that already has all of the
    backend's packages (from MUSEUM_BACKEND_PYTHON); it is used as it is and nothing is installed. wait_seconds: how
    long a request waits for a backend that is starting or cannot be reached. tier, torch: what is installed, as in
    InstallPlan. models: of the embedded backend.
    """

    mode: str
    url: str
    token: str = field(repr=False)
    data_dir: Path
    source_dir: Path
    python: Path | None
    online_access: bool
    allow_plain_http: bool = False
    ready_python: Path | None = field(default_factory=_ready_python)
    wait_seconds: float = 60.0
    tier: str = "core"
    torch: str = ""
    models: ModelOptions = field(default_factory=ModelOptions)

    @property
    def embedded(self) -> bool:
        """Whether the backend is this computer's own."""
        return self.mode == "embedded"


# In these states waiting is of no use: the user has to do something first.
HOPELESS = frozenset(
    {
        BackendState.OFF,
        BackendState.NOT_INSTALLED,
        BackendState.INSTALLING,
        BackendState.UPDATE_NEEDED,
        BackendState.UNAUTHORISED,
        BackendState.OFFLINE,
        BackendState.FAILED,
    }
)


class Link:
    """Thread-safe. One thread opens and drops the connection, the others ask for a client."""

    def __init__(self, settings: SessionSettings, messages: queue.Queue[Message]) -> None:
        self._settings = settings
        self._messages = messages
        self._lock = threading.Lock()
        self._state = BackendChanged(BackendState.OFF, "The backend is switched off.")
        self._endpoint: tuple[str, str] | None = None
        self._generation = 0
        self.closing = threading.Event()

    @property
    def state(self) -> BackendChanged:
        """What the user was told last."""
        with self._lock:
            return self._state

    @property
    def generation(self) -> int:
        """Grows with each connection; 0 while there is none."""
        with self._lock:
            return self._generation if self._endpoint is not None else 0

    def announce(self, change: BackendChanged) -> None:
        """Tell the user, unless nothing changed."""
        with self._lock:
            if change == self._state or self.closing.is_set():
                return
            self._state = change
            self._messages.put(change)

    def open(self, url: str, token: str, change: BackendChanged) -> None:
        """From now on ``client`` answers with clients of this backend."""
        with self._lock:
            self._endpoint = (url, token)
            self._generation += 1
        self.announce(change)

    def drop(self) -> None:
        """The connection is gone."""
        with self._lock:
            self._endpoint = None

    def client(self) -> BackendClient:
        """A new client of the present connection. Raises Unreachable when there is none."""
        with self._lock:
            endpoint, state = self._endpoint, self._state
        if endpoint is None:
            raise Unreachable(state.sentence, state.fix or "Try again in a moment.")
        return self.client_of(*endpoint)

    def client_of(self, url: str, token: str) -> BackendClient:
        """A client of any backend, under the settings. Raises InvalidRequest or OnlineAccessDenied."""
        return BackendClient(
            url,
            token,
            allow_plain_http=self._settings.allow_plain_http,
            online_access=self._settings.online_access,
        )


class ThreadClient:
    """One thread's client, made anew when the connection changes."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._client: BackendClient | None = None
        self._generation = 0

    def get(self) -> BackendClient:
        """A client of the present connection. Raises Unreachable when there is none."""
        generation = self._link.generation
        if self._client is None or generation != self._generation or generation == 0:
            self.close()
            self._client = self._link.client()
            self._generation = generation
        return self._client

    def close(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            self._client.close()
            self._client = None
