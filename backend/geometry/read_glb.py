"""Reading the triangles of a GLB (glTF 2.0), in their order, with nothing outside of the file followed."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import GeometryError
from .read_obj import RawMesh
from .typing import FloatArray

TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
TRIANGLES = 4
DEEPEST = 64
POLYGON = "_POLYGON"
NORMAL_MAP = "The normal map that the mesh wears is not used; only what the mesh itself has of relief is seen."
EXPORT = "Export the mesh again as GLB, uncompressed and with its data in the file."


def read_glb(path: Path, max_faces: int) -> RawMesh:
    """All triangles of the scene, turned and moved as the scene says; stops soon after ``max_faces``.

    Groups come from the per-vertex attribute ``_POLYGON``. Raises GeometryError for files that are damaged, compressed,
    or keep their data elsewhere.
    """
    document, binary = chunks(path.read_bytes())
    reader = GlbReader(document, binary)
    try:
        parts = []
        for mesh, matrix in instances(document):
            for primitive in document["meshes"][mesh]["primitives"]:
                if primitive.get("mode", TRIANGLES) == TRIANGLES:
                    parts.append(reader.primitive(primitive, matrix))
                if sum(len(part.faces) for part in parts) > max_faces:
                    return _joined(parts)
        notes = _notes(document)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise GeometryError(f"The GLB file is damaged ({type(error).__name__}: {error}).", EXPORT) from error
    return replace(_joined(parts), notes=notes)


def _notes(document: dict[str, Any]) -> tuple[str, ...]:
    """What the file's meshes wear that is not used."""
    worn = {
        primitive["material"]
        for mesh, _ in instances(document)
        for primitive in document["meshes"][mesh]["primitives"]
        if "material" in primitive
    }
    return (NORMAL_MAP,) if any("normalTexture" in document["materials"][index] for index in worn) else ()


def chunks(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON and the binary part."""
    try:
        magic, version, _ = struct.unpack_from("<III", content)
        if magic != MAGIC or version != 2:
            raise GeometryError("The file is no GLB of version 2.", EXPORT)
        found: dict[int, bytes] = {}
        at = 12
        while at + 8 <= len(content):
            size, kind = struct.unpack_from("<II", content, at)
            found.setdefault(kind, content[at + 8 : at + 8 + size])
            at += 8 + size
        document = json.loads(found[JSON_CHUNK])
    except (struct.error, KeyError, ValueError, RecursionError) as error:
        raise GeometryError("The GLB file is damaged: its description cannot be read.", EXPORT) from error
    if not isinstance(document, dict):
        raise GeometryError("The GLB file is damaged: its description is no object.", EXPORT)
    return document, found.get(BINARY_CHUNK, b"")


def instances(document: dict[str, Any]) -> Iterator[tuple[int, FloatArray]]:
    """(mesh, matrix to the scene) in order of the nodes; every mesh once where there are no nodes."""
    nodes = document.get("nodes", [])
    scenes = document.get("scenes", [])
    if not nodes or not scenes:
        yield from ((mesh, np.eye(4)) for mesh in range(len(document.get("meshes", []))))
        return
    stack = [(node, np.eye(4), 0) for node in reversed(scenes[document.get("scene", 0)].get("nodes", []))]
    seen = 0
    while stack:
        index, above, depth = stack.pop()
        seen += 1
        if depth > DEEPEST or seen > 100_000:
            raise ValueError("the nodes contain each other")
        matrix = above @ _matrix(nodes[index])
        if "mesh" in nodes[index]:
            yield nodes[index]["mesh"], matrix
        stack += [(child, matrix, depth + 1) for child in reversed(nodes[index].get("children", []))]


def _matrix(node: dict[str, Any]) -> FloatArray:
    """(4, 4) glTF 2.0, section 3.5.3: a matrix in columns, or scale, then rotation, then translation."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    out = np.eye(4)
    x, y, z, w = (float(v) for v in node.get("rotation", (0, 0, 0, 1)))
    out[:3, :3] = [
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
    ]
    out[:3, :3] *= np.array(node.get("scale", (1, 1, 1)), dtype=np.float64)
    out[:3, 3] = node.get("translation", (0, 0, 0))
    return out


class GlbReader:
    """Accessors of one file."""

    def __init__(self, document: dict[str, Any], binary: bytes) -> None:
        self.document, self.binary = document, binary

    def accessor(self, index: int) -> FloatArray:
        """(count, width) an accessor's values as they stand; those of a normalised one between 0 and 1."""
        entry = self.document["accessors"][index]
        view = self.document["bufferViews"][entry["bufferView"]] if "bufferView" in entry else None
        if view is None or "sparse" in entry:
            raise GeometryError("The GLB file holds compressed or sparse data.", EXPORT)
        if view.get("buffer", 0) != 0 or "uri" in self.document["buffers"][0]:
            raise GeometryError("The GLB file refers to data outside of itself, which is not followed.", EXPORT)
        kind, width = np.dtype(TYPES[entry["componentType"]]), WIDTHS[entry["type"]]
        count, start = int(entry["count"]), int(view.get("byteOffset", 0)) + int(entry.get("byteOffset", 0))
        stride = int(view.get("byteStride", 0)) or kind.itemsize * width
        end = start + (count - 1) * stride + kind.itemsize * width
        if count < 0 or start < 0 or stride < kind.itemsize * width or (count and end > len(self.binary)):
            raise GeometryError("The GLB file ends before its data do.", EXPORT)
        if count == 0:
            return np.zeros((0, width))
        found: FloatArray = np.ndarray((count, width), kind, self.binary, start, (stride, kind.itemsize))
        if entry.get("normalized"):
            return found / float(np.iinfo(kind).max)
        return found

    def primitive(self, primitive: dict[str, Any], matrix: FloatArray) -> RawMesh:
        """One primitive in the scene's space; faces turned over when the matrix mirrors."""
        extensions = primitive.get("extensions", {})
        if "KHR_draco_mesh_compression" in extensions:
            raise GeometryError("The mesh in the GLB file is compressed with Draco.", EXPORT)
        attributes = primitive["attributes"]
        place = self.accessor(attributes["POSITION"]).astype(np.float64)
        vertices = place @ matrix[:3, :3].T + matrix[:3, 3]
        if "indices" in primitive:
            index = self.accessor(primitive["indices"]).ravel().astype(np.int32)
        else:
            index = np.arange(len(vertices), dtype=np.int32)
        faces = index[: len(index) // 3 * 3].reshape(-1, 3)
        if len(faces) and not 0 <= faces.min() <= faces.max() < len(vertices):
            raise GeometryError("Some faces name vertices that are not there.", EXPORT)
        groups = None
        if POLYGON in attributes and len(faces):
            groups = self.accessor(attributes[POLYGON])[faces[:, 0], 0].astype(np.int32)
        uv = normals = None
        if "TEXCOORD_0" in attributes:
            # glTF counts v from the top of the image.
            uv = self.accessor(attributes["TEXCOORD_0"]).astype(np.float64) * (1.0, -1.0) + (0.0, 1.0)
        if "NORMAL" in attributes and abs(np.linalg.det(matrix[:3, :3])) > 0.0:
            normals = self.accessor(attributes["NORMAL"]).astype(np.float64) @ np.linalg.inv(matrix[:3, :3])
        if np.linalg.det(matrix[:3, :3]) < 0.0:
            faces = faces[:, ::-1]
        return RawMesh(vertices, faces, uv, faces, normals, groups)


def _joined(parts: list[RawMesh]) -> RawMesh:
    """One mesh of all; what only some of them have is left out, groups aside."""
    if not parts:
        return RawMesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32))
    first = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, first, strict=False)])
    faces = faces.astype(np.int32)
    uv = [part.uv for part in parts if part.uv is not None and len(part.uv) == len(part.vertices)]
    normals = [part.normals for part in parts if part.normals is not None and len(part.normals) == len(part.vertices)]
    groups, fresh = [], 0
    for part in parts:
        own = np.arange(len(part.faces)) if part.groups is None else np.unique(part.groups, return_inverse=True)[1]
        groups.append(own + fresh)
        fresh += len(own)
    has_uv = len(uv) == len(parts)
    return RawMesh(
        np.concatenate([part.vertices for part in parts]),
        faces,
        np.concatenate(uv) if has_uv else None,
        faces if has_uv else None,
        np.concatenate(normals) if len(normals) == len(parts) else None,
        np.concatenate(groups).astype(np.int32) if any(part.groups is not None for part in parts) else None,
    )
