"""Limbs and trunks of animals as distance fields, and parts turned into profile. Lengths in centimetres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator

from ....geometry.implicit import Field
from ....geometry.part import Part
from ....geometry.typing import FloatArray, Points
from ._forms import CM


def trunk(stations: Sequence[tuple[float, float, float, float]]) -> Field:
    """A lying form of elliptic sections along y: the barrel of a quadruped.

    stations: (y, half width, half height, middle height), from the front (-y) to the back.
    """
    table = np.asarray(stations, dtype=np.float64) * CM
    low, high = float(table[0, 0]), float(table[-1, 0])
    outline = PchipInterpolator(table[:, 0], table[:, 1:])

    def field(p: Points) -> FloatArray:
        wide, tall, middle = outline(np.clip(p[:, 1], low, high)).T
        x, z = p[:, 0], p[:, 2] - middle
        near = np.hypot(x / wide, z / tall)
        slope = np.hypot(x / wide**2, z / tall**2)
        around = np.where(slope > 1e-9, near * (near - 1.0) / np.maximum(slope, 1e-9), -np.minimum(wide, tall))
        return np.maximum(around, np.maximum(low - p[:, 1], p[:, 1] - high))

    return field


def in_profile(part: Part) -> Part:
    """A part that looked to -y, looking to -x: seen from the front it shows its side."""
    return part.turned("z", -90.0)
