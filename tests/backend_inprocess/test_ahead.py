"""Compiling ahead gives way to jobs, goes on after them, and is not done twice."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numba
import pytest

from backend.engines.base import EngineInfo, Params
from backend.jobs.ahead import Ahead

LOOPS = """
from threading import Event
from numba import njit

begun, go_on, left = Event(), Event(), Event()
done = []

@njit
def one(x):
    return x + 1

@njit
def two(x):
    return x * 2

@njit
def three(x):
    return x - 3

def warm():
    done.append(one(1))
    begun.set()
    go_on.wait()
    try:
        done.append(two(2))
    finally:
        left.set()
"""


@pytest.fixture
def loops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module of an engine whose ``warm`` compiles one thing, waits, and compiles another."""
    (tmp_path / "loops_to_warm.py").write_text(LOOPS, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    import loops_to_warm

    yield loops_to_warm
    del sys.modules["loops_to_warm"]


def engine(name: str) -> EngineInfo:
    entry = "loops_to_warm:warm"
    return EngineInfo("test", name, "1", "Test", "For this test.", Params, entry, entry)


def test_a_job_is_let_through_and_hears_of_its_own_compiling(loops: ModuleType) -> None:
    ahead, told = Ahead(), []
    warming = threading.Thread(target=ahead.work, args=(engine("a"), []))
    warming.start()
    loops.begun.wait()
    with ahead.waiting_for(told.append):
        loops.go_on.set()
        loops.left.wait()
        assert loops.done == [2]  # it did not go on to the next
        assert not loops.two.signatures
        assert loops.three(4) == 1
        assert told == [True, False]
    warming.join()
    assert loops.done == [2, 2, 4]
    assert told == [True, False]


def test_engines_beside_the_first_are_compiled_once_on_a_machine(loops: ModuleType) -> None:
    loops.go_on.set()
    for _ in range(2):
        Ahead().work(engine("a"), [engine("b")])
    assert len(loops.done) == 2 * 3  # the first twice, the other once
