"""Run inside the windowed Blender: use the extension with mouse and keyboard as an artist would, and photograph it.

Arguments after ``--``: the extension's zip, the folder for photographs and ``report.json``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import bpy

PACKAGE = "bl_ext.user_default.museum_addon"
PROMPT = "bronze bowl, 12 cm tall"
UNKNOWN = "a laser printer"
TICK_S = 0.01
LIMIT_S = 150.0
SCAN_STEP = 7
Wait = float | Callable[[], bool]

archive, folder = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :][:2])
report: dict = {"photographs": [], "error": ""}


class Loop:
    """How regularly Blender's event loop comes round while something is waited for."""

    def __init__(self) -> None:
        self.ticks, self.longest_gap_s, self._last = 0, 0.0, time.perf_counter()

    def start(self) -> None:
        self.ticks, self.longest_gap_s, self._last = 0, 0.0, time.perf_counter()

    def tick(self) -> None:
        now = time.perf_counter()
        self.ticks += 1
        self.longest_gap_s = max(self.longest_gap_s, now - self._last)
        self._last = now


loop = Loop()


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def view() -> bpy.types.Area:
    return next(area for area in window().screen.areas if area.type == "VIEW_3D")


def sidebar() -> bpy.types.Region:
    return next(region for region in view().regions if region.type == "UI")


def photograph(name: str) -> None:
    path = folder / f"{name}.png"
    subprocess.run(["import", "-window", "root", str(path)], check=True)
    report["photographs"].append(path.name)


def redraw() -> None:
    for area in window().screen.areas:
        area.tag_redraw()


def act(*arguments: object) -> None:
    """Real input, through the X server."""
    subprocess.run(["xdotool", *map(str, arguments)], check=True)


def move(x: int, y: int) -> None:
    """Blender counts from the bottom, the screen from the top."""
    act("mousemove", window().x + x, window().height - y)


def click() -> None:
    act("click", 1)


def hovered() -> str:
    """What the button under the mouse is: the call of its operator, or the path of its property."""
    with bpy.context.temp_override(window=window(), area=view(), region=sidebar()):
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
            return bpy.context.window_manager.clipboard
        return bpy.context.property[1] if bpy.context.property else ""


def find(name: str) -> Iterator[Wait]:
    """Move the mouse down the sidebar until it is over the button."""
    region = sidebar()
    x = region.x + region.width // 2 - 20
    for y in range(region.y + region.height - 30, region.y + 5, -SCAN_STEP):
        move(x, y)
        yield 0.04
        if hovered().startswith(name):
            move(x, y - SCAN_STEP)  # well inside, not on its edge
            yield 0.04
            return
    raise AssertionError(f"There is no {name} in the sidebar.")


def type_text(text: str) -> Iterator[Wait]:
    """Click the prompt, clear it, type, and end with Ctrl+Enter, as a text of several lines is ended."""
    yield from find("museum.create.prompt")
    click()
    yield 0.3
    act("key", "ctrl+a")
    act("key", "BackSpace")
    act("type", "--delay", 30, text)
    yield 0.5
    act("key", "ctrl+Return")
    yield 0.5


def over_viewport() -> None:
    move(view().x + 300, view().y + 300)


def install() -> Iterator[Wait]:
    bpy.ops.extensions.package_install_files(filepath=str(archive), repo="user_default", enable_on_install=True)
    yield 0.5
    assert PACKAGE in bpy.context.preferences.addons, "the zip was not installed and enabled"
    report["module_file"] = import_module(PACKAGE).__file__


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


def story() -> Iterator[Wait]:
    """What the artist does. Yields seconds to wait, or conditions to wait for."""
    scene = window().scene
    museum = scene.museum if hasattr(scene, "museum") else None
    assert museum is None, "nothing is installed yet"
    yield from install()
    yield from open_tab()
    photograph("1-empty")
    yield from type_text(PROMPT)
    report["prompt"] = window().scene.museum.create.prompt
    photograph("2-typed")
    yield from create_and_wait()
    yield from undo_and_redo()
    yield from show()
    yield from fail()
    yield from other_views()


def create_and_wait() -> Iterator[Wait]:
    before = set(bpy.data.objects)
    yield from find("bpy.ops.museum.create()")
    click()
    loop.start()
    begin = time.perf_counter()
    yield lambda: len(window().scene.museum.jobs) == 1
    row = window().scene.museum.jobs[0]
    yield lambda: row.state not in ("sending", "queued")
    yield 0.15
    photograph("3-running")
    yield lambda: row.imported or bool(row.error)
    report["seconds"] = time.perf_counter() - begin
    report["ticks"], report["longest_gap_s"] = loop.ticks, loop.longest_gap_s
    report["row"] = {name: getattr(row, name) for name in ("state", "message", "error", "fix")}
    new = set(bpy.data.objects) - before
    bpy.context.view_layer.update()
    report["objects"] = [
        {"name": item.name, "height_m": item.dimensions.z, "paradata": item.get("museum_paradata", "")} for item in new
    ]
    yield 0.6
    photograph("4-done")


def undo_and_redo() -> Iterator[Wait]:
    over_viewport()
    yield 0.3
    count = len(bpy.data.objects)
    act("key", "ctrl+z")
    yield 1.0
    report["objects_after_undo"] = len(bpy.data.objects) - count
    report["jobs_after_undo"] = len(window().scene.museum.jobs)
    act("key", "ctrl+shift+z")
    yield 1.0
    report["objects_after_redo"] = len(bpy.data.objects) - count


def show() -> Iterator[Wait]:
    view().spaces.active.shading.color_type = "TEXTURE"
    yield from find("bpy.ops.museum.job_show(")
    click()
    yield 1.5
    report["selected"] = [item.name for item in window().view_layer.objects.selected]
    report["view_distance_m"] = view().spaces.active.region_3d.view_distance
    photograph("5-shown")


def fail() -> Iterator[Wait]:
    yield from type_text(UNKNOWN)
    yield from find("bpy.ops.museum.create()")
    click()
    yield lambda: len(window().scene.museum.jobs) == 2
    yield lambda: window().scene.museum.jobs[1].state == "failed"
    report["failure"] = {name: getattr(window().scene.museum.jobs[1], name) for name in ("error", "fix")}
    yield 0.5
    photograph("6-error")


def other_views() -> Iterator[Wait]:
    display = bpy.context.preferences.view
    display.language, display.use_translate_interface, display.use_translate_tooltips = "zh_HANS", True, True
    redraw()
    yield 0.8
    photograph("7-chinese")
    display.language = "en_US"
    bpy.ops.museum.open_preferences()
    yield 1.5
    photograph("8-preferences")


def run(steps: Iterator[Wait]) -> Callable[[], float | None]:
    """A timer that goes through the steps."""
    state: dict = {"wait": 0.0, "since": time.perf_counter()}

    def tick() -> float | None:
        loop.tick()
        wait, waited = state["wait"], time.perf_counter() - state["since"]
        try:
            if waited > LIMIT_S:
                raise AssertionError("It did not happen in time.")
            if waited < wait if isinstance(wait, float) else not wait():
                return TICK_S
            state["wait"], state["since"] = next(steps), time.perf_counter()
            return TICK_S
        except StopIteration:
            pass
        except Exception:  # noqa: BLE001 - whatever happens, Blender must end and say what it was
            report["error"] = traceback.format_exc()
            subprocess.run(["import", "-window", "root", str(folder / "fault.png")], check=False)
        finish()
        return None

    return tick


def finish() -> None:
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False))
    if PACKAGE in bpy.context.preferences.addons:
        import_module(f"{PACKAGE}.museum_addon.runtime").current().close_session()
    bpy.ops.wm.quit_blender()


bpy.context.preferences.view.show_splash = False
bpy.context.preferences.view.language = "en_US"
bpy.app.timers.register(run(story()), first_interval=2.0)
