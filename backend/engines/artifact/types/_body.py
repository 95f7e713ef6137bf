"""Robed bodies for figures, standing and seated, as distance fields. Life size in metres, looking to the front (-y)."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import Field, box, chain, ellipsoid, mirrored, union
from ....geometry.typing import FloatArray, Points
from ._figure import CM, cm, tube

HEIGHT = 159.5
"""Of a standing figure without its plinth, centimetres: 7.3 heads."""
FACE = 146.6
"""Height of the middle of the face of a standing figure."""


def folded(field: Field, count: float, depth: float, top: float, bottom: float) -> Field:
    """The form with upright folds that deepen from ``top`` down to ``bottom``; depth and heights in centimetres."""

    def pleated(p: Points) -> FloatArray:
        share = np.clip((top - p[:, 2] / CM) / (top - bottom), 0.0, 1.0)
        angle = np.arctan2(p[:, 0], -p[:, 1])
        wave = np.cos(count * angle) + 0.35 * np.cos((2.0 * count - 3.0) * angle)
        return field(p) + wave * share * share * (depth * CM)

    return pleated


def draped(field: Field, neck: float, low: float, depth: float) -> Field:
    """The form with shallow folds that hang in curves around the neck, at this height, down to ``low``; centimetres."""

    def folds(p: Points) -> FloatArray:
        x, z = p[:, 0] / CM, p[:, 2] / CM
        around = np.sqrt(1.1 * x * x + 0.9 * (z - neck) ** 2 + 4.0)
        share = np.clip((around - 9.0) / 7.0, 0.0, 1.0) * np.clip((z - low) / 9.0, 0.0, 1.0)
        return field(p) + share * np.cos(1.15 * around + 1.1 * np.sin(0.31 * around)) * (depth * CM)

    return folds


def robe(depth: float = 0.8) -> Field:
    """A plain long garment from the shoulders to the ankles, a little wider at the hem; depth of its folds: cm."""
    skirt = tube([(1.5, 19.5, 15.5, 0.5), (25, 17.8, 13.5, 0.6), (50, 17.2, 12.2, 0.6), (72, 17.6, 12.0, 0.6),
                  (84, 17.3, 12.0, 0.8), (100, 14.8, 10.4, 0.6), (112, 16.2, 11.2, 0.2), (122, 17.0, 10.8, 0.4),
                  (128, 15.0, 9.0, 1.0)])  # fmt: skip
    shoulders = mirrored(chain([cm(0, 1.8, 130.0), cm(8.5, 1.6, 128.6), cm(16.5, 1.6, 125.4)], cm(7.0, 6.2, 5.0)))
    collar = ellipsoid(cm(0, 2.4, 131.5), cm(8.0, 7.0, 4.4), (12, 0, 0))
    body = union(folded(skirt, 9.0, depth, 96.0, 5.0), union(shoulders, collar, smooth=3.0 * CM), smooth=5.0 * CM)
    return draped(body, 138.0, 84.0, 0.45 * depth)


def hanging_arms() -> Field:
    """Sleeved arms along the body, slightly bent, and hands laid against the thighs."""
    sleeve = chain([cm(17.0, 1.6, 125.0), cm(19.6, 2.2, 112.0), cm(20.4, 1.6, 101.0), cm(20.0, -2.4, 83.5)],
                   cm(5.2, 5.0, 4.6, 4.8))  # fmt: skip
    palm = ellipsoid(cm(19.7, -3.8, 75.0), cm(1.9, 3.9, 5.6), (10, 0, 0))
    fingers = ellipsoid(cm(19.3, -4.8, 68.5), cm(1.6, 3.2, 5.4), (6, 0, 0))
    thumb = chain([cm(18.8, -6.2, 76.0), cm(18.4, -7.8, 71.0)], cm(1.3, 1.1))
    return mirrored(union(sleeve, union(palm, fingers, thumb, smooth=1.2 * CM), smooth=0.8 * CM))


def feet() -> Field:
    """The fore parts of plain shod feet under the hem."""
    return mirrored(ellipsoid(cm(7.6, -13.0, 1.5), cm(4.6, 9.5, 4.0), (0, 0, 8)))


def plinth(width: float, depth: float, height: float, middle: float = 0.0, top: float = 0.6) -> Field:
    """A block whose top is just above zero, so that what stands on it is one with it; centimetres."""
    return box(cm(0, middle, top - 0.5 * height), cm(width, depth, height), 0.5 * CM)


def seated_body(depth: float = 0.4) -> Field:
    """A robed body that sits cross-legged on z = 0, and its lap; depth of the folds: cm."""
    trunk = tube([(0.5, 19.0, 13.0, 1.5), (8, 18.2, 12.6, 1.5), (20, 15.2, 10.8, 1.0), (32, 15.8, 11.0, 0.4),
                  (44, 17.0, 11.0, 0.4), (51, 15.0, 9.0, 1.0)])  # fmt: skip
    shoulders = mirrored(chain([cm(0, 1.8, 54.0), cm(8.5, 1.6, 52.6), cm(16.5, 1.6, 49.4)], cm(7.0, 6.2, 5.0)))
    collar = ellipsoid(cm(0, 2.4, 55.5), cm(8.0, 7.0, 4.4), (12, 0, 0))
    upper = draped(union(trunk, union(shoulders, collar, smooth=3.0 * CM), smooth=5.0 * CM), 62.0, 14.0, depth)
    thigh = chain([cm(10.0, 0.0, 8.5), cm(22.0, -9.0, 8.2), cm(32.5, -14.5, 6.6)], cm(9.5, 8.6, 7.0))
    shin = chain([cm(32.0, -16.0, 6.8), cm(17.0, -21.8, 6.2), cm(0.0, -23.5, 4.6)], cm(6.8, 5.6, 4.6))
    lap = ellipsoid(cm(0, -11.5, 6.0), cm(30.0, 15.5, 8.2))
    return union(upper, mirrored(union(thigh, shin, smooth=5.0 * CM)), lap, smooth=5.0 * CM)


def arms_in_lap() -> Field:
    """Sleeved arms bent to the lap."""
    path = [cm(17.0, 1.6, 49.0), cm(20.8, 2.2, 38.0), cm(22.0, -0.5, 28.0), cm(15.0, -11.0, 21.0), cm(8.5, -16.5, 18.0)]
    return mirrored(chain(path, cm(5.2, 5.0, 4.8, 4.4, 4.2)))


def hands_in_lap() -> Field:
    """Hands laid upon each other, palms up, the thumbs' tips together."""
    palm = ellipsoid(cm(3.2, -18.0, 16.2), cm(6.2, 3.9, 1.9), (0, -4, 8))
    thumb = chain([cm(6.0, -18.6, 17.8), cm(3.0, -19.4, 19.4), cm(0.5, -19.6, 20.2)], cm(1.3, 1.1, 0.9))
    return mirrored(union(palm, thumb, smooth=0.8 * CM))
