"""Show Views and Remove Views: cameras where a texture is painted from."""

from __future__ import annotations

import json
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Euler, Matrix, Vector  # noqa: E402

NAMES = [
    "front", "front right", "front left", "right", "left", "back right", "back left", "back", "from above",
    "from below",
]  # fmt: skip


@pytest.fixture
def form(museum: SimpleNamespace) -> Any:
    form = bpy.context.scene.museum.texture
    form.schedule, form.view_size, form.mode = "published", "512", "generate"
    return form


def part(museum: SimpleNamespace, name: str) -> Any:
    return import_module(f"{museum.package}.museum_addon.{name}")


def vase() -> Any:
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.1, segments=24, ring_count=12)
    item = bpy.context.active_object
    item.name = "Vase"
    item.location, item.rotation_euler, item.scale = (3.0, -2.0, 1.0), Euler((0.3, 0.5, -0.2)), (1.0, 1.5, 0.8)
    bpy.context.view_layer.update()
    return item


def shown() -> list[Any]:
    found = bpy.data.collections.get("Museum Views")
    return sorted(found.objects, key=lambda camera: int(camera.name.split()[1])) if found else []


def in_frame(camera: Any, item: Any) -> np.ndarray:
    """(V, 3) where the vertices fall in the camera's frame, 0..1, and their depth."""
    bpy.context.view_layer.update()
    places = [item.matrix_world @ vertex.co for vertex in item.data.vertices]
    return np.array([world_to_camera_view(bpy.context.scene, camera, place) for place in places])


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_the_published_views_frame_the_object(form: Any, unit: float) -> None:
    bpy.context.scene.unit_settings.scale_length = unit
    bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = 512
    item = vase()
    assert bpy.ops.museum.views_show() == {"FINISHED"}
    cameras = shown()
    assert [camera.name.split(" ", 2)[2] for camera in cameras] == NAMES
    for camera in cameras:
        assert isinstance(camera.data, bpy.types.Camera)
        frame = in_frame(camera, item)
        assert (frame[:, 2] > 0.0).all()
        low, high = frame[:, :2].min(axis=0), frame[:, :2].max(axis=0)
        # as large as the margin of 3 % on each side lets it be
        assert min(low) == pytest.approx(0.03, abs=1e-4) and max(high) == pytest.approx(0.97, abs=1e-4)
    place = cameras[0].matrix_world.translation
    assert place.y < item.location.y - 0.2 and abs(place.x - item.location.x) < 0.05  # the front is seen from -Y


def test_a_wide_picture_of_the_scene_shows_the_whole_view(form: Any) -> None:
    item = vase()
    for size in ((1920, 1080), (600, 900)):
        bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = size
        bpy.ops.museum.views_show()
        frame = in_frame(shown()[0], item)
        assert frame[:, :2].min() > 0.0 and frame[:, :2].max() < 1.0


def test_modifiers_count(form: Any) -> None:
    item = vase()
    bpy.ops.museum.views_show()
    near = shown()[0].matrix_world.translation.copy()
    array = item.modifiers.new("Row", "ARRAY")
    array.count = 3
    bpy.context.view_layer.update()
    bpy.ops.museum.views_show()
    assert shown()[0].matrix_world.translation.y < near.y - 0.1


def test_only_what_is_painted_is_framed(form: Any) -> None:
    """Faces of another slot have a texture of their own, and loose vertices show nothing."""
    item = vase()
    picture = bpy.data.images.new("Colour", 8, 8)
    for name in ("Body", "Foot"):
        material = bpy.data.materials.new(name)
        item.data.materials.append(material)
        if material.node_tree is None:
            material.use_nodes = True
        if name == "Body":
            tree = material.node_tree
            shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
            node = tree.nodes.new("ShaderNodeTexImage")
            node.image = picture
            tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    item.data.vertices.add(1)
    item.data.vertices[-1].co = (9.0, 9.0, 9.0)
    form.mode = "restore"
    bpy.ops.museum.views_show()
    whole = shown()[0].matrix_world.translation.copy()
    assert (whole - item.location).length < 1.0
    for face in item.data.polygons:
        face.material_index = int(face.center.z > 0.0)
    item.data.update()
    bpy.ops.museum.views_show()
    assert (shown()[0].matrix_world.translation - whole).length > 0.01


def test_shown_again_they_are_replaced_and_removed_they_are_gone(form: Any) -> None:
    vase()
    before = {kind: set(getattr(bpy.data, kind).keys()) for kind in ("objects", "cameras", "collections")}
    with pytest.raises(RuntimeError, match="No views"):
        bpy.ops.museum.views_remove()
    for _ in range(2):
        bpy.ops.museum.views_show()
        assert len(shown()) == 10 and len(bpy.data.cameras) == 10
    assert bpy.ops.museum.views_remove() == {"FINISHED"}
    assert before == {kind: set(getattr(bpy.data, kind).keys()) for kind in before}


def test_the_operator_does_what_the_function_does(form: Any, museum: SimpleNamespace) -> None:
    vase()
    bpy.ops.museum.views_show()
    by_operator = [[list(row) for row in camera.matrix_world] for camera in shown()]
    part(museum, "view_actions").show_views(bpy.context)
    assert np.allclose(by_operator, [[list(row) for row in camera.matrix_world] for camera in shown()], atol=1e-6)


def test_one_undo_takes_them_away(form: Any) -> None:
    vase()
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.museum.views_show("EXEC_DEFAULT", True)
    assert len(shown()) == 10
    bpy.ops.ed.undo()
    assert shown() == [] and "Museum Views" not in bpy.data.collections


def test_what_is_not_known_yet_is_said(form: Any) -> None:
    vase()
    form.schedule = "automatic"
    with pytest.raises(RuntimeError, match="while the texture is made"):
        bpy.ops.museum.views_show()
    form.schedule = "cameras"
    with pytest.raises(RuntimeError, match="scene's cameras are the views"):
        bpy.ops.museum.views_show()
    with pytest.raises(RuntimeError, match="not known"):
        bpy.ops.museum.views_show(source="PAINTED")
    bpy.ops.object.select_all(action="DESELECT")
    with pytest.raises(RuntimeError, match="No mesh is selected"):
        bpy.ops.museum.views_show()


def painted(museum: SimpleNamespace, item: Any, orthographic: bool = False) -> Matrix:
    """The object as a result leaves it, painted by one camera; answers where that stood, world."""
    pose = Matrix.LocRotScale(Vector((3.4, -2.5, 1.6)), Euler((0.9, 0.1, 0.7)), None)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    sent = np.array(pose)
    sent[:3, 3] -= np.array(item.matrix_world.translation)
    sent[:3] = turn @ sent[:3]
    focal = [1000.0, 1000.0] if orthographic else [800.0, 800.0]
    camera = {
        "to_world": sent.tolist(), "width": 640, "height": 480, "focal": focal, "centre": [300.0, 260.0],
        "orthographic": orthographic,
    }  # fmt: skip
    material = bpy.data.materials.new("Painted")
    item.data.materials.append(material)
    origin = tuple(item.matrix_world.translation)
    data = {"views": [{"name": "front right from above", "camera": camera}]}
    part(museum, "scene.evidence_record").keep(material, item, origin, None, data)
    return pose


@pytest.mark.parametrize("orthographic", [False, True])
@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (500, 900)])
def test_a_view_of_a_result_stands_where_it_stood(
    form: Any, museum: SimpleNamespace, size: tuple[int, int], orthographic: bool
) -> None:
    bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = size
    item = vase()
    pose = painted(museum, item, orthographic)
    bpy.ops.museum.views_show(source="PAINTED")
    (camera,) = shown()
    assert np.allclose(camera.matrix_world, pose, atol=1e-5)
    # a point 0.5 m ahead, aside of the axis: where the pinhole of the result puts it
    local = Vector((0.06, 0.04, -0.5, 1.0))
    bpy.context.view_layer.update()
    seen = world_to_camera_view(bpy.context.scene, camera, (pose @ local).to_3d())
    depth, focal = (1.0, 1000.0) if orthographic else (0.5, 800.0)
    x, y = 300.0 + focal * local.x / depth, 260.0 - focal * local.y / depth
    # The scene's frame holds the view's, about the same middle.
    wide, high = size[0] / size[1], 640 / 480
    expected = ((x / 640 - 0.5) * (1.0 if wide < high else high / wide) + 0.5,
                (0.5 - y / 480) * (wide / high if wide < high else 1.0) + 0.5)  # fmt: skip
    assert (seen.x, seen.y) == pytest.approx(expected, abs=1e-5)


def test_the_views_go_with_the_object(form: Any, museum: SimpleNamespace) -> None:
    item = vase()
    pose = painted(museum, item)
    moved = Matrix.LocRotScale(Vector((1.0, 2.0, 0.0)), Euler((0.0, 0.0, 1.0)), None)
    item.matrix_world = moved @ item.matrix_world
    bpy.context.view_layer.update()
    bpy.ops.museum.views_show(source="PAINTED")
    assert np.allclose(shown()[0].matrix_world, moved @ pose, atol=1e-5)


@pytest.mark.parametrize("views", [None, "front", [{"name": "front"}], [{"camera": {"to_world": [[1.0]]}}], [7]])
def test_odd_answers_leave_the_texture_without_views(museum: SimpleNamespace, views: Any) -> None:
    item = vase()
    material = bpy.data.materials.new("Odd")
    item.data.materials.append(material)
    record = part(museum, "scene.evidence_record")
    record.keep(material, item, (0.0, 0.0, 0.0), None, {"views": views})
    assert record.views(material) == () and record.shares(material) is None
    material["museum_views"], material["museum_shares"] = json.dumps({"views": [1]}), "[]"
    assert record.views(material) == () and record.shares(material) is None
