"""Slabs: an outline with thickness and worked edges. Panels, steles, boxes, trays, tiles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import manifold3d
import numpy as np

from ..errors import GeometryError
from .part import Part, Sheet, grid_faces, part_from_sheets
from .typing import Faces, FloatArray


def rectangle(width: float, depth: float, radius: float = 0.0, steps: int = 8) -> FloatArray:
    """(k, 2) outline of a rectangle about the origin, counter-clockwise, with rounded corners."""
    if radius <= 0.0:
        half = 0.5 * np.array([width, depth])
        return half * np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
    corners = []
    for k, (sx, sy) in enumerate([(1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)]):
        angle = np.radians(90.0 * (k - 1)) + np.linspace(0.0, 0.5 * np.pi, steps + 1)
        centre = (sx * (0.5 * width - radius), sy * (0.5 * depth - radius))
        corners.append(centre + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return np.concatenate(corners)


def ellipse(width: float, depth: float, steps: int = 96) -> FloatArray:
    """(steps, 2) outline of an ellipse about the origin, counter-clockwise."""
    angle = 2.0 * np.pi * np.arange(steps) / steps
    return 0.5 * np.stack([width * np.cos(angle), depth * np.sin(angle)], axis=1)


def rounded_edge(thickness: float, bevel: float, steps: int = 4, start: float = 0.0) -> list[tuple[float, float]]:
    """Rings (inset, height) of a slab whose upper and lower edges are rounded with radius ``bevel``."""
    angle = np.linspace(0.0, 0.5 * np.pi, steps + 1)
    lower = [(bevel * (1.0 - np.sin(a)), start + bevel * (1.0 - np.cos(a))) for a in angle]
    upper = [(bevel * (1.0 - np.cos(a)), start + thickness - bevel * (1.0 - np.sin(a))) for a in angle]
    return [(float(i), float(z)) for i, z in [*lower, *upper]]


def slab(
    outline: FloatArray,
    rings: Sequence[tuple[float, float]],
    *,
    regions: tuple[str, str, str] = ("base", "body", "top"),
    densities: tuple[float, float, float] = (1.0, 1.0, 1.0),
    unit: float = 0.01,
    max_step: float | None = None,
) -> Part:
    """The closed part between the first and the last ring, all of one outline (k, 2), counter-clockwise, in x and y.

    rings: (inset, height) from bottom to top, in ``unit`` metres like the outline; a ring is the outline moved inwards
    by its inset, which must be less than the radius of any rounded corner (GeometryError). regions and densities: of
    the lower face, the sides, the upper face. The upper face's chart is upright.
    """
    loop = _subdivided(np.asarray(outline, dtype=np.float64), max_step or 0.12 * float(np.ptp(outline, axis=0).max()))
    profile = np.asarray(rings, dtype=np.float64)
    space = _rings(loop, profile) * unit
    steep = np.abs(np.diff(profile[:, 1])) >= np.abs(np.diff(profile[:, 0])) - 1e-9
    low, high = int(np.argmax(steep)), len(steep) - int(np.argmax(steep[::-1]))
    bottom = _cap(space[: low + 1][::-1], 0, densities[0], top=False)
    top = _cap(space[high:], 2, densities[2], top=True)
    sides = _sides(space[low : high + 1], profile[low : high + 1] * unit, loop * unit, densities[1])
    return part_from_sheets([bottom, *sides, top], regions, 32.0)


def _subdivided(outline: FloatArray, max_step: float) -> FloatArray:
    """The outline with long edges divided."""
    points = []
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        pieces = max(1, int(np.ceil(np.linalg.norm(b - a) / max_step - 1e-9)))
        points.append(a + (b - a) * (np.arange(pieces) / pieces)[:, None])
    return np.concatenate(points)


def _rings(loop: FloatArray, profile: FloatArray) -> FloatArray:
    """(rings, k, 3) the outline inset by mitres."""
    edge = np.roll(loop, -1, axis=0) - loop
    after = np.stack([edge[:, 1], -edge[:, 0]], axis=1) / np.linalg.norm(edge, axis=1, keepdims=True)
    before = np.roll(after, 1, axis=0)
    mitre = (after + before) / (1.0 + np.einsum("ij,ij->i", after, before))[:, None]
    flat = loop[None] - profile[:, :1, None] * mitre[None]
    turned = np.einsum("rij,ij->ri", np.roll(flat, -1, axis=1) - flat, edge)
    if (turned <= 0.0).any():
        raise GeometryError("An edge is worked deeper than a corner of the slab is round.", "Make the bevel smaller.")
    height = np.broadcast_to(profile[:, 1:, None], (*flat.shape[:2], 1))
    return np.concatenate([flat, height], axis=2)


def _cap(rings: FloatArray, region: int, density: float, *, top: bool) -> Sheet:
    """The flat face within the last of ``rings`` (from the edge inwards) with its bevel, projected onto the plane."""
    count, around = rings.shape[:2]
    points = rings.reshape(-1, 3)
    inner = rings[-1, :, :2]
    faces = (
        manifold3d.triangulate([np.ascontiguousarray(inner)], allow_convex=False).astype(np.int32)
        + (count - 1) * around
    )
    if count > 1:
        faces = np.vstack([_ring_faces(count, around), faces])
    uv = points[:, :2].copy()
    if not top:
        faces = faces[:, ::-1]
        uv[:, 0] *= -1.0
    return Sheet(points, uv, faces, np.full(len(faces), region, dtype=np.int32), density, top)


def _ring_faces(rings: int, around: int) -> Faces:
    """Faces between closed rings of vertices, from the outermost inwards, seen from above."""
    wrapped = grid_faces(rings, around + 1)
    return (wrapped // (around + 1) * around + wrapped % (around + 1) % around).astype(np.int32)


def _sides(space: FloatArray, profile: FloatArray, loop: FloatArray, density: float) -> list[Sheet]:
    """The edge as strips, short enough for the atlas."""
    around = len(loop)
    lengths = np.linalg.norm(np.roll(loop, -1, axis=0) - loop, axis=1)
    u = np.concatenate([[0.0], np.cumsum(lengths)])
    v = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(profile, axis=0).T))])
    area = 2.0 * float(np.prod(np.ptp(loop, axis=0))) + float(u[-1] * v[-1])
    pieces = max(1, int(np.ceil(u[-1] / (1.0 * np.sqrt(area)))))
    borders = np.unique(np.searchsorted(u, np.linspace(0.0, u[-1], pieces + 1) - 1e-9))
    sheets = []
    for a, b in pairwise(borders):
        columns = np.arange(a, b + 1)
        uv = np.stack(np.meshgrid(u[columns], v), axis=2).reshape(-1, 2)
        faces = grid_faces(len(v), len(columns))
        points = space[:, columns % around].reshape(-1, 3)
        sheets.append(Sheet(points, uv, faces, np.ones(len(faces), dtype=np.int32), density))
    return sheets
