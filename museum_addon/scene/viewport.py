"""Finding a job's objects in the viewport."""

from __future__ import annotations

import bpy

from ..core.errors import InvalidRequest


def objects_of_job(scene: bpy.types.Scene, job_id: str) -> list[bpy.types.Object]:
    """The objects of the scene that this job made, or made a material for."""
    names = ("museum_id", "museum_material_id")
    return [item for item in scene.objects if job_id and any(item.get(name) == job_id for name in names)]


def show_objects(context: bpy.types.Context, objects: list[bpy.types.Object]) -> None:
    """Select the objects alone and bring them into view in every 3D viewport of the window.

    A coin that arrives inside a building is otherwise hard to find. Raises InvalidRequest when none can be shown.
    """
    view_layer = context.view_layer
    shown = [item for item in objects if item.name in view_layer.objects and item.visible_get(view_layer=view_layer)]
    if not shown:
        raise InvalidRequest(
            "This job has no visible object in the scene.", 'Unhide it, or press "Import Again" to bring it back.'
        )
    for item in view_layer.objects:
        item.select_set(item in shown)
    view_layer.objects.active = shown[0]
    if context.window is None:
        return
    for area in context.window.screen.areas:
        region = next((region for region in area.regions if region.type == "WINDOW"), None)
        if area.type == "VIEW_3D" and region is not None and context.mode == "OBJECT":
            with context.temp_override(area=area, region=region):
                bpy.ops.view3d.view_selected()
