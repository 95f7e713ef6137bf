"""A head with an Egyptian wig, for figures and lids. Lengths in centimetres."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import (
    Field,
    box,
    chain,
    difference,
    ellipsoid,
    half_space,
    intersection,
    mirrored,
    rounded_cone,
    sphere,
    union,
)
from ....geometry.typing import FloatArray, Points

CROWN, CHIN = 21.7, 17.1
"""Heights of the head as ``wigged_head`` makes it."""


def centimetres(field: Field, scale: float = 1.0, up: float = 0.0) -> Field:
    """A field in centimetres as one in metres, made ``scale`` times as large about z = 0 and raised by ``up``."""
    size = 0.01 * scale
    lift = np.array([0.0, 0.0, 0.01 * up])
    return lambda p: size * field((p - lift) / size)


def within(field: Field, low: tuple[float, float, float], high: tuple[float, float, float], margin: float) -> Field:
    """The same form, evaluated in a box only that holds it with ``margin`` to spare, for it costs time.

    Outside it is at least ``margin`` away, so it changes nothing where fields blend over less than that.
    """
    middle, half = 0.5 * np.add(low, high), 0.5 * np.subtract(high, low)

    def limited(p: Points) -> FloatArray:
        off = np.maximum(np.abs(p - middle) - half, 0.0)
        far = np.sqrt(np.einsum("ij,ij->i", off, off))
        out = far + margin
        inside = far == 0.0
        if inside.any():
            out[inside] = field(p[inside])
        return out

    return limited


def face() -> Field:
    """A face that looks to the front (-y), with brows, eyes, nose, lips and ears."""
    skull = union(
        ellipsoid((0, -0.3, 19.2), (1.6, 1.55, 1.95)), ellipsoid((0, -0.55, 18.2), (1.3, 1.2, 1.1)), smooth=0.5
    )
    nose = rounded_cone((0, -1.74, 19.6), (0, -1.96, 18.75), 0.14, 0.25)
    side = [
        ellipsoid((0.26, -1.88, 18.66), (0.16, 0.2, 0.14)),
        ellipsoid((0.62, -1.62, 19.55), (0.40, 0.17, 0.19), (0, 0, 18)),
        chain([(0.2, -1.82, 19.92), (0.65, -1.72, 20.02), (1.1, -1.4, 19.85)], [0.09, 0.11, 0.06]),
        ellipsoid((1.62, -0.15, 19.2), (0.22, 0.38, 0.62), (0, 0, -25)),
    ]
    lips = [ellipsoid((0.0, -1.72, 18.1), (0.52, 0.22, 0.13)), ellipsoid((0.0, -1.66, 17.9), (0.44, 0.22, 0.13))]
    chin = sphere((0, -1.3, 17.5), 0.4)
    features = union(nose, mirrored(union(*side)), *lips)
    near = within(features, (-2.2, -2.7, 17.2), (2.2, 0.6, 20.5), 0.2)
    return union(union(skull, chin, smooth=0.4), near, smooth=0.12)


def wig(low: float) -> Field:
    """A tripartite wig: a cap, two locks that come down before the shoulders to ``low``, and one down the back."""
    cap = intersection(
        ellipsoid((0, 0.25, 19.3), (2.2, 2.05, 2.4)), half_space((0, -0.95, 20.2), (0, -0.93, 0.36)), smooth=0.25
    )
    front = ellipsoid((0, -0.1, 20.6), (1.8, 1.72, 1.05))
    path = [(2.05, -0.3, 19.3), (2.1, -0.75, 17.6), (1.8, -1.45, 16.2), (1.6, -1.55, low)]
    lock = chain(path, [0.55, 0.62, 0.66, 0.62])
    back = box((0, 1.05, 0.5 * (19.0 + low)), (3.6, 1.5, 19.0 - low), 0.5)
    return union(cap, front, mirrored(lock), back, smooth=0.3)


def wigged_head(low: float) -> Field:
    """Face and wig, the wig's edge standing out from the face; ``low``: where the locks end."""
    hollow = ellipsoid((0, -1.55, 18.7), (1.55, 1.1, 1.5))
    return union(difference(wig(low), hollow, smooth=0.08), face(), smooth=0.06)


def rod(points: list[tuple[float, float, float]], radius: float) -> Field:
    """A thin rod along points."""
    return chain(points, [radius] * len(points))


def flat_below(height: float) -> Field:
    """Everything above a plane, to cut a flat base."""
    return half_space((0.0, 0.0, height), (0.0, 0.0, -1.0))
