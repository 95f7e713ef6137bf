"""A closed piece of an artifact with its own charts, before pieces are joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .typing import BoolArray, Faces, FloatArray, IntArray, Points


@dataclass(frozen=True)
class Part:
    """A closed surface cut into charts that lie flat at true scale.

    points: (n, 3) metres, split at chart borders. faces: (m, 3), outward. uv: (n, 2) metres within the vertex's chart,
    counter-clockwise like the faces. chart: (m,) index of each face's chart; charts share no vertices.
    region: (m,) index into ``regions``. density: (c,) texels per metre of each chart, relative to the others.
    upright: (c,) whether the chart keeps its orientation in the atlas. crease: radians, sharper edges stay sharp.
    """

    points: Points
    faces: Faces
    uv: FloatArray
    chart: IntArray
    region: IntArray
    regions: tuple[str, ...]
    density: FloatArray
    upright: BoolArray
    crease: float = np.radians(38.0)

    def moved(self, offset: Sequence[float]) -> Part:
        """The part moved by (x, y, z) metres."""
        return replace(self, points=self.points + np.asarray(offset, dtype=np.float64))

    def turned(self, axis: str, degrees: float) -> Part:
        """The part turned about the x, y or z axis through the origin, counter-clockwise seen from the axis's tip."""
        a, b = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        points = self.points.copy()
        points[:, a] = cosine * self.points[:, a] - sine * self.points[:, b]
        points[:, b] = sine * self.points[:, a] + cosine * self.points[:, b]
        return replace(self, points=points)

    def as_cutter(self, region: str | None = None) -> Part:
        """The part made to be taken away: its charts are mirrored, as its faces will be seen from the other side."""
        mirrored = replace(self, uv=self.uv * (-1.0, 1.0))
        return mirrored if region is None else mirrored.in_region(region)

    def in_region(self, region: str) -> Part:
        """The part with all its faces in one region."""
        return replace(self, region=np.zeros(len(self.faces), dtype=np.int32), regions=(region,))


def grid_faces(rows: int, columns: int, first: int = 0) -> Faces:
    """(2 (rows-1) (columns-1), 3) faces of a grid of vertices numbered row by row from ``first``."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = (first + i * columns + j).ravel()
    b, c, d = a + 1, a + columns + 1, a + columns
    # Alternating diagonals keep the silhouette and the shading symmetric.
    even = ((i + j) % 2 == 0).ravel()[:, None]
    one = np.where(even, np.stack([a, b, c], axis=1), np.stack([a, b, d], axis=1))
    two = np.where(even, np.stack([a, c, d], axis=1), np.stack([b, c, d], axis=1))
    return np.stack([one, two], axis=1).reshape(-1, 3).astype(np.int32)


@dataclass(frozen=True)
class Sheet:
    """One chart in the making: points (n, 3), uv (n, 2), faces (m, 3) and region (m,)."""

    points: Points
    uv: FloatArray
    faces: Faces
    region: IntArray
    density: float = 1.0
    upright: bool = False


def part_from_sheets(sheets: Sequence[Sheet], regions: tuple[str, ...], crease_degrees: float = 38.0) -> Part:
    """One part from its charts; faces without area (at a pole) are dropped."""
    faces, chart, region = [], [], []
    first = 0
    for index, sheet in enumerate(sheets):
        corners = sheet.points[sheet.faces]
        edges = corners - corners[:, (1, 2, 0)]
        apart = np.abs(edges).max(axis=2).min(axis=1) > 0
        faces.append(sheet.faces[apart] + first)
        chart.append(np.full(int(apart.sum()), index, dtype=np.int32))
        region.append(sheet.region[apart])
        first += len(sheet.points)
    return Part(
        np.concatenate([s.points for s in sheets]),
        np.concatenate(faces).astype(np.int32),
        np.concatenate([s.uv for s in sheets]),
        np.concatenate(chart),
        np.concatenate(region).astype(np.int32),
        regions,
        np.array([s.density for s in sheets]),
        np.array([s.upright for s in sheets]),
        float(np.radians(crease_degrees)),
    )
