"""Joining parts into one watertight, textured solid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import manifold3d
import numpy as np

from ..errors import GeometryError
from .atlas import pack
from .mesh import UVMesh
from .normals import corner_normals, weld
from .part import Part
from .typing import FloatArray, IntArray

Size = tuple[float, float, float]
PLUG_DENSITY = 0.1


def assemble(
    bodies: Sequence[Part],
    *,
    size_m: Size,
    attached: Sequence[Part] = (),
    plug: Part | None = None,
    cuts: Sequence[Part] = (),
) -> UVMesh:
    """Bodies + (attached - plug) - cuts as one solid that is exactly ``size_m`` large, its base centred on the origin.

    plug: what must stay free of attached parts: the inside of a vessel up to the middle of its wall.
    cuts: parts from as_cutter(). Raises GeometryError when the result is not a closed solid.
    """
    pieces = [*bodies, *attached, *cuts]
    if plug is not None:
        # Hardly any of the plug's surface is ever seen: where something joined to the rim reaches over the inside.
        pieces.append(replace(plug.as_cutter(), density=plug.density * PLUG_DENSITY))
    regions = tuple(dict.fromkeys(name for part in pieces for name in part.regions))
    atlas = _atlas_uv(pieces)
    first = manifold3d.Manifold.reserve_ids(len(pieces))
    made = [
        _manifold(part, uv, first + index, cut=index >= len(bodies) + len(attached))
        for index, (part, uv) in enumerate(zip(pieces, atlas, strict=True))
    ]
    inside = None if plug is None else made.pop()
    solid = _joined(made, len(bodies), len(attached), inside)
    mesh = solid.to_mesh64()
    if solid.status() != manifold3d.Error.NoError or len(mesh.tri_verts) == 0:
        raise GeometryError("The parts do not make a closed solid.", "Report this type of artifact as a defect.")
    region = _face_regions(mesh, pieces, regions, first)
    properties = np.asarray(mesh.vert_properties)
    normals = properties[:, 5:8] / np.maximum(np.linalg.norm(properties[:, 5:8], axis=1, keepdims=True), 1e-12)
    faces = np.asarray(mesh.tri_verts).astype(np.int32)
    return fitted(UVMesh(properties[:, :3].copy(), faces, properties[:, 3:5].copy(), normals, region, regions), size_m)


def _face_regions(mesh: manifold3d.Mesh64, pieces: Sequence[Part], regions: tuple[str, ...], first: int) -> IntArray:
    """(m,) the region of each face of the result, by the piece and the face that it comes from."""
    region = np.zeros(len(mesh.tri_verts), dtype=np.int32)
    source = np.asarray(mesh.face_id, dtype=np.int64)
    bounds = np.asarray(mesh.run_index, dtype=np.int64) // 3
    for original, a, b in zip(mesh.run_original_id, bounds[:-1], bounds[1:], strict=True):
        if b > a:
            part = pieces[int(original) - first]
            names = np.array([regions.index(name) for name in part.regions], dtype=np.int32)
            region[a:b] = names[part.region[source[a:b]]]
    return region


def fitted(mesh: UVMesh, size_m: Size) -> UVMesh:
    """The mesh scaled to exactly this bounding box, its base centred on the origin."""
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    factors = np.asarray(size_m) / (high - low)
    centred = mesh.vertices - (*(0.5 * (low + high))[:2], low[2])
    moved = UVMesh(centred, mesh.faces, mesh.uv, mesh.normals, mesh.face_region, mesh.regions)
    return moved.scaled((float(factors[0]), float(factors[1]), float(factors[2])))


def _joined(
    made: list[manifold3d.Manifold], bodies: int, attached: int, plug: manifold3d.Manifold | None
) -> manifold3d.Manifold:
    add, subtract = manifold3d.OpType.Add, manifold3d.OpType.Subtract
    solid = manifold3d.Manifold.batch_boolean(made[:bodies], add) if bodies > 1 else made[0]
    if attached:
        extra = made[bodies : bodies + attached]
        group = manifold3d.Manifold.batch_boolean(extra, add) if attached > 1 else extra[0]
        if plug is not None:
            group -= plug
        solid += group
    if len(made) > bodies + attached:
        solid = manifold3d.Manifold.batch_boolean([solid, *made[bodies + attached :]], subtract)
    return solid


def _atlas_uv(parts: Sequence[Part]) -> list[FloatArray]:
    """Each part's texture coordinates in the atlas that all share."""
    vertex_charts, lows, sizes = [], [], []
    for part in parts:
        vertex_chart = np.zeros(len(part.points), dtype=np.int32)
        vertex_chart[part.faces] = part.chart[:, None]
        scaled = part.uv * part.density[vertex_chart][:, None]
        for chart in range(len(part.density)):
            used = scaled[vertex_chart == chart]
            lows.append(used.min(axis=0))
            sizes.append(np.ptp(used, axis=0))
        vertex_charts.append((vertex_chart, scaled))
    extent = np.array(sizes)
    scale, corners, turned = pack(extent, np.concatenate([part.upright for part in parts]))
    out, first = [], 0
    for (vertex_chart, scaled), part in zip(vertex_charts, parts, strict=True):
        index = vertex_chart + first
        local = scaled - np.array(lows)[index]
        quarter = np.stack([extent[index, 1] - local[:, 1], local[:, 0]], axis=1)
        out.append(np.where(turned[index][:, None], quarter, local) * scale + corners[index])
        first += len(part.density)
    return out


def _manifold(part: Part, uv: FloatArray, number: int, cut: bool) -> manifold3d.Manifold:
    """The part with (u, v, normal) as vertex properties; a cutter's normals point into what is left standing."""
    normals = corner_normals(part.points, part.faces, part.crease).reshape(-1, 3)
    vertex = part.faces.ravel()
    key = np.hstack([vertex[:, None].astype(np.float64), normals.round(9)])
    first = weld(key)
    used, faces = np.unique(first, return_inverse=True)
    points = part.points[vertex[used]]
    sign = -1.0 if cut else 1.0
    properties = np.hstack([points, uv[vertex[used]], sign * normals[used]])
    same = weld(points)
    double = np.flatnonzero(same != np.arange(len(same)))
    mesh = manifold3d.Mesh64(
        np.ascontiguousarray(properties),
        np.ascontiguousarray(faces.reshape(-1, 3).astype(np.uint64)),
        merge_from_vert=double.astype(np.uint64),
        merge_to_vert=same[double].astype(np.uint64),
        run_index=np.array([0, 3 * len(part.faces)], dtype=np.uint64),
        run_original_id=np.array([number], dtype=np.uint32),
        face_id=np.arange(len(part.faces), dtype=np.uint64),
    )
    made = manifold3d.Manifold(mesh)
    if made.status() != manifold3d.Error.NoError:
        raise GeometryError(f"A part is not closed ({made.status()}).", "Report this type of artifact as a defect.")
    return made
