"""Even texel density again, after a mesh was scaled by different factors along its axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .atlas import pack
from .mesh import UVMesh
from .normals import weld
from .typing import FloatArray, IntArray

STEPS = 64


def evened(mesh: UVMesh, before: UVMesh) -> UVMesh:
    """The mesh with each chart stretched along u and v as its surface was, and all charts packed anew.

    before: the same mesh before it was scaled; what had fewer texels then (surfaces hardly seen) has fewer now. u and v
    are each bent so that a step along them is as long on the surface everywhere, in the mean over the other: a strip
    around a box whose sides grew differently becomes even, as charts run along the edges of what they cover. Where
    bending would turn a face over, the chart is only stretched.
    """
    chart = _charts(mesh)
    count = int(chart.max()) + 1
    vertex = np.zeros(len(mesh.uv), dtype=np.int32)
    vertex[mesh.faces.ravel()] = np.repeat(chart, 3)
    now, then = _lengths(mesh), _lengths(before)
    bent = np.empty_like(mesh.uv)
    for faces, own in zip(_members(chart, count), _members(vertex, count), strict=True):
        for steps in (STEPS, 1):
            for axis in range(2):
                values = mesh.uv[:, axis]
                ratio = now[faces, axis] / then[faces, axis]
                bent[own, axis] = _bent(values[own], values[mesh.faces[faces]], ratio, now[faces, 2], steps)
            if not _turned_over(bent, mesh.faces[faces]):
                break
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, vertex, bent)
    np.maximum.at(high, vertex, bent)
    extent = high - low
    scale, corners, turned = pack(extent, np.zeros(count, dtype=bool))
    local = bent - low[vertex]
    quarter = np.stack([extent[vertex, 1] - local[:, 1], local[:, 0]], axis=1)
    uv = np.where(turned[vertex][:, None], quarter, local) * scale + corners[vertex]
    return replace(mesh, uv=uv)


def _members(label: IntArray, count: int) -> list[IntArray]:
    """For each of ``count`` labels the indices of what carries it."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.searchsorted(label[order], np.arange(1, count)))


def _turned_over(uv: FloatArray, faces: IntArray) -> bool:
    a, b, c = np.moveaxis(uv[faces], 1, 0)
    ab, ac = b - a, c - a
    return bool((ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]).min() < -1e-12)


def _bent(values: FloatArray, corners: FloatArray, ratio: FloatArray, weight: FloatArray, steps: int) -> FloatArray:
    """Coordinates (n,) of one chart along one axis, with the stretch of its faces made good.

    corners: (m, 3) of the faces; ratio: (m,) how much longer each became; weight: (m,) its area. steps: in so many.
    """
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return values
    begin = ((corners.min(axis=1) - low) / (high - low) * steps).astype(np.int64).clip(0, steps - 1)
    end = np.ceil((corners.max(axis=1) - low) / (high - low) * steps).astype(np.int64).clip(1, steps)
    end = np.maximum(end, begin + 1)
    each = weight / (end - begin)
    sums = np.zeros((2, steps + 1))
    for row, amount in enumerate((each * ratio**2, each)):
        np.add.at(sums[row], begin, amount)
        np.add.at(sums[row], end, -amount)
    squares, total = np.cumsum(sums, axis=1)[:, :steps]
    known = total > 1e-9 * total.max()
    middle = np.arange(steps) + 0.5
    rate = np.interp(middle, middle[known], np.sqrt(np.maximum(squares[known] / total[known], 1e-12)))
    edges = np.linspace(low, high, steps + 1)
    grown = np.concatenate([[0.0], np.cumsum(rate * np.diff(edges))])
    return np.interp(values, edges, grown)


def _charts(mesh: UVMesh) -> IntArray:
    """(m,) number of the connected piece of the atlas that each face is in."""
    # Vertices are split along seams, and along creases too, where the atlas goes on.
    faces = weld(np.hstack([mesh.vertices, mesh.uv]))[mesh.faces]
    ends = np.vstack([faces[:, [0, 1]], faces[:, [1, 2]]])
    count = int(faces.max()) + 1
    graph = coo_array((np.ones(len(ends), dtype=bool), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    _, chart = np.unique(label[faces[:, 0]], return_inverse=True)
    return chart.reshape(-1).astype(np.int32)


def _lengths(mesh: UVMesh) -> FloatArray:
    """(m, 3): metres on the surface of a unit along u and along v, and twice the area of each face."""
    corners, uv = mesh.vertices[mesh.faces], mesh.uv[mesh.faces]
    e1, e2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    (u1, v1), (u2, v2) = (uv[:, 1] - uv[:, 0]).T, (uv[:, 2] - uv[:, 0]).T
    flat = u1 * v2 - u2 * v1
    usable = np.abs(flat) > 1e-14
    safe = np.where(usable, flat, 1.0)[:, None]
    along_u = np.linalg.norm((e1 * v2[:, None] - e2 * v1[:, None]) / safe, axis=1)
    along_v = np.linalg.norm((e2 * u1[:, None] - e1 * u2[:, None]) / safe, axis=1)
    area = np.where(usable, np.linalg.norm(np.cross(e1, e2), axis=1), 0.0)
    one = np.where(usable, 1.0, 0.0)
    return np.stack([along_u * one + (1 - one), along_v * one + (1 - one), area], axis=1)
