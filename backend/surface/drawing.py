"""The drawing language of motifs: shapes from data, flattened to outlines and strokes, and drawn as coverage.

Lengths are in motif heights: x to the right from 0 to the aspect, y up from 0 to 1. Angles: degrees, but for spirals.

Shapes: ``disc`` [x, y, r], ``ellipse`` [x, y, rx, ry, turn], ``rect`` [left, bottom, right, top], ``polygon`` points
(``smooth``: a curve through them from the first to the last; ``closed``: around; ``holes``: outlines cut out), ``leaf``
[x, y, length, width, turn], ``star`` [x, y, points, step, radius, turn] (the star polygon {points/step}); with a
``width``: ``line`` and ``curve`` through points, ``arc`` [x, y, r, from, to], ``ring`` [x, y, r], ``spiral`` [x, y,
start radius, end radius, turns, phase in radians], and polygons or stars as outlines. A list of widths tapers a stroke.
``ink`` 0 takes away again. ``group`` shapes, or ``use`` of a named one in ``parts``, are placed by ``scale``, ``turn``
and ``move``; ``times`` with ``step_turn`` or ``step`` repeats them, ``mirror`` adds the image at the local y axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..geometry.typing import ByteImage, FloatArray

Shape = Mapping[str, Any]
SUBPIXEL = 4
SMOOTH_STEPS = 12


@dataclass(frozen=True)
class Outline:
    """A filled shape: contours (k, 2); where an even number overlap is outside. ink: 0..1."""

    contours: tuple[FloatArray, ...]
    ink: float


@dataclass(frozen=True)
class Stroke:
    """A line with round ends. points: (k, 2); widths: (k,)."""

    points: FloatArray
    widths: FloatArray
    ink: float


def flatten(
    shapes: Sequence[Shape], parts: Mapping[str, Sequence[Shape]], at: FloatArray | None = None
) -> Iterator[Outline | Stroke]:
    """Outlines and strokes of shapes, in order. at: (2, 3) affine placement."""
    at = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) if at is None else at
    for shape in shapes:
        if "group" in shape or "use" in shape:
            inner = shape["group"] if "group" in shape else parts[shape["use"]]
            for placed in _copies(shape, at):
                yield from flatten(inner, parts, placed)
        else:
            yield _single(shape, at)


def _copies(shape: Shape, at: FloatArray) -> Iterator[FloatArray]:
    """The placements of a group's copies."""
    scale = shape.get("scale", 1.0)
    sx, sy = (scale, scale) if isinstance(scale, int | float) else scale
    x, y = shape.get("move", (0.0, 0.0))
    own = _compose(at, _affine(x, y, shape.get("turn", 0.0), sx, sy))
    dx, dy = shape.get("step", (0.0, 0.0))
    for k in range(shape.get("times", 1)):
        placed = _compose(own, _affine(k * dx, k * dy, k * shape.get("step_turn", 0.0), 1.0, 1.0))
        yield placed
        if shape.get("mirror"):
            yield _compose(placed, _affine(0.0, 0.0, 0.0, -1.0, 1.0))


def _affine(x: float, y: float, turn: float, sx: float, sy: float) -> FloatArray:
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return np.array([[c * sx, -s * sy, x], [s * sx, c * sy, y]])


def _compose(outer: FloatArray, inner: FloatArray) -> FloatArray:
    return np.column_stack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def _single(shape: Shape, at: FloatArray) -> Outline | Stroke:
    ink = float(shape.get("ink", 1.0))
    contours = [at[:, :2] @ c.T + at[:, 2:] for c in _contours(shape)]
    points = [np.ascontiguousarray(c.T) for c in contours]
    if "width" not in shape:
        return Outline(tuple(points), ink)
    scale = math.sqrt(abs(float(np.linalg.det(at[:, :2]))))
    widths = np.atleast_1d(np.asarray(shape["width"], dtype=np.float64)) * scale
    line = points[0]
    if ("polygon" in shape and (shape.get("closed") or not shape.get("smooth"))) or "star" in shape:
        line = np.vstack([line, line[:1]])
    return Stroke(line, np.interp(np.linspace(0.0, 1.0, len(line)), np.linspace(0.0, 1.0, len(widths)), widths), ink)


def _contours(shape: Shape) -> list[FloatArray]:
    """(k, 2) each, in the shape's own coordinates."""
    for name, points in ROUND.items():
        if name in shape:
            return [points(*shape[name])]
    if "rect" in shape:
        left, bottom, right, top = shape["rect"]
        return [np.array([[left, bottom], [right, bottom], [right, top], [left, top]], dtype=np.float64)]
    path = next((shape[name] for name in ("line", "curve", "polygon") if name in shape), None)
    if path is None:
        raise ValueError(f"no shape of the drawing language: {sorted(shape)}")
    is_closed = bool(shape.get("closed"))
    smooth = "curve" in shape or shape.get("smooth") or (is_closed and "polygon" in shape)
    outer = _smooth(path, is_closed) if smooth else np.array(path, dtype=np.float64)
    return [outer, *(_smooth(hole, True) if smooth else np.array(hole, dtype=float) for hole in shape.get("holes", ()))]


def _arc(x: float, y: float, radius: float, start: float, end: float) -> FloatArray:
    angle = np.radians(np.linspace(start, end, max(int(abs(end - start) / 6.0), 4) + 1))
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def _ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> FloatArray:
    circle = _arc(0.0, 0.0, 1.0, 0.0, 360.0)[:-1]
    placed = _affine(x, y, turn, rx, ry)
    return circle @ placed[:, :2].T + placed[:, 2]


def _spiral(x: float, y: float, start: float, end: float, turns: float, phase: float) -> FloatArray:
    t = np.linspace(0.0, 1.0, 64)
    radius, angle = start + (end - start) * t, phase + 2.0 * math.pi * turns * t
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def _leaf(x: float, y: float, length: float, width: float, turn: float) -> FloatArray:
    """A petal from its stalk at (x, y); widest at 60 % of its length, with a pointed end."""
    t = np.linspace(0.0, 1.0, 17)
    half = 0.5 * width * np.sin(math.pi * t**1.35) ** 0.85
    side = np.column_stack([t * length, half])
    placed = _affine(x, y, turn, 1.0, 1.0)
    return np.vstack([side, side[-2:0:-1] * [1.0, -1.0]]) @ placed[:, :2].T + placed[:, 2]


def _star(x: float, y: float, points: int, step: int, radius: float, turn: float = 0.0) -> FloatArray:
    """The outline of the star polygon {points/step}: tips at the radius, notches where its edges first cross."""
    notch = radius * math.cos(math.pi * step / points) / math.cos(math.pi * (step - 1) / points)
    angle = np.radians(turn) + np.arange(2 * points) * math.pi / points
    length = np.where(np.arange(2 * points) % 2 == 0, radius, notch)
    return np.column_stack([x + length * np.cos(angle), y + length * np.sin(angle)])


ROUND: Mapping[str, Callable[..., FloatArray]] = {
    "disc": lambda x, y, r: _ellipse(x, y, r, r),
    "ring": lambda x, y, r: _arc(x, y, r, 0.0, 360.0),
    "ellipse": _ellipse,
    "arc": _arc,
    "spiral": _spiral,
    "leaf": _leaf,
    "star": _star,
}


def _smooth(points: Sequence[Sequence[float]], is_closed: bool = False) -> FloatArray:
    """A Catmull-Rom curve through the points."""
    p = np.array(points, dtype=np.float64)
    p = np.vstack([p[-1:], p, p[:2]]) if is_closed else np.vstack([p[:1], p, p[-1:]])
    t = np.linspace(0.0, 1.0, SMOOTH_STEPS, endpoint=False)[None, :, None]
    a, b, c, d = (p[k : len(p) - 3 + k, None, :] for k in range(4))
    q = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    curve = q.reshape(-1, 2)
    return curve if is_closed else np.vstack([curve, p[-1:]])


def draw(
    primitives: Sequence[Outline | Stroke],
    wide: int,
    tall: int,
    oversampling: int,
    shifts: Sequence[tuple[float, float]],
) -> ByteImage:
    """(tall, wide) coverage 0..255, row 0 on top. shifts: further places where all is drawn, for what wraps."""
    unit = tall * oversampling
    canvas = np.zeros((unit, wide * oversampling), dtype=np.uint8)
    for primitive in primitives:
        for dx, dy in shifts:
            _draw_one(canvas, primitive, np.array([dx, dy]), unit)
    return cv2.resize(canvas, (wide, tall), interpolation=cv2.INTER_AREA) if oversampling > 1 else canvas


def _draw_one(canvas: ByteImage, primitive: Outline | Stroke, shift: FloatArray, unit: int) -> None:
    ink = round(255 * primitive.ink)
    fine = 1 << SUBPIXEL
    if isinstance(primitive, Outline):
        contours = [_pixels(c + shift, unit, fine) for c in primitive.contours]
        if any(_touches(c, canvas, fine) for c in contours):
            cv2.fillPoly(canvas, contours, ink, cv2.LINE_8, SUBPIXEL)
        return
    points = _pixels(primitive.points + shift, unit, fine)
    half = np.maximum(primitive.widths * unit * fine / 2.0, fine / 2.0)
    if not _touches(points, canvas, fine, float(half.max())):
        return
    for i in range(len(points)):
        cv2.circle(canvas, points[i].tolist(), round(half[i]), ink, -1, cv2.LINE_8, SUBPIXEL)
        if i == 0:
            continue
        a, b = points[i - 1].astype(np.float64), points[i].astype(np.float64)
        length = float(np.hypot(*(b - a)))
        if length < 1.0:
            continue
        across = np.array([a[1] - b[1], b[0] - a[0]]) / length
        corners = [a + across * half[i - 1], a - across * half[i - 1], b - across * half[i], b + across * half[i]]
        cv2.fillConvexPoly(canvas, np.round(corners).astype(np.int32), ink, cv2.LINE_8, SUBPIXEL)


def _pixels(points: FloatArray, unit: int, fine: int) -> Any:
    """(k, 2) int32 in fixed point; pixel centres lie at whole numbers there."""
    placed = np.column_stack([points[:, 0], 1.0 - points[:, 1]]) * unit - 0.5
    return np.round(placed * fine).astype(np.int32)


def _touches(points: Any, canvas: ByteImage, fine: int, margin: float = 0.0) -> bool:
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    return bool(high.min() >= 0 and low[0] <= canvas.shape[1] * fine and low[1] <= canvas.shape[0] * fine)
