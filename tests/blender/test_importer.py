"""Results in the scene: true size, paradata, one undo step; and damaged results that leave nothing."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

PARADATA = {
    "schema": "museum-paradata/1", "created": "2026-01-01T00:00:00+00:00", "task": "text_to_3d",
    "engine": {"name": "parametric", "version": "1.0.0"}, "model": None, "prompt": "a kylix", "negative_prompt": "",
    "seed": 1, "params": {}, "inputs": [], "software": {"museum_addon": "0.1.0"}, "duration_s": 1.0,
    "certainty": {"level": 0, "note": "Imagined."}, "sources": [],
    "digital_source_type": "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
    "review": {"status": "unreviewed", "by": "", "on": "", "note": ""},
}  # fmt: skip
RADIUS_M, HEIGHT_M = 0.1, 0.45


@pytest.fixture(scope="session")
def cylinder(backend_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GLB made by trimesh."""
    path = tmp_path_factory.mktemp("glb") / "model.glb"
    script = Path(__file__).with_name("make_cylinder.py")
    subprocess.run([backend_python, script, path, str(RADIUS_M), str(HEIGHT_M)], check=True)
    return path


@pytest.fixture
def ready(museum: SimpleNamespace) -> Callable[..., Any]:
    """A finished job's result with the given model."""

    def make(model: Path | None, **params: Any) -> Any:
        job = museum.jobs.Job("job1", "text_to_3d", "parametric", museum.jobs.JobState.SUCCEEDED, params=params)
        files = [{"name": "model.glb", "role": "model"}] if model else []
        result = {"files": files, "data": {"type_title": "Kylix"}, "paradata": PARADATA}
        return museum.messages.ResultReady(job, result, {"model.glb": model} if model else {})

    return make


def contents() -> dict[str, list[str]]:
    """Names of everything in the file."""
    kinds = ("objects", "meshes", "materials", "images", "collections", "node_groups", "textures", "actions")
    return {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}


def test_size_place_name_and_selection(museum: SimpleNamespace, ready: Any, cylinder: Path) -> None:
    names = museum.importer.import_result(bpy.context, ready(cylinder), location=(1.0, 2.0, 3.0))
    (item,) = (bpy.data.objects[name] for name in names)
    bpy.context.view_layer.update()
    corners = [item.matrix_world @ vertex.co for vertex in item.data.vertices]
    lowest, highest = ([pick(corner[axis] for corner in corners) for axis in range(3)] for pick in (min, max))
    assert lowest == pytest.approx([1 - RADIUS_M, 2 - RADIUS_M, 3.0], abs=1e-5)
    assert highest == pytest.approx([1 + RADIUS_M, 2 + RADIUS_M, 3.0 + HEIGHT_M], abs=1e-5)
    assert item.name == "Kylix"
    assert [holder.name for holder in item.users_collection] == ["Museum"]
    assert bpy.context.view_layer.objects.active == item and bpy.context.selected_objects == [item]


def test_paradata_on_object_and_images(museum: SimpleNamespace, ready: Any, cylinder: Path) -> None:
    record = {"id": "1", "title": "Cup of Nestor"}
    (name,) = museum.importer.import_result(bpy.context, ready(cylinder, record=record), location=(0, 0, 0))
    assert name == "Cup of Nestor"
    blocks = [bpy.data.objects[name], *bpy.data.images]
    assert len(blocks) == 4
    for block in blocks:
        assert block["museum_id"] == "job1" and block["museum_source"] == "generated"
        assert json.loads(block["museum_paradata"]) == PARADATA
        assert json.loads(block["museum_record"]) == record
    assert all(image.packed_file for image in bpy.data.images)
    assert {image.name for image in bpy.data.images} == {
        "Cup of Nestor Base Color", "Cup of Nestor Metallic Roughness", "Cup of Nestor Normal"
    }  # fmt: skip


def test_importing_twice_overwrites_nothing(museum: SimpleNamespace, ready: Any, cylinder: Path) -> None:
    (first,) = museum.importer.import_result(bpy.context, ready(cylinder), location=(0, 0, 0))
    bpy.data.objects[first].location.x = 5.0
    (second,) = museum.importer.import_result(bpy.context, ready(cylinder), location=(0, 0, 0))
    assert (first, second) == ("Kylix", "Kylix.001")
    assert bpy.data.objects[first].location.x == 5.0
    assert len([item for item in bpy.data.collections if item.name.startswith("Museum")]) == 1


def test_one_undo_step_takes_it_away_and_redo_brings_it_back(
    museum: SimpleNamespace, ready: Any, cylinder: Path
) -> None:
    bpy.ops.ed.undo_push(message="Before")
    before = contents()
    museum.importer.import_result(bpy.context, ready(cylinder), location=(0, 0, 0))
    after = contents()
    bpy.ops.ed.undo()
    assert contents() == before
    bpy.ops.ed.redo()
    assert contents() == after
    assert len(bpy.data.objects["Kylix"].data.vertices) > 100


def test_a_result_goes_to_its_own_scene(museum: SimpleNamespace, ready: Any, cylinder: Path) -> None:
    other = bpy.data.scenes.new("Other")
    (name,) = museum.importer.import_result(bpy.context, ready(cylinder), location=(0, 0, 0), scene=other)
    assert name in other.objects and name not in bpy.context.scene.objects


def test_the_active_collection_and_render_engine_stay(museum: SimpleNamespace, ready: Any, cylinder: Path) -> None:
    bpy.context.scene.render.engine = "BLENDER_WORKBENCH"
    former = bpy.context.view_layer.active_layer_collection.name
    museum.importer.import_result(bpy.context, ready(cylinder), location=(0, 0, 0))
    assert bpy.context.view_layer.active_layer_collection.name == former
    assert bpy.context.scene.render.engine == "BLENDER_WORKBENCH"


def test_a_hidden_museum_collection_does_not_fail(museum: SimpleNamespace, ready: Any, cylinder: Path) -> None:
    museum.importer.import_result(bpy.context, ready(cylinder), location=(0, 0, 0))
    bpy.context.view_layer.layer_collection.children["Museum"].exclude = True
    (name,) = museum.importer.import_result(bpy.context, ready(cylinder), location=(0, 0, 0))
    assert [holder.name for holder in bpy.data.objects[name].users_collection] == ["Museum"]


def test_a_result_without_a_model_adds_nothing(museum: SimpleNamespace, ready: Any) -> None:
    before = contents()
    assert museum.importer.import_result(bpy.context, ready(None), location=(0, 0, 0)) == []
    assert contents() == before


def rewritten(glb: bytes, change: Callable[[dict], None]) -> bytes:
    """The GLB with its JSON changed and all lengths right again."""
    (size,) = struct.unpack("<I", glb[12:16])
    document = json.loads(glb[20 : 20 + size])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = glb[20 + size :]
    return struct.pack("<4s4I", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest


def claims_ten_gigabytes(document: dict) -> None:
    document["buffers"][0]["byteLength"] = 10 * 10**9
    document["bufferViews"][0]["byteLength"] = 10 * 10**9


def claims_many_vertices(document: dict) -> None:
    document["accessors"][0]["count"] = 2**31


def without_view(document: dict) -> None:
    document["accessors"][0].pop("bufferView")
    document["accessors"][0]["count"] = 2**31


def refers_outside(document: dict) -> None:
    document["images"][0] = {"uri": "file:///etc/hostname"}


def without_meshes(document: dict) -> None:
    document["meshes"] = []


def with_broken_indices(document: dict) -> None:
    document["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = 99


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda glb: glb[: len(glb) // 2],
    "header only": lambda glb: glb[:12],
    "empty": lambda glb: b"",
    "a web page": lambda glb: b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "header claims 10 GB": lambda glb: glb[:8] + struct.pack("<I", 2**32 - 1) + glb[12:],
    "buffer claims 10 GB": lambda glb: rewritten(glb, claims_ten_gigabytes),
    "two thousand million vertices": lambda glb: rewritten(glb, claims_many_vertices),
    "vertices without bytes": lambda glb: rewritten(glb, without_view),
    "refers to other files": lambda glb: rewritten(glb, refers_outside),
    "no meshes": lambda glb: rewritten(glb, without_meshes),
    "points nowhere": lambda glb: rewritten(glb, with_broken_indices),
    "JSON is not JSON": lambda glb: glb[:20] + b"}" + glb[21:],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_result_says_so_and_leaves_nothing(
    museum: SimpleNamespace, ready: Any, cylinder: Path, tmp_path: Path, damage: str
) -> None:
    broken = tmp_path / "broken.glb"
    broken.write_bytes(DAMAGE[damage](cylinder.read_bytes()))
    before = contents()
    with pytest.raises(museum.errors.ImportFailed) as caught:
        museum.importer.import_result(bpy.context, ready(broken), location=(0, 0, 0))
    assert caught.value.message and caught.value.fix
    assert contents() == before


def test_what_blender_itself_cannot_read_leaves_nothing(
    museum: SimpleNamespace, ready: Any, cylinder: Path, tmp_path: Path
) -> None:
    """Sound in structure, but it requires an extension that no importer knows."""
    strange = tmp_path / "strange.glb"
    strange.write_bytes(
        rewritten(cylinder.read_bytes(), lambda document: document.update(extensionsRequired=["MUSEUM_unknown"]))
    )
    before = contents()
    with pytest.raises(museum.errors.ImportFailed):
        museum.importer.import_result(bpy.context, ready(strange), location=(0, 0, 0))
    assert contents() == before


def test_a_result_without_paradata_is_refused_and_leaves_nothing(
    museum: SimpleNamespace, ready: Any, cylinder: Path
) -> None:
    result = ready(cylinder)
    result.result["paradata"] = {"schema": "museum-paradata/1"}
    before = contents()
    with pytest.raises(museum.errors.MuseumError, match="paradata"):
        museum.importer.import_result(bpy.context, result, location=(0, 0, 0))
    assert contents() == before
