"""What ageing follows on an object: how closed in, hollowed, exposed, washed and dusted each place is.

Measured at the vertices of a mesh that is divided finely enough, by place and normal alone, so that both sides of a
seam hear the same, and interpolated to the texels.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy import sparse

from ..geometry.mesh import UVMesh
from ..geometry.normals import weld
from ..geometry.texels import TexelMap, texel_owners
from ..geometry.typing import Faces, Float32Array, FloatArray, IntArray, Points, TexCoords, Vectors
from .driver_kernels import flow_down, interpolate_value
from .visibility import openness, sky

KINDS = ("occlusion", "cavity", "edge", "drip", "settle")
FACES, FEW_FACES = 80_000, 25_000
"""Into about as many faces of equal size a surface is divided at least; the second where the atlas is small."""
SMALL_ATLAS = 1024
MOST_FACES = 400_000
MARGIN = 2
"""Texels around charts that are given values as well; as many as engines give their charts."""
FINE, COARSE = 0.008, 0.025
"""Radii over which curvature is taken, as shares of the largest side: a chipped edge, a fold of a garment."""


@dataclass(frozen=True)
class Curvature:
    """Mean curvature at vertices, 1/metres, positive where the surface is convex, averaged over two radii in metres:
    those that were wanted, or what the mesh can show.
    """

    fine: FloatArray
    coarse: FloatArray
    radii: tuple[float, float]


@dataclass(frozen=True)
class Drivers:
    """Measured values. uv: (n, 2), faces: (m, 3) of the divided mesh; values: (n, 5), in 0..1, as in KINDS.

    refined: whether the faces are others than those of the mesh that was measured. known: the kinds that were measured;
    the others are 0.
    """

    uv: TexCoords
    faces: Faces
    values: Float32Array
    refined: bool
    known: frozenset[str] = frozenset(KINDS)

    def at(self, texels: TexelMap) -> TexelDrivers:
        """The values at texels of the atlas."""
        face = texels.face
        if self.refined:
            margin = 0 if len(texels.rows) == int(texels.inside.sum()) else MARGIN
            owner, _ = texel_owners(self.uv, self.faces, texels.resolution, margin)
            found = owner[texels.rows, texels.cols]
            # Rounding may leave a texel on a chart's border to no part of its face: then it takes its neighbour's.
            face = np.where(found >= 0, found, np.maximum(np.roll(found, 1), 0)).astype(np.int32)
        return TexelDrivers(self, texels.rows, texels.cols, face, texels.resolution)


@dataclass(frozen=True)
class TexelDrivers:
    """The drivers at some texels. face: (k,) of the divided mesh."""

    drivers: Drivers
    rows: IntArray
    cols: IntArray
    face: IntArray
    resolution: int

    def knows(self, kind: str) -> bool:
        """Whether a kind was measured."""
        return kind in self.drivers.known

    def part(self, chosen: slice) -> TexelDrivers:
        """Some of the texels."""
        return replace(self, rows=self.rows[chosen], cols=self.cols[chosen], face=self.face[chosen])

    def value(self, kind: str) -> Float32Array:
        """(k,) in 0..1."""
        values = self.drivers.values[:, KINDS.index(kind)]
        found = self.drivers
        return interpolate_value(values, found.faces, found.uv, self.rows, self.cols, self.face, self.resolution)


class MeasuredValues(Protocol):
    """Drivers at the places of a surface."""

    def knows(self, kind: str) -> bool:
        """Whether a kind was measured."""

    def part(self, chosen: slice) -> MeasuredValues:
        """Of some of the places."""

    def value(self, kind: str) -> Float32Array:
        """(k,) in 0..1."""


def measure(mesh: UVMesh, kinds: Collection[str] = KINDS, resolution: int = 2 * SMALL_ATLAS) -> Drivers:
    """The drivers of a mesh that are asked for. Z is up; water and dust come from above.

    resolution: of the atlas that they are for; a small one cannot show what a fine division would tell.
    """
    points, faces, uv, normals = refine(mesh, FEW_FACES if resolution <= SMALL_ATLAS else FACES)
    known = frozenset(kinds) & frozenset(KINDS)
    refined = len(faces) != len(mesh.faces)
    if not known:
        return Drivers(uv, faces, np.zeros((len(points), len(KINDS)), dtype=np.float32), refined, known)
    place = weld(points)
    here = weld(np.concatenate([points, np.round(normals * 64.0)], axis=1))
    chosen, at = np.unique(here, return_inverse=True)
    spot, spot_of = np.unique(place, return_inverse=True)
    graph = neighbours(at[faces], len(chosen))
    largest = max(mesh.size)
    inner = _towards_faces(points, faces, at, len(chosen))
    unit = normals[chosen] / np.maximum(np.linalg.norm(normals[chosen], axis=1, keepdims=True), 1e-12)
    origin = points[chosen]
    solid = (mesh.vertices, mesh.faces)
    values = {kind: np.zeros(len(chosen)) for kind in KINDS}
    if "occlusion" in known:
        values["occlusion"] = 1.0 - _smoothed(openness(solid, origin, unit, inner, largest), graph, 3)
    if known & {"cavity", "edge"}:
        signed = _dimensionless(curvature(points[spot], spot_of[faces], largest))[spot_of][chosen]
        values["cavity"], values["edge"] = np.clip(-signed, 0.0, 1.0), np.clip(signed, 0.0, 1.0)
    if known & {"drip", "settle"}:
        above = _smoothed(sky(solid, origin, unit, inner, largest), graph, 2)
        values["settle"] = above * _ramp(unit[:, 2], 0.05, 0.85)
        if "drip" in known:
            wet = _wetness(points[spot], spot_of[faces], above, unit, at, spot_of, largest)
            values["drip"] = wet[spot_of][chosen]
    table = np.stack([values[kind] for kind in KINDS], axis=1)
    return Drivers(uv, faces, table[at].astype(np.float32), refined, known)


def refine(mesh: UVMesh, least: int = FACES) -> tuple[Points, Faces, TexCoords, Vectors]:
    """The mesh with large faces cut in four until their sides are short: vertices, faces, uv, normals (not unit).

    least: about as many faces of equal size are wanted.
    """
    points, faces, uv, normals = mesh.vertices, mesh.faces, mesh.uv, mesh.normals
    corners = points[faces]
    area = 0.5 * float(
        np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
    )
    limit = 2.0 * np.sqrt(area / (0.43 * least))
    for _ in range(10):
        sides = np.linalg.norm(points[faces] - points[np.roll(faces, -1, axis=1)], axis=2).max(axis=1)
        long = sides > limit
        if not long.any() or len(faces) + 3 * int(long.sum()) > MOST_FACES:
            break
        points, faces, uv, normals = _cut(points, faces, uv, normals, long)
    return points, faces, uv, normals


def _cut(
    points: Points, faces: Faces, uv: TexCoords, normals: Vectors, long: np.ndarray
) -> tuple[Points, Faces, TexCoords, Vectors]:
    """Cut the faces that are marked at the middles of their sides; the four parts stay in their place in the order."""
    old = faces[long].astype(np.int64)
    sides = np.sort(np.stack([old, np.roll(old, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    _, first, inverse = np.unique(sides[:, 0] * len(points) + sides[:, 1], return_index=True, return_inverse=True)
    ends = sides[first]
    middle = len(points) + inverse.reshape(-1, 3)
    a, b, c = old.T
    ab, bc, ca = middle.T
    parts = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3)
    counts = np.where(long, 4, 1)
    out = np.repeat(faces, counts, axis=0)
    out[np.repeat(long, counts)] = parts
    grown = [np.concatenate([array, 0.5 * (array[ends[:, 0]] + array[ends[:, 1]])]) for array in (points, uv, normals)]
    return grown[0], out.astype(np.int32), grown[1], grown[2]


def neighbours(faces: IntArray, count: int) -> sparse.csr_matrix:
    """(n, n) 1 where two vertices share a face's side."""
    a, b = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    ones = np.ones(2 * len(a), dtype=np.float64)
    graph = sparse.csr_matrix((ones, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(count, count))
    graph.setdiag(0.0)
    graph.eliminate_zeros()
    graph.data[:] = 1.0
    return graph


def _smoothed(values: FloatArray, graph: sparse.csr_matrix, steps: int) -> FloatArray:
    """Values averaged with those of the neighbours, so many times."""
    degree = np.asarray(graph.sum(axis=1)).ravel() + 1.0
    for _ in range(steps):
        values = (graph @ values + values) / degree
    return values


def _towards_faces(points: Points, faces: Faces, at: IntArray, count: int) -> Points:
    """(count, 3) from each vertex to the mean of the centres of its faces."""
    centre = points[faces].mean(axis=1)
    sums, uses = np.zeros((count, 3)), np.zeros(count)
    for k in range(3):
        rows = at[faces[:, k]]
        offset = centre - points[faces[:, k]]
        for axis in range(3):
            sums[:, axis] += np.bincount(rows, offset[:, axis], count)
        uses += np.bincount(rows, minlength=count)
    return sums / np.maximum(uses, 1.0)[:, None]


def curvature(points: Points, faces: IntArray, largest: float) -> Curvature:
    """Mean curvature from how normals turn along the sides of faces, averaged over two radii.

    points: (n, 3), no two at one place. Along a side d the normals differ by dn; on a sphere of radius R dn.d/d.d is
    1/R exactly (compare Rusinkiewicz 2004, Estimating curvatures and their derivatives on triangle meshes).
    """
    normals = _vertex_normals(points, faces)
    graph = neighbours(faces, len(points)).tocoo()
    side = points[graph.col] - points[graph.row]
    turn = normals[graph.col] - normals[graph.row]
    length2 = np.einsum("ij,ij->i", side, side)
    # Each side counts alike: by length a mesh of long thin faces would know one direction only.
    along = np.einsum("ij,ij->i", turn, side) / np.maximum(length2, 1e-30)
    raw = np.bincount(graph.row, along, len(points)) / np.maximum(np.bincount(graph.row, minlength=len(points)), 1)
    step = float(np.sqrt(length2.mean())) if len(length2) else 1.0
    near = graph.tocsr()
    steps = [int(np.clip(np.ceil(0.6 * (share * largest / step) ** 2), 1, 40)) for share in (FINE, COARSE)]
    fine = _smoothed(raw, near, steps[0])
    coarse = _smoothed(fine, near, max(steps[1] - steps[0], 1))
    # A vertex knows the sides around it even before anything is averaged.
    radii = [step * float(np.sqrt(count / 0.6 + 1.0)) for count in steps]
    return Curvature(fine, coarse, (radii[0], radii[1]))


def _vertex_normals(points: Points, faces: IntArray) -> Vectors:
    """(n, 3) unit normals, weighted by area; 0 where faces cancel out."""
    corners = points[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.stack(
        [np.bincount(faces.ravel(), np.repeat(cross[:, axis], 3), len(points)) for axis in range(3)], axis=1
    )
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-30)


def _dimensionless(bend: Curvature) -> FloatArray:
    """How far the surface turns within the radii, -1..1 and beyond; the scale where it turns more counts."""
    fine, coarse = 2.2 * bend.fine * bend.radii[0], 1.1 * bend.coarse * bend.radii[1]
    return np.where(np.abs(fine) > np.abs(coarse), fine, coarse)


def _wetness(
    points: Points,
    faces: IntArray,
    above: FloatArray,
    unit: Vectors,
    at: IntArray,
    spot_of: IntArray,
    largest: float,
) -> FloatArray:
    """(n,) in 0..1: how much water comes by, when rain falls on what lies open and runs down from vertex to vertex."""
    caught = np.bincount(spot_of, (above * np.maximum(unit[:, 2], 0.0))[at], len(points))
    caught = caught / np.maximum(np.bincount(spot_of, minlength=len(points)), 1)
    corners = points[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 6.0
    share = np.bincount(faces.ravel(), np.repeat(area, 3), len(points))
    graph = neighbours(faces, len(points))
    order = np.argsort(-points[:, 2], kind="stable").astype(np.int32)
    flow = flow_down(points, order, graph.indptr.astype(np.int32), graph.indices.astype(np.int32), caught * share)
    # A sheet of water down a wall of the object's height would gather height x width of a step.
    per_width = flow / np.maximum(np.sqrt(share) * largest, 1e-30)
    return _smoothed(per_width / (per_width + 0.25), graph, 1)


def _ramp(values: FloatArray, low: float, high: float) -> FloatArray:
    t = np.clip((values - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
