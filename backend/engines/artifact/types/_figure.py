"""Human heads and bodies as calm, simplified sculpture: right proportions and plain forms, no attributes.

Life size in metres, looking to the front (-y). The eyes are at half the head's height, the nose ends half-way between
brow and chin, the lips lie a third of the way from there to the chin.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator

from ....geometry.implicit import (
    Field,
    Vector,
    chain,
    difference,
    ellipsoid,
    half_space,
    intersection,
    local,
    mirrored,
    rounded_cone,
    union,
)
from ....geometry.typing import FloatArray, Points
from ._forms import CM

CHIN, CROWN = -8.9, 12.9
"""Heights of the head's ends about the middle of the face, centimetres: a head of 21.8."""


def cm(*values: float) -> tuple[float, ...]:
    """Centimetres as metres."""
    return tuple(v * CM for v in values)


def raised(field: Field, by: Vector) -> Field:
    """The field moved by this, metres."""
    shift = np.asarray(by, dtype=np.float64)
    return lambda p: field(p - shift)


def tube(levels: Sequence[tuple[float, float, float, float]], ends: bool = True) -> Field:
    """An upright form of elliptic sections through smooth outlines, cut flat at its ends: robes, trunks, necks.

    levels: (height, half width, half depth, middle in y) in centimetres, from below; slopes should be gentle.
    """
    table = np.asarray(levels, dtype=np.float64) * CM
    low, high = float(table[0, 0]), float(table[-1, 0])
    outline = PchipInterpolator(table[:, 0], table[:, 1:])

    def field(p: Points) -> FloatArray:
        wide, deep, middle = outline(np.clip(p[:, 2], low, high)).T
        x, y = p[:, 0], p[:, 1] - middle
        near = np.hypot(x / wide, y / deep)
        slope = np.hypot(x / wide**2, y / deep**2)
        around = np.where(slope > 1e-9, near * (near - 1.0) / np.maximum(slope, 1e-9), -np.minimum(wide, deep))
        return np.maximum(around, np.maximum(low - p[:, 2], p[:, 2] - high)) if ends else around

    return field


def face() -> Field:
    """A calm oval face with skull: level brows, almond eyes, closed lips; its middle at the origin."""
    oval = union(
        ellipsoid(cm(0, 1.9, 3.5), cm(7.3, 8.9, 8.3)),
        ellipsoid(cm(0, -1.6, -1.2), cm(6.1, 5.6, 7.2)),
        ellipsoid(cm(0, -3.3, -6.2), cm(3.4, 3.1, 2.7)),
        smooth=3.0 * CM,
    )
    brow = mirrored(chain([cm(0.9, -6.9, 3.2), cm(3.0, -6.55, 3.7), cm(5.3, -4.7, 2.9)], cm(0.55, 0.6, 0.3)))
    socket = mirrored(ellipsoid(cm(3.3, -8.1, 1.75), cm(2.3, 1.7, 1.3)))
    form = difference(union(oval, brow, smooth=1.5 * CM), socket, smooth=1.3 * CM)
    form = union(form, _nose(), smooth=0.9 * CM)
    form = union(form, _eyes(), smooth=0.15 * CM)
    return _lips(form)


def _nose() -> Field:
    bridge = chain([cm(0, -6.7, 3.0), cm(0, -7.75, 0.4), cm(0, -8.6, -1.7)], cm(0.6, 0.65, 0.85))
    wings = mirrored(ellipsoid(cm(0.95, -7.6, -1.9), cm(0.75, 1.0, 0.65)))
    return local(union(bridge, wings, smooth=0.7 * CM), cm(0, -7.4, 0.4), 4.6 * CM)


def _eyes() -> Field:
    """Plain almonds."""
    lower, upper = (ellipsoid(cm(3.3, -5.15, 1.75 + s), cm(2.35, 1.75, 2.2), (0, 0, 20)) for s in (-1.2, 1.2))
    lens = intersection(lower, upper, smooth=0.1 * CM)
    return mirrored(local(lens, cm(3.3, -5.5, 1.75), 2.4 * CM, 0.012))


def _lips(form: Field) -> Field:
    muzzle = ellipsoid(cm(0, -5.3, -4.8), cm(2.9, 1.9, 2.0))
    dip = ellipsoid(cm(0, -7.9, -6.35), cm(1.5, 0.8, 0.5))
    upper = mirrored(chain([cm(0, -7.15, -4.3), cm(0.8, -7.18, -4.22), cm(2.6, -6.2, -4.8)], cm(0.46, 0.48, 0.2)))
    lower = mirrored(chain([cm(0, -6.95, -5.42), cm(0.9, -6.88, -5.38), cm(2.3, -6.2, -5.0)], cm(0.58, 0.54, 0.2)))
    middle, radius = cm(0, -6.4, -4.8), 3.4 * CM
    form = difference(union(form, muzzle, smooth=1.6 * CM), dip, smooth=1.0 * CM)
    return union(form, local(union(upper, lower, smooth=0.1 * CM), middle, radius, 0.012), smooth=0.3 * CM)


def hair() -> Field:
    """Short hair as one smooth cap with a plain hairline."""
    cap = ellipsoid(cm(0, 1.9, 4.0), cm(7.75, 9.3, 8.9))
    behind = half_space(cm(0, -4.6, 7.6), (0, -0.72, -0.69))
    return intersection(cap, behind, smooth=1.1 * CM)


def neck(low: float, width: float = 4.7) -> Field:
    """From the skull down to this height, centimetres about the middle of the face."""
    return rounded_cone(cm(0, 2.2, -4.0), cm(0, 3.6, low), width * CM, (width + 0.5) * CM)


def ears() -> Field:
    """Plain ears between brow and the base of the nose."""
    shell = ellipsoid(cm(7.0, 1.4, 0.4), cm(0.8, 1.7, 3.0), (8, 0, -18))
    hollow = ellipsoid(cm(7.75, 0.9, 0.8), cm(0.5, 0.95, 1.8), (8, 0, -18))
    return mirrored(difference(shell, hollow, smooth=0.5 * CM))


def head(low: float, covering: Field | None = None) -> Field:
    """Head and neck, the middle of the face at the origin; low: where the neck ends. covering: the hair."""
    skin = union(face(), neck(low), smooth=2.6 * CM)
    skin = union(skin, ears(), smooth=0.5 * CM)
    return union(skin, hair() if covering is None else covering, smooth=0.45 * CM)
