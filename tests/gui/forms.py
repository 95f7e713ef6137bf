"""Run inside the windowed Blender: Details and Material as an artist uses them, photographed.

Arguments after ``--``: the extension's zip, the folder for photographs and ``forms.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import hands
import steering
from hands import act, click, find, move, open_panel, over_viewport, type_into
from steering import Wait, open_tab, redraw, rows, window

PROMPT = "blue-and-white porcelain meiping, Han dynasty, 38 cm, chipped rim, quux"
MATERIAL = "bronze with malachite patina, worn edges"
ODD = ("[]", "{", '{"spec": {"type": 5, "colours": {"value": [1, {}]}, "width_m": {"value": 1e400}}, "warnings": 7}',
       '{"spec": 1, "chronology": [{"problem": "p", "source": []}], "not_understood": {"a": 1}, "warnings": [[], "w"]}')
REACH = 90
CHINESE = "商代青铜鼎, 高 25 cm"

archive, folder = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :][:2])
script = steering.Script(folder / "forms.json")
report, photograph = script.report, script.photograph


def form() -> bpy.types.PropertyGroup:
    return window().scene.museum.create


def story() -> Iterator[Wait]:
    """What the artist does. Yields seconds to wait, or conditions to wait for."""
    yield from steering.install(archive)
    yield from open_tab()
    yield from details()
    yield from odd_readings()
    yield from create()
    yield from material()
    yield from chinese()


def details() -> Iterator[Wait]:
    yield from type_into("museum.create.prompt", PROMPT)
    yield from open_panel("museum.create.seed", "bpy.ops.museum.read_prompt", hands.place[1])
    photograph("details-1-empty")
    yield from read()
    photograph("details-2-read")
    yield from find('bpy.ops.museum.pin_detail(field="material")', hands.right(), hands.place[1])
    yield from press_beside()
    photograph("details-3-menu")
    act("type", "--delay", 60, "bronze")
    yield 0.6
    act("key", "Return")
    yield lambda: form().details.material != ""
    report["chosen"] = form().details.material
    over_viewport()
    yield lambda: not steering.part("runtime").current().readings
    yield 0.4
    photograph("details-4-chosen")


def press_beside() -> Iterator[Wait]:
    """Open the menu to the left of the button that was found."""
    move(hands.middle(), hands.place[1])
    yield 0.3
    click()
    yield 0.8


def read() -> Iterator[Wait]:
    former = form().details.reading
    yield from find("bpy.ops.museum.read_prompt", below=hands.place[1] and hands.place[1] + REACH)
    click()
    yield lambda: form().details.reading != former or bool(form().details.problem)
    report["problem"] = form().details.problem
    over_viewport()
    yield 0.6


def odd_readings() -> Iterator[Wait]:
    """A .blend may hold anything; the panel draws it. What goes wrong in drawing stands in Blender's output."""
    kept = form().details.reading
    for odd in ODD:
        form().details.reading = odd
        redraw()
        yield 0.15
    form().details.reading = kept


def create() -> Iterator[Wait]:
    form().texture_size = "512"
    yield from find("bpy.ops.museum.create()")
    click()
    yield lambda: len(rows()) == 1
    yield lambda: rows()[0].imported or bool(rows()[0].error)
    report["made"] = [
        {"name": item.name, "spec": item["museum_spec"]} for item in bpy.data.objects if "museum_spec" in item
    ]
    over_viewport()
    yield 0.4
    photograph("details-5-made")


def material() -> Iterator[Wait]:
    bpy.ops.object.select_all(action="DESELECT")
    bpy.ops.museum.clear_details()
    yield 0.3
    yield from open_panel("bpy.ops.museum.records_load", "museum.material.prompt", window().height // 2)
    over_viewport()
    yield 0.4
    photograph("material-1-nothing-selected")
    cube = bpy.data.objects["Cube"]
    cube.scale = (0.1, 0.1, 0.1)
    cube.select_set(True)
    window().view_layer.objects.active = cube
    window().scene.museum.material.texture_size = "512"
    yield from type_into("museum.material.prompt", MATERIAL, hands.place[1] + REACH)
    bpy.ops.museum.ageing_add(kind="dust")
    yield 1.0
    photograph("material-2-typed")
    yield from find("bpy.ops.museum.material()", below=hands.place[1])
    click()
    yield lambda: len(rows()) == 2
    yield lambda: rows()[1].imported or bool(rows()[1].error)
    report["material"] = {name: getattr(rows()[1], name) for name in ("state", "error", "fix")}
    report["slots"] = [slot.material.name for slot in cube.material_slots]
    steering.view().spaces.active.shading.color_type = "TEXTURE"
    with bpy.context.temp_override(window=window(), area=steering.view(), region=viewport()):
        bpy.ops.view3d.view_selected()
    over_viewport()
    yield 1.5
    photograph("material-3-done")
    act("key", "ctrl+z")
    yield 1.0
    cube = bpy.data.objects["Cube"]  # undo exchanged it
    report["slots_after_undo"] = [slot.material.name for slot in cube.material_slots]
    report["jobs_after_undo"] = len(rows())


def viewport() -> bpy.types.Region:
    return next(region for region in steering.view().regions if region.type == "WINDOW")


def chinese() -> Iterator[Wait]:
    display = bpy.context.preferences.view
    display.language, display.use_translate_interface, display.use_translate_tooltips = "zh_HANS", True, True
    form().prompt = CHINESE
    bpy.ops.museum.clear_details()
    redraw()
    yield 0.8
    hands.place[1] = 0  # anywhere
    yield from read()
    yield from find('bpy.ops.museum.pin_detail(field="finish")', hands.right(), hands.place[1])
    yield from press_beside()
    photograph("details-6-chinese")
    act("key", "Escape")
    yield 0.3
    display.language = "en_US"


steering.plain_window()
script.play(story())
