"""Blender's meshes as arrays: what is sent to the backend, and where what comes back belongs."""

from __future__ import annotations

import zlib

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidRequest
from ..core.meshfile import Triangles


def triangles_of(item: bpy.types.Object) -> Triangles:
    """The object's own mesh, without modifiers, as it stands in the world but for its place: metres, Z up.

    Raises InvalidRequest when there are no faces, or coordinates that are not finite.
    """
    mesh = item.data
    corners = triangle_corners(item)
    if not len(corners):
        raise InvalidRequest(f"“{item.name}” has no faces.", "Select a mesh with faces.")
    turn = np.array(item.matrix_world.to_3x3(), dtype=np.float32)
    vertices = read(mesh.vertices, "co", 3)
    if not (np.isfinite(vertices).all() and np.isfinite(turn).all()):
        raise InvalidRequest(
            f"“{item.name}” has coordinates that are not numbers.", "In Edit Mode use Mesh > Clean Up."
        )
    flat = corners.ravel()
    vertex = read(mesh.loops, "vertex_index", 1, np.int32).ravel()[flat]
    normals = read(mesh.corner_normals, "vector", 3)[flat] @ np.linalg.pinv(turn)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    layer = mesh.uv_layers.active
    polygon = read(mesh.loop_triangles, "polygon_index", 1, np.int32).ravel()
    return Triangles(
        positions=vertices[vertex] @ turn.T * np.float32(bpy.context.scene.unit_settings.scale_length),
        normals=normals.astype(np.float32),
        uv=read(layer.uv, "vector", 2)[flat] if layer is not None else None,
        polygon=polygon.astype(np.uint32),
    )


def triangle_corners(item: bpy.types.Object, mirrored: bool | None = None) -> NDArray[np.int32]:
    """(F, 3) face corners of each triangle, outward even where the object is mirrored: as it is now when None."""
    mesh = item.data
    mesh.calc_loop_triangles()
    corners = read(mesh.loop_triangles, "loops", 3, np.int32)
    return corners[:, ::-1] if (item.matrix_world.is_negative if mirrored is None else mirrored) else corners


def fingerprint(item: bpy.types.Object) -> str:
    """What stays the same as long as the object's own mesh has the same faces."""
    return fingerprint_of(item.data)


def fingerprint_of(mesh: bpy.types.Mesh) -> str:
    """What stays the same as long as the mesh has the same faces."""
    ends = read(mesh.polygons, "loop_start", 1, np.int32)
    vertices = read(mesh.loops, "vertex_index", 1, np.int32)
    return f"{len(mesh.vertices)}-{zlib.crc32(ends.tobytes()):08x}-{zlib.crc32(vertices.tobytes()):08x}"


def write_uv(
    item: bpy.types.Object,
    name: str,
    uv: NDArray[np.float32],
    faces: NDArray[np.int32],
    mirrored: bool | None = None,
) -> None:
    """Texture coordinates into the UV map of this name, made when it is missing.

    uv: (n, 2). faces: (F, 3) rows of uv for each triangle of ``triangles_of``. mirrored: whether the object was when
    they were asked for. Raises ValueError when they do not fit.
    """
    mesh = item.data
    corners = triangle_corners(item, mirrored)
    if faces.shape != corners.shape or (len(faces) and not 0 <= faces.min() <= faces.max() < len(uv)):
        raise ValueError("the texture coordinates are those of another mesh")
    layer = mesh.uv_layers.get(name) or mesh.uv_layers.new(name=name, do_init=False)
    if layer is None:
        raise ValueError("the mesh has no room for another UV map (8 are possible)")
    values = np.zeros((len(mesh.loops), 2), dtype=np.float32)
    values[corners.ravel()] = uv[faces.ravel()]
    layer.uv.foreach_set("vector", values.ravel())
    mesh.update()


def read(
    items: bpy.types.bpy_prop_collection, name: str, width: int, dtype: type = np.float32
) -> NDArray:  # type: ignore[type-arg]
    """(n, width) values of a property of every item."""
    values = np.empty(len(items) * width, dtype=dtype)
    items.foreach_get(name, values)
    return values.reshape(-1, width)
