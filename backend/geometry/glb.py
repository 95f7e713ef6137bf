"""Writing GLB: one textured mesh, metres, +Y up, maps embedded, the same bytes for the same content.

Written on the container directly (glTF 2.0, section 4.4) because asset.extras and material extensions are ours to set
and because every byte counts for reproducibility.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import GeometryError
from .mesh import UVMesh
from .typing import ByteImage, Faces, IntArray

PNG_LEVEL = 2
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
FLOAT, UNSIGNED_INT = 5126, 5125
SAMPLER = {"magFilter": 9729, "minFilter": 9987}
"""Linear with mip maps; repeating is the default."""
PLAIN = {"metallicFactor": 0.0, "roughnessFactor": 0.8}
"""A surface of which nothing but its colour is known."""


@dataclass(frozen=True)
class TextureMaps:
    """Maps of one atlas, R x R, row 0 at v = 1.

    base_color: (R, R, 3) sRGB. roughness, metallic, occlusion: (R, R) linear. normal: (R, R, 3) tangent space, green
    towards +v. alpha: opacity of the whole. transmission: 0..1, and ior: for glass (KHR_materials_transmission,
    KHR_materials_ior).
    """

    base_color: ByteImage
    roughness: ByteImage
    metallic: ByteImage
    normal: ByteImage
    occlusion: ByteImage | None = None
    alpha: float = 1.0
    transmission: float = 0.0
    ior: float = 1.5


class _Buffer:
    """The binary chunk and the views into it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []

    def add(self, content: bytes, target: int | None = None) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(content)}
        if target is not None:
            view["target"] = target
        self.data += content
        self.views.append(view)
        return len(self.views) - 1


@dataclass(frozen=True)
class MapFiles:
    """Maps as PNG files. packed: occlusion, roughness, metallic."""

    base_color: bytes
    packed: bytes
    normal: bytes


def map_files(maps: TextureMaps) -> MapFiles:
    """The maps as they stand in a GLB, encoded side by side."""
    packed = np.empty((*maps.roughness.shape, 3), dtype=np.uint8)
    packed[..., 0] = 255 if maps.occlusion is None else maps.occlusion
    packed[..., 1], packed[..., 2] = maps.roughness, maps.metallic
    with ThreadPoolExecutor(3) as pool:
        base, middle, normal = pool.map(png_bytes, (maps.base_color, packed, maps.normal))
    return MapFiles(base, middle, normal)


def write_glb(
    path: Path,
    mesh: UVMesh,
    maps: TextureMaps | None,
    *,
    name: str,
    extras: Mapping[str, Any],
    files: MapFiles | None = None,
) -> None:
    """Write the mesh with its maps to ``path``; ``extras`` goes to asset.extras. files: of the maps, when they are
    encoded already.

    Without maps the material is plain grey. Raises GeometryError for a mesh that is empty or not finite.
    """
    path.write_bytes(glb_bytes(mesh, maps, name=name, extras=extras, files=files))


def glb_bytes(
    mesh: UVMesh, maps: TextureMaps | None, *, name: str, extras: Mapping[str, Any], files: MapFiles | None = None
) -> bytes:
    """The GLB as bytes; see write_glb."""
    _refuse(mesh)
    buffer = _Buffer()
    document = _document(name, extras)
    accessors, attributes = _geometry(buffer, mesh)
    accessors.append(_index(buffer, mesh.faces))
    primitive = {"attributes": attributes, "indices": len(accessors) - 1, "material": 0, "mode": 4}
    document["meshes"] = [{"name": name, "primitives": [primitive]}]
    document["accessors"] = accessors
    document |= _material(buffer, maps, name, files)
    return _finished(document, buffer)


def write_painted_glb(
    path: Path,
    mesh: UVMesh,
    pictures: Sequence[bytes],
    tile_of_face: IntArray,
    *,
    name: str,
    extras: Mapping[str, Any],
    packed: Sequence[bytes] = (),
) -> None:
    """Write a mesh of which only the colour is known, or colour, roughness and metallic.

    pictures: PNG files, one for each UDIM tile; coordinates beyond 0..1 need no change, as pictures repeat.
    tile_of_face: (m,) index into ``pictures``. packed: as many PNG files, G roughness, B metallic; or none.
    Raises GeometryError for a mesh that is empty or not finite.
    """
    _refuse(mesh)
    buffer = _Buffer()
    document = _document(name, extras)
    accessors, attributes = _geometry(buffer, mesh)
    primitives = []
    for number in range(len(pictures)):
        faces = mesh.faces[tile_of_face == number]
        if len(faces):
            accessors.append(_index(buffer, faces))
            indices = len(accessors) - 1
            primitives.append({"attributes": attributes, "indices": indices, "material": number, "mode": 4})
    document["meshes"] = [{"name": name, "primitives": primitives}]
    document["accessors"] = accessors
    document |= _painted(buffer, pictures, packed, name)
    path.write_bytes(_finished(document, buffer))


def _refuse(mesh: UVMesh) -> None:
    if len(mesh.faces) == 0 or not np.isfinite(mesh.vertices).all():
        raise GeometryError("The mesh is empty or has vertices that are not finite.", "Choose another size or type.")


def _document(name: str, extras: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "asset": {"version": "2.0", "generator": "museum_addon", "extras": dict(extras)},
        "scene": 0,
        "scenes": [{"name": name, "nodes": [0]}],
        "nodes": [{"name": name, "mesh": 0}],
    }


def _finished(document: dict[str, Any], buffer: _Buffer) -> bytes:
    document["bufferViews"] = buffer.views
    document["buffers"] = [{"byteLength": len(buffer.data) + (-len(buffer.data) % 4)}]
    return _container(document, bytes(buffer.data))


def _geometry(buffer: _Buffer, mesh: UVMesh) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Accessors of positions, normals and texture coordinates; (x, y, z) with z up becomes (x, z, -y)."""
    to_y_up = np.array([0, 2, 1])
    sign = np.array([1.0, 1.0, -1.0])
    position = np.ascontiguousarray(mesh.vertices[:, to_y_up] * sign, dtype="<f4")
    normal = (mesh.normals[:, to_y_up] * sign).astype("<f4")
    # glTF counts v from the top of the image.
    texcoord = np.stack([mesh.uv[:, 0], 1.0 - mesh.uv[:, 1]], axis=1).astype("<f4")
    accessors = []
    for array, kind in ((position, "VEC3"), (normal, "VEC3"), (texcoord, "VEC2")):
        view = buffer.add(array.tobytes(), ARRAY_BUFFER)
        accessors.append({"bufferView": view, "componentType": FLOAT, "count": len(array), "type": kind})
    accessors[0] |= {"min": position.min(axis=0).tolist(), "max": position.max(axis=0).tolist()}
    return accessors, {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}


def _index(buffer: _Buffer, faces: Faces) -> dict[str, Any]:
    """An accessor of faces."""
    index = faces.astype("<u4").ravel()
    view = buffer.add(index.tobytes(), ELEMENT_ARRAY_BUFFER)
    return {"bufferView": view, "componentType": UNSIGNED_INT, "count": len(index), "type": "SCALAR"}


def _painted(buffer: _Buffer, pictures: Sequence[bytes], packed: Sequence[bytes], name: str) -> dict[str, Any]:
    """A material for each tile; its roughness and metallic follow all the colours among the images."""
    titles = [name if len(pictures) == 1 else f"{name} {number + 1}" for number in range(len(pictures))]
    count = len(pictures)
    materials = [
        {
            "name": title,
            "pbrMetallicRoughness": {
                "baseColorTexture": {"index": number},
                **({"metallicRoughnessTexture": {"index": count + number}} if packed else PLAIN),
            },
        }
        for number, title in enumerate(titles)
    ]
    images = [
        {"name": f"{title} {what}", "mimeType": "image/png", "bufferView": buffer.add(content)}
        for what, contents in (("base color", pictures), ("occlusion roughness metallic", packed))
        for title, content in zip(titles, contents, strict=bool(contents))
    ]
    textures = [{"source": number, "sampler": 0} for number in range(len(images))]
    return {"materials": materials, "images": images, "textures": textures, "samplers": [SAMPLER]}


def _material(buffer: _Buffer, maps: TextureMaps | None, name: str, files: MapFiles | None) -> dict[str, Any]:
    if maps is None:
        plain = {"baseColorFactor": [0.6, 0.6, 0.6, 1.0], **PLAIN}
        return {"materials": [{"name": name, "pbrMetallicRoughness": plain}]}
    files = files or map_files(maps)
    titles = ("base color", "occlusion roughness metallic", "normal")
    images = [
        {"name": f"{name} {title}", "mimeType": "image/png", "bufferView": buffer.add(content)}
        for title, content in zip(titles, (files.base_color, files.packed, files.normal), strict=True)
    ]
    material: dict[str, Any] = {
        "name": name,
        "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicRoughnessTexture": {"index": 1}},
        "normalTexture": {"index": 2},
    }
    if maps.occlusion is not None:
        material["occlusionTexture"] = {"index": 1}
    document: dict[str, Any] = {
        "materials": [material],
        "images": images,
        "textures": [{"source": k, "sampler": 0} for k in range(len(images))],
        "samplers": [SAMPLER],
    }
    if maps.alpha < 1.0:
        material["pbrMetallicRoughness"]["baseColorFactor"] = [1.0, 1.0, 1.0, maps.alpha]
        material["alphaMode"] = "BLEND"
    if maps.transmission > 0.0:
        material["extensions"] = {
            "KHR_materials_transmission": {"transmissionFactor": maps.transmission},
            "KHR_materials_ior": {"ior": maps.ior},
        }
        document["extensionsUsed"] = sorted(material["extensions"])
    return document


def png_bytes(image: ByteImage) -> bytes:
    """An RGB, RGBA or grey 8-bit image as PNG."""
    ordered = image if image.ndim == 2 else image[:, :, [2, 1, 0, 3][: image.shape[2]]]
    done, coded = cv2.imencode(".png", np.ascontiguousarray(ordered), [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL])
    if not done:
        raise GeometryError("A map could not be written as PNG.", "Choose another texture size.")
    return coded.tobytes()


def _container(document: Mapping[str, Any], binary: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks
