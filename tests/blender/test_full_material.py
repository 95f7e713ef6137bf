"""A texture that comes with roughness and metallic becomes a full material on the object."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

SIZE = 16
PARADATA = {
    "schema": "museum-paradata/1", "created": "2026-01-01T00:00:00+00:00", "task": "texture",
    "engine": {"name": "zimage", "version": "0.1.0"}, "model": None, "prompt": "bronze", "negative_prompt": "",
    "seed": 1, "params": {}, "inputs": [], "software": {}, "duration_s": 1.0, "certainty": {"level": 1, "note": ""},
    "digital_source_type": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", "sources": [],
    "review": {"status": "unreviewed", "by": "", "on": "", "note": ""},
}  # fmt: skip


@pytest.fixture
def painting(museum: SimpleNamespace) -> Any:
    return import_module(f"{museum.package}.museum_addon.scene.painting")


@pytest.fixture
def cube() -> Any:
    bpy.ops.mesh.primitive_cube_add()
    return bpy.context.active_object


def target_of(painting: Any, item: Any) -> Any:
    meshes = import_module(f"{painting.__name__.rpartition('.')[0]}.meshes")
    name = item.data.uv_layers.active.name
    return painting.PaintingTarget(
        item.name, item.session_uid, meshes.fingerprint(item), name, painting.uv_print(item, name)
    )


def ready(museum: SimpleNamespace, folder: Path, *names: str) -> Any:
    """A result with these pictures: the green of each is 51 and the blue 204."""
    files = {}
    for name in names:
        picture = bpy.data.images.new(name, SIZE, SIZE)
        picture.pixels.foreach_set(np.tile(np.float32([1.0, 0.2, 0.8, 1.0]), SIZE * SIZE))
        picture.filepath_raw, picture.file_format = str(folder / name), "PNG"
        picture.save()
        bpy.data.images.remove(picture)
        files[name] = folder / name
    job = museum.jobs.Job("a" * 32, "texture", "zimage", museum.jobs.JobState.SUCCEEDED, params={"mode": "generate"})
    return museum.messages.ResultReady(job, {"data": {}, "paradata": PARADATA}, files)


def shader_of(item: Any) -> Any:
    tree = item.material_slots[0].material.node_tree
    return next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")


def test_roughness_is_the_green_and_metallic_the_blue_of_one_linear_picture(
    museum: SimpleNamespace, painting: Any, cube: Any, tmp_path: Path
) -> None:
    result = ready(museum, tmp_path, "base_color.png", "metallic_roughness.png", "evidence.png")
    painting.apply_result(result, target_of(painting, cube), "pack")
    shader = shader_of(cube)
    for name, channel in (("Roughness", "Green"), ("Metallic", "Blue")):
        (link,) = shader.inputs[name].links
        assert link.from_socket.name == channel and link.from_node.type == "SEPARATE_COLOR"
        (before,) = link.from_node.inputs["Color"].links
        image = before.from_node.image
        assert image.colorspace_settings.name == "Non-Color" and image.packed_file is not None
        (coordinates,) = before.from_node.inputs["Vector"].links
        assert coordinates.from_node.uv_map == cube.data.uv_layers.active.name
        assert np.allclose(image.pixels[1:3], (0.2, 0.8), atol=1e-3)
        assert image["museum_id"] == "a" * 32
    assert shader.inputs["Base Color"].links[0].from_node.image.colorspace_settings.name == "sRGB"


def test_a_colour_alone_leaves_roughness_and_metallic_as_they_were(
    museum: SimpleNamespace, painting: Any, cube: Any, tmp_path: Path
) -> None:
    painting.apply_result(ready(museum, tmp_path, "base_color.png"), target_of(painting, cube), "pack")
    shader = shader_of(cube)
    assert not shader.inputs["Roughness"].is_linked and not shader.inputs["Metallic"].is_linked


def test_a_new_surface_takes_the_place_of_the_one_that_the_material_had(
    museum: SimpleNamespace, painting: Any, cube: Any, tmp_path: Path
) -> None:
    both = ("base_color.png", "metallic_roughness.png")
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        painting.apply_result(ready(museum, folder, *both), target_of(painting, cube), "pack")
    shader = shader_of(cube)
    assert len(shader.inputs["Roughness"].links) == len(shader.inputs["Metallic"].links) == 1
    assert shader.inputs["Base Color"].is_linked
