"""Run inside the windowed Blender: engines that cannot run, their settings, presets, and a picture as the world.

Arguments after ``--``: the extension's zip, the folder for photographs and ``engines.json``, and address and token of a
backend with tiny models; without these two what needs them is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import hands
import steering
from hands import act, click, find, over_viewport
from steering import Wait, open_tab, redraw, rows, window

arguments = sys.argv[sys.argv.index("--") + 1 :]
archive, folder = (Path(argument) for argument in arguments[:2])
script = steering.Script(folder / "engines.json")
report, photograph = script.report, script.photograph
PROMPT = "an empty museum hall with a skylight"


def museum() -> bpy.types.PropertyGroup:
    return window().scene.museum


def alone(*names: str) -> Iterator[Wait]:
    """Show these panels and no others of the tab, opened; all for no name."""
    registration = steering.part("registration")
    panels = [cls for cls in registration.classes() if issubclass(cls, bpy.types.Panel) and "Museum" in cls.bl_category]
    for cls in reversed(panels):
        if cls.is_registered:
            bpy.utils.unregister_class(cls)
    for cls in panels:
        if not names or cls.__name__.removeprefix("MUSEUM_PT_") in names:
            cls.bl_options = set()
            bpy.utils.register_class(cls)
    yield from open_tab()
    over_viewport()
    yield 0.4


def settled() -> Iterator[Wait]:
    """Drawn anew, and once more: panels that come or go move into place by and by."""
    over_viewport()
    for _ in range(4):
        redraw()
        yield 0.3


def engines_known() -> bool:
    return steering.part("runtime").current().backend_answered


def story() -> Iterator[Wait]:
    """What the artist does. Yields seconds to wait, or conditions to wait for."""
    yield from steering.install(archive)
    for cls in steering.part("registration").classes():
        if issubclass(cls, bpy.types.Panel) and not hasattr(cls, "bl_category"):
            cls.bl_category = ""
    yield from alone("picture", "picture_engine")
    photograph("engines-1-backend-not-asked")
    bpy.ops.museum.backend_start()
    yield engines_known
    yield from unavailable()
    yield from settings()
    yield from texture()
    if len(arguments) > 3:
        yield from connect(*arguments[2:4])
        yield from picture()
    yield from create()
    yield from chinese()


def unavailable() -> Iterator[Wait]:
    museum().picture.prompt = PROMPT
    over_viewport()
    yield 0.4
    photograph("engines-2-unavailable")
    report["picture_poll"] = bpy.ops.museum.picture.poll()
    yield from alone("create", "create_engine")
    museum().create.prompt = "a bowl"
    museum().create.engine = "shap-e"
    yield from settled()
    photograph("engines-3-create-unavailable")
    report["create_poll"] = bpy.ops.museum.create.poll()
    museum().create.engine = "parametric"


def connect(url: str, token: str) -> Iterator[Wait]:
    chosen = steering.part("preferences").preferences(bpy.context)
    chosen.mode, chosen.url, chosen.token = "remote", url, token
    bpy.ops.museum.backend_start()
    yield engines_known


def settings() -> Iterator[Wait]:
    yield from alone("picture", "picture_engine")
    form = museum().picture
    form.engine, form.size, form.use = "sdxl", "512", "world"
    yield from settled()
    photograph("engines-4-settings")
    yield from find("bpy.ops.museum.presets(", hands.right())
    click()
    yield 0.8
    photograph("engines-5-presets")
    act("key", "Escape")
    yield 0.4
    bpy.ops.museum.preset_apply(key="bundled/text_to_image_sdxl_quick.json")
    entry = museum().engines.text_to_image_sdxl.loras.add()
    entry.path, entry.weight = "bronze.safetensors", 0.7
    yield from settled()
    photograph("engines-6-changed")
    yield from find("bpy.ops.museum.engine_reset(", hands.right())
    click()
    yield 0.4
    report["settings"] = steering.part("engine_actions").settings_of(bpy.context, "text_to_image")
    bpy.ops.museum.engine_reset(task="text_to_image")


def picture() -> Iterator[Wait]:
    yield from alone("picture", "picture_engine")
    former = window().scene.world
    yield from find("bpy.ops.museum.picture()")
    click()
    yield lambda: len(rows()) == 1
    yield lambda: rows()[0].imported or bool(rows()[0].error)
    report["picture"] = {name: getattr(rows()[0], name) for name in ("state", "error", "fix")}
    report["world"] = window().scene.world.name
    steering.view().spaces.active.shading.type = "MATERIAL"
    steering.view().spaces.active.shading.use_scene_world = True
    over_viewport()
    yield 2.0
    photograph("engines-9-world")
    bpy.ops.museum.world_restore()
    report["world_after"] = window().scene.world == former
    steering.view().spaces.active.shading.type = "SOLID"


def texture() -> Iterator[Wait]:
    bpy.data.objects["Cube"].select_set(True)
    yield from alone("texture", "texture_views", "texture_engine")
    museum().texture.mode, museum().texture.engine = "generate", "sdxl"
    yield from settled()
    photograph("engines-7-texture")


def create() -> Iterator[Wait]:
    yield from alone("create", "create_engine")
    museum().create.source = "picture"
    museum().create.picture = next((image for image in bpy.data.images if image.get("museum_id")), None)
    yield from settled()
    photograph("engines-8-picture")


def chinese() -> Iterator[Wait]:
    display = bpy.context.preferences.view
    display.language, display.use_translate_interface, display.use_translate_tooltips = "zh_HANS", True, True
    for name in ("picture", "texture"):
        yield from alone(name, f"{name}_engine")
        yield from settled()
        photograph(f"engines-chinese-{name}")
    display.language = "en_US"
    yield from alone()


steering.plain_window()
script.play(story())
