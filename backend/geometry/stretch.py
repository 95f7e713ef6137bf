"""How much a parametrisation stretches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .typing import Faces, FloatArray, Points


@dataclass(frozen=True)
class StretchReport:
    """Figures of an atlas; 1 is perfect for each of the first three.

    mean: L2 stretch over the surface, weighted by area (Sander et al. 2001, Texture mapping progressive meshes,
    section 3), with the atlas scaled to the surface's area: the root mean square of how far a unit of the atlas reaches
    on the surface. angular: mean over the surface of the ratio of a face's largest to its smallest stretch (1 keeps
    angles). density: 99th to 1st percentile of texels per length. fill: share of the atlas that faces cover.
    charts: how many. gutter: texels between charts, at least. folded: faces that are mirrored or have vanished, 0
    unless a polygon that may not be cut is itself folded.
    """

    mean: float
    angular: float
    density: float
    fill: float
    charts: int
    gutter: int
    folded: int


def measured(
    points: Points, faces: Faces, uv: FloatArray, uv_faces: Faces, *, charts: int = 0, gutter: int = 0
) -> StretchReport:
    """The figures of any atlas, faces without area aside. points: (n, 3); uv: (k, 2); faces, uv_faces: (m, 3)."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    one, two = b - a, c - a
    area = 0.5 * np.linalg.norm(np.cross(one, two), axis=1)
    p, q, r = (uv[uv_faces[:, k]] for k in range(3))
    (u1, v1), (u2, v2) = (q - p).T, (r - p).T
    flat = 0.5 * (u1 * v2 - u2 * v1)
    fill = float(np.abs(flat).sum())
    scale = fill / max(float(area.sum()), 1e-300)
    longest = np.maximum(np.einsum("ij,ij->i", one, one), np.einsum("ij,ij->i", two, two))
    sound = area > 1e-7 * longest
    folded = sound & (flat <= 1e-6 * area * scale)
    kept = sound & ~folded
    twice = (2.0 * flat[kept])[:, None]
    along_u = (one[kept] * v2[kept, None] - two[kept] * v1[kept, None]) / twice
    along_v = (two[kept] * u1[kept, None] - one[kept] * u2[kept, None]) / twice
    squares = np.einsum("ij,ij->i", along_u, along_u), np.einsum("ij,ij->i", along_v, along_v)
    cross = np.einsum("ij,ij->i", along_u, along_v)
    half, spread = 0.5 * (squares[0] + squares[1]), np.hypot(0.5 * (squares[0] - squares[1]), cross)
    weight = area[kept]
    total = max(float(weight.sum()), 1e-300)
    mean = float(np.sqrt((half * weight).sum() / total * scale))
    ratio = np.sqrt((half + spread) / np.maximum(half - spread, 1e-12 * half))
    angular = float((ratio * weight).sum() / total)
    density = np.sqrt(flat[kept] / weight)
    order = np.argsort(density, kind="stable")
    share = np.cumsum(weight[order]) / total
    low, high = np.interp([0.01, 0.99], share, density[order]) if kept.any() else (1.0, 1.0)
    return StretchReport(mean, angular, float(high / low), fill, charts, gutter, int(folded.sum()))
