"""Meshes of others: what is read, what is mended, what is refused and with which advice."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from backend.errors import GeometryError, TooLarge
from backend.geometry.intake import Limits, LoadedMesh, load_mesh, uv_faults

CUBE = trimesh.creation.box()


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def obj(path: Path, *lines: str) -> Path:
    return written(path / "mesh.obj", "\n".join(lines) + "\n")


def glb(
    path: Path, arrays: Mapping[str, np.ndarray], faces: np.ndarray, node: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Path:  # fmt: skip
    """A GLB written by hand. changes: over the document's top level."""
    data, views, accessors = b"", [], []
    for values in (*arrays.values(), faces.astype(np.uint32).ravel()):
        kind = 5125 if values.dtype == np.uint32 else 5126
        content = np.ascontiguousarray(values if kind == 5125 else values.astype("<f4")).tobytes()
        width = {1: "SCALAR", 2: "VEC2", 3: "VEC3"}[1 if values.ndim == 1 else values.shape[1]]
        views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(content)})
        accessors.append({"bufferView": len(views) - 1, "componentType": kind, "count": len(values), "type": width})
        data += content
    primitive = {"attributes": {name: k for k, name in enumerate(arrays)}, "indices": len(accessors) - 1}
    document = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, **(node or {})}],
        "meshes": [{"primitives": [primitive]}], "accessors": accessors, "bufferViews": views,
        "buffers": [{"byteLength": len(data)}], **changes,
    }  # fmt: skip
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
    return written(path / "mesh.glb", struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks)


def corners(mesh: LoadedMesh) -> np.ndarray:
    return mesh.vertices[mesh.faces]


@pytest.mark.parametrize("kind", ["glb", "obj", "ply", "stl"])
def test_faces_keep_their_order_and_place(tmp_path: Path, kind: str) -> None:
    """Written by trimesh, read by us: also under a name that says nothing."""
    path = written(tmp_path / "upload", trimesh.exchange.export.export_mesh(CUBE, None, file_type=kind))
    assert np.allclose(corners(load_mesh(path)), CUBE.triangles, atol=1e-6)


def test_ascii_stl_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.stl", trimesh.exchange.export.export_mesh(CUBE, None, file_type="stl_ascii"))
    assert np.allclose(corners(load_mesh(path)), CUBE.triangles, atol=1e-6)


def test_polygons_of_obj_become_groups_with_their_coordinates(tmp_path: Path) -> None:
    path = obj(
        tmp_path, "v 0 0 0", "v 1 0 0", "v 1 1 0", "v 0 1 0", "v 2 0 0", "vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1",
        "f 2/1 5/2 3/3", "f -5/1 -4/2 -3/3 -2/4",
    )  # fmt: skip
    mesh = load_mesh(path)
    assert mesh.groups is not None
    assert mesh.uv is not None
    assert mesh.groups.tolist() == [0, 1, 1]
    assert mesh.faces.tolist() == [[1, 4, 2], [0, 1, 2], [0, 2, 3]]
    assert mesh.uv[mesh.uv_faces[2]].tolist() == [[0, 0], [1, 1], [0, 1]]


def test_glb_gives_polygons_coordinates_and_normals(tmp_path: Path) -> None:
    place = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 0, 0), (1, 1, 0), (0, 1, 0)], dtype=float)
    arrays = {
        "POSITION": place, "TEXCOORD_0": place[:, :2] * 0.5, "NORMAL": np.tile([0.0, 0, 1], (6, 1)),
        "_POLYGON": np.full(6, 41.0),
    }  # fmt: skip
    mesh = load_mesh(glb(tmp_path, arrays, np.arange(6).reshape(-1, 3)))
    assert mesh.groups is not None
    assert mesh.uv is not None
    assert mesh.normals is not None
    assert mesh.groups[0] == mesh.groups[1]
    assert mesh.uv[1].tolist() == [0.5, 1.0]
    assert np.allclose(mesh.normals, (0, 0, 1))
    assert mesh.repairs == ()


def test_glb_nodes_move_turn_and_mirror(tmp_path: Path) -> None:
    half = np.sqrt(0.5)
    node = {"translation": [5, 0, 0], "rotation": [0, 0, half, half], "scale": [1, 1, -2]}
    mesh = load_mesh(glb(tmp_path, {"POSITION": np.array(CUBE.vertices)}, np.array(CUBE.faces), node))
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert solid.volume == pytest.approx(2.0)
    assert np.allclose(solid.bounds, [(4.5, -0.5, -1.0), (5.5, 0.5, 1.0)])


def test_loose_ends_are_joined(tmp_path: Path) -> None:
    """A cube in triangles of their own, shaken by a ten-millionth: closed again."""
    shaken = CUBE.triangles.reshape(-1, 3) + np.random.default_rng(0).uniform(-1e-7, 1e-7, (36, 3))
    lines = [f"v {x:.12f} {y:.12f} {z:.12f}" for x, y, z in shaken]
    mesh = load_mesh(obj(tmp_path, *lines, *(f"f {i} {i + 1} {i + 2}" for i in range(1, 37, 3))))
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    solid.merge_vertices(digits_vertex=15)
    assert solid.is_watertight
    assert "joined" in " ".join(mesh.repairs)


def test_odd_faces_are_kept_and_told_of(tmp_path: Path) -> None:
    path = obj(
        tmp_path, "v 0 0 0", "v 1 0 0", "v 0 1 0", "v 0 0 1", "v 0 -1 0", "f 1 2 3", "f 2 1 4", "f 1 2 5", "f 1 2 3",
        "f 1 1 2",
    )  # fmt: skip
    mesh = load_mesh(path)
    assert len(mesh.faces) == 5
    told = " ".join(mesh.repairs)
    assert "1 face lies without area" in told
    assert "at the place of another" in told
    assert "not a manifold" in told


SQUARE = ("v 0 0 0", "v 1 0 0", "v 1 1 0", "v 0 1 0")


WHOLE = ("f 1/1 2/2 3/3", "f 1/1 3/3 4/4")


def square(tmp_path: Path, coordinates: list[str], faces: tuple[str, str] = WHOLE) -> LoadedMesh:
    return load_mesh(obj(tmp_path, *SQUARE, *coordinates, *faces))


def test_sound_coordinates_have_no_faults(tmp_path: Path) -> None:
    assert uv_faults(square(tmp_path, ["vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1"])) == ()


def test_coordinates_that_are_mirrored_or_repeat_have_no_faults(tmp_path: Path) -> None:
    assert uv_faults(square(tmp_path, ["vt 1 0", "vt 0 0", "vt 0 1", "vt 1 1"])) == ()
    assert uv_faults(square(tmp_path, ["vt 0.6 0.2", "vt 1.4 0.2", "vt 1.4 0.9", "vt 0.6 0.9"])) == ()


def test_coordinates_in_another_tile_are_moved(tmp_path: Path) -> None:
    mesh = square(tmp_path, ["vt 3 -1", "vt 4 -1", "vt 4 0", "vt 3 0"])
    assert mesh.uv is not None
    assert (mesh.uv.min(), mesh.uv.max()) == (0.0, 1.0)
    assert "tile (3, -1)" in mesh.repairs[0]


@pytest.mark.parametrize(
    ("coordinates", "faces", "says"),
    [
        (["vt 0 0"] * 4, WHOLE, "no area"),
        (["vt 0 0", "vt 3 0", "vt 3 3", "vt 0 3"], WHOLE, "share one place"),
        (["vt 0 0", "vt 1 0", "vt 1 1"], ("f 1/1 2/2 3/3", "f 3/1 4/2 1/3"), "share one place"),
        (["vt 0 0", "vt 1 0", "vt 1 1"], ("f 1/1 2/2 3/3", "f 1/1 3/1 4/1"), "part of its surface has no area"),
    ],
)
def test_faults_of_coordinates_are_named(
    tmp_path: Path, coordinates: list[str], faces: tuple[str, str], says: str
) -> None:
    assert says in " ".join(uv_faults(square(tmp_path, coordinates, faces)))


def test_coordinates_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    mesh = square(tmp_path, ["vt nan 0", "vt 1 0", "vt 1 1", "vt 0 1"])
    assert mesh.uv is None
    assert "no numbers" in mesh.repairs[0]


TRIANGLE = ("v 0 0 0", "v 1 0 0", "v 0 1 0")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (TRIANGLE, "no faces"),
        ((*TRIANGLE, "v nan 0 0", "f 1 2 4"), "no numbers"),
        ((*TRIANGLE, "v inf 0 0", "f 1 2 4"), "no numbers"),
        ((*TRIANGLE, "f 1 2 9"), "not there"),
        ((*TRIANGLE, "f 1 2 -9"), "not there"),
        ((*TRIANGLE, "f 1 x 3"), "Line 4"),
        (("v 0 0 0", "v 1 0 0", "v 2 0 0", "f 1 2 3"), "has an area"),
        (("v 1 1 1", "v 1 1 1", "v 1 1 1", "f 1 2 3"), "no extent"),
        (("v 0 0", "f 1 1 1"), "fewer than 3 numbers"),
    ],
)
def test_meshes_that_cannot_be_used_are_refused_with_advice(tmp_path: Path, lines: tuple[str, ...], says: str) -> None:
    with pytest.raises(GeometryError, match=says) as caught:
        load_mesh(obj(tmp_path, *lines))
    assert caught.value.fix


def test_too_many_faces_are_refused_with_the_number_to_decimate_to(tmp_path: Path) -> None:
    header = b"ply\nformat binary_little_endian 1.0\nelement vertex 3\nproperty float x\nproperty float y\n"
    header += b"property float z\nelement face 10000000\nproperty list uchar int vertex_indices\nend_header\n"
    with pytest.raises(TooLarge, match="10,000,000 faces") as caught:
        load_mesh(written(tmp_path / "a.ply", header))
    assert "Decimate it to 2,000,000 faces or fewer" in caught.value.fix
    for kind in ("obj", "glb", "ply", "stl"):
        path = written(tmp_path / kind, trimesh.exchange.export.export_mesh(CUBE, None, file_type=kind))
        with pytest.raises(TooLarge, match="faces"):
            load_mesh(path, Limits(max_faces=8))


def test_too_large_a_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="MiB") as caught:
        load_mesh(obj(tmp_path, *TRIANGLE, "f 1 2 3"), Limits(max_bytes=16))
    assert "Decimate" in caught.value.fix


@pytest.mark.parametrize("content", [b"", b"\0\0\0\0", b"PK\3\4" + bytes(200), b"glTF", b"glTF\2\0\0\0\x0c\0\0\0"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(GeometryError) as caught:
        load_mesh(written(tmp_path / "mesh.glb", content))
    assert "xport" in caught.value.fix


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["glb", "ply"])
def test_files_that_end_early_are_refused(tmp_path: Path, kind: str, cut: float) -> None:
    content = trimesh.exchange.export.export_mesh(CUBE, None, file_type=kind)
    with pytest.raises(GeometryError):
        load_mesh(written(tmp_path / "mesh", content[: int(len(content) * cut)]))


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.bin", np.array(CUBE.vertices, dtype="<f4").tobytes() * 4)
    arrays, faces = {"POSITION": np.array(CUBE.vertices)}, np.array(CUBE.faces)
    folder = tmp_path / "in"
    folder.mkdir()
    for uri in ("../secret.bin", secret.as_uri(), str(secret)):
        with pytest.raises(GeometryError, match="outside"):
            load_mesh(glb(folder, arrays, faces, buffers=[{"byteLength": 384, "uri": uri}]))
    path = obj(folder, "mtllib ../secret.mtl", "usemtl ../../x", *TRIANGLE, "f 1 2 3")
    assert len(load_mesh(path).faces) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"nodes": [{"children": [0], "mesh": 0}]},
        {"nodes": [{"mesh": 7}]},
        {"meshes": []},
        {"meshes": [{"primitives": [{"attributes": {"POSITION": 9}}]}]},
        {"bufferViews": [{"buffer": 0, "byteOffset": -8, "byteLength": 4}] * 2},
        {"bufferViews": [{"buffer": 0, "byteOffset": 1 << 60, "byteLength": 4}] * 2},
        {"accessors": [{"bufferView": 0, "componentType": 5126, "count": 1 << 60, "type": "VEC3"}] * 2},
        {"accessors": "x"},
        {"scenes": 3},
    ],
)
def test_damaged_descriptions_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(GeometryError):
        load_mesh(glb(tmp_path, {"POSITION": np.array(CUBE.vertices)}, np.array(CUBE.faces), **change))
