"""What lives as long as the extension is enabled: the session with the backend, and what panels show of it.

The one object is made by ``registration`` and closed by it. It holds ids, names and plain data, never
references into Blender's data, so it survives undo and the loading of files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .client.messages import BackendState
from .core.presets import Preset
from .core.schema_fields import Field
from .history_state import HistoryState
from .models_state import ModelsState
from .previews import Previews
from .properties_engine import EngineGroups
from .scene.evidence_icons import Swatches
from .scene.evidence_overlay import Overlay

if TYPE_CHECKING:
    from .client.messages import ResultReady
    from .client.session import Session, SessionSettings
    from .pump import Pump
    from .vocabulary import Choice

EnumItems = tuple[object, list[tuple[str, str, str, str, int]]]
"""What the items of a menu were made of, and the items: Blender does not keep their texts alive."""
NOT_STARTED = "The backend has not been started. It starts with the first job."
STARTING = "The backend is starting."


@dataclass
class BackendStatus:
    """What the Backend panel shows. install_fraction: 0 to 1."""

    state: BackendState = BackendState.OFF
    sentence: str = NOT_STARTED
    fix: str = ""
    url: str = ""
    version: str = ""
    install_fraction: float = 0.0
    install_step: str = ""


@dataclass(frozen=True)
class EngineChoice:
    """One engine, as the panels offer it.

    fields: of its parameters; names: of all of them, None while the backend was not asked. inputs: roles of files.
    """

    name: str
    title: str
    summary: str
    available: bool = True
    reason: str = ""
    fix: str = ""
    task: str = "text_to_3d"
    fields: tuple[Field, ...] = ()
    names: frozenset[str] | None = None
    inputs: frozenset[str] = frozenset()

    def takes(self, name: str) -> bool:
        """Whether it has a parameter of this name; True while that is not known."""
        return self.names is None or name in self.names


EMBEDDED_ENGINE = EngineChoice(
    "parametric", "Parametric artifacts", "Builds the object from typed rules, on any computer"
)
EMBEDDED_ENGINES = (
    EMBEDDED_ENGINE,
    EngineChoice("text2tex", "Painted views", "Paints the object view by view, on any computer", task="texture"),
)
"""Those that every backend has, offered before it was asked."""


@dataclass
class Runtime:
    """State of the running extension.

    settings: what the session was made with. waiting: results that are to be imported, oldest first. previews:
    job id -> icon. kept_rows: the job rows between the beginning and the end of an undo. abandoned: keys of rows that
    were removed while being sent. resumed: ids of jobs of a reopened file, or of an earlier session, of which the
    backend has not said anything yet. engine_groups: settings of engines that the backend listed. enum_items: what
    menus of engines show, by task. presets: as read last, of which the menu shows those of presets_task;
    faulty_presets: files that are none. titles: of all engines, by "task/name". choices: field -> what the engines
    offer for it. readings: keys of prompts that are being read -> name of the scene in whose form they stand. overlay:
    how surfaces came to be, over the viewports. models: what there is to work with, and what of it is in memory.
    history: what was generated before, here and in other files.
    """

    package: str
    session: Session | None = None
    settings: SessionSettings | None = None
    pump: Pump = field(init=False)
    backend: BackendStatus = field(default_factory=BackendStatus)
    engines: tuple[EngineChoice, ...] = EMBEDDED_ENGINES
    waiting: list[ResultReady] = field(default_factory=list)
    previews: Previews = field(default_factory=Previews)
    abandoned: set[str] = field(default_factory=set)
    resumed: set[str] = field(default_factory=set)
    kept_rows: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    engine_groups: EngineGroups = field(default_factory=EngineGroups)
    enum_items: dict[str, EnumItems] = field(default_factory=dict)
    presets: tuple[Preset, ...] = ()
    faulty_presets: tuple[str, ...] = ()
    presets_task: str = "text_to_3d"
    titles: dict[str, str] = field(
        default_factory=lambda: {f"{engine.task}/{engine.name}": engine.title for engine in EMBEDDED_ENGINES}
    )
    painter_items: list[tuple[str, str, str, int]] = field(default_factory=list)
    choices: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    overlay: Overlay = field(default_factory=Overlay)
    swatches: Swatches = field(default_factory=Swatches)
    models: ModelsState = field(default_factory=ModelsState)
    history: HistoryState = field(default_factory=HistoryState)

    @property
    def backend_answered(self) -> bool:
        """Whether the engines are those that a backend listed."""
        return self.engines is not EMBEDDED_ENGINES

    def open_session(self, settings: SessionSettings) -> Session:
        """A session that runs: made when there is none for these settings, started when its backend was off."""
        if self.session is not None and settings != self.settings:
            self.close_session()
        if self.session is None:
            from .client.session import Session

            self.session, self.settings = Session(settings), settings
        if self.backend.state is BackendState.OFF:
            self.backend = BackendStatus(BackendState.STARTING, STARTING)
            self.session.start()
        self.pump.start()
        return self.session

    def close_session(self, timeout: float = 0.0) -> None:
        """End the session and its threads. Jobs go on at the backend.

        timeout: how long to wait for the threads, in seconds. None at all by default: this is Blender's main thread,
        and they end by themselves.
        """
        self.pump.stop()
        if self.session is not None:
            self.session.close(timeout=timeout)
            self.session = self.settings = None
        self.backend = BackendStatus()
        self.engines = EMBEDDED_ENGINES
        self.waiting.clear()
        self.abandoned.clear()
        self.resumed.clear()
        self.readings.clear()
        self.models.forget()
        self.history.leave_backend()

    def close(self) -> None:
        """End everything."""
        self.close_session()
        self.history.close()
        self.previews.close()
        self.overlay.close()
        self.swatches.close()


class RuntimeHolder:
    """Where the one runtime stands between register() and unregister()."""

    def __init__(self) -> None:
        self.runtime: Runtime | None = None


HOLDER = RuntimeHolder()


def open_runtime(package: str, make_pump: Callable[[Runtime], Pump]) -> None:
    """Make the runtime, with the pump that works for it. Starts nothing."""
    made = Runtime(package)
    made.pump = make_pump(made)
    HOLDER.runtime = made


def close_runtime() -> None:
    """End the session, if any, and forget everything."""
    if HOLDER.runtime is not None:
        HOLDER.runtime.close()
        HOLDER.runtime = None


def current() -> Runtime:
    """The runtime of the enabled extension. Raises RuntimeError when it is not enabled."""
    if HOLDER.runtime is None:
        raise RuntimeError("The Museum extension is not enabled.")
    return HOLDER.runtime
