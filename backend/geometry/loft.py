"""Closed parts from rings of points (leaves, eaves, mouldings) and from flat faces (roofs, pyramids)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import manifold3d
import numpy as np

from .part import Part, Sheet, grid_faces, part_from_sheets
from .typing import Faces, FloatArray, IntArray, Points


def loft(
    rings: FloatArray,
    regions: str | Sequence[str],
    *,
    sectors: Sequence[int] = (),
    breaks: Sequence[int] = (),
    ends: tuple[str, str] | None = None,
    caps: tuple[int, int] = (0, 0),
    end_density: float = 1.0,
    crease_degrees: float = 38.0,
) -> Part:
    """The closed part through rings (rows, n, 3), metres, each counter-clockwise about the direction of the rows.

    regions: one name, or one for each span between two rows. sectors: indices of ring points at which charts end, so
    that each lies flat (one chart, cut at the first point, where there are none). breaks: rows at which charts end.
    ends: regions of the first and the last ring's fans, by default the regions beside them. caps: how many spans at
    the first and the last end belong to the end's chart, which is seen along the rows there (domes, pillows).
    """
    rows, count = rings.shape[:2]
    spans = [regions] * (rows - 1) if isinstance(regions, str) else list(regions)
    first, last = ends or (spans[0], spans[-1])
    names = tuple(dict.fromkeys([*spans, first, last]))
    code = np.array([names.index(name) for name in spans], dtype=np.int32)
    around = [*sorted(sectors)] or [0]
    around.append(around[0] + count)
    sheets = []
    bottom, top = caps[0], rows - 1 - caps[1]
    for low, high in pairwise([bottom, *sorted(breaks), top]):
        for a, b in pairwise(around):
            points = rings[low : high + 1][:, np.arange(a, b + 1) % count]
            faces = grid_faces(high - low + 1, b - a + 1)
            sheets.append(
                Sheet(points.reshape(-1, 3), _unrolled(points), faces, np.repeat(code[low:high], 2 * (b - a)))
            )
    sheets.append(_cap(rings[bottom::-1, ::-1], code[:bottom][::-1], names.index(first), end_density))
    sheets.append(_cap(rings[top:], code[top:], names.index(last), end_density))
    return part_from_sheets(sheets, names, crease_degrees)


def polyhedron(
    points: Sequence[Sequence[float]] | Points,
    faces: Sequence[Sequence[int]],
    regions: Sequence[str],
    *,
    unit: float = 0.01,
    densities: Sequence[float] | None = None,
) -> Part:
    """The closed part with these flat convex faces, each a chart of its own.

    points: (n, 3) in ``unit`` metres. faces: indices of corners, counter-clockwise from outside. regions: of each face.
    """
    space = np.asarray(points, dtype=np.float64) * unit
    names = tuple(dict.fromkeys(regions))
    sheets = []
    for index, face in enumerate(faces):
        corners = space[list(face)]
        across = corners[1] - corners[0]
        across /= np.linalg.norm(across)
        normal = np.cross(across, corners[2] - corners[0])
        normal /= np.linalg.norm(normal)
        uv = np.stack([(corners - corners[0]) @ across, (corners - corners[0]) @ np.cross(normal, across)], axis=1)
        fan = np.array([(0, k, k + 1) for k in range(1, len(face) - 1)], dtype=np.int32)
        region = np.full(len(fan), names.index(regions[index]), dtype=np.int32)
        sheets.append(Sheet(corners, uv, fan, region, 1.0 if densities is None else densities[index]))
    return part_from_sheets(sheets, names, 20.0)


def faint(part: Part, *regions: str, density: float = 0.15) -> Part:
    """The part with little room in the atlas for charts that lie wholly in these regions: what is hidden in a joint."""
    hidden = np.isin(part.region, [part.regions.index(name) for name in regions if name in part.regions])
    factor = np.full(len(part.density), density)
    factor[part.chart[~hidden]] = 1.0
    return Part(
        part.points,
        part.faces,
        part.uv,
        part.chart,
        part.region,
        part.regions,
        part.density * factor,
        part.upright,
        part.crease,
    )


def _unrolled(points: FloatArray) -> FloatArray:
    """(rows * columns, 2) a grid of points laid flat: its rows centred on each other, a mean step apart."""
    along = np.linalg.norm(np.diff(points, axis=1), axis=2)
    u = np.concatenate([np.zeros((len(points), 1)), np.cumsum(along, axis=1)], axis=1)
    u -= 0.5 * u[:, -1:]
    steps = np.linalg.norm(np.diff(points, axis=0), axis=2).mean(axis=1)
    # Where a row slides outwards on both sides the way along the edges is longer than the distance of the rows.
    slide = np.abs(np.diff(u, axis=0)).mean(axis=1)
    steps = np.sqrt(np.maximum(steps**2 - slide**2, (0.75 * steps) ** 2))
    v = np.concatenate([[0.0], np.cumsum(steps)])
    return np.stack([u, np.broadcast_to(v[:, None], u.shape)], axis=2).reshape(-1, 2)


def _cap(rings: Points, spans: IntArray, region: int, density: float) -> Sheet:
    """Rings (k, n, 3) from the rim inwards, counter-clockwise from outside, closed by a fan, seen along their axis."""
    rows, count = rings.shape[:2]
    centre = rings[-1].mean(axis=0)
    points = np.vstack([rings.reshape(-1, 3), centre])
    rim = rings[0] - rings[0].mean(axis=0)
    normal = np.cross(rim, np.roll(rim, -1, axis=0)).sum(axis=0)
    normal /= max(float(np.linalg.norm(normal)), 1e-30)
    a = rim[0] - normal * (rim[0] @ normal)
    a /= max(float(np.linalg.norm(a)), 1e-30)
    uv = np.stack([(points - centre) @ a, (points - centre) @ np.cross(normal, a)], axis=1)
    fan = (rows - 1) * count + _filled(uv[(rows - 1) * count : rows * count])
    wrapped = grid_faces(rows, count + 1)
    band = wrapped // (count + 1) * count + wrapped % (count + 1) % count
    regions = np.concatenate([np.repeat(spans, 2 * count), np.full(len(fan), region)])
    return Sheet(points, uv, np.vstack([band, fan]).astype(np.int32), regions.astype(np.int32), density)


def _filled(ring: FloatArray) -> Faces:
    """Faces of a flat ring (n, 2), with vertex n in its middle where all of it can be seen from there."""
    count = len(ring)
    after = np.roll(ring, -1, axis=0)
    if (ring[:, 0] * after[:, 1] > ring[:, 1] * after[:, 0]).all():
        index = np.arange(count)
        return np.stack([index, (index + 1) % count, np.full(count, count)], axis=1).astype(np.int32)
    return manifold3d.triangulate([np.ascontiguousarray(ring)], allow_convex=False).astype(np.int32)
