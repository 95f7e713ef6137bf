"""Sets museum objects in rows for a photograph. The rows come from ``exhibition.rows``; here they meet bpy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import bpy
from mathutils import Vector

from ..core.errors import InvalidRequest
from ..exhibition.dates import UNKNOWN, DateInterval, parse_date
from ..exhibition.rows import Block, Footprint, RowLayout, arranged

DISPLAY_NAME = "Museum Display"
DISPLAY_MARK = "museum_display"
VIEWER_MARK = "museum_viewer"
STONE = (0.175, 0.163, 0.150)  # linear; a warm grey that leaves white marble brighter than itself


def museum_objects(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The generated objects of a scene, without parents, in order of their names."""
    found = [item for item in scene.objects if item.parent is None and item.get("museum_source") == "generated"]
    return sorted(found, key=lambda item: item.name)


def bounds(item: bpy.types.Object) -> tuple[Vector, Vector]:
    """The lowest and highest corner of an object with its children, world space, metres."""
    corners = [
        part.matrix_world @ Vector(corner)
        for part in (item, *item.children_recursive)
        if part.type == "MESH"
        for corner in part.bound_box
    ] or [item.matrix_world.translation]
    return (
        Vector(min(corner[axis] for corner in corners) for axis in range(3)),
        Vector(max(corner[axis] for corner in corners) for axis in range(3)),
    )


def date_of(item: bpy.types.Object) -> DateInterval:
    """When the object's record says it was made; unknown without a record."""
    try:
        return parse_date(str(json.loads(item.get("museum_record", "{}")).get("date", "")))
    except (ValueError, AttributeError, TypeError):
        return UNKNOWN


def arrange_in_rows(scene: bpy.types.Scene, objects: Sequence[bpy.types.Object]) -> RowLayout:
    """Set the objects in rows, small ones in front on steps, each row by date; sizes stay as they are.

    Steps and plinths of an earlier arrangement are replaced. Raises InvalidRequest when there is no object.
    """
    if not objects:
        raise InvalidRequest("There is no museum object to arrange.", "Create objects first, or select some.")
    update(scene)
    boxes = [bounds(item) for item in objects]
    layout = arranged([_footprint(item, box) for item, box in zip(objects, boxes, strict=True)])
    for item, (low, high), spot in zip(objects, boxes, layout.spots, strict=True):
        base = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
        item.location += Vector((spot.x, spot.y, spot.z)) - base
    target = fresh_collection(scene, DISPLAY_NAME, DISPLAY_MARK)
    target[VIEWER_MARK] = layout.viewer
    material = matte("Museum Plinth", STONE, 0.55)
    for block in layout.blocks:
        target.objects.link(_block(block, material))
    update(scene)
    return layout


def _footprint(item: bpy.types.Object, box: tuple[Vector, Vector]) -> Footprint:
    size = box[1] - box[0]
    width, depth, height = (max(side, 0.001) for side in size)
    return Footprint(width, depth, height, date_of(item).sort_key)


def viewer_of(scene: bpy.types.Scene) -> Vector | None:
    """Where the camera belongs after ``arrange_in_rows``, None without an arrangement."""
    for child in scene.collection.children:
        if child.get(DISPLAY_MARK) and child.get(VIEWER_MARK) is not None:
            return Vector(child[VIEWER_MARK])
    return None


def update(scene: bpy.types.Scene) -> None:
    """Bring world matrices up to date."""
    for layer in scene.view_layers:
        layer.update()


def fresh_collection(scene: bpy.types.Scene, name: str, mark: str) -> bpy.types.Collection:
    """An empty collection of the scene; what an earlier run put into it is removed."""
    existing = next((child for child in scene.collection.children if child.get(mark)), None)
    if existing is not None:
        remove_objects(existing.objects)
        return existing
    created = bpy.data.collections.new(name)
    created[mark] = True
    scene.collection.children.link(created)
    return created


def remove_objects(objects: Iterable[bpy.types.Object]) -> None:
    """Delete objects and the data that nothing else uses."""
    for item in list(objects):
        data = item.data
        bpy.data.objects.remove(item)
        if data is not None and data.users == 0:
            bpy.data.batch_remove([data])


def matte(name: str, colour: tuple[float, float, float], roughness: float) -> bpy.types.Material:
    """A plain material, shared by name. colour: linear RGB."""
    material = bpy.data.materials.get(name) or bpy.data.materials.new(name)
    if material.node_tree is None:
        material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    return material


def _block(block: Block, material: bpy.types.Material) -> bpy.types.Object:
    """A step or plinth that stands on the floor, with a small bevel that catches the light."""
    x, y, z = block.width / 2, block.depth / 2, block.height
    vertices = [(a * x, b * y, c) for c in (0.0, z) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    faces = [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    mesh = bpy.data.meshes.new("Museum Plinth")
    mesh.from_pydata(vertices, [], faces)
    mesh.materials.append(material)
    item = bpy.data.objects.new("Museum Plinth", mesh)
    item.location = (block.x, block.y, 0.0)
    bevel = item.modifiers.new("Edge", "BEVEL")
    bevel.width = 0.004
    bevel.segments = 2
    return item
