"""Materials for selected meshes, from the panel's form to the object, with the real backend."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

Pump = Callable[[Callable[[], bool]], None]
PROMPT = "bronze with malachite patina, worn edges"


def add(name: str, primitive: str = "cube", **arguments: Any) -> Any:
    getattr(bpy.ops.mesh, f"primitive_{primitive}_add")(**arguments)
    item = bpy.context.active_object
    item.name = name
    return item


def select(*items: Any) -> None:
    bpy.ops.object.select_all(action="DESELECT")
    for item in items:
        item.select_set(True)
    bpy.context.view_layer.objects.active = items[0]


def apply(pump: Pump, *items: Any, prompt: str = PROMPT, unwrap: str = "auto") -> list[str]:
    select(*items)
    form = bpy.context.scene.museum.material
    form.prompt, form.texture_size, form.random_seed, form.seed, form.unwrap = prompt, "512", False, 3, unwrap
    jobs = bpy.context.scene.museum.jobs
    before = {row.name for row in jobs}
    assert bpy.ops.museum.material() == {"FINISHED"}
    keys = [row.name for row in jobs if row.name not in before]

    def arrived() -> bool:
        for key in keys:
            assert jobs[key].state != "failed", (jobs[key].error, jobs[key].fix)
            assert not jobs[key].error, (jobs[key].error, jobs[key].fix)
        return all(jobs[key].imported for key in keys)

    pump(arrived)
    return keys


def image_of(material: Any, socket: str) -> Any:
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    node = shader.inputs[socket].links[0].from_node
    while node.type != "TEX_IMAGE":
        node = node.inputs["Color"].links[0].from_node
    return node.image


def pixels(image: Any) -> np.ndarray:
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], -1)


def uv_of(item: Any, name: str) -> np.ndarray:
    values = np.empty(2 * len(item.data.loops), dtype=np.float32)
    item.data.uv_layers[name].uv.foreach_get("vector", values)
    return values.reshape(-1, 2)


def test_a_mesh_with_coordinates_keeps_them_and_gets_all_maps(museum: SimpleNamespace, pump: Pump) -> None:
    item = add("Cylinder", "cylinder", radius=0.1, depth=0.3)
    before = uv_of(item, "UVMap").copy()
    apply(pump, item, unwrap="keep")
    assert np.array_equal(uv_of(item, "UVMap"), before)
    material = item.material_slots[0].material
    assert [node.uv_map for node in material.node_tree.nodes if node.type == "UVMAP"] == ["UVMap"]
    colour = image_of(material, "Base Color")
    assert tuple(colour.size) == (512, 512) and colour.packed_file is not None
    assert colour.colorspace_settings.name == "sRGB"
    assert image_of(material, "Roughness").colorspace_settings.name == "Non-Color"
    assert image_of(material, "Normal").colorspace_settings.name == "Non-Color"
    assert pixels(colour)[..., :3].std() > 0.02
    statement = json.loads(material["museum_paradata"])
    assert statement["task"] == "texture" and statement["prompt"] == PROMPT


def test_a_mesh_without_coordinates_gets_some_that_do_not_overlap(museum: SimpleNamespace, pump: Pump) -> None:
    item = add("Bare", "ico_sphere", subdivisions=3, radius=0.2)
    while item.data.uv_layers:
        item.data.uv_layers.remove(item.data.uv_layers[0])
    apply(pump, item)
    uv = uv_of(item, "Museum").reshape(-1, 3, 2)
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    areas = 0.5 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    assert (areas > 0).all() and areas.sum() < 1.0 and uv.min() > 0.0 and uv.max() < 1.0


def test_polygons_with_many_corners_are_not_cut(museum: SimpleNamespace, pump: Pump) -> None:
    """The cap of a cylinder is one polygon: its corners keep their distances in the new UV map."""
    item = add("Prism", "cylinder", vertices=12, radius=0.1, depth=0.2)
    apply(pump, item, unwrap="new")
    cap = max(item.data.polygons, key=lambda polygon: len(polygon.vertices))
    uv = uv_of(item, "Museum")[list(cap.loop_indices)]
    places = np.array([item.data.vertices[v].co for v in cap.vertices])
    ratios = np.linalg.norm(uv - np.roll(uv, 1, 0), axis=1) / np.linalg.norm(places - np.roll(places, 1, 0), axis=1)
    assert ratios.max() / ratios.min() < 1.05


def test_several_objects_each_get_their_own(museum: SimpleNamespace, pump: Pump) -> None:
    items = [add("One", size=0.2), add("Two", size=0.3), add("Three", "uv_sphere", radius=0.1)]
    assert len(apply(pump, *items)) == 3
    assert len({item.material_slots[0].material.name for item in items}) == 3


def test_what_an_object_had_before_comes_back(museum: SimpleNamespace, pump: Pump) -> None:
    item = add("Scan")
    photographed, base = bpy.data.materials.new("Photographed"), bpy.data.materials.new("Base")
    item.data.materials.append(photographed)
    item.data.materials.append(base)
    apply(pump, item)
    apply(pump, item, prompt="white marble")
    assert all(slot.material not in (photographed, base) for slot in item.material_slots)
    select(item)
    bpy.ops.museum.material_restore()
    assert "Bronze" in item.material_slots[0].material.name
    bpy.ops.museum.material_restore()
    assert [slot.material for slot in item.material_slots] == [photographed, base]
    with pytest.raises(RuntimeError, match="a material was applied to"):
        bpy.ops.museum.material_restore()


def test_a_mesh_that_was_changed_meanwhile_is_left_alone(museum: SimpleNamespace, pump: Pump) -> None:
    item = add("Changed")
    select(item)
    form = bpy.context.scene.museum.material
    form.prompt, form.texture_size = PROMPT, "512"
    bpy.ops.museum.material()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.subdivide()
    bpy.ops.object.mode_set(mode="OBJECT")
    row = bpy.context.scene.museum.jobs[0]
    pump(lambda: bool(row.error))
    assert "have changed" in row.error and row.fix
    assert not item.material_slots


def test_a_deleted_object_is_named(museum: SimpleNamespace, pump: Pump) -> None:
    item = add("Gone")
    select(item)
    form = bpy.context.scene.museum.material
    form.prompt, form.texture_size = PROMPT, "512"
    bpy.ops.museum.material()
    bpy.data.objects.remove(item)
    row = bpy.context.scene.museum.jobs[0]
    pump(lambda: bool(row.error))
    assert "Gone" in row.error


def test_a_renamed_object_is_found(museum: SimpleNamespace, pump: Pump) -> None:
    item = add("Before")
    select(item)
    form = bpy.context.scene.museum.material
    form.prompt, form.texture_size = PROMPT, "512"
    bpy.ops.museum.material()
    item.name = "After"
    row = bpy.context.scene.museum.jobs[0]
    pump(lambda: row.imported or bool(row.error))
    assert not row.error and item.material_slots[0].material is not None


def test_a_job_that_was_never_taken_is_sent_again_with_its_mesh(museum: SimpleNamespace, pump: Pump) -> None:
    item = add("Again")
    row = bpy.context.scene.museum.jobs[apply(pump, item)[0]]
    uploads = Path(museum.preferences.data_folder(bpy.context)) / "uploads"
    (uploads / f"{row.name}.glb").rename(uploads / "another.glb")
    row.request = row.request.replace(row.name, "another")
    row.name, row.job_id, row.state, row.imported = "another", "", "failed", False
    assert bpy.ops.museum.job_retry(key=row.name) == {"FINISHED"}
    pump(lambda: row.imported or bool(row.error))
    assert not row.error


def test_faces_with_nothing_in_them_say_what_to_do(museum: SimpleNamespace) -> None:
    mesh = bpy.data.meshes.new("Empty")
    item = bpy.data.objects.new("Empty", mesh)
    bpy.context.scene.collection.objects.link(item)
    select(item)
    bpy.context.scene.museum.material.prompt = PROMPT
    with pytest.raises(RuntimeError, match="has no faces"):
        bpy.ops.museum.material()
    assert not bpy.context.scene.museum.jobs


def test_ageing_can_be_added_and_taken_away(museum: SimpleNamespace, pump: Pump) -> None:
    layers = bpy.context.scene.museum.material.ageing
    bpy.ops.museum.ageing_add(kind="dust")
    bpy.ops.museum.ageing_add(kind="dust")
    assert [layer.kind for layer in layers] == ["dust"]
    layers[0].amount = 1.0
    item = add("Dusty", "uv_sphere", radius=0.2)
    dusty = pixels(image_of(item_material(pump, item), "Base Color")).copy()
    bpy.ops.museum.ageing_remove(kind="dust")
    assert not len(layers)
    clean = pixels(image_of(item_material(pump, item), "Base Color"))
    assert np.abs(dusty - clean).mean() > 0.01


def item_material(pump: Pump, item: Any) -> Any:
    apply(pump, item)
    return item.material_slots[0].material


def test_size_and_orientation_are_those_in_the_world(museum: SimpleNamespace) -> None:
    item = add("Turned", size=1.0)
    item.scale, item.rotation_euler = (-0.2, 0.3, 0.5), (0.3, 0.2, 0.1)
    bpy.context.view_layer.update()
    meshes = import_module(f"{museum.package}.museum_addon.scene.meshes")
    sent = meshes.triangles_of(item)
    corners = sent.positions.reshape(-1, 3, 3)
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume == pytest.approx(0.2 * 0.3 * 0.5, rel=1e-5)  # positive: outward although mirrored
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    assert np.allclose(sent.normals.reshape(-1, 3, 3), flat[:, None], atol=1e-5)


def test_undo_takes_the_material_off_and_leaves_the_job(museum: SimpleNamespace, pump: Pump) -> None:
    item = add("Undone")
    bpy.data.materials.new("Own")
    item.data.materials.append(bpy.data.materials["Own"])
    bpy.ops.ed.undo_push(message="Before")
    apply(pump, item, unwrap="new")
    assert bpy.data.objects["Undone"].active_material.name != "Own"
    bpy.ops.ed.undo()
    item = bpy.data.objects["Undone"]
    assert item.active_material.name == "Own" and "museum_former_materials" not in item
    assert "Museum" not in item.data.uv_layers
    (row,) = bpy.context.scene.museum.jobs
    assert row.state == "succeeded"
    bpy.ops.ed.redo()
    assert "Bronze" in bpy.data.objects["Undone"].active_material.name
    assert len(bpy.context.scene.museum.jobs) == 1


def test_an_object_says_where_its_material_comes_from(museum: SimpleNamespace, pump: Pump) -> None:
    texturing = import_module(f"{museum.package}.museum_addon.scene.texturing")
    item = add("Stated")
    assert texturing.statement_of(item) == {} == texturing.statement_of(None)
    apply(pump, item)
    assert texturing.statement_of(item)["prompt"] == PROMPT
    item.active_material["museum_paradata"] = "of something else"
    assert texturing.statement_of(item) == {}
