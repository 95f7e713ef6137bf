"""Ornament as vector drawings: one repeat of a band, drawn from data into a small picture that wraps sideways."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from ..geometry.typing import Float32Array
from .material import DATA

HEIGHT = 128
OVERSAMPLING = 4


@cache
def motif(name: str) -> tuple[Float32Array, float]:
    """One repeat of a motif as coverage (h, w) in 0..1, row 0 on top, and its width divided by its height."""
    table = json.loads((DATA / "motifs" / f"{name}.json").read_text(encoding="utf-8"))
    aspect = float(table["aspect"])
    tall, wide = HEIGHT * OVERSAMPLING, max(int(HEIGHT * aspect), 8) * OVERSAMPLING
    picture = Image.new("L", (wide, tall), 0)
    pen = ImageDraw.Draw(picture)
    for shape in table["shapes"]:
        for shift in (-1.0, 0.0, 1.0):
            _draw(pen, shape, shift * aspect, tall)
    small = picture.resize((wide // OVERSAMPLING, HEIGHT), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / 255.0, aspect


def _draw(pen: ImageDraw.ImageDraw, shape: dict[str, Any], shift: float, tall: int) -> None:
    """One shape. Lengths are in band heights, x to the right, y up; ``ink`` 0 takes away again."""
    ink = int(255 * shape.get("ink", 1.0))
    if "disc" in shape:
        x, y, radius = shape["disc"]
        _disc(pen, x + shift, y, radius, tall, ink)
        return
    if "spiral" in shape:
        x, y, start, end, turns, phase = shape["spiral"]
        steps = 64
        points = [
            (
                x + (r := start + (end - start) * k / steps) * math.cos(a := phase + 2.0 * math.pi * turns * k / steps),
                y + r * math.sin(a),
            )
            for k in range(steps + 1)
        ]
    else:
        points = [tuple(p) for p in shape.get("line") or shape.get("curve") or shape["polygon"]]
    if "curve" in shape or shape.get("smooth"):
        points = _smooth(points)
    pixels = [((x + shift) * tall, (1.0 - y) * tall) for x, y in points]
    if "polygon" in shape:
        pen.polygon(pixels, fill=ink)
        return
    width = shape["width"]
    pen.line(pixels, fill=ink, width=max(int(width * tall), 1), joint="curve")
    for x, y in (points[0], points[-1]):
        _disc(pen, x + shift, y, width / 2.0, tall, ink)


def _disc(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, tall: int, ink: int) -> None:
    pen.ellipse(
        ((x - radius) * tall, (1.0 - y - radius) * tall, (x + radius) * tall, (1.0 - y + radius) * tall), fill=ink
    )


def _smooth(points: list[tuple[float, float]], steps: int = 12) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through the points."""
    p = np.array([points[0], *points, points[-1]], dtype=np.float64)
    out: list[tuple[float, float]] = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        for t in np.linspace(0.0, 1.0, steps, endpoint=False):
            q = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            out.append((float(q[0]), float(q[1])))
    return [*out, points[-1]]
