"""Compiling what jobs will need while no job waits for it.

After an update a machine compiles every engine's loops once; that takes longer than most jobs.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from ..engines.base import EngineInfo

Tell: TypeAlias = Callable[[bool], None]
"""Told True when a job begins to wait for compiling, False when it goes on."""


class GiveWay(BaseException):
    """A job has come: compiling ahead stops. Not an Exception, so that no engine takes it for a fault of its own."""


class Ahead:
    """Calls the ``warm`` functions of engines on a thread of its own, as long as no job runs.

    Between two functions that are compiled it looks whether a job has come. Then it leaves the engine's ``warm`` and
    calls it again after the job: what was compiled stays.
    """

    def __init__(self) -> None:
        self._idle = threading.Event()
        self._idle.set()
        self._tell: Tell | None = None
        self._thread = 0

    @contextmanager
    def waiting_for(self, tell: Tell) -> Iterator[None]:
        """While a job runs."""
        self._tell = tell
        self._idle.clear()
        try:
            yield
        finally:
            self._idle.set()
            self._tell = None

    def work(self, first: EngineInfo, others: Iterable[EngineInfo]) -> None:
        """Have the first engine ready in this process, and the others compiled once on this machine."""
        self._thread = threading.get_ident()
        _listen(self._before_lock, self._compiling)
        self._warm(first)
        for info in others:
            mark = _mark(info)
            if mark is None or not mark[0].is_file() or mark[0].read_text("utf-8") != mark[1]:
                self._warm(info)
                if mark is not None:
                    mark[0].parent.mkdir(parents=True, exist_ok=True)
                    mark[0].write_text(mark[1], "utf-8")

    def _warm(self, info: EngineInfo) -> None:
        while True:
            self._idle.wait()
            try:
                info.warm_up()
            except GiveWay:
                continue
            return

    def _before_lock(self) -> None:
        """The calling thread is about to ask for numba's lock, and does not hold it."""
        if threading.get_ident() == self._thread and not self._idle.is_set():
            raise GiveWay

    def _compiling(self, begins: bool) -> None:
        """The calling thread begins to compile, or has done so."""
        tell = self._tell
        if tell is not None and threading.get_ident() != self._thread:
            tell(begins)


def _listen(before_lock: Callable[[], None], compiling: Callable[[bool], None]) -> None:
    from numba.core import event
    from numba.core.compiler_lock import global_compiler_lock

    class Lock(event.Listener):
        def on_start(self, event: Any) -> None:
            # Held by this thread: it is in the middle of a function that calls the next one to be compiled.
            if not global_compiler_lock.is_locked():
                before_lock()

        def on_end(self, event: Any) -> None:
            pass

    class Compiling(event.Listener):
        depth = 0  # the lock keeps it to one thread

        def on_start(self, event: Any) -> None:
            self.depth += 1
            if self.depth == 1:
                compiling(True)

        def on_end(self, event: Any) -> None:
            self.depth -= 1
            if self.depth == 0:
                compiling(False)

    event.register("numba:compiler_lock", Lock())
    event.register("numba:compile", Compiling())


def _mark(info: EngineInfo) -> tuple[Path, str] | None:
    """The file beside the compiled functions that says that an engine's are there, and what it must say.

    Workers that find it do not load what they may never need.
    """
    import llvmlite.binding
    import numba

    if not numba.config.CACHE_DIR:
        return None
    state = f"{numba.__version__} {sys.version} {llvmlite.binding.get_host_cpu_name()}"
    return Path(numba.config.CACHE_DIR) / f"{info.task}.{info.name}.compiled", state
