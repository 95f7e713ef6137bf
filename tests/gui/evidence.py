"""Run inside the windowed Blender: the overlay "Evidence" over a painted ball, in every state of the window.

Arguments after ``--``: the extension's zip, the folder for photographs and ``evidence.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import steering
from steering import Wait, open_tab, redraw, view, window

SIZE = 256
CAMERA = {"to_world": np.eye(4).tolist(), "width": 8, "height": 8, "focal": [8, 8], "centre": [4, 4]}

archive, folder = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :][:2])
script = steering.Script(folder / "evidence.json")
report, photograph = script.report, script.photograph


def overlay() -> Any:
    return steering.part("runtime").current().overlay


def ball() -> bpy.types.Object:
    """Stripes along its height: observed, interpolated and generated."""
    values = np.ones((SIZE, SIZE, 4), dtype=np.float32)
    values[-SIZE // 3 :, :, :3] = np.array((128, 0, 128)) / 255.0
    values[SIZE // 2 : -SIZE // 3, :, :3] = np.array((192, 255, 77)) / 255.0
    image = bpy.data.images.new("Evidence", SIZE, SIZE)
    image.colorspace_settings.name = "Non-Color"
    image.pixels.foreach_set(values.ravel())
    image.pack()
    image.use_fake_user = True
    bpy.ops.mesh.primitive_uv_sphere_add(radius=1.2)
    item = bpy.context.active_object
    item.name = "Ball"
    material = bpy.data.materials.new("Painted")
    material["museum_evidence"] = image.name
    material["museum_views"] = json.dumps({"views": [{"name": "front", "camera": CAMERA}], "frame": np.eye(4).tolist()})
    item.data.materials.append(material)
    return item


def seen(name: str) -> None:
    """Photograph, and count which share of the picture has each colour of the legend, lit or in a line of a pattern."""
    photograph(name)
    picture = bpy.data.images.load(str(folder / f"{name}.png"))
    values = np.empty(len(picture.pixels), dtype=np.float32)
    picture.pixels.foreach_get(values)
    bpy.data.images.remove(picture)
    pixels = values.reshape(-1, 4)[::7, :3]
    long = np.linalg.norm(pixels, axis=1)
    counts = {}
    for source in steering.part("core.evidence").sources()[:3]:
        colour = np.array(source.colour)
        along = pixels @ colour / np.maximum(long * np.linalg.norm(colour), 1e-6)
        counts[source.name] = float(((along > 0.998) & (long > 0.3 * np.linalg.norm(colour))).mean())
    report[name] = counts


def settled() -> Iterator[Wait]:
    """Until nothing is left to read, and what was read has been drawn."""
    yield lambda: not bpy.app.timers.is_registered(overlay()._timer)
    redraw()
    yield 0.4
    yield 0.4


def story() -> Iterator[Wait]:
    yield from steering.install(archive)
    yield from open_tab()
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    ball()
    canvas = next(region for region in view().regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window(), area=view(), region=canvas):
        bpy.ops.view3d.view_selected()
    yield 1.0
    yield 0.4
    evidence = bpy.context.window_manager.museum.evidence
    evidence.opacity = 1.0
    seen("evidence-1-off")
    evidence.show = True
    yield lambda: bool(overlay().legend.entries)
    yield from settled()
    seen("evidence-2-source")
    report["legend"] = [[entry.title, entry.number] for entry in overlay().legend.entries]
    yield from selected(evidence)
    evidence.what = "view"
    yield from settled()
    photograph("evidence-4-view")
    evidence.what = "source"
    yield from undone()
    yield from reopened()


def selected(evidence: Any) -> Iterator[Wait]:
    """Selecting alone changes what is shown."""
    evidence.only_selected = True
    yield from settled()
    for item in bpy.context.view_layer.objects:
        item.select_set(False)
    yield lambda: not overlay().legend.entries
    yield from settled()
    seen("evidence-3-nothing-selected")
    evidence.only_selected = False
    yield from settled()


def undone() -> Iterator[Wait]:
    """Undo takes the ball's move back; the overlay stays with it, and its settings stay."""
    bpy.ops.ed.undo_push(message="Before")
    bpy.data.objects["Ball"].location.z += 1.0
    bpy.ops.ed.undo_push(message="Moved")
    with bpy.context.temp_override(window=window(), area=view()):
        bpy.ops.ed.undo()
    yield from settled()
    report["after_undo"] = [bpy.data.objects["Ball"].location.z, list(overlay().objects)]
    seen("evidence-5-undone")


def reopened() -> Iterator[Wait]:
    """Another file: what was read is forgotten. Then the extension goes, while it draws, and leaves nothing behind."""
    path = folder / "evidence.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    yield 0.4
    evidence = bpy.context.window_manager.museum.evidence
    report["agree_after_opening"] = overlay().on == evidence.show
    evidence.show, evidence.opacity = True, 1.0
    yield lambda: bool(overlay().legend.entries)
    yield from settled()
    seen("evidence-6-reopened")
    bpy.ops.preferences.addon_disable(module=steering.PACKAGE)
    redraw()
    yield 0.8
    seen_without_extension()


def seen_without_extension() -> None:
    photograph("evidence-7-disabled")
    report["pointer_left"] = hasattr(bpy.types.WindowManager, "museum")


steering.plain_window()
script.play(story())
