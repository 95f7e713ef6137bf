"""Rows and studio: nothing intersects, sizes stay, all is in the picture, and a second call replaces the first."""

from __future__ import annotations

import json
from itertools import combinations
from types import SimpleNamespace

import bpy
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

SIZES = ((0.03, 0.03, 0.02), (0.12, 0.12, 0.2), (2.0, 0.5, 0.6), (0.4, 0.3, 1.9), (0.2, 0.1, 0.15), (0.5, 0.5, 0.5))


@pytest.fixture
def objects(museum: SimpleNamespace) -> list[bpy.types.Object]:
    made = []
    for index, size in enumerate(SIZES):
        bpy.ops.mesh.primitive_cube_add(size=1, location=(0, 0, 5))
        item = bpy.context.object
        item.scale = size
        item["museum_source"] = "generated"
        item["museum_record"] = json.dumps({"date": f"{1900 - index}"})
        made.append(item)
    return made


def extent(item: bpy.types.Object) -> tuple[Vector, Vector]:
    corners = [item.matrix_world @ Vector(corner) for corner in item.bound_box]
    return Vector(map(min, zip(*corners, strict=True))), Vector(map(max, zip(*corners, strict=True)))


def test_objects_stand_apart_at_their_own_size(objects: list[bpy.types.Object]) -> None:
    assert bpy.ops.museum.arrange_rows() == {"FINISHED"}
    boxes = [extent(item) for item in objects]
    for (low, high), size in zip(boxes, SIZES, strict=True):
        assert tuple(high - low) == pytest.approx(size, abs=1e-5)
        assert low.z > 0
    for (a_low, a_high), (b_low, b_high) in combinations(boxes, 2):
        assert any(a_high[i] <= b_low[i] + 1e-6 or b_high[i] <= a_low[i] + 1e-6 for i in range(3))


def test_one_undo_takes_the_rows_back(objects: list[bpy.types.Object]) -> None:
    names = [item.name for item in objects]
    bpy.context.view_layer.update()
    before = [tuple(bpy.data.objects[name].location) for name in names]
    bpy.ops.ed.undo_push(message="Objects")
    bpy.ops.museum.arrange_rows("EXEC_DEFAULT", True)
    assert [tuple(bpy.data.objects[name].location) for name in names] != before
    bpy.ops.ed.undo()
    assert [tuple(bpy.data.objects[name].location) for name in names] == before
    assert not [item for item in bpy.data.objects if item.name.startswith("Museum Plinth")]


def test_every_object_stands_on_its_plinth(objects: list[bpy.types.Object]) -> None:
    bpy.ops.museum.arrange_rows()
    depsgraph = bpy.context.evaluated_depsgraph_get()
    for item in objects:
        item.hide_set(True)
    depsgraph.update()
    for item in objects:
        low, high = extent(item)
        hit, where, *_ = bpy.context.scene.ray_cast(
            depsgraph, Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, 5.0)), Vector((0, 0, -1))
        )
        assert hit and where.z == pytest.approx(low.z, abs=1e-4)


def test_the_camera_sees_every_corner(objects: list[bpy.types.Object]) -> None:
    bpy.ops.museum.arrange_rows()
    bpy.ops.museum.add_studio(samples=1)
    scene = bpy.context.scene
    assert 24 <= scene.camera.data.lens <= 85
    for item in objects:
        for corner in extent(item):
            x, y, depth = world_to_camera_view(scene, scene.camera, corner)
            assert 0 < x < 1 and 0 < y < 1 and depth > 0


def test_a_studio_without_rows_frames_a_single_object(objects: list[bpy.types.Object]) -> None:
    for item in objects[1:]:
        bpy.data.objects.remove(item)
    bpy.ops.museum.add_studio(samples=1)
    scene = bpy.context.scene
    low, high = extent(objects[0])
    for corner in (low, high):
        x, y, depth = world_to_camera_view(scene, scene.camera, corner)
        assert 0 < x < 1 and 0 < y < 1 and depth > scene.camera.data.clip_start


def test_a_second_call_replaces_the_first(objects: list[bpy.types.Object]) -> None:
    counts = []
    for _ in range(2):
        bpy.ops.museum.arrange_rows()
        bpy.ops.museum.add_studio(samples=1)
        counts.append([len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "lights", "cameras", "worlds")])
    assert counts[0] == counts[1]


def test_the_picture_is_neither_black_nor_burnt_out(objects: list[bpy.types.Object], tmp_path) -> None:
    bpy.ops.museum.arrange_rows()
    bpy.ops.museum.add_studio(samples=4)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 160, 90
    scene.render.filepath = str(tmp_path / "picture.png")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    pixels = list(image.pixels)
    light = [max(pixels[i : i + 3]) for i in range(0, len(pixels), 4)]
    assert sum(value > 0.98 for value in light) < 0.02 * len(light)
    assert 0.2 < sum(light) / len(light) < 0.8


def test_without_objects_the_buttons_say_what_to_do(museum: SimpleNamespace) -> None:
    assert not bpy.ops.museum.arrange_rows.poll()
    assert not bpy.ops.museum.add_studio.poll()
