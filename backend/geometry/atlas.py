"""Packing rectangles into a square atlas: skyline, bottom-left, with quarter turns."""

from __future__ import annotations

import numpy as np

from .typing import BoolArray, FloatArray

GUTTER = 8.5 / 1024.0
"""Distance between charts as a share of the atlas: 8 texels at 1024."""


def pack(sizes: FloatArray, upright: BoolArray) -> tuple[float, FloatArray, BoolArray]:
    """The largest scale at which rectangles fit into the unit square, found by bisection.

    sizes: (c, 2) width and height. upright: (c,) rectangles that must not be turned. Returns the scale, the lower left
    corners (c, 2) inside the gutters, and (c,) which were turned by 90 degrees.
    """
    low = 0.0
    high = float(np.sqrt(1.0 / max(float(np.prod(sizes, axis=1).sum()), 1e-30)))
    best: tuple[float, FloatArray, BoolArray] | None = None
    while best is None or (high - low) > 0.004 * high:
        scale = 0.5 * (low + high)
        placed = _place(sizes * scale + GUTTER, upright)
        if placed is None:
            high = scale
        else:
            low, best = scale, (scale, *placed)
    return best


def _place(sizes: FloatArray, upright: BoolArray) -> tuple[FloatArray, BoolArray] | None:
    """Lower left corners and turns of rectangles that already hold their gutter, or None when they do not fit."""
    room = 1.0 - GUTTER
    skyline: list[tuple[float, float, float]] = [(0.0, room, 0.0)]
    corners = np.zeros((len(sizes), 2))
    turned = np.zeros(len(sizes), dtype=bool)
    for index in np.argsort(-sizes.max(axis=1), kind="stable"):
        width, height = float(sizes[index, 0]), float(sizes[index, 1])
        options = [(*_lowest(skyline, width, height, room), False)]
        if not upright[index]:
            options.append((*_lowest(skyline, height, width, room), True))
        top, x, y, turn = min(options)
        if not np.isfinite(top):
            return None
        corners[index] = (x + GUTTER, y + GUTTER)
        turned[index] = turn
        skyline = _raised(skyline, x, height if turn else width, top)
    return corners, turned


def _lowest(
    skyline: list[tuple[float, float, float]], width: float, height: float, room: float
) -> tuple[float, float, float]:
    """(top, x, y) of the spot whose top is lowest; infinite when there is none."""
    best = (np.inf, 0.0, 0.0)
    for index, (start, _, base) in enumerate(skyline):
        end = start + width
        if end > room:
            break
        after = index + 1
        while after < len(skyline) and skyline[after][0] < end:
            base = max(base, skyline[after][2])
            after += 1
        if base + height <= room:
            best = min(best, (base + height, start, base))
    return best


def _raised(
    skyline: list[tuple[float, float, float]], start: float, width: float, top: float
) -> list[tuple[float, float, float]]:
    """The skyline after a rectangle was put on it."""
    end = start + width
    pieces = [(start, end, top)]
    for a, b, y in skyline:
        if a < start:
            pieces.append((a, min(b, start), y))
        if b > end:
            pieces.append((max(a, end), b, y))
    return sorted(pieces)
