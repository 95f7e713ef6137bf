"""For scripts that run inside a windowed Blender: waiting without blocking it, installing the zip, sending jobs.

Scripts put this folder on ``sys.path``: Blender knows nothing of the tests' packages.
"""

from __future__ import annotations

import json
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy

PACKAGE = "bl_ext.user_default.museum_addon"
TICK_S = 0.01
LIMIT_S = 150.0
Wait = float | Callable[[], bool]


def part(name: str) -> ModuleType:
    """A module of the installed extension."""
    return import_module(f"{PACKAGE}.museum_addon.{name}")


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def view() -> bpy.types.Area:
    return next(area for area in window().screen.areas if area.type == "VIEW_3D")


def sidebar() -> bpy.types.Region:
    return next(region for region in view().regions if region.type == "UI")


def redraw() -> None:
    for area in window().screen.areas:
        area.tag_redraw()


def rows() -> Any:
    """The jobs of the scene in the window."""
    return window().scene.museum.jobs


def plain_window() -> None:
    """Nothing in front of the window, and English in it."""
    bpy.context.preferences.view.show_splash = False
    bpy.context.preferences.view.language = "en_US"


def install(archive: Path) -> Iterator[Wait]:
    bpy.ops.extensions.package_install_files(filepath=str(archive), repo="user_default", enable_on_install=True)
    yield 0.5
    assert PACKAGE in bpy.context.preferences.addons, "the zip was not installed and enabled"


def open_tab() -> Iterator[Wait]:
    view().spaces.active.show_region_ui = True
    yield 0.5
    for _attempt in range(5):
        try:
            sidebar().active_panel_category = "Museum"
        except (AttributeError, TypeError):
            redraw()
        yield 0.3
        if sidebar().active_panel_category == "Museum":
            return
    raise AssertionError("The sidebar has no tab Museum.")


def submit_noop(**params: Any) -> str:
    """A job without a model, as slow as asked for; answers its row's key."""
    request = part("core.requests").JobRequest("diagnostic", "noop", params, "no-op")
    session = part("actions").session(bpy.context)
    part("joblist").add_row(window().scene, request, (0.0, 0.0, 0.0))
    session.submit(request)
    return request.idempotency_key


class Script:
    """Steps that a timer goes through, and the report (a JSON file) of what they found.

    A step is a generator of seconds to wait, or of conditions to wait for. on_tick is called each time round.
    """

    def __init__(self, path: Path, on_tick: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self.report: dict[str, Any] = {"error": "", "photographs": []}
        self._on_tick = on_tick
        self._wait: Wait = 0.0
        self._since = 0.0

    def play(self, steps: Iterator[Wait], first_interval: float = 2.0) -> None:
        """Begin once the window has been drawn; Blender ends when the steps do."""
        self._steps = steps
        self._since = time.perf_counter() + first_interval
        bpy.app.timers.register(self._tick, first_interval=first_interval, persistent=True)

    def photograph(self, name: str) -> None:
        path = self.path.with_name(f"{name}.png")
        subprocess.run(["import", "-window", "root", str(path)], check=True)
        self.report["photographs"].append(path.name)

    def write(self) -> None:
        self.path.write_text(json.dumps(self.report, indent=1, ensure_ascii=False))

    def _tick(self) -> float | None:
        wait, waited = self._wait, time.perf_counter() - self._since
        try:
            self._on_tick()
            if waited > LIMIT_S:
                raise AssertionError("It did not happen in time.")
            if waited < wait if isinstance(wait, float) else not wait():
                return TICK_S
            self._wait, self._since = next(self._steps), time.perf_counter()
            return TICK_S
        except StopIteration:
            pass
        except Exception:  # noqa: BLE001 - whatever happens, Blender must end and say what it was
            self.report["error"] = traceback.format_exc()
            subprocess.run(["import", "-window", "root", str(self.path.with_name("fault.png"))], check=False)
        self._finish()
        return None

    def _finish(self) -> None:
        self.write()
        if PACKAGE in bpy.context.preferences.addons:
            part("runtime").current().close_session()
        bpy.ops.wm.quit_blender()
