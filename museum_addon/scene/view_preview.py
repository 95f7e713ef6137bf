"""Cameras in the scene that show from where an object will be painted, or was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ..core.errors import InvalidRequest
from ..core.view_schedule import View, published
from . import display, evaluated, evidence_record, meshes

NAME, MARK = "Museum Views", "museum_views"
SENSOR_MM = 36.0
DISPLAY_SHARE = 0.12
"""The size of the cameras' signs, of the object's longest side."""


@dataclass(frozen=True)
class Shown:
    """The views of one object. cameras stand about the translation of ``frame``, turned with it."""

    item: bpy.types.Object
    views: Sequence[View]
    frame: Matrix


def planned(
    context: bpy.types.Context, item: bpy.types.Object, side: int, count: int, slots: Sequence[int] | None = None
) -> Shown:
    """Where the published schedule will paint an object from.

    side: pixels of a view. count: the most views. slots: those whose faces are painted; all when None. Raises
    InvalidRequest for what has no surface.
    """
    with evaluated.evaluated_mesh(item, context.evaluated_depsgraph_get()) as mesh:
        mesh.calc_loop_triangles()
        vertex = meshes.read(mesh.loop_triangles, "vertices", 3, np.int32)
        polygon = meshes.read(mesh.loop_triangles, "polygon_index", 1, np.int32).ravel()
        used = np.zeros(len(mesh.vertices), dtype=bool)
        used[vertex[evaluated.chosen_triangles(mesh, polygon, slots)].ravel()] = True
        places = meshes.read(mesh.vertices, "co", 3)[used].astype(np.float64)
    turn = np.array(item.matrix_world.to_3x3(), dtype=np.float64) * context.scene.unit_settings.scale_length
    return Shown(item, published(places @ turn.T, side)[:count], item.matrix_world.copy())


def painted(item: bpy.types.Object) -> Shown | None:
    """Where the texture of an object's active material was painted from; None where that is not known."""
    views = evidence_record.views(item.active_material)
    return Shown(item, views, evidence_record.frame(item.active_material)) if views else None


def show(context: bpy.types.Context, found: Sequence[Shown]) -> list[bpy.types.Object]:
    """Put cameras into the collection "Museum Views", in place of those that are there; answers them."""
    if not any(shown.views for shown in found):
        raise InvalidRequest("There are no views to show.", "Select an object, and choose its views.")
    target = display.fresh_collection(context.scene, NAME, MARK)
    made = []
    for shown in found:
        moved = _rigid(shown.item.matrix_world) @ _rigid(shown.frame).inverted()
        for number, view in enumerate(shown.views, 1):
            name = f"{shown.item.name} {number:02d} {view.name}".strip()
            camera = _camera(context.scene, view, shown, name)
            camera.matrix_world = moved @ camera.matrix_world
            target.objects.link(camera)
            made.append(camera)
    return made


def remove(scene: bpy.types.Scene) -> int:
    """Take the cameras of ``show`` out of the scene. Answers how many there were."""
    collection = collection_of(scene)
    if collection is None:
        raise InvalidRequest("No views are shown.", "Press Show Views first.")
    count = len(collection.objects)
    display.remove_objects(collection.objects)
    bpy.data.collections.remove(collection)
    return count


def collection_of(scene: bpy.types.Scene) -> bpy.types.Collection | None:
    """Where the cameras are; None when none are shown. Cheap enough for every drawing."""
    return next((child for child in scene.collection.children if child.get(MARK)), None)


def _rigid(matrix: Matrix) -> Matrix:
    """The place and turn of a matrix, without its scale."""
    place, turn, _scale = matrix.decompose()
    return Matrix.LocRotScale(place, turn, None)


def _camera(scene: bpy.types.Scene, view: View, shown: Shown, name: str) -> bpy.types.Object:
    """A camera that sees at least what the view shows, whatever shape the scene's pictures have."""
    given: Mapping[str, Any] = view.camera
    scale = scene.unit_settings.scale_length
    data = bpy.data.cameras.new(name)
    width, height = given["width"], given["height"]
    render = scene.render
    aspect = render.resolution_x * render.pixel_aspect_x / max(render.resolution_y * render.pixel_aspect_y, 1e-9)
    wide = aspect < width / height
    data.sensor_fit = "HORIZONTAL" if wide else "VERTICAL"
    data.sensor_width = data.sensor_height = SENSOR_MM
    side, focal = (width, given["focal"][0]) if wide else (height, given["focal"][1])
    if given["orthographic"]:
        data.type = "ORTHO"
        data.ortho_scale = side / focal / scale
    else:
        data.lens = focal / side * SENSOR_MM
    data.shift_x = (width / 2.0 - given["centre"][0]) / side
    data.shift_y = (given["centre"][1] - height / 2.0) / side
    extent = max(shown.item.dimensions) or 1.0
    data.display_size = DISPLAY_SHARE * extent
    data.clip_start, data.clip_end = 0.001 * extent, 100.0 * extent
    camera = bpy.data.objects.new(name, data)
    pose = Matrix(given["to_world"])
    pose.translation = pose.translation / scale + shown.frame.translation
    camera.matrix_world = pose
    return camera
