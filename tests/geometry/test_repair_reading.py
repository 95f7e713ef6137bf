"""Meshes with what they wear, written by trimesh or by hand, read back."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from backend.errors import BackendError, GeometryError
from backend.geometry.glb import png_bytes, write_painted_glb
from backend.geometry.repair.contract import RawShape, RepairWish
from backend.geometry.repair.line import repaired
from backend.geometry.repair.reading import raw_shape_of

BALL = trimesh.creation.icosphere(subdivisions=2)
RNG_SEED = 3


def silent(_share: float, _message: str) -> None:
    """Nobody watches."""


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(RNG_SEED).integers(0, 256, shape).astype(np.uint8)


def textured(path: Path, factor: list[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
    uv, pixels = np.random.default_rng(1).random((len(BALL.vertices), 2)), noise(16, 32, 3)
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.fromarray(pixels), baseColorFactor=factor)
    visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    trimesh.Trimesh(BALL.vertices, BALL.faces, visual=visual, process=False).export(path)
    return uv, pixels


def test_a_textured_glb_keeps_its_picture_and_coordinates(tmp_path: Path) -> None:
    uv, pixels = textured(tmp_path / "a.glb")
    shape = raw_shape_of(tmp_path / "a.glb")
    assert shape.uv == pytest.approx(uv, abs=1e-6)
    assert np.array_equal(shape.textures[0], pixels)
    assert (shape.unit, shape.up) == (1.0, "y")


def test_a_texture_is_multiplied_in_linear_light(tmp_path: Path) -> None:
    _, pixels = textured(tmp_path / "a.glb", [128, 255, 255, 255])
    found = raw_shape_of(tmp_path / "a.glb").textures[0].astype(int)
    linear = np.where(pixels <= 10, pixels / 255 / 12.92, ((pixels / 255 + 0.055) / 1.055) ** 2.4)[..., 0] * 128 / 255
    true = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
    assert np.abs(found[..., 0] - true).max() <= 1.0
    assert np.array_equal(found[..., 1:], pixels[..., 1:])


@pytest.mark.parametrize("kind", ["ply", "obj"])
def test_colours_of_vertices_are_read(tmp_path: Path, kind: str) -> None:
    colours = np.column_stack([noise(len(BALL.vertices), 3), np.full(len(BALL.vertices), 255, dtype=np.uint8)])
    trimesh.Trimesh(BALL.vertices, BALL.faces, vertex_colors=colours, process=False).export(tmp_path / f"a.{kind}")
    shape = raw_shape_of(tmp_path / f"a.{kind}")
    assert np.array_equal(shape.vertex_colours, colours[:, :3])
    assert shape.unit is None


def test_colours_of_vertices_in_a_glb_are_linear(tmp_path: Path) -> None:
    """glTF 2.0, section 3.7.2.1: COLOR_0 holds linear values."""
    colours = np.full((len(BALL.vertices), 4), 55, dtype=np.uint8)
    trimesh.Trimesh(BALL.vertices, BALL.faces, vertex_colors=colours, process=False).export(tmp_path / "a.glb")
    assert (raw_shape_of(tmp_path / "a.glb").vertex_colours == 128).all()


@pytest.mark.parametrize("kind", ["stl", "obj", "ply", "glb"])
def test_plain_meshes_are_read(tmp_path: Path, kind: str) -> None:
    BALL.copy().export(tmp_path / f"a.{kind}")
    shape = raw_shape_of(tmp_path / f"a.{kind}")
    assert len(shape.faces) == len(BALL.faces)
    assert not shape.textures


def test_several_materials_come_together(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    for number, colour in enumerate(([255, 0, 0, 255], [0, 0, 255, 255])):
        material = trimesh.visual.material.PBRMaterial(baseColorFactor=colour)
        part = trimesh.creation.box().apply_translation((2.0 * number, 0, 0))
        part.visual = trimesh.visual.TextureVisuals(material=material)
        scene.add_geometry(part)
    scene.export(tmp_path / "a.glb")
    shape = raw_shape_of(tmp_path / "a.glb")
    left = shape.vertices[:, 0] < 1.0
    assert (shape.vertex_colours[left] == (255, 0, 0)).all()
    assert (shape.vertex_colours[~left] == (0, 0, 255)).all()


def test_what_the_line_made_is_read_again_the_same(tmp_path: Path) -> None:
    """The product's writer, then the product's reader, then the line once more."""
    colours = noise(len(BALL.vertices), 3)
    raw = RawShape(BALL.vertices, BALL.faces, vertex_colours=colours, unit=1.0, up="z")
    first = repaired(raw, RepairWish(texture_size=256), silent)
    faces = np.zeros(len(first.mesh.faces), dtype=np.int32)
    picture = png_bytes(first.base_colour)
    write_painted_glb(tmp_path / "a.glb", first.mesh, [picture], faces, name="ball", extras={})
    again = repaired(raw_shape_of(tmp_path / "a.glb"), RepairWish(texture_size=256), silent)
    assert again.report.notes == ()
    assert again.mesh.size == pytest.approx(first.mesh.size, rel=1e-6)
    assert np.abs(again.mesh.vertices[again.mesh.faces] - first.mesh.vertices[first.mesh.faces]).max() < 1e-6
    assert np.abs(again.base_colour.astype(int) - first.base_colour).mean() < 1.0


def glb(path: Path, document: dict, binary: bytes) -> Path:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    path.write_bytes(struct.pack("<III", 0x46546C67, 2, 12 + len(body)) + body)
    return path


def test_a_picture_outside_of_the_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png_bytes(noise(4, 4, 3)))
    places = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype="<f4").tobytes()
    coordinates = np.array([[0, 0], [1, 0], [0, 1]], dtype="<f4").tobytes()
    document = {
        "asset": {"version": "2.0"}, "meshes": [{"primitives": [
            {"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}], "images": [{"uri": "secret.png"}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
                      {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC2"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 24}],
        "buffers": [{"byteLength": 60}],
    }  # fmt: skip
    shape = raw_shape_of(glb(tmp_path / "a.glb", document, places + coordinates))
    assert shape.textures == ()
    assert any("texture" in note for note in shape.notes)


@pytest.mark.parametrize("content", [b"", b"glTF", b"glTF\x02\0\0\0\x10\0\0\0", b"\0\1\2", b"hello", b"ply\nformat x"])
def test_garbage_is_refused_with_advice(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(BackendError) as refused:
        repaired(raw_shape_of(tmp_path / "a"), RepairWish(), silent)
    assert refused.value.fix


def test_a_glb_cut_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    textured(tmp_path / "a.glb")
    content = (tmp_path / "a.glb").read_bytes()
    for length in np.linspace(1, len(content) - 1, 40).astype(int):
        (tmp_path / "b.glb").write_bytes(content[:length])
        try:
            raw_shape_of(tmp_path / "b.glb")
        except GeometryError as error:
            assert error.fix
