"""Meshes on their way to the backend: a GLB whose triangles stay in the order in which Blender has them.

Blender's own exporter splits and sorts; what comes back for each triangle could then not be put where it belongs.
Binary glTF 2.0, one primitive, three vertices of its own for each triangle.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ARRAY_BUFFER = 34962
FLOAT, UNSIGNED_INT = 5126, 5125
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942


@dataclass(frozen=True)
class Triangles:
    """A triangle soup. Metres, Z up.

    positions, normals: (3F, 3) float32, corner by corner. uv: (3F, 2) float32, v upwards, or None.
    polygon: (F,) uint32, the polygon of which each triangle is a part.
    """

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    uv: NDArray[np.float32] | None
    polygon: NDArray[np.uint32]


def write_triangles(path: Path, triangles: Triangles) -> None:
    """Write the GLB: +Y up, v downwards, the polygon as the vertex attribute ``_POLYGON``. Raises OSError."""
    arrays: dict[str, tuple[NDArray[np.generic], str, int]] = {
        "POSITION": (_y_up(triangles.positions), "VEC3", FLOAT),
        "NORMAL": (_y_up(triangles.normals), "VEC3", FLOAT),
    }
    if triangles.uv is not None:
        flipped = np.column_stack([triangles.uv[:, 0], 1.0 - triangles.uv[:, 1]])
        arrays["TEXCOORD_0"] = (flipped.astype("<f4"), "VEC2", FLOAT)
    arrays["_POLYGON"] = (np.repeat(triangles.polygon, 3).astype("<u4"), "SCALAR", UNSIGNED_INT)
    views, accessors, offset = [], [], 0
    for index, (values, kind, component) in enumerate(arrays.values()):
        views.append({"buffer": 0, "byteOffset": offset, "byteLength": values.nbytes, "target": ARRAY_BUFFER})
        accessor = {"bufferView": index, "componentType": component, "count": len(values), "type": kind}
        if index == 0:
            accessor |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        accessors.append(accessor)
        offset += values.nbytes
    document = {
        "asset": {"version": "2.0", "generator": "museum_addon"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {name: k for k, name in enumerate(arrays)}, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {}}],  # some readers drop the coordinates of what has none
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": offset}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(struct.pack("<4s2I", b"glTF", 2, 12 + 8 + len(text) + 8 + offset))
        file.write(struct.pack("<2I", len(text), JSON_CHUNK) + text)
        file.write(struct.pack("<2I", offset, BINARY_CHUNK))
        for values, _, _ in arrays.values():
            file.write(np.ascontiguousarray(values).tobytes())


def _y_up(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """(x, y, z) with Z up as (x, z, -y) with Y up."""
    return np.column_stack([points[:, 0], points[:, 2], -points[:, 1]]).astype("<f4")
