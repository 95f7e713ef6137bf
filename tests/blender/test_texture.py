"""Textures for selected meshes, from the panel's form to the object, with the real backend."""

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
SIZE = 512


@pytest.fixture
def form(museum: SimpleNamespace) -> Any:
    """The Texture panel's form, set for small pictures."""
    form = bpy.context.scene.museum.texture
    form.texture_size, form.view_size, form.view_count = str(SIZE), "512", 3
    form.random_seed, form.seed = False, 3
    return form


def sphere(name: str = "Scan", **arguments: Any) -> Any:
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.1, segments=24, ring_count=12, **arguments)
    item = bpy.context.active_object
    item.name = name
    return item


def select(*items: Any) -> None:
    bpy.ops.object.select_all(action="DESELECT")
    for item in items:
        item.select_set(True)
    bpy.context.view_layer.objects.active = items[0]


def stripes() -> np.ndarray:
    """(R, R, 4) in 0..1, from the lowest row up: brown stripes along u and v."""
    v, u = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    wave = 0.5 + 0.25 * np.sin(40 * u) + 0.2 * np.sin(30 * v)
    values = np.stack([wave, 0.7 * wave, 0.4 * wave, np.ones_like(wave)], axis=2)
    return (np.rint(255 * values) / 255).astype(np.float32)


def image_with(values: np.ndarray, name: str = "Colour", **arguments: Any) -> Any:
    image = bpy.data.images.new(name, values.shape[1], values.shape[0], alpha=True, **arguments)
    image.pixels.foreach_set(values.ravel())
    image.update()
    return image


def hole() -> np.ndarray:
    """(R, R) which texels are missing, from the lowest row up."""
    v, u = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    return (np.hypot(u - 0.4, v - 0.5) < 0.08) | (np.hypot(u - 0.7, v - 0.55) < 0.05)


def mask_image(where: np.ndarray) -> Any:
    values = np.repeat(where.astype(np.float32)[..., None], 4, axis=2)
    values[..., 3] = 1.0
    return image_with(values, "Mask")


def textured(item: Any, image: Any, name: str = "Photographed") -> Any:
    """Give the object a material whose base colour is the image, and whose roughness is another."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # from Blender 5 on there always is one
        material.use_nodes = True
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    for socket, picture in (("Base Color", image), ("Roughness", image_with(stripes(), "Rough"))):
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = picture
        tree.links.new(node.outputs["Color"], shader.inputs[socket])
    item.data.materials.append(material)
    return material


def run(pump: Pump, *items: Any) -> list[str]:
    """Press the button, and wait for the results."""
    select(*items)
    jobs = bpy.context.scene.museum.jobs
    before = {row.name for row in jobs}
    assert bpy.ops.museum.texture() == {"FINISHED"}
    keys = [row.name for row in jobs if row.name not in before]

    def arrived() -> bool:
        for key in keys:
            assert jobs[key].state != "failed" and not jobs[key].error, (jobs[key].error, jobs[key].fix)
        return all(jobs[key].imported for key in keys)

    pump(arrived)
    return keys


def image_of(material: Any, socket: str = "Base Color") -> Any:
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    return shader.inputs[socket].links[0].from_node.image


def bytes_of(image: Any) -> np.ndarray:
    """(H, W, C) 0..255 from the lowest row up."""
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    return np.rint(255 * values).astype(np.int64).reshape(image.size[1], image.size[0], -1)


def part(museum: SimpleNamespace, name: str) -> Any:
    return import_module(f"{museum.package}.museum_addon.{name}")


def restoring(form: Any, item: Any) -> Any:
    """A scan with a hole in its texture, and the form set to restore it. Answers the texture."""
    image = image_with(stripes())
    textured(item, image)
    form.mode, form.missing, form.mask = "restore", "mask", mask_image(hole())
    return image


def state_of(item: Any) -> dict[str, Any]:
    """Everything of an object that a texture must leave alone."""

    def values(items: Any, name: str, width: int) -> list[float]:
        found = np.empty(len(items) * width, dtype=np.float32)
        items.foreach_get(name, found)
        return found.tolist()

    mesh = item.data
    keys = mesh.shape_keys.key_blocks if mesh.shape_keys else []
    return {
        "matrix": [list(row) for row in item.matrix_world],
        "vertices": values(mesh.vertices, "co", 3),
        "normals": values(mesh.corner_normals, "vector", 3),
        "custom normals": mesh.has_custom_normals,
        "uv": {layer.name: values(layer.uv, "vector", 2) for layer in mesh.uv_layers},
        "uv flags": [(layer.name, layer.active, layer.active_render) for layer in mesh.uv_layers],
        "groups": [group.name for group in item.vertex_groups],
        "weights": [[(entry.group, entry.weight) for entry in vertex.groups] for vertex in mesh.vertices],
        "keys": [(key.name, key.value, values(key.data, "co", 3)) for key in keys],
        "modifiers": [(m.name, m.type, m.show_viewport) for m in item.modifiers],
        "attributes": sorted((a.name, a.data_type, a.domain) for a in mesh.attributes),
        "slots": len(item.material_slots),
        "polygons": [(p.material_index, p.use_smooth, list(p.vertices)) for p in mesh.polygons],
    }


def material_state(material: Any) -> list[Any]:
    tree = material.node_tree
    nodes = [(n.name, n.type, n.image.name if n.type == "TEX_IMAGE" and n.image else "") for n in tree.nodes]
    return [material.name, sorted(nodes), sorted((link.from_node.name, link.to_socket.name) for link in tree.links)]


def laden(item: Any) -> None:
    """Give the object all that artists give: groups, keys, modifiers, custom normals, a second UV map, a pose."""
    item.vertex_groups.new(name="Handle").add(list(range(0, 40)), 0.7, "REPLACE")
    item.shape_key_add(name="Basis")
    bent = item.shape_key_add(name="Bent")
    for point in bent.data:
        point.co.z += 0.3 * point.co.x**2
    bent.value = 0.5
    item.data.uv_layers.new(name="Second")
    item.data.normals_split_custom_set([(0.0, 0.0, 1.0)] * len(item.data.loops))
    bone = bpy.data.objects.new("Pose", bpy.data.lattices.new("Pose"))
    bpy.context.scene.collection.objects.link(bone)
    bone.scale = (0.5, 0.5, 0.5)
    bone.data.points[0].co_deform.x -= 0.2
    item.modifiers.new("Lattice", "LATTICE").object = bone
    item.modifiers.new("Subdivision", "SUBSURF").levels = 1
    item.location, item.rotation_euler, item.scale = (3.0, -2.0, 1.0), (0.3, 0.5, -0.2), (1.0, 1.5, 0.8)
    bpy.context.view_layer.update()


def test_what_is_missing_is_painted_and_the_rest_stays_bit_for_bit(form: Any, pump: Pump) -> None:
    item = sphere()
    image = restoring(form, item)
    old = item.active_material
    before, given = material_state(old), bytes_of(image)
    run(pump, item)
    new = item.active_material
    assert new != old and material_state(old) == before and old.use_fake_user
    assert np.array_equal(bytes_of(image), given)
    made = bytes_of(image_of(new))
    assert made.shape[:2] == (SIZE, SIZE)
    kept = ~hole()
    evidence = bytes_of(bpy.data.images[new["museum_evidence"]])
    charts = kept & (evidence[..., 0] != 64)
    assert charts.mean() > 0.8 and np.array_equal(made[charts][:, :3], given[charts][:, :3])
    inside = hole() & (evidence[..., 0] == 128)
    assert inside.mean() > 0.01
    assert image_of(new, "Roughness") == image_of(old, "Roughness")
    statement = json.loads(new["museum_paradata"])
    assert (statement["task"], statement["engine"]["name"]) == ("texture", "text2tex")
    assert {entry["role"] for entry in statement["inputs"]} == {"mesh", "texture", "mask"}


def test_the_object_itself_is_left_as_it_was(form: Any, pump: Pump) -> None:
    item = sphere()
    laden(item)
    restoring(form, item)
    before = state_of(item)
    run(pump, item)
    after = state_of(item)
    assert [name for name in before if before[name] != after[name]] == []
    assert item.active_material["museum_source"] == "generated"


def test_one_undo_takes_it_back(form: Any, pump: Pump) -> None:
    item = sphere("Undone")
    restoring(form, item)
    bpy.ops.ed.undo_push(message="Before")
    images = set(bpy.data.images.keys())
    run(pump, item)
    bpy.ops.ed.undo()
    item = bpy.data.objects["Undone"]
    assert item.active_material.name == "Photographed" and "museum_former_materials" not in item
    assert set(bpy.data.images.keys()) == images
    (row,) = bpy.context.scene.museum.jobs
    assert row.state == "succeeded"


def test_before_and_after_are_compared_and_it_is_reverted(form: Any, pump: Pump) -> None:
    item = sphere()
    restoring(form, item)
    old = item.active_material
    run(pump, item)
    new = item.active_material
    assert bpy.ops.museum.texture_compare() == {"FINISHED"}
    assert item.active_material == old and new.use_fake_user
    assert bpy.ops.museum.texture_compare() == {"FINISHED"}
    assert item.active_material == new and not new.use_fake_user
    bpy.ops.museum.texture_compare()
    assert bpy.ops.museum.material_restore() == {"FINISHED"}
    assert item.active_material == old and "museum_compared_materials" not in item
    with pytest.raises(RuntimeError, match="a material was applied to"):
        bpy.ops.museum.texture_compare()


def test_a_vertex_group_says_where(form: Any, pump: Pump) -> None:
    item = sphere()
    textured(item, image_with(stripes()))
    top = [vertex.index for vertex in item.data.vertices if vertex.co.z > 0.06]
    item.vertex_groups.new(name="Lost").add(top, 1.0, "REPLACE")
    form.mode, form.missing, form.group = "restore", "group", "Lost"
    run(pump, item)
    evidence = bytes_of(bpy.data.images[item.active_material["museum_evidence"]])[..., 0]
    chart, painted = ~np.isin(evidence, (0, 64)), np.isin(evidence, (128, 192))
    # On Blender's sphere v goes from pole to pole by angle: z = -r cos(pi v).
    z = -0.1 * np.cos(np.pi * (np.arange(SIZE) + 0.5) / SIZE)
    assert painted[z > 0.075].sum() > 0.95 * chart[z > 0.075].sum() > 0 and not painted[z < 0.04].any()


@pytest.mark.parametrize("source", ["alpha", "key_colour", "evidence"])
def test_the_texture_itself_says_where(form: Any, pump: Pump, source: str) -> None:
    item = sphere()
    values = stripes()
    if source == "alpha":
        values[hole()] = 0.0
    elif source == "key_colour":
        values[hole()] = (1.0, 0.0, 1.0, 1.0)
    material = textured(item, image_with(values))
    if source == "evidence":
        known = np.ones((SIZE, SIZE, 4), dtype=np.float32)
        known[hole(), 0] = 0.0
        material["museum_evidence"] = image_with(known, "Evidence").name
    form.mode, form.missing = "restore", source
    run(pump, item)
    evidence = bytes_of(bpy.data.images[item.active_material["museum_evidence"]])
    painted = np.isin(evidence[..., 0], (128, 192))
    assert painted[hole()].mean() > 0.9 and painted[~hole()].mean() < 0.01
    assert (bytes_of(image_of(item.active_material))[hole()] != (255, 0, 255, 255)).any(axis=1).mean() > 0.99


def test_words_paint_a_bare_mesh_over_a_new_map(form: Any, pump: Pump) -> None:
    item = sphere()
    before = state_of(item)
    form.mode, form.prompt, form.unwrap = "generate", "bronze with malachite patina", "new"
    run(pump, item)
    after = state_of(item)
    assert after["uv"].keys() - before["uv"].keys() == {"Museum"}
    assert after["uv"]["UVMap"] == before["uv"]["UVMap"]
    assert [flags for flags in after["uv flags"] if flags[0] != "Museum"] == before["uv flags"]
    nodes = item.active_material.node_tree.nodes
    assert [node.uv_map for node in nodes if node.type == "UVMAP"] == ["Museum"]
    made = bytes_of(image_of(item.active_material))
    assert made.shape[:2] == (SIZE, SIZE) and made[..., :3].std() > 3
    bpy.ops.museum.material_restore()
    assert not item.material_slots


def test_a_photograph_comes_to_lie_where_its_camera_saw_it(form: Any, pump: Pump) -> None:
    """A square of 20 cm seen straight on: its texture is the photograph's middle."""
    bpy.ops.mesh.primitive_plane_add(size=0.2, location=(1.0, 2.0, 0.5))
    item = bpy.context.active_object
    data = bpy.data.cameras.new("Photo")
    data.type, data.ortho_scale = "ORTHO", 0.4
    camera = bpy.data.objects.new("Photo", data)
    camera.location = (1.0, 2.0, 1.5)
    bpy.context.scene.collection.objects.link(camera)
    v, u = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    photograph = np.stack([u, v, np.full_like(u, 0.25), np.ones_like(u)], axis=2).astype(np.float32)
    background = data.background_images.new()
    background.image, background.frame_method = image_with(photograph, "Photograph"), "FIT"
    bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = 1000
    data.show_background_images = True
    bpy.context.view_layer.update()
    form.mode = "project"
    run(pump, item)
    made = bytes_of(image_of(item.active_material))[..., :3]
    expected = np.stack([0.25 + 0.5 * u, 0.25 + 0.5 * v, np.full_like(u, 0.25)], axis=2) * 255
    inner = slice(SIZE // 10, -SIZE // 10)
    assert np.abs(made[inner, inner] - expected[inner, inner]).max() < 3.0


def test_only_faces_with_the_texture_are_painted(form: Any, pump: Pump) -> None:
    """Scans come in several pages: each has its own picture over the same coordinates."""
    item = sphere()
    image = restoring(form, item)
    other = textured(item, image_with(stripes(), "Second page"), "Second page")
    for polygon in item.data.polygons[len(item.data.polygons) // 2 :]:
        polygon.material_index = 1
    run(pump, item)
    assert item.material_slots[1].material == other
    assert image_of(item.material_slots[0].material) not in (image, None)
    bpy.ops.museum.material_restore()
    assert image_of(item.material_slots[0].material) == image


def test_a_texture_of_several_tiles_is_restored_in_the_tile_where_it_is_missing(
    museum: SimpleNamespace, form: Any, pump: Pump, tmp_path: Path
) -> None:
    mesh = bpy.data.meshes.new("Panels")
    places = [(x, y, 0.0) for x in (0.0, 0.1, 0.2) for y in (0.0, 0.1)]
    mesh.from_pydata(places, [], [(0, 2, 3, 1), (2, 4, 5, 3)])
    layer = mesh.uv_layers.new(name="Tiles")
    corners = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)]
    layer.uv.foreach_set("vector", [c for shift in (0.0, 1.0) for u, v in corners for c in (u + shift, v)])
    item = bpy.data.objects.new("Panels", mesh)
    bpy.context.scene.collection.objects.link(item)
    given, files = {1001: stripes(), 1002: stripes()[::-1].copy()}, {}
    given[1002][hole()] = (1.0, 0.0, 1.0, 1.0)
    for number, values in given.items():
        image = image_with(values)
        files[number] = tmp_path / f"panels.{number}.png"
        image.filepath_raw, image.file_format = str(files[number]), "PNG"
        image.save()
    textured(item, part(museum, "scene.pictures").load(files, "Panels", "sRGB", tmp_path / "textures"))
    form.mode, form.missing = "restore", "key_colour"
    run(pump, item)
    made = image_of(item.active_material)
    assert made.source == "TILED" and [tile.number for tile in made.tiles] == [1001, 1002]
    chart = np.zeros((SIZE, SIZE), dtype=bool)
    chart[SIZE // 8 : -SIZE // 8, SIZE // 8 : -SIZE // 8] = True
    for entry in made.packed_files:
        path = tmp_path / f"made.{entry.tile_number}.png"
        path.write_bytes(entry.packed_file.data)
        found, before = bytes_of(bpy.data.images.load(str(path))), np.rint(255 * given[entry.tile_number])
        kept = chart & ~hole() if entry.tile_number == 1002 else chart
        assert np.array_equal(found[kept][:, :3], before[kept][:, :3])
        assert (found[hole()][:, :3] != (255, 0, 255)).any(axis=1).all()


def test_pictures_are_kept_beside_a_saved_file(museum: SimpleNamespace, form: Any, pump: Pump, tmp_path: Path) -> None:
    item = sphere()
    restoring(form, item)
    chosen = museum.preferences.preferences(bpy.context)
    chosen.storage = "folder"
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scan.blend"))
        run(pump, bpy.data.objects["Scan"])
    finally:
        chosen.property_unset("storage")
    image = image_of(bpy.data.objects["Scan"].active_material)
    assert image.packed_file is None and image.filepath == "//textures/Scan Base Color.png"
    assert (tmp_path / "textures" / "Scan Evidence.png").is_file()


def test_an_unwrapping_that_could_not_be_put_on_is_refused(form: Any) -> None:
    item = sphere()
    item.modifiers.new("Subdivision", "SUBSURF")
    form.mode, form.prompt, form.unwrap = "generate", "bronze", "new"
    select(item)
    with pytest.raises(RuntimeError, match=r"modifiers of “Scan” change its faces.*keep its UV map"):
        bpy.ops.museum.texture()
    assert not bpy.context.scene.museum.jobs


def test_a_changed_map_is_not_painted_over(form: Any, pump: Pump) -> None:
    item = sphere()
    restoring(form, item)
    old = item.active_material
    select(item)
    bpy.ops.museum.texture()
    for entry in item.data.uv_layers.active.uv:
        entry.vector.x *= 0.5
    row = bpy.context.scene.museum.jobs[0]
    pump(lambda: bool(row.error))
    assert "has changed" in row.error and row.fix and item.active_material == old


def test_a_job_is_sent_again_with_all_its_files(museum: SimpleNamespace, form: Any, pump: Pump) -> None:
    item = sphere()
    restoring(form, item)
    row = bpy.context.scene.museum.jobs[run(pump, item)[0]]
    uploads = Path(museum.preferences.data_folder(bpy.context)) / "uploads"
    (uploads / row.name).rename(uploads / "painted-again")
    row.request = row.request.replace(row.name, "painted-again")
    row.name, row.job_id, row.state, row.imported = "painted-again", "", "failed", False
    assert bpy.ops.museum.job_retry(key=row.name) == {"FINISHED"}
    pump(lambda: row.imported or bool(row.error))
    assert not row.error
    bpy.ops.museum.job_remove(key="painted-again")
    assert not (uploads / "painted-again").exists()


def test_the_button_says_what_is_lacking(museum: SimpleNamespace, form: Any) -> None:
    actions = part(museum, "texture_actions")
    assert actions.obstacle(bpy.context) == "Select one or more meshes first"
    item = sphere()
    select(item)
    lacking = {
        "generate": "Describe the surface first",
        "restore": "The active material has no texture: choose one",
        "project": "Give a camera a photograph as its background image first",
    }
    for form.mode, sentence in lacking.items():
        assert actions.obstacle(bpy.context) == sentence
        with pytest.raises(RuntimeError, match="poll"):
            bpy.ops.museum.texture()
    textured(item, image_with(stripes()))
    form.mode = "refine"
    assert actions.obstacle(bpy.context) == "Press + to make a mask, or choose an image"
    assert bpy.ops.museum.texture_mask_new() == {"FINISHED"}
    assert bpy.context.tool_settings.image_paint.canvas == form.mask
    assert actions.obstacle(bpy.context) == ""


def test_a_new_mask_shows_the_texture_and_marks_nothing(form: Any) -> None:
    item = sphere()
    image = image_with(stripes())
    textured(item, image)
    select(item)
    form.mode = "restore"
    bpy.ops.museum.texture_mask_new()
    found = bytes_of(form.mask).astype(int)
    assert np.abs(found[..., :3] - 0.4 * bytes_of(image)[..., :3]).max() <= 1 and found[..., :3].max() < 128
    with pytest.raises(RuntimeError, match="Nothing is white in the mask “Scan Mask”"):
        bpy.ops.museum.texture()
    assert not bpy.context.scene.museum.jobs


def test_the_mask_is_painted_in_white_and_the_same_button_goes_back(form: Any) -> None:
    item = sphere()
    textured(item, image_with(stripes()))
    select(item)
    form.mode = "restore"
    bpy.ops.museum.texture_mask_new()
    paint = bpy.context.tool_settings.image_paint
    paint.canvas = None
    assert bpy.ops.museum.texture_mask_paint() == {"FINISHED"}
    unified = getattr(paint, "unified_paint_settings", None) or bpy.context.tool_settings.unified_paint_settings
    assert item.mode == "TEXTURE_PAINT" and paint.canvas == form.mask and tuple(unified.color) == (1.0, 1.0, 1.0)
    assert bpy.ops.museum.texture_mask_paint() == {"FINISHED"}
    assert item.mode == "OBJECT"


def test_the_number_of_views_is_sent_only_where_it_is_shown(museum: SimpleNamespace, form: Any) -> None:
    actions = import_module(f"{museum.package}.museum_addon.texture_actions")
    form.view_count = 3
    counts = {}
    for form.schedule in ("automatic", "published", "cameras"):
        counts[form.schedule] = actions.settings_of(form).view_count
    assert counts == {"automatic": 3, "published": 10, "cameras": 10}
