"""Brings a finished job's model into the scene: true size, with its paradata, as one undo step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Vector

from ..core import glb, paradata
from ..core.errors import ImportFailed, MuseumError
from . import collection, datablocks, materials

if TYPE_CHECKING:
    from ..client.messages import ResultReady

MAX_NAME_BYTES = 60
# Modal operators that hold references into the data for as long as they run.
DRAGGING = ("TRANSFORM_OT_", "OBJECT_OT_", "MESH_OT_", "SCULPT_OT_", "PAINT_OT_", "GPENCIL_OT_", "CURVE_OT_")


def obstacle(context: bpy.types.Context) -> str:
    """Why nothing can be imported just now, as a sentence; empty when nothing stands in the way."""
    if bpy.app.is_job_running("RENDER"):
        return "Waits until the render is done"
    for window in context.window_manager.windows:
        active = window.view_layer.objects.active
        if active is not None and active.mode != "OBJECT":
            return "Waits for Object Mode"
        if any(operator.bl_idname.startswith(DRAGGING) for operator in window.modal_operators):
            return "Waits until the running tool is done"
    return ""


def import_result(
    context: bpy.types.Context,
    ready: ResultReady,
    *,
    location: Sequence[float],
    scene: bpy.types.Scene | None = None,
) -> list[str]:
    """Import the result's model and answer the names of the new objects; none when it has no model.

    location: (3,) metres, world space; the model's origin, the centre of its base, comes to stand there. scene: the
    context's when not given. One undo step. Raises ImportFailed, and then nothing was added to the file.
    """
    scene = scene or context.scene
    path = model_path(ready)
    if path is None:
        return []
    summary = glb.check_glb(path)
    before = datablocks.session_ids()
    try:
        with window_context(context, scene) as shown:
            blocks = _run_importer(path, scene, before, shown)
            objects = [block for block in blocks if isinstance(block, bpy.types.Object)]
            name = result_name(ready)
            _arrange(objects, name, location, scene)
            _document(blocks, ready, summary.extras)
            materials.name_images(name, [block for block in blocks if isinstance(block, bpy.types.Material)])
            materials.pack([block for block in blocks if isinstance(block, bpy.types.Image)])
            if shown:
                select(objects)
            names = [block.name for block in objects]
            bpy.ops.ed.undo_push(message=f"Museum: {name}")
            return names
    except (RuntimeError, TypeError, ValueError, KeyError, AttributeError, ReferenceError) as error:
        datablocks.remove(datablocks.added_since(before))
        raise ImportFailed(
            f"Blender could not import the result ({error}).".replace("\n", " "),
            'Press "Import Again"; if it fails again, retry the job.',
        ) from error
    except MuseumError:
        datablocks.remove(datablocks.added_since(before))
        raise


def model_path(ready: ResultReady) -> Path | None:
    """The file with the role "model", None when the result has no model. Raises ImportFailed when it is missing."""
    path = file_with_role(ready, "model")
    if path is None and any(entry.get("role") == "model" for entry in ready.result.get("files", ())):
        raise ImportFailed("The result's model was not fetched.", 'Press "Import Again" to fetch it once more.')
    return path


def file_with_role(ready: ResultReady, role: str) -> Path | None:
    """The first fetched file with this role."""
    names = (str(entry.get("name")) for entry in ready.result.get("files", ()) if entry.get("role") == role)
    return next((ready.files[name] for name in names if name in ready.files), None)


def result_name(ready: ResultReady) -> str:
    """What the object is called: the record's title, or the type that was made, or what the job was called."""
    record = ready.job.params.get("record") or {}
    data = ready.result.get("data") or {}
    name = str(record.get("title") or data.get("type_title") or ready.job.label or "Object")
    name = " ".join(name.split())
    return name.encode()[:MAX_NAME_BYTES].decode(errors="ignore").strip() or "Object"


@contextmanager
def window_context(context: bpy.types.Context, scene: bpy.types.Scene) -> Iterator[bool]:
    """Run operators in the scene's window, or in any; a timer's context has none. Yields whether it shows the scene."""
    windows = list(context.window_manager.windows)
    window = next((window for window in windows if window.scene == scene), windows[0] if windows else None)
    if window is None:
        yield context.scene == scene
        return
    with context.temp_override(window=window):
        yield window.scene == scene


def _run_importer(path: Path, scene: bpy.types.Scene, before: set[int], shown: bool) -> list[bpy.types.ID]:
    """Blender's own glTF importer; answers the new data-blocks. shown: whether the context is of the scene itself."""
    view_layer = bpy.context.view_layer
    former = view_layer.active_layer_collection.collection
    target = collection.museum_collection(scene)
    if shown:
        collection.activate(view_layer, target)
    try:
        bpy.ops.import_scene.gltf(filepath=str(path), import_pack_images=True, import_select_created_objects=False)
    finally:
        collection.activate(view_layer, former)
    blocks = datablocks.added_since(before)
    if not any(isinstance(block, bpy.types.Object) for block in blocks):
        raise ImportFailed("Blender found no object in the result.", "Retry the job.")
    return blocks


def _arrange(objects: list[bpy.types.Object], name: str, location: Sequence[float], scene: bpy.types.Scene) -> None:
    """Name the objects and put the topmost ones at the location. Sizes stay as they are: metres."""
    target = collection.museum_collection(scene)
    for item in objects:
        for holder in item.users_collection:
            if holder != target:
                holder.objects.unlink(item)
        if item.name not in target.objects:
            target.objects.link(item)
    for item in (item for item in objects if item.parent is None):
        item.rotation_mode = "XYZ"
        item.location += Vector(location)
        item.name = name
        if item.data is not None:
            item.data.name = name


def _document(blocks: list[bpy.types.ID], ready: ResultReady, extras: Mapping[str, Any]) -> None:
    """Write how it was made onto objects and images. result.json is complete; the model's own copy stands in."""
    statement = paradata.to_text(ready.result.get("paradata") or extras.get("museum_paradata"))
    record = ready.job.params.get("record")
    spec = (ready.result.get("data") or {}).get("spec")
    for block in blocks:
        if isinstance(block, bpy.types.Object | bpy.types.Image):
            block["museum_id"] = ready.job.id
            block["museum_paradata"] = statement
            block["museum_source"] = "generated"
            if spec and isinstance(block, bpy.types.Object):
                block["museum_spec"] = json.dumps(spec, ensure_ascii=False, sort_keys=True)
            if record:
                block["museum_record"] = json.dumps(record, ensure_ascii=False, sort_keys=True)


def select(objects: list[bpy.types.Object]) -> None:
    """Select the new objects alone and make the first active, where the view layer shows them."""
    view_layer = bpy.context.view_layer
    shown = [item for item in objects if item.name in view_layer.objects and item.visible_get(view_layer=view_layer)]
    if not shown:
        return
    for item in view_layer.objects:
        item.select_set(False, view_layer=view_layer)
    for item in shown:
        item.select_set(True, view_layer=view_layer)
    view_layer.objects.active = next((item for item in shown if item.parent is None), shown[0])
