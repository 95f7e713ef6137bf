"""Run inside the windowed Blender: generations are made, their rows removed, then found, compared, and brought back.

Arguments after ``--``: the extension's zip, and the folder for photographs and ``history.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import steering
from hands import act, click, find, over_viewport, right
from steering import Wait, open_tab, redraw, rows, window

archive, folder = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :][:2])
script = steering.Script(folder / "history.json")
report, photograph = script.report, script.photograph
PROMPTS = (
    "bronze ding tripod, 30 cm tall",
    "celadon meiping, 32 cm high",
    "Attic black-figure amphora, 45 cm tall",
    "blue and white porcelain bowl, 12 cm high",
)


def alone(*names: str) -> Iterator[Wait]:
    """Show these panels and no others of the tab, opened; all for no name."""
    panels = [cls for cls in steering.part("registration").classes() if issubclass(cls, bpy.types.Panel)]
    panels = [cls for cls in panels if "Museum" in getattr(cls, "bl_category", "")]
    for cls in reversed(panels):
        if cls.is_registered:
            bpy.utils.unregister_class(cls)
    for cls in panels:
        if not names or cls.__name__.removeprefix("MUSEUM_PT_") in names:
            cls.bl_options = set()
            bpy.utils.register_class(cls)
    yield from open_tab()
    over_viewport()
    yield 0.5


def history() -> bpy.types.PropertyGroup:
    return bpy.context.window_manager.museum.history


def state() -> object:
    return steering.part("runtime").current().history


def shown(name: str) -> Iterator[Wait]:
    over_viewport()
    redraw()
    yield 1.2
    photograph(name)


def story() -> Iterator[Wait]:
    """What the artist does. Yields seconds to wait, or conditions to wait for."""
    yield from steering.install(archive)
    yield from alone("history")
    yield from shown("history-1-empty")
    create = steering.part("actions").create_artifact
    for seed, prompt in enumerate(PROMPTS):
        window().scene.cursor.location = (0.5 * seed, 0.0, 0.0)
        create(bpy.context, prompt, seed=seed, texture_size=512)
    create(bpy.context, PROMPTS[0], seed=77, texture_size=1024, details={"material": "silver"})
    steering.submit_noop(seconds=600, preview=True)
    yield from alone("jobs")
    yield lambda: all(row.imported or row.error for row in list(rows())[:5])
    yield lambda: rows()[5].state == "running"
    yield 2.0
    yield from shown("history-2-jobs")
    yield from newest_preview()
    report["rows"] = [(row.state, row.error) for row in rows()]
    bpy.ops.museum.job_cancel()
    yield lambda: rows()[5].state == "cancelled"
    bpy.ops.museum.job_clear_finished()
    report["left"] = len(rows())
    yield from alone("history")
    yield lambda: len(state().entries) == 5
    yield from shown("history-3-grid")
    yield from chosen()
    yield from found_again()


def newest_preview() -> Iterator[Wait]:
    """Two previews of one second: the later one is to be seen."""
    runtime, pictures = steering.part("runtime").current(), steering.part("core.pictures")
    job_id = rows()[5].job_id
    path = steering.part("preferences").picture_of(job_id)
    for colour in ((255, 0, 0), (0, 160, 0)):
        pictures.write_png(path, np.full((64, 64, 3), colour, dtype=np.uint8))
        runtime.previews.show(job_id, path)
        redraw()
        yield 0.4
    yield from shown("history-2-newest-preview")


def chosen() -> Iterator[Wait]:
    """Select, pin, compare."""
    first = next(entry for entry in state().entries if entry.seed == 0)
    second = next(entry for entry in state().entries if entry.seed == 77)
    bpy.ops.museum.history_select(key=first.id)
    yield from shown("history-4-selected")
    bpy.ops.museum.history_pin()
    bpy.ops.museum.history_select(key=second.id)
    yield from find("bpy.ops.museum.history_compare")
    click()
    yield 1.5
    photograph("history-5-compared")
    act("key", "Escape")
    yield 0.5
    over_viewport()
    yield 0.5
    report["differences"] = [one.name for one in steering.part("history_actions").compare(first.id, second.id)]


def found_again() -> Iterator[Wait]:
    """Search, and bring one in."""
    history().words = "celadon"
    yield from shown("history-6-searched")
    report["found"] = [entry.prompt for entry in state().found]
    bpy.ops.museum.history_select(key=state().found[0].id)
    before = len(bpy.data.objects)
    yield from find("bpy.ops.museum.history_bring_in", right())
    click()
    yield lambda: len(bpy.data.objects) > before
    report["brought_in"] = len(bpy.data.objects) - before
    yield from find("bpy.ops.museum.history_settings")
    click()
    yield 0.5
    report["prompt"] = window().scene.museum.create.prompt
    history().words = "nothing of this kind"
    yield from shown("history-7-nothing")
    history().words = ""
    display = bpy.context.preferences.view
    display.language, display.use_translate_interface, display.use_translate_tooltips = "zh_HANS", True, True
    yield from alone("jobs", "history")
    yield from shown("history-8-chinese")
    display.language = "en_US"
    yield from alone()


steering.plain_window()
script.play(story())
