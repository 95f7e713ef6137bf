"""Taking pieces out of a finished solid: the surfaces of the breaks get charts of their own in its atlas."""

from __future__ import annotations

from collections.abc import Sequence

import manifold3d
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..errors import GeometryError
from .atlas import pack
from .mesh import UVMesh
from .normals import corner_normals, weld
from .part import Part
from .typing import FloatArray, IntArray

FRACTURE = "fracture"
FIX = "Try another seed, or another condition."


def cut_away(mesh: UVMesh, cutters: Sequence[Part], region: str = FRACTURE) -> UVMesh:
    """The mesh without what lies inside the cutters; of several pieces that are left the largest.

    Breaks are in ``region`` and at the texel density of the rest, whose charts stay as they are relative to each other.
    The place and size of what is left are as they were. Raises GeometryError when nothing is left.
    """
    if not cutters:
        return mesh
    first = manifold3d.Manifold.reserve_ids(1 + len(cutters))
    knives = [_knife(part, first + 1 + index) for index, part in enumerate(cutters)]
    solid = manifold3d.Manifold.batch_boolean([_body(mesh, first), *knives], manifold3d.OpType.Subtract)
    pieces = solid.decompose()
    if not pieces:
        raise GeometryError("Nothing is left of the object.", FIX)
    left = max(pieces, key=lambda piece: piece.volume()).to_mesh64()
    source, origin = _sources(left)
    properties = np.asarray(left.vert_properties)
    faces = np.asarray(left.tri_verts).astype(np.int32)
    old = origin == first
    regions = mesh.regions if region in mesh.regions else (*mesh.regions, region)
    face_region = np.full(len(faces), regions.index(region), dtype=np.int32)
    face_region[old] = mesh.face_region[source[old]]
    chart = np.full(len(faces), -1, dtype=np.int32)
    for index, part in enumerate(cutters):
        own = origin == first + 1 + index
        chart[own] = part.chart[source[own]] + 1000 * index
    uv = _repacked(mesh, properties[:, 3:5], faces, chart)
    normals = properties[:, 5:8] / np.maximum(np.linalg.norm(properties[:, 5:8], axis=1, keepdims=True), 1e-12)
    return UVMesh(properties[:, :3].copy(), faces, uv, normals, face_region, regions)


def _body(mesh: UVMesh, number: int) -> manifold3d.Manifold:
    """The finished mesh, its texture coordinates and normals as vertex properties."""
    properties = np.hstack([mesh.vertices, mesh.uv, mesh.normals])
    return _manifold(properties, mesh.faces, number)


def _knife(part: Part, number: int) -> manifold3d.Manifold:
    """A cutter: its charts in metres, mirrored, for its faces will be seen from the other side."""
    normals = corner_normals(part.points, part.faces, part.crease).reshape(-1, 3)
    vertex = part.faces.ravel()
    _, index, faces = np.unique(
        np.hstack([vertex[:, None], normals.round(9)]), axis=0, return_index=True, return_inverse=True
    )
    used = vertex[index]
    properties = np.hstack([part.points[used], part.uv[used] * (-1.0, 1.0), -normals[index]])
    return _manifold(properties, faces.reshape(-1, 3), number)


def _manifold(properties: FloatArray, faces: IntArray, number: int) -> manifold3d.Manifold:
    same = weld(np.ascontiguousarray(properties[:, :3]))
    double = np.flatnonzero(same != np.arange(len(same)))
    made = manifold3d.Manifold(
        manifold3d.Mesh64(
            np.ascontiguousarray(properties),
            np.ascontiguousarray(faces.astype(np.uint64)),
            merge_from_vert=double.astype(np.uint64),
            merge_to_vert=same[double].astype(np.uint64),
            run_index=np.array([0, 3 * len(faces)], dtype=np.uint64),
            run_original_id=np.array([number], dtype=np.uint32),
            face_id=np.arange(len(faces), dtype=np.uint64),
        )
    )
    if made.status() != manifold3d.Error.NoError:
        raise GeometryError(f"A part is not closed ({made.status()}).", FIX)
    return made


def _sources(mesh: manifold3d.Mesh64) -> tuple[IntArray, IntArray]:
    """(m,) the face that each face comes from, and (m,) the id of the solid that that one belonged to."""
    origin = np.zeros(len(mesh.tri_verts), dtype=np.int32)
    bounds = np.asarray(mesh.run_index, dtype=np.int64) // 3
    for original, a, b in zip(mesh.run_original_id, bounds[:-1], bounds[1:], strict=True):
        origin[a:b] = int(original)
    return np.asarray(mesh.face_id).astype(np.int32), origin


def _repacked(mesh: UVMesh, uv: FloatArray, faces: IntArray, chart: IntArray) -> FloatArray:
    """Texture coordinates with the old atlas as one square and the connected pieces of the breaks beside it.

    chart: (m,) number of a cutter's chart, -1 for faces of the mesh itself.
    """
    new = np.flatnonzero(chart >= 0)
    if not len(new):
        return uv.copy()
    # Manifold keeps a vertex of its own for each set of properties, so no vertex is in an old and a new chart.
    label = _pieces(faces[new], chart[new], len(uv))
    count = int(label.max()) + 1
    owner = np.full(len(uv), -1, dtype=np.int64)
    owner[faces[new].ravel()] = np.repeat(label, 3)
    low = np.full((count, 2), np.inf)
    high = np.full((count, 2), -np.inf)
    mine = owner >= 0
    np.minimum.at(low, owner[mine], uv[mine])
    np.maximum.at(high, owner[mine], uv[mine])
    side = 1.0 / _density(mesh)
    sizes = np.vstack([[side, side], high - low])
    upright = np.zeros(count + 1, dtype=bool)
    upright[0] = True
    scale, corners, turned = pack(sizes, upright)
    out = uv * (side * scale) + corners[0]
    index = owner[mine]
    local = uv[mine] - low[index]
    quarter = np.stack([(high - low)[index, 1] - local[:, 1], local[:, 0]], axis=1)
    out[mine] = np.where(turned[1:][index][:, None], quarter, local) * scale + corners[1:][index]
    return out


def _pieces(faces: IntArray, chart: IntArray, vertices: int) -> IntArray:
    """(m,) number of the connected piece of one chart that each face belongs to."""
    edges = np.vstack([faces[:, [0, 1]], faces[:, [1, 2]]])
    ones = np.ones(len(edges), dtype=bool)
    graph = coo_array((ones, (edges[:, 0], edges[:, 1])), shape=(vertices, vertices))
    _, component = connected_components(graph, directed=False)
    _, label = np.unique(np.stack([component[faces[:, 0]], chart], axis=1), axis=0, return_inverse=True)
    return label.reshape(-1).astype(np.int32)


def _density(mesh: UVMesh) -> float:
    """Sides of the atlas per metre of surface."""
    uv, corners = mesh.uv[mesh.faces], mesh.vertices[mesh.faces]
    ab, ac = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    flat = float(np.abs(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]).sum())
    area = float(np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum())
    return float(np.sqrt(flat / max(area, 1e-30)))
