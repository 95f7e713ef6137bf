"""Packing charts by their true outlines: drawn on a grid, put at the lowest place where they fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from .typing import ByteImage, Faces, FloatArray, IntArray

FINE, COARSE, MANY = 512, 256, 120
"""Cells along the atlas: fine, and coarse when there are many charts."""
TOLERANCE = 0.006
"""How close the scale comes to the largest at which the charts fit."""


@dataclass(frozen=True)
class Packed:
    """uv: (k, 2) in 0..1. scale: texels per unit of length. gutter: texels between charts, at least."""

    uv: FloatArray
    scale: float
    gutter: int


def pack_charts(
    uv: FloatArray, faces: Faces, first_face: IntArray, first_vertex: IntArray, resolution: int, gutter: int,
    tick: Callable[[], None],
) -> Packed:  # fmt: skip
    """Charts at true scale packed into the unit square, at the largest common scale found by bisection.

    uv: (k, 2); faces: (m, 3), both sorted by chart, those of chart c from ``first_*[c]`` to ``first_*[c + 1]``.
    The gutter, texels at ``resolution``, also keeps half its width from the edges; it shrinks when the charts are so
    many that they leave no room. tick: called between steps.
    """
    charts = [
        _upright(uv[first_vertex[c] : first_vertex[c + 1]], faces[first_face[c] : first_face[c + 1]] - first_vertex[c])
        for c in range(len(first_face) - 1)
    ]
    orders = [
        sorted(range(len(charts)), key=lambda c: (-charts[c].extent, c)),
        sorted(range(len(charts)), key=lambda c: (-charts[c].area, c)),
        sorted(range(len(charts)), key=lambda c: (-charts[c].size.min(), c)),
    ]
    # Many charts fill the gaps in any order, and take longer to try.
    orders = orders if len(charts) <= MANY else orders[:1]
    cells = min(resolution, COARSE if len(charts) > MANY else FINE)
    while True:
        found = _largest(charts, orders, cells, resolution, gutter, tick)
        if found is not None:
            break
        gutter, cells = gutter // 2, min(resolution, FINE)
        if gutter == 0:
            cells = resolution
            found = _largest(charts, orders, cells, resolution, 0, tick) or _rows(charts, resolution)
            break
    scale, places = found
    cell = resolution / cells
    out = np.concatenate([_placed(chart, place, scale, cell) for chart, place in zip(charts, places, strict=True)])
    return Packed(out / resolution, scale, gutter)


@dataclass(frozen=True)
class _Chart:
    uv: FloatArray
    faces: Faces
    size: FloatArray
    area: float

    @property
    def extent(self) -> float:
        return float(self.size.max() + 0.5 * self.size.min())


@dataclass(frozen=True)
class _Place:
    """Cells from the left and from the bottom, quarter turns, and the mask's width and height before turning."""

    x: int
    y: int
    turns: int
    width: int
    height: int


def _upright(uv: FloatArray, faces: Faces) -> _Chart:
    """A chart turned so that its bounding rectangle is smallest, with its lower left corner at the origin."""
    box = cv2.boxPoints(cv2.minAreaRect(uv.astype(np.float32))).astype(np.float64)
    sides = box[1] - box[0], box[2] - box[1]
    along = max(sides, key=lambda side: float(side @ side))
    size = float(np.hypot(*along))
    along = along / size if size > 0.0 else np.array([1.0, 0.0])
    along = along if (along[0], along[1]) > (0.0, 0.0) else -along
    turned = uv @ np.array([[along[0], -along[1]], [along[1], along[0]]])
    turned -= turned.min(axis=0)
    a, b, c = np.moveaxis(turned[faces], 1, 0)
    area = 0.5 * float(np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum())
    return _Chart(turned, faces, turned.max(axis=0), area)


def _largest(
    charts: list[_Chart], orders: list[list[int]], cells: int, resolution: int, gutter: int, tick: Callable[[], None]
) -> tuple[float, list[_Place]] | None:
    """The largest scale in texels per length at which everything fits, and the places; None when nothing does."""
    total = max(sum(chart.area for chart in charts), 1e-300)
    longest = max(float(chart.size.max()) for chart in charts)
    best: tuple[float, list[_Place]] | None = None
    for order in orders:
        high = min(resolution / np.sqrt(total), resolution * 1.4143 / max(longest, 1e-300))
        low, scale = 0.0, high * 0.8
        if best is not None:
            low, scale = best[0], best[0] * (1.0 + 1.5 * TOLERANCE)
        while high - low > TOLERANCE * high and high >= 1e-3 * resolution / np.sqrt(total):
            tick()
            places = _places(charts, order, scale, cells, resolution, gutter)
            if places is not None:
                low, best = scale, (scale, places)
            elif best is not None and scale == best[0] * (1.0 + 1.5 * TOLERANCE):
                break
            else:
                high = scale
            scale = 0.5 * (low + high) if best is not None else 0.75 * high
    return best


def _places(
    charts: list[_Chart], order: list[int], scale: float, cells: int, resolution: int, gutter: int
) -> list[_Place] | None:
    """Where each chart comes to lie; None when one finds no room."""
    cell = resolution / cells
    occupied = np.ones((cells, cells), dtype=np.uint8)
    edge = int(np.ceil(0.5 * gutter / cell))
    occupied[edge : cells - edge, edge : cells - edge] = 0
    kernel = _kernel(gutter / cell)
    masks = []
    for chart in charts:
        width, height = (int(np.floor(v * scale / cell)) + 1 for v in chart.size)
        if min(width, height) > cells or width * height > cells * cells:
            return None
        masks.append(_drawn(chart.uv * (scale / cell), chart.faces, width, height))
    if sum(int(mask.sum()) for mask in masks) > int((occupied == 0).sum()):
        return None
    places: list[_Place | None] = [None] * len(charts)
    for index in order:
        place = _lowest(occupied, masks[index])
        if place is None:
            return None
        places[index] = place
        _occupy(occupied, np.rot90(masks[index], place.turns), place, kernel)
    return [place for place in places if place is not None]


def _kernel(reach: float) -> ByteImage:
    """Cells that come closer than ``reach`` cells to a cell in the middle."""
    steps = int(np.floor(reach)) + 1
    gap = np.maximum(np.abs(np.arange(-steps, steps + 1)) - 1, 0)
    return (np.hypot(gap[:, None], gap[None, :]) < reach - 1e-9).astype(np.uint8)


def _lowest(occupied: ByteImage, mask: ByteImage) -> _Place | None:
    """The place with the lowest top over the four quarter turns."""
    height, width = mask.shape
    best: tuple[int, int, int] | None = None
    for turns in range(4):
        turned = np.rot90(mask, turns)
        rows, cols = (axis.astype(np.int32) for axis in np.nonzero(turned))
        # A stride that visits cells all over the mask finds a collision soon.
        stride = _coprime(len(rows))
        visit = (np.arange(len(rows), dtype=np.int64) * stride) % len(rows)
        limit = len(occupied) if best is None else best[0]
        y, x = _fit(occupied, rows[visit], cols[visit], turned.shape[0], turned.shape[1], limit)
        if y >= 0 and (best is None or (y + turned.shape[0], x) < best[:2]):
            best = (y + turned.shape[0], x, turns)
    if best is None:
        return None
    tall = height if best[2] % 2 == 0 else width
    return _Place(best[1], best[0] - tall, best[2], width, height)


def _coprime(count: int) -> int:
    stride = int(count * 0.618) | 1
    while np.gcd(stride, count) != 1:
        stride += 2
    return stride


@njit(cache=True, nogil=True)
def _fit(
    occupied: ByteImage, rows: IntArray, cols: IntArray, height: int, width: int, limit: int
) -> tuple[int, int]:
    """(row, column) of the lowest, then leftmost free place whose top is not above ``limit``, or (-1, -1)."""
    for y in range(min(len(occupied), limit) - height + 1):
        x = 0
        while x <= len(occupied) - width:
            free = True
            for n in range(len(rows)):
                if occupied[y + rows[n], x + cols[n]]:
                    free = False
                    break
            if free:
                return y, x
            x += 1
    return -1, -1


def _occupy(occupied: ByteImage, mask: ByteImage, place: _Place, kernel: ByteImage) -> None:
    """Mark the cells of a placed chart and those around it."""
    pad = len(kernel) // 2
    wide = cv2.dilate(np.pad(mask, pad), kernel)
    top, left = place.y - pad, place.x - pad
    rows = slice(max(top, 0), min(top + wide.shape[0], len(occupied)))
    cols = slice(max(left, 0), min(left + wide.shape[1], len(occupied)))
    occupied[rows, cols] |= wide[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left]


@njit(cache=True, nogil=True)
def _drawn(uv: FloatArray, faces: Faces, width: int, height: int) -> ByteImage:
    """(height, width) 1 for each cell that a face touches. uv: (n, 2) in cells; row 0 is v = 0."""
    out = np.zeros((height, width), dtype=np.uint8)
    for f in range(len(faces)):
        a, b, c = uv[faces[f, 0]], uv[faces[f, 1]], uv[faces[f, 2]]
        x0, x1 = int(min(a[0], b[0], c[0])), min(width - 1, int(max(a[0], b[0], c[0])))
        y0, y1 = int(min(a[1], b[1], c[1])), min(height - 1, int(max(a[1], b[1], c[1])))
        if x0 == x1 or y0 == y1:
            out[y0 : y1 + 1, x0 : x1 + 1] = 1
            continue
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        sign = 1.0 if area >= 0.0 else -1.0
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                if out[y, x] == 0 and _touches(a, b, c, x + 0.5, y + 0.5, sign):
                    out[y, x] = 1
    return out


@njit(cache=True, nogil=True)
def _touches(a: FloatArray, b: FloatArray, c: FloatArray, x: float, y: float, sign: float) -> bool:
    """Whether a cell about (x, y) lies on the inner side of the three edges with some part."""
    for p, q in ((a, b), (b, c), (c, a)):
        dx, dy = (q[0] - p[0]) * sign, (q[1] - p[1]) * sign
        if dx * (y - p[1]) - dy * (x - p[0]) + 0.5 * (abs(dx) + abs(dy)) < -1e-9:
            return False
    return True


def _placed(chart: _Chart, place: _Place, scale: float, cell: float) -> FloatArray:
    """(n, 2) a chart's coordinates in texels at its place. Quarter turns go as numpy turns the mask, rows upwards."""
    x, y = (chart.uv * scale).T
    width, height = place.width * cell, place.height * cell
    for _ in range(place.turns):
        # rot90 takes (row, column) to (width - 1 - column, row).
        x, y = y, width - x
        width, height = height, width
    return np.stack([x + place.x * cell, y + place.y * cell], axis=1)


def _rows(charts: list[_Chart], resolution: int) -> tuple[float, list[_Place]]:
    """More charts than texels: each gets a cell of an even grid, at the scale of the largest. Cells are texels."""
    side = int(np.ceil(np.sqrt(len(charts))))
    step = resolution / side
    scale = 0.9 * step / max(float(chart.size.max()) for chart in charts)
    return scale, [_Place(int(n % side * step), int(n // side * step), 0, 1, 1) for n in range(len(charts))]
