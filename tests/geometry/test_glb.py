"""GLB files against the specification and other readers."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from backend.engines.artifact import types
from backend.errors import GeometryError
from backend.geometry.glb import TextureMaps, glb_bytes, write_glb
from backend.geometry.mesh import UVMesh

EXTRAS = {"museum_paradata": {"schema": "museum-paradata/1", "prompt": "Kylix, 杯"}}


@pytest.fixture(scope="module")
def kylix() -> UVMesh:
    return types.load("kylix").build(np.random.default_rng(0))


def some_maps(**other) -> TextureMaps:
    rng = np.random.default_rng(5)
    colour, normal = (rng.integers(0, 255, (64, 64, 3), dtype=np.uint8) for _ in range(2))
    rough, metal = (rng.integers(0, 255, (64, 64), dtype=np.uint8) for _ in range(2))
    return TextureMaps(colour, rough, metal, normal, **other)


def document_of(data: bytes) -> tuple[dict, bytes]:
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    assert size % 4 == 0
    rest = 20 + size
    binary_size, binary_kind = struct.unpack_from("<I4s", data, rest)
    assert binary_kind == b"BIN\0"
    assert rest + 8 + binary_size == len(data)
    return json.loads(data[20:rest]), data[rest + 8 :]


def image_of(document: dict, binary: bytes, index: int) -> np.ndarray:
    view = document["bufferViews"][document["images"][index]["bufferView"]]
    coded = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    return np.asarray(Image.open(io.BytesIO(coded)))


def test_loads_in_trimesh_with_the_same_solid_y_up(kylix: UVMesh, tmp_path: Path) -> None:
    path = tmp_path / "kylix.glb"
    write_glb(path, kylix, some_maps(), name="Kylix", extras=EXTRAS)
    scene = trimesh.load_scene(path)
    (loaded,) = scene.geometry.values()
    width, depth, height = kylix.size
    assert np.allclose(np.ptp(loaded.bounds, axis=0), (width, height, depth), rtol=1e-6)
    assert loaded.bounds[0, 1] == pytest.approx(0.0, abs=1e-7)
    uv = np.asarray(loaded.visual.uv)
    assert np.allclose(uv, kylix.uv, atol=1e-6)
    loaded.merge_vertices(merge_tex=True, merge_norm=True)
    assert loaded.is_watertight
    expected = trimesh.Trimesh(kylix.vertices, kylix.faces).volume
    assert loaded.volume == pytest.approx(expected, rel=1e-5)


def test_vertices_turn_to_y_up_without_mirroring(kylix: UVMesh) -> None:
    document, binary = document_of(glb_bytes(kylix, None, name="Kylix", extras={}))
    view = document["bufferViews"][0]
    position = np.frombuffer(binary, "<f4", len(kylix.vertices) * 3, view["byteOffset"]).reshape(-1, 3)
    x, y, z = kylix.vertices.T
    assert np.allclose(position, np.stack([x, z, -y], axis=1), atol=1e-7)
    accessor = document["accessors"][0]
    assert np.allclose(accessor["min"], position.min(axis=0))
    assert np.allclose(accessor["max"], position.max(axis=0))


def test_maps_come_back_pixel_for_pixel(kylix: UVMesh) -> None:
    maps = some_maps(occlusion=np.full((64, 64), 77, dtype=np.uint8))
    document, binary = document_of(glb_bytes(kylix, maps, name="Kylix", extras=EXTRAS))
    material = document["materials"][0]
    assert np.array_equal(image_of(document, binary, 0), maps.base_color)
    packed = image_of(document, binary, 1)
    assert np.array_equal(packed, np.dstack([maps.occlusion, maps.roughness, maps.metallic]))
    assert np.array_equal(image_of(document, binary, 2), maps.normal)
    assert material["occlusionTexture"]["index"] == 1
    assert document["asset"]["extras"] == EXTRAS


def test_glass_says_how_it_transmits(kylix: UVMesh) -> None:
    maps = some_maps(transmission=0.9, ior=1.52, alpha=0.8)
    document, _ = document_of(glb_bytes(kylix, maps, name="Kylix", extras={}))
    material = document["materials"][0]
    assert material["extensions"]["KHR_materials_transmission"] == {"transmissionFactor": 0.9}
    assert material["extensions"]["KHR_materials_ior"] == {"ior": 1.52}
    assert document["extensionsUsed"] == ["KHR_materials_ior", "KHR_materials_transmission"]
    assert material["pbrMetallicRoughness"]["baseColorFactor"][3] == 0.8


def test_same_content_gives_the_same_bytes(kylix: UVMesh) -> None:
    again = types.load("kylix").build(np.random.default_rng(0))
    one, two = (glb_bytes(mesh, some_maps(), name="Kylix", extras=EXTRAS) for mesh in (kylix, again))
    assert one == two


def test_empty_and_unbounded_meshes_are_refused(kylix: UVMesh) -> None:
    broken = kylix.vertices.copy()
    broken[3, 1] = np.nan
    for vertices, faces in ((broken, kylix.faces), (kylix.vertices, kylix.faces[:0])):
        mesh = UVMesh(vertices, faces, kylix.uv, kylix.normals, kylix.face_region, kylix.regions)
        with pytest.raises(GeometryError):
            glb_bytes(mesh, None, name="x", extras={})
