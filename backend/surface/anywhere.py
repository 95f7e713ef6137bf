"""Drivers at any points of an object rather than at its texels: what a view of it shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import KDTree

from ..geometry.mesh import UVMesh
from ..geometry.typing import Float32Array
from .drivers import FACES, FEW_FACES, KINDS, SMALL_ATLAS, measure, refine

NEAREST = 4
SIDES = 0.05
"""Points whose normals are opposite count as this share of the largest side further apart: the walls of a cup are thin.
"""


@dataclass(frozen=True)
class PointDrivers:
    """values: (n, 5) in 0..1, as in KINDS. known: the kinds that were measured."""

    values: Float32Array
    known: frozenset[str]

    def knows(self, kind: str) -> bool:
        """Whether a kind was measured."""
        return kind in self.known

    def part(self, chosen: slice) -> PointDrivers:
        """Of some of the points."""
        return replace(self, values=self.values[chosen])

    def value(self, kind: str) -> Float32Array:
        """(n,) in 0..1."""
        return np.ascontiguousarray(self.values[:, KINDS.index(kind)])


class DriverField:
    """Measured once on a mesh, asked for anywhere on it. mesh: as ``measure`` wants it."""

    def __init__(self, mesh: UVMesh, kinds: Collection[str], resolution: int) -> None:
        found = measure(mesh, kinds, resolution)
        self.known = found.known
        self._reach = 0.5 * SIDES * max(mesh.size)
        if self.known:
            points, _, _, normals = refine(mesh, FEW_FACES if resolution <= SMALL_ATLAS else FACES)
            places, chosen = np.unique(self._key(points, normals), axis=0, return_index=True)
            self._tree, self._values = KDTree(places), found.values[chosen]

    def at(self, position: Float32Array, normal: Float32Array) -> PointDrivers:
        """The drivers at points of the surface, (n, 3) each, metres and unit, from the nearest vertices."""
        if not self.known:
            return PointDrivers(np.zeros((len(position), len(KINDS)), dtype=np.float32), self.known)
        count = min(NEAREST, len(self._values))
        distance, row = self._tree.query(self._key(position, normal), k=count, workers=-1)
        weight = 1.0 / np.maximum(distance.reshape(-1, count), 1e-9) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        values = np.einsum("nk,nkc->nc", weight, self._values[row.reshape(-1, count)])
        return PointDrivers(values.astype(np.float32), self.known)

    def _key(self, position: np.ndarray, normal: np.ndarray) -> np.ndarray:
        unit = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        return np.hstack([position.astype(np.float64), self._reach * unit])
