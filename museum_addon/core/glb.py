"""Whether a GLB file is what it says, before anything is built from it. Binary glTF 2.0, section 4 of its standard.

Nothing of the file is believed: lengths are held against the file's own size, and every view and accessor
against the bytes that are there, so that a file that claims more than it has costs no memory.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ImportFailed

MAGIC = b"glTF"
JSON_CHUNK = 0x4E4F534A
BINARY_CHUNK = 0x004E4942
MAX_FILE_BYTES = 2 * 1024**3
MAX_JSON_BYTES = 32 * 1024**2
MAX_ITEMS = 100_000
COMPONENT_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
COMPONENTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
LISTS = ("accessors", "bufferViews", "buffers", "images", "materials", "meshes", "nodes", "textures", "scenes")
FIX = "Retry the job; if it happens again, the backend's log says more."


@dataclass(frozen=True)
class GlbSummary:
    """What a checked file holds. extras: ``asset.extras``, as it stands in the file."""

    meshes: int
    vertices: int
    extras: Mapping[str, Any]


def check_glb(path: Path) -> GlbSummary:
    """Read the file's structure and hold it against its bytes. Raises ImportFailed when they do not fit."""
    try:
        document, binary_bytes = _read_chunks(path)
        return _check_document(document, binary_bytes)
    except OSError as error:
        raise ImportFailed(f"The result file could not be read ({error.strerror}).", FIX) from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, struct.error) as error:
        raise ImportFailed("The result is not a 3D model that can be read: its description is damaged.", FIX) from error


def _read_chunks(path: Path) -> tuple[dict[str, Any], int]:
    """The JSON chunk, parsed, and the size of the binary chunk in bytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(20)
        if header[:4] != MAGIC or len(header) < 20:
            kind = "a web page" if header.lstrip()[:1] == b"<" else "another kind of file"
            raise ImportFailed(
                f"The result is not a 3D model but {kind}.", "Check the backend's address, then retry the job."
            )
        version, length, json_bytes, json_kind = struct.unpack("<4I", header[4:20])
        if version != 2 or json_kind != JSON_CHUNK:
            raise ImportFailed("The result is a 3D model of a version that cannot be read.", FIX)
        if length != size:
            raise ImportFailed(
                f"The result says that it has {length:,} bytes, but {size:,} arrived.",
                'Press "Import Again" to fetch it once more.',
            )
        if size > MAX_FILE_BYTES or json_bytes > min(MAX_JSON_BYTES, size - 20):
            raise ImportFailed("The result is larger than what can be read safely.", FIX)
        document = json.loads(file.read(json_bytes))
        binary_header = file.read(8)
    if not binary_header:
        return document, 0
    binary_bytes, binary_kind = struct.unpack("<2I", binary_header)
    if binary_kind != BINARY_CHUNK or 28 + json_bytes + binary_bytes > size:
        raise ValueError("binary chunk")
    return document, binary_bytes


def _check_document(document: dict[str, Any], binary_bytes: int) -> GlbSummary:
    for name in LISTS:
        entries = document.get(name, [])
        if not isinstance(entries, list) or len(entries) > MAX_ITEMS:
            raise ValueError(name)
    _check_self_contained(document)
    buffers = [_whole(buffer["byteLength"]) for buffer in document.get("buffers", [])]
    if len(buffers) > 1 or sum(buffers) > binary_bytes:
        raise ImportFailed(
            f"The result claims {sum(buffers):,} bytes of geometry, but holds {binary_bytes:,}.",
            FIX,
        )
    views = document.get("bufferViews", [])
    for view in views:
        if _whole(view.get("byteOffset", 0)) + _whole(view["byteLength"]) > buffers[_whole(view["buffer"])]:
            raise ValueError("bufferView")
    for accessor in document.get("accessors", []):
        _check_accessor(accessor, views)
    for image in document.get("images", []):
        views[_whole(image["bufferView"])]
    vertices = _vertices(document)
    if not vertices:
        raise ImportFailed("The result holds no geometry.", FIX)
    extras = document["asset"].get("extras") or {}
    return GlbSummary(len(document["meshes"]), vertices, extras if isinstance(extras, dict) else {})


def _check_self_contained(document: dict[str, Any]) -> None:
    """A result must not make Blender open other files."""
    if any("uri" in entry for name in ("buffers", "images") for entry in document.get(name, [])):
        raise ImportFailed("The result refers to files outside itself.", FIX)


def _check_accessor(accessor: dict[str, Any], views: list[dict[str, Any]]) -> None:
    element = COMPONENT_BYTES[accessor["componentType"]] * COMPONENTS[accessor["type"]]
    count = _whole(accessor["count"])
    if "sparse" in accessor or "bufferView" not in accessor:
        raise ValueError("accessors without a view are not written by the backend, and hide how large they are")
    view = views[_whole(accessor["bufferView"])]
    stride = _whole(view.get("byteStride", element)) or element
    end = _whole(accessor.get("byteOffset", 0)) + (count - 1) * stride + element
    if count < 1 or end > _whole(view["byteLength"]):
        raise ImportFailed(f"The result claims {count:,} values where it holds fewer.", FIX)


def _vertices(document: dict[str, Any]) -> int:
    accessors = document.get("accessors", [])
    return sum(
        accessors[_whole(primitive["attributes"]["POSITION"])]["count"]
        for mesh in document.get("meshes", [])
        for primitive in mesh["primitives"]
    )


def _whole(value: Any) -> int:
    """A whole number that is not negative. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a whole number")
    return value
