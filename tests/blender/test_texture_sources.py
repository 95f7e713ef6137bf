"""What is sent to have a mesh textured: the surface as it is seen, pictures however they are kept, and cameras."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


@pytest.fixture
def scene_part(museum: SimpleNamespace) -> Any:
    """Modules of the extension's scene package, by name."""
    return lambda name: import_module(f"{museum.package}.museum_addon.scene.{name}")


def add(name: str, primitive: str = "cube", **arguments: Any) -> Any:
    getattr(bpy.ops.mesh, f"primitive_{primitive}_add")(**arguments)
    item = bpy.context.active_object
    item.name = name
    return item


def volume(corners: np.ndarray) -> float:
    faces = corners.reshape(-1, 3, 3).astype(np.float64)
    return float(np.einsum("ij,ij->i", faces[:, 0], np.cross(faces[:, 1], faces[:, 2])).sum() / 6)


def test_the_surface_is_what_modifiers_and_keys_make_of_it(scene_part: Any) -> None:
    item = add("Box", size=1.0)
    item.shape_key_add(name="Basis")
    tall = item.shape_key_add(name="Tall")
    for point in tall.data:
        point.co.z *= 3.0
    tall.value = 0.5
    surface = scene_part("evaluated").surface_of(bpy.context, item, "UVMap")
    assert volume(surface.triangles.positions) == pytest.approx(2.0, rel=1e-5) and surface.same_faces
    item.modifiers.new("Array", "ARRAY").count = 2
    surface = scene_part("evaluated").surface_of(bpy.context, item, "UVMap")
    assert volume(surface.triangles.positions) == pytest.approx(4.0, rel=1e-5) and not surface.same_faces
    assert len(surface.triangles.uv) == len(surface.triangles.positions) == 72


def test_a_mirrored_object_stays_outward_and_far_places_stay_exact(scene_part: Any) -> None:
    item = add("Box", size=0.1, location=(4000.0, -7000.0, 20.0))
    item.scale.x = -1.0
    bpy.context.view_layer.update()
    surface = scene_part("evaluated").surface_of(bpy.context, item, "UVMap")
    assert volume(surface.triangles.positions) == pytest.approx(0.001, rel=1e-5)
    assert np.abs(surface.triangles.positions).max() == pytest.approx(0.05, rel=1e-6)


def test_weights_are_those_of_the_evaluated_vertices(scene_part: Any) -> None:
    item = add("Box", size=1.0)
    top = [vertex.index for vertex in item.data.vertices if vertex.co.z > 0]
    item.vertex_groups.new(name="Top").add(top, 1.0, "REPLACE")
    modifier = item.modifiers.new("Cut", "SUBSURF")
    modifier.subdivision_type, modifier.levels = "SIMPLE", 2
    surface = scene_part("evaluated").surface_of(bpy.context, item, "UVMap", group="Top")
    heights = surface.triangles.positions[:, 2] + 0.5
    assert np.abs(surface.weights - heights).max() < 1e-5
    with pytest.raises(Exception, match="no vertex group “Other”"):
        scene_part("evaluated").surface_of(bpy.context, item, "UVMap", group="Other")


def test_what_hides_an_object_is_all_else_that_is_visible(scene_part: Any) -> None:
    item = add("Target", size=1.0)
    add("Wall", size=2.0, location=(5.0, 0.0, 0.0))
    add("Hidden", size=2.0).hide_set(True)
    cutter = add("Cutter", size=2.0)
    cutter.display_type = "WIRE"
    add("Instanced", size=0.5, location=(0.0, 3.0, 0.0))
    collection = bpy.data.collections.new("Row")
    collection.objects.link(bpy.data.objects["Instanced"])
    for index in range(2):
        empty = bpy.data.objects.new(f"Place {index}", None)
        empty.instance_type, empty.instance_collection = "COLLECTION", collection
        empty.location.z = 1.0 + index
        bpy.context.scene.collection.objects.link(empty)
    bpy.context.view_layer.update()
    hiding = scene_part("evaluated").others(bpy.context, item)
    assert volume(hiding.positions) == pytest.approx(8.0 + 3 * 0.125, rel=1e-5)
    flat = hiding.positions.reshape(-1, 3, 3)
    assert flat[..., 0].max() == pytest.approx(6.0) and flat[..., 2].max() == pytest.approx(2.25)
    for other in [thing for thing in bpy.data.objects if thing != item]:
        bpy.data.objects.remove(other)
    bpy.context.view_layer.update()
    assert scene_part("evaluated").others(bpy.context, item) is None


CAMERAS = [
    {}, {"lens": 85.0, "shift_x": 0.13, "shift_y": -0.2}, {"sensor_fit": "VERTICAL", "sensor_height": 20.0},
    {"sensor_fit": "HORIZONTAL", "shift_y": 0.3}, {"type": "ORTHO", "ortho_scale": 3.0, "shift_x": 0.1},
]  # fmt: skip


@pytest.mark.parametrize("settings", CAMERAS)
@pytest.mark.parametrize("size", [(1920, 1080), (600, 1000)])
def test_cameras_see_what_blender_s_see(scene_part: Any, settings: dict[str, Any], size: tuple[int, int]) -> None:
    """Against Blender's own ``world_to_camera_view``."""
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    data = bpy.data.cameras.new("Camera")
    for name, value in settings.items():
        setattr(data, name, value)
    camera = bpy.data.objects.new("Camera", data)
    camera.location, camera.rotation_euler, camera.scale = (3.0, -4.0, 2.0), (1.1, 0.2, 0.6), (2.0, 2.0, 2.0)
    scene = bpy.context.scene
    scene.collection.objects.link(camera)
    scene.render.resolution_x, scene.render.resolution_y = size
    bpy.context.view_layer.update()
    sent = scene_part("cameras").view_json(bpy.context, camera, (0.5, 1.0, -2.0), 1000)
    assert max(sent["width"], sent["height"]) == 1000
    points = np.random.default_rng(4).uniform(-1.0, 1.0, (40, 3))
    world = np.array(sent["to_world"])
    local = (((points - (0.5, 1.0, -2.0)) @ Y_UP.T) - world[:3, 3]) @ world[:3, :3]
    scale = 1.0 if sent["orthographic"] else -local[:, 2]
    x = sent["centre"][0] + sent["focal"][0] * local[:, 0] / scale
    y = sent["centre"][1] - sent["focal"][1] * local[:, 1] / scale
    expected = np.array([world_to_camera_view(scene, camera, Vector(point)) for point in points])
    assert np.abs(x / sent["width"] - expected[:, 0]).max() < 1e-5
    assert np.abs(1.0 - y / sent["height"] - expected[:, 1]).max() < 1e-5


def test_cameras_that_cannot_be_sent_say_why(scene_part: Any) -> None:
    data = bpy.data.cameras.new("Round")
    data.type = "PANO"
    camera = bpy.data.objects.new("Round", data)
    bpy.context.scene.collection.objects.link(camera)
    with pytest.raises(Exception, match="“Round” is panoramic"):
        scene_part("cameras").view_json(bpy.context, camera, (0.0, 0.0, 0.0), 512)
    data.type, camera.scale.x = "PERSP", -1.0
    bpy.context.view_layer.update()
    with pytest.raises(Exception, match="mirrored"):
        scene_part("cameras").view_json(bpy.context, camera, (0.0, 0.0, 0.0), 512)


def noise(size: int = 16, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 4), dtype=np.uint8) | np.array(
        [0, 0, 0, 255], np.uint8
    )


def painted(values: np.ndarray, **arguments: Any) -> Any:
    image = bpy.data.images.new("Picture", values.shape[1], values.shape[0], alpha=True, **arguments)
    image.pixels.foreach_set((values[::-1].astype(np.float32) / np.float32(255.0)).ravel())
    image.update()
    return image


def read_back(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    size = image.size[1], image.size[0]
    bpy.data.images.remove(image)
    return np.rint(255 * values.reshape(*size, -1)[::-1]).astype(np.uint8)


def laid(picture: Any, folder: Path) -> Path:
    """The file of a picture on its way, written when it has to be."""
    if picture.path is not None:
        return Path(picture.path)
    path = folder / f"written{picture.suffix}"
    picture.write(path)
    return path


@pytest.mark.parametrize("kept", ["never saved", "saved", "saved and painted", "packed", "packed and painted"])
def test_pictures_are_sent_as_the_user_sees_them(scene_part: Any, tmp_path: Path, kept: str) -> None:
    values = noise()
    image = painted(values)
    if kept != "never saved":
        image.filepath_raw, image.file_format = str(tmp_path / "saved.png"), "PNG"
        image.save()
    if "packed" in kept:
        image.pack()
        (tmp_path / "saved.png").unlink()
    if "painted" in kept:
        values = noise(seed=6)
        image.pixels.foreach_set((values[::-1].astype(np.float32) / np.float32(255.0)).ravel())
    found = scene_part("pictures").pictures_of(image, tmp_path / "spool")
    assert (found.size, found.tiled, list(found.tiles)) == (16, False, [1001])
    assert (found.tiles[1001].path is not None) == (kept == "saved")
    assert np.array_equal(read_back(laid(found.tiles[1001], tmp_path)), values)


@pytest.mark.parametrize("kept", ["saved", "painted", "packed"])
def test_tiles_are_sent_each_for_itself(scene_part: Any, tmp_path: Path, kept: str) -> None:
    tiles = {1001: noise(seed=1), 1002: noise(seed=2)}
    for number, values in tiles.items():
        single = painted(values)
        single.filepath_raw, single.file_format = str(tmp_path / f"scan.{number}.png"), "PNG"
        single.save()
    pictures = scene_part("pictures")
    files = {number: tmp_path / f"scan.{number}.png" for number in tiles}
    image = pictures.load(files, "Scan", "sRGB", tmp_path / "textures")
    assert image.source == "TILED" and [tile.number for tile in image.tiles] == [1001, 1002]
    if kept == "packed":
        image.pack()
        shutil.rmtree(tmp_path / "textures")
    if kept == "painted":
        tiles[1001] = noise(seed=7)
        image.pixels.foreach_set((tiles[1001][::-1].astype(np.float32) / np.float32(255.0)).ravel())
    found = pictures.pictures_of(image, tmp_path / "spool")
    assert found.tiled and sorted(found.tiles) == [1001, 1002]
    for number, values in tiles.items():
        assert np.array_equal(read_back(laid(found.tiles[number], tmp_path)), values)
    assert image.is_dirty == (kept == "painted")


def test_names_of_kept_files_are_plain_and_never_taken_twice(scene_part: Any, tmp_path: Path) -> None:
    free = scene_part("pictures").free_stem
    assert free(tmp_path, "Büste/Kopf: Base Color") == "Büste_Kopf_ Base Color"
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "A 2.1001.png").write_bytes(b"")
    assert free(tmp_path, "a") == "a 3"
    assert free(tmp_path, "///") == "texture"


def test_pictures_that_cannot_be_used_say_why(scene_part: Any, tmp_path: Path) -> None:
    pictures = scene_part("pictures")
    with pytest.raises(Exception, match="16 × 8; it must be square"):
        pictures.pictures_of(painted(noise()[:8]), tmp_path)
    lost = bpy.data.images.new("Lost", 4, 4)
    lost.source, lost.filepath = "FILE", str(tmp_path / "nowhere.png")
    with pytest.raises(Exception, match="“Lost” cannot be used"):
        pictures.pictures_of(lost, tmp_path)


def test_the_texture_is_found_behind_other_nodes_and_exchanged_there(scene_part: Any) -> None:
    base_colour = scene_part("base_colour")
    material = bpy.data.materials.new("Deep")
    if material.node_tree is None:  # from Blender 5 on there always is one
        material.use_nodes = True
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    gamma, picture = tree.nodes.new("ShaderNodeGamma"), tree.nodes.new("ShaderNodeTexImage")
    picture.image = painted(noise())
    tree.links.new(picture.outputs["Color"], gamma.inputs["Color"])
    tree.links.new(gamma.outputs["Color"], shader.inputs["Base Color"])
    found = base_colour.base_colour(material)
    assert found.image == picture.image and found.plain and found.uv == ""
    mapping = tree.nodes.new("ShaderNodeMapping")
    tree.links.new(mapping.outputs["Vector"], picture.inputs["Vector"])
    assert not base_colour.base_colour(material).plain
    image = painted(noise(seed=9))
    made = base_colour.with_picture(material, None, image, "UVMap", "Deep painted")
    assert base_colour.base_colour(made) == base_colour.BaseColour(image, "UVMap", True)
    assert base_colour.base_colour(material).image == found.image
    plain = base_colour.with_picture(None, None, image, "UVMap", "Plain")
    assert base_colour.base_colour(plain).image == image
    assert base_colour.base_colour(None) is None
