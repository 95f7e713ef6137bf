"""Run inside the windowed Blender: the Models panel as an artist uses it, against a hub on this machine.

Arguments after ``--``: the extension's zip, the folder for photographs and ``pulling.json``, the hub's address.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import hands
import steering
from hands import click, find, move, over_viewport
from steering import Wait, open_tab, redraw

HEADER_BELOW = 32

archive, folder, hub = sys.argv[sys.argv.index("--") + 1 :][:3]
folder = Path(folder)
script = steering.Script(folder / "pulling.json")
report, photograph = script.report, script.photograph


def state() -> Any:
    """What is known of models."""
    return steering.part("runtime").current().models


def standing() -> str:
    listing = state().listing
    return steering.part("core.models").standing(listing.meant("shards")).state


def story() -> Iterator[Wait]:
    """What the artist does. Yields seconds to wait, or conditions to wait for."""
    yield from steering.install(Path(archive))
    chosen = bpy.context.preferences.addons[steering.PACKAGE].preferences
    chosen.models_folder, chosen.models_endpoint = str(folder / "models"), hub
    yield from open_tab()
    yield from find("bpy.ops.museum.backend_start()")
    click()
    yield lambda: state().listing is not None and state().resources is not None
    yield from find("bpy.ops.museum.backend_stop()", hands.right())
    move(hands.middle(), hands.place[1] - HEADER_BELOW)
    yield 0.3
    click()
    yield 0.6
    photograph("models-1-absent")
    yield from press("unfold", "shards")
    report["title_at"] = hands.place[1]
    yield from press("agree", "kiln")
    yield from press("pull", "shards")
    yield from stop_and_go_on()
    yield from be_refused()
    yield from other_views()


def press(name: str, model: str, below: int = 0) -> Iterator[Wait]:
    """Find a button of the panel below where the last one was, or from a height, and click it."""
    yield from find(f'bpy.ops.museum.model_{name}(model="{model}"', below=below or hands.place[1])
    click()
    yield 0.3


def stop_and_go_on() -> Iterator[Wait]:
    """The hub goes silent in the middle of the download."""
    yield lambda: state().active("shards") is not None and "nothing comes" in state().active("shards").message
    over_viewport()
    yield 0.5
    report["progress"] = state().active("shards").progress
    photograph("models-2-silent")
    # Where the hub stays silent for long the download is tried again: be quick.
    yield from find('bpy.ops.museum.model_cancel(model="shards"', hands.right(), report["title_at"])
    click()
    yield lambda: standing() == "partial" and not state().busy("shards")
    over_viewport()
    yield 0.6
    photograph("models-3-stopped")
    yield from press("pull", "shards", below=report["title_at"])
    yield lambda: standing() == "ready"
    report["accepted"] = not steering.part("core.models").unaccepted(state().listing.meant("shards"))
    over_viewport()
    yield 0.6
    photograph("models-4-ready")


def be_refused() -> Iterator[Wait]:
    """A model that is given out on request, and nobody has asked for it."""
    bpy.ops.museum.model_unfold(model="bowl")
    bpy.ops.museum.model_pull(model="bowl")
    yield lambda: bool(state().problem("bowl")[0])
    report["refused"] = state().problem("bowl")
    redraw()
    yield 0.6
    photograph("models-5-refused")


def other_views() -> Iterator[Wait]:
    display = bpy.context.preferences.view
    display.language, display.use_translate_interface, display.use_translate_tooltips = "zh_HANS", True, True
    redraw()
    yield 0.8
    photograph("models-6-chinese")
    display.language = "en_US"
    display.ui_scale = 2.0
    redraw()
    yield 0.8
    photograph("models-7-high-resolution")
    display.ui_scale = 1.0
    report["jobs"] = len(steering.rows())


steering.plain_window()
script.play(story())
