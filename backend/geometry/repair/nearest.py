"""The nearest point of a mesh that looks the same way: a tree of boxes."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..typing import Float32Array, FloatArray, IntArray

LEAF = 4
"""Triangles in a leaf of the tree."""
DEEPEST = 64


class NearestFaces:
    """Triangles, ready to be asked which is nearest. Safe to use from several threads at once.

    triangles: (m, 3, 3). normals: (m, 3) unit, 0 for triangles that look nowhere.
    """

    def __init__(self, triangles: FloatArray, normals: FloatArray) -> None:
        low = triangles.min(axis=(0, 1))
        size = float(np.ptp(triangles, axis=(0, 1)).max()) or 1.0
        cell = np.clip((triangles.mean(axis=1) - low) / size * 1023.0, 0.0, 1023.0).astype(np.int64)
        self.order = np.argsort(_interleaved(cell), kind="stable").astype(np.int32)
        leaves = 1
        while leaves * LEAF < len(triangles):
            leaves *= 2
        self._triangles = np.ascontiguousarray(triangles[self.order], dtype=np.float64)
        self._normals = np.ascontiguousarray(normals[self.order], dtype=np.float64)
        self._boxes = _boxes(self._triangles, leaves)
        self._leaves = leaves

    def find_here(
        self, places: Float32Array, normals: Float32Array, cap: float
    ) -> tuple[IntArray, Float32Array, Float32Array]:
        """For places (n, 3) with normals (n, 3): (n,) the face, (n, 3) barycentric weights, (n,) distance.

        A face that looks the other way counts only where none that looks the same way lies within ``cap``. On this
        thread.
        """
        count = len(places)
        face, far = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.float32)
        weights = np.empty((count, 3), dtype=np.float32)
        _find(
            self._triangles, self._normals, self._boxes, self._leaves, places, normals, cap, face, weights, far
        )  # fmt: skip
        found: IntArray = self.order[face].astype(np.int32)
        return found, weights, far


def _interleaved(cell: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) the bits of three coordinates of 10 bits, interleaved (Morton 1966)."""
    out = np.zeros(len(cell), dtype=np.int64)
    for bit in range(10):
        for axis in range(3):
            out |= ((cell[:, axis] >> bit) & 1) << (3 * bit + axis)
    return out


@njit(cache=True, nogil=True)
def _boxes(triangles: FloatArray, leaves: int) -> FloatArray:
    """(2 leaves, 6) low and high of each node; the children of n are 2 n and 2 n + 1, leaves begin at ``leaves``."""
    boxes = np.empty((2 * leaves, 6))
    boxes[:, :3], boxes[:, 3:] = np.inf, -np.inf
    for t in range(len(triangles)):
        leaf = leaves + t * leaves // len(triangles)
        for k in range(3):
            for axis in range(3):
                boxes[leaf, axis] = min(boxes[leaf, axis], triangles[t, k, axis])
                boxes[leaf, 3 + axis] = max(boxes[leaf, 3 + axis], triangles[t, k, axis])
    for node in range(leaves - 1, 0, -1):
        for axis in range(3):
            boxes[node, axis] = min(boxes[2 * node, axis], boxes[2 * node + 1, axis])
            boxes[node, 3 + axis] = max(boxes[2 * node, 3 + axis], boxes[2 * node + 1, 3 + axis])
    return boxes


@njit(cache=True, nogil=True)
def _to_box(boxes: FloatArray, node: int, x: float, y: float, z: float) -> float:
    dx = max(boxes[node, 0] - x, 0.0, x - boxes[node, 3])
    dy = max(boxes[node, 1] - y, 0.0, y - boxes[node, 4])
    dz = max(boxes[node, 2] - z, 0.0, z - boxes[node, 5])
    return dx * dx + dy * dy + dz * dz


@njit(cache=True, nogil=True)
def _on_triangle(t: FloatArray, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Weights of corners 2 and 3 of the nearest point, and the squared distance (Ericson 2005, section 5.1.5)."""
    ax, ay, az = t[0, 0], t[0, 1], t[0, 2]
    ux, uy, uz = t[1, 0] - ax, t[1, 1] - ay, t[1, 2] - az
    vx, vy, vz = t[2, 0] - ax, t[2, 1] - ay, t[2, 2] - az
    px, py, pz = x - ax, y - ay, z - az
    d1, d2 = ux * px + uy * py + uz * pz, vx * px + vy * py + vz * pz
    uu, uv, vv = ux * ux + uy * uy + uz * uz, ux * vx + uy * vy + uz * vz, vx * vx + vy * vy + vz * vz
    det = uu * vv - uv * uv
    b, c = -1.0, -1.0
    if det > 1e-14 * uu * vv:
        b, c = (vv * d1 - uv * d2) / det, (uu * d2 - uv * d1) / det
    if b < 0.0 or c < 0.0 or b + c > 1.0:
        best, b0, c0 = np.inf, 0.0, 0.0
        for edge in range(3):
            if edge == 0:
                s = min(1.0, max(0.0, d1 / uu)) if uu > 0.0 else 0.0
                bb, cc = s, 0.0
            elif edge == 1:
                s = min(1.0, max(0.0, d2 / vv)) if vv > 0.0 else 0.0
                bb, cc = 0.0, s
            else:
                ww = uu - 2.0 * uv + vv
                s = min(1.0, max(0.0, (uu - uv + d2 - d1) / ww)) if ww > 0.0 else 0.0
                bb, cc = 1.0 - s, s
            qx, qy, qz = bb * ux + cc * vx - px, bb * uy + cc * vy - py, bb * uz + cc * vz - pz
            d = qx * qx + qy * qy + qz * qz
            if d < best:
                best, b0, c0 = d, bb, cc
        return b0, c0, best
    qx, qy, qz = b * ux + c * vx - px, b * uy + c * vy - py, b * uz + c * vz - pz
    return b, c, qx * qx + qy * qy + qz * qz


@njit(cache=True, nogil=True)
def _search(
    triangles: FloatArray, normals: FloatArray, boxes: FloatArray, leaves: int, stack: IntArray,
    x: float, y: float, z: float, nx: float, ny: float, nz: float, facing: bool, hint: int, limit: float,
) -> tuple[int, float, float, float]:  # fmt: skip
    """The nearest face, its weights and the squared distance; -1 when none lies within the squared ``limit``."""
    face, wb, wc, best = -1, 0.0, 0.0, limit
    count = len(triangles)
    if hint >= 0:
        look = normals[hint, 0] * nx + normals[hint, 1] * ny + normals[hint, 2] * nz
        if look >= 0.0 or not facing:
            b, c, d = _on_triangle(triangles[hint], x, y, z)
            if d <= best:
                face, wb, wc, best = hint, b, c, d
    stack[0], depth = 1, 1
    while depth > 0:
        depth -= 1
        node = stack[depth]
        if _to_box(boxes, node, x, y, z) > best:
            continue
        if node >= leaves:
            leaf = node - leaves
            for t in range((leaf * count + leaves - 1) // leaves, ((leaf + 1) * count + leaves - 1) // leaves):
                if facing and normals[t, 0] * nx + normals[t, 1] * ny + normals[t, 2] * nz < 0.0:
                    continue
                b, c, d = _on_triangle(triangles[t], x, y, z)
                if d < best or (face < 0 and d <= best):
                    face, wb, wc, best = t, b, c, d
            continue
        near, far = 2 * node, 2 * node + 1
        to_near, to_far = _to_box(boxes, near, x, y, z), _to_box(boxes, far, x, y, z)
        if to_near > to_far:
            near, far, to_near, to_far = far, near, to_far, to_near
        if to_far <= best:
            stack[depth] = far
            depth += 1
        if to_near <= best:
            stack[depth] = near
            depth += 1
    return face, wb, wc, best


@njit(cache=True, nogil=True)
def _find(
    triangles: FloatArray, normals: FloatArray, boxes: FloatArray, leaves: int, places: Float32Array,
    looks: Float32Array, cap: float, face: IntArray, weights: Float32Array, far: Float32Array,
) -> None:  # fmt: skip
    stack = np.empty(DEEPEST, dtype=np.int32)
    hint = -1
    for n in range(len(places)):
        x, y, z = float(places[n, 0]), float(places[n, 1]), float(places[n, 2])
        nx, ny, nz = float(looks[n, 0]), float(looks[n, 1]), float(looks[n, 2])
        found, b, c, d = _search(
            triangles, normals, boxes, leaves, stack, x, y, z, nx, ny, nz, True, hint, cap * cap
        )  # fmt: skip
        if found < 0:
            found, b, c, d = _search(
                triangles, normals, boxes, leaves, stack, x, y, z, nx, ny, nz, False, hint, np.inf
            )  # fmt: skip
        hint = found
        face[n], far[n] = found, np.sqrt(d)
        weights[n, 0], weights[n, 1], weights[n, 2] = 1.0 - b - c, b, c
