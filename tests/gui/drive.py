"""Run inside the windowed Blender: use the extension with mouse and keyboard as an artist would, and photograph it.

Arguments after ``--``: the extension's zip, the folder for photographs and ``report.json``.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import steering
from hands import act, click, find, over_viewport, type_into
from steering import Wait, open_tab, redraw, rows, view, window

PROMPT = "bronze bowl, 12 cm tall"
UNKNOWN = "a laser printer"
PLACES = 3

archive, folder = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :][:2])
seen: Counter[tuple[str, float]] = Counter()
"""How often the event loop came round while the newest job was at each state and progress."""


def count() -> None:
    scene = window().scene
    if hasattr(scene, "museum") and len(scene.museum.jobs):
        row = scene.museum.jobs[-1]
        seen[row.state, round(row.progress, 6)] += 1


script = steering.Script(folder / "report.json", count)
report, photograph = script.report, script.photograph


def story() -> Iterator[Wait]:
    """What the artist does. Yields seconds to wait, or conditions to wait for."""
    scene = window().scene
    museum = scene.museum if hasattr(scene, "museum") else None
    assert museum is None, "nothing is installed yet"
    yield from steering.install(archive)
    report["module_file"] = steering.import_module(steering.PACKAGE).__file__
    yield from open_tab()
    photograph("1-empty")
    yield from type_into("museum.create.prompt", PROMPT)
    report["prompt"] = window().scene.museum.create.prompt
    photograph("2-typed")
    yield from create_and_wait()
    yield from undo_and_redo()
    yield from show()
    yield from fail()
    yield from watch_and_cancel()
    yield from other_views()


def create_and_wait() -> Iterator[Wait]:
    before = set(bpy.data.objects)
    yield from find("bpy.ops.museum.create()")
    click()
    begin = time.perf_counter()
    yield lambda: len(rows()) == 1
    row = rows()[0]
    yield lambda: row.state not in ("sending", "queued")
    yield 0.15
    photograph("3-running")
    yield lambda: row.imported or bool(row.error)
    report["seconds"] = time.perf_counter() - begin
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
    report["jobs_after_undo"] = len(rows())
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
    yield from type_into("museum.create.prompt", UNKNOWN)
    yield from find("bpy.ops.museum.create()")
    click()
    yield lambda: len(rows()) == 2
    yield lambda: rows()[1].state == "failed"
    report["failure"] = {name: getattr(rows()[1], name) for name in ("error", "fix")}
    yield 0.5
    photograph("6-error")


def watch_and_cancel() -> Iterator[Wait]:
    """A job that would run for ten minutes: watched while it gets on, then ended by a click."""
    steering.submit_noop(seconds=600.0, steps=6000)
    row = rows()[-1]
    key = row.name
    seen.clear()
    yield lambda: len([place for place in seen if place[0] == "running" and place[1] > 0.0]) >= PLACES
    report["seen"] = [[*place, times] for place, times in seen.items()]
    yield from find("bpy.ops.museum.job_cancel(")
    click()
    yield lambda: rows()[key].state not in ("running", "queued")
    report["cancelled"] = rows()[key].state


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


steering.plain_window()
script.play(story())
