"""Meshes as modifiers, shape keys and armatures leave them, as arrays for the backend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ..core.errors import InvalidRequest
from ..core.meshfile import Triangles
from . import meshes

SOLID_TYPES = ("MESH", "CURVE", "SURFACE", "FONT", "META")
SEE_THROUGH = ("WIRE", "BOUNDS")
"""Ways of display of what is a tool rather than a thing: cutters of Boolean modifiers, cages."""
HALF = 0.5


@dataclass(frozen=True)
class Surface:
    """An object's evaluated mesh on its way. triangles: metres, Z up, about ``origin``. origin: world, Blender's units.

    same_faces: the modifiers left the faces as they are, so that what is known of triangles holds for the object's
    own mesh. weights: (3F,) of a vertex group at the corners, or None.
    """

    triangles: Triangles
    origin: tuple[float, float, float]
    same_faces: bool
    weights: NDArray[np.float32] | None = None


@contextmanager
def evaluated_mesh(item: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> Iterator[bpy.types.Mesh]:
    """The object's mesh with all that changes it, as the viewport shows it."""
    evaluated = item.evaluated_get(depsgraph)
    mesh = evaluated.to_mesh(preserve_all_data_layers=True, depsgraph=depsgraph)
    try:
        yield mesh
    finally:
        evaluated.to_mesh_clear()


def surface_of(
    context: bpy.types.Context,
    item: bpy.types.Object,
    uv_name: str,
    *,
    slots: Sequence[int] | None = None,
    group: str = "",
) -> Surface:
    """The surface of an object as it stands in the world.

    uv_name: the UV map to send, empty for none. slots: only the faces of these material slots; all when None.
    group: the vertex group whose weights are read. Raises InvalidRequest for what cannot be sent.
    """
    with evaluated_mesh(item, context.evaluated_depsgraph_get()) as mesh:
        same = meshes.fingerprint_of(mesh) == meshes.fingerprint_of(item.data)
        # What is not quite flat is cut into triangles by its shape: that of the object's own mesh is known later too.
        source = item.data if same else mesh
        source.calc_loop_triangles()
        corners = meshes.read(source.loop_triangles, "loops", 3, np.int32)
        polygon = meshes.read(source.loop_triangles, "polygon_index", 1, np.int32).ravel()
        taken = chosen_triangles(mesh, polygon, slots)
        if not taken.any():
            raise InvalidRequest(f"“{item.name}” has no faces.", "Select a mesh with faces.")
        corners, polygon = corners[taken], polygon[taken]
        if item.matrix_world.is_negative:
            corners = corners[:, ::-1]
        flat = corners.ravel()
        vertex = meshes.read(mesh.loops, "vertex_index", 1, np.int32).ravel()[flat]
        return Surface(
            Triangles(
                *_shape(context, item, mesh, flat, vertex),
                _coordinates(item, mesh, uv_name, flat),
                polygon.astype(np.uint32),
            ),
            tuple(item.matrix_world.translation),
            same,
            weights_of(item, mesh, group)[vertex] if group else None,
        )


def chosen_triangles(
    mesh: bpy.types.Mesh, polygon: NDArray[np.int32], slots: Sequence[int] | None
) -> NDArray[np.bool_]:
    """(F,) which triangles belong to the slots. polygon: (F,) the polygon of each."""
    if slots is None:
        return np.ones(len(polygon), dtype=bool)
    slot = meshes.read(mesh.polygons, "material_index", 1, np.int32).ravel()
    return np.isin(slot, np.asarray(slots))[polygon]


def _shape(
    context: bpy.types.Context, item: bpy.types.Object, mesh: bpy.types.Mesh, flat: NDArray, vertex: NDArray
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Positions and normals of the corners, turned and scaled as the object stands in the world."""
    turn = np.array(item.matrix_world.to_3x3(), dtype=np.float32)
    places = meshes.read(mesh.vertices, "co", 3)
    if not (np.isfinite(places).all() and np.isfinite(turn).all()):
        raise InvalidRequest(
            f"“{item.name}” has coordinates that are not numbers.", "In Edit Mode use Mesh > Clean Up."
        )
    normals = meshes.read(mesh.corner_normals, "vector", 3)[flat] @ np.linalg.pinv(turn)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    scale = np.float32(context.scene.unit_settings.scale_length)
    return places[vertex] @ turn.T * scale, normals.astype(np.float32)


def _coordinates(
    item: bpy.types.Object, mesh: bpy.types.Mesh, name: str, flat: NDArray
) -> NDArray[np.float32] | None:
    if not name:
        return None
    layer = mesh.uv_layers.get(name)
    if layer is None:
        raise InvalidRequest(
            f"The modifiers of “{item.name}” take its UV map “{name}” away.",
            "In the Geometry Nodes modifier keep the UV map, or apply the modifier and unwrap the mesh.",
        )
    values: NDArray[np.float32] = meshes.read(layer.uv, "vector", 2)[flat]
    return values


def weights_of(item: bpy.types.Object, mesh: bpy.types.Mesh, group: str) -> NDArray[np.float32]:
    """(V,) weights of an evaluated mesh's vertices in a group. Raises InvalidRequest when there is no such group."""
    found = item.vertex_groups.get(group)
    if found is None:
        raise InvalidRequest(
            f"“{item.name}” has no vertex group “{group}”.", "Choose a group that all the selected objects have."
        )
    weights = np.zeros(len(mesh.vertices), dtype=np.float32)
    number = found.index
    for index, vertex in enumerate(mesh.vertices):
        for entry in vertex.groups:
            if entry.group == number:
                weights[index] = entry.weight
    if not (weights >= HALF).any():
        raise InvalidRequest(
            f"No vertex of “{item.name}” has a weight of at least 0.5 in “{group}”.",
            "Assign the vertices of the missing part to the group, or choose another one.",
        )
    return weights


def others(
    context: bpy.types.Context,
    item: bpy.types.Object,
    slots: Sequence[int] | None = None,
    *,
    everything: bool = True,
) -> Triangles | None:
    """What else is visible in the viewport and may stand in front, as one triangle soup about the object's place.

    With slots the object's own faces of other slots are among it; they are all when not everything is wanted.
    None when there is nothing.
    """
    depsgraph = context.evaluated_depsgraph_get()
    scale = context.scene.unit_settings.scale_length
    origin = np.array(item.matrix_world.translation, dtype=np.float64)
    parts = []
    for instance in depsgraph.object_instances:
        thing = instance.object
        own = thing.original == item and not instance.is_instance
        wanted = slots is not None if own else everything and thing.display_type not in SEE_THROUGH
        if not wanted or thing.type not in SOLID_TYPES:
            continue
        matrix = np.array(instance.matrix_world, dtype=np.float64)
        corners = _corners(thing, depsgraph, slots if own else None)
        if len(corners):
            parts.append((corners @ matrix[:3, :3].T + (matrix[:3, 3] - origin)) * scale)
    if not parts:
        return None
    places = np.concatenate(parts).astype(np.float32)
    places = places.reshape(-1, 3, 3)[np.isfinite(places.reshape(-1, 9)).all(axis=1)].reshape(-1, 3)
    faces = places.reshape(-1, 3, 3)
    normals = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    polygon = np.arange(len(faces), dtype=np.uint32)
    return Triangles(places, np.repeat(normals, 3, axis=0).astype(np.float32), None, polygon) if len(faces) else None


def _corners(
    thing: bpy.types.Object, depsgraph: bpy.types.Depsgraph, without: Sequence[int] | None
) -> NDArray[np.float64]:
    """(3F, 3) corners of an evaluated object's triangles, its own space. without: slots whose faces are left out."""
    mesh = thing.to_mesh()
    if mesh is None:
        return np.empty((0, 3))
    try:
        mesh.calc_loop_triangles()
        vertex = meshes.read(mesh.loop_triangles, "vertices", 3, np.int32)
        if without is not None:
            polygon = meshes.read(mesh.loop_triangles, "polygon_index", 1, np.int32).ravel()
            vertex = vertex[~chosen_triangles(mesh, polygon, without)]
        places: NDArray[np.float64] = meshes.read(mesh.vertices, "co", 3)[vertex.ravel()].astype(np.float64)
        return places
    finally:
        thing.to_mesh_clear()


def place_of(origin: Sequence[float], place: Vector, scale: float) -> tuple[float, float, float]:
    """A place of the world, metres, about an origin. origin, place: Blender's units."""
    return tuple((place[axis] - origin[axis]) * scale for axis in range(3))
