"""Directions around an object and what people call the view from there."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ...geometry.typing import FloatArray

Up = Literal["y", "z"]

SIDES = ("front", "front right", "right", "back right", "back", "back left", "left", "front left")
"""By azimuth, every 45 degrees."""
STEEP, OBLIQUE = 65.0, 30.0
"""Degrees of elevation beyond which a view is from above alone, or from a side and from above."""


def axes(up: Up) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors from the object to where it is seen from the front, from the right, and from above.

    As Blender's views: the front is seen from -Y where z is up, from +Z where y is (glTF); right is +X in both.
    """
    right = np.array([1.0, 0.0, 0.0])
    if up == "y":
        return np.array([0.0, 0.0, 1.0]), right, np.array([0.0, 1.0, 0.0])
    return np.array([0.0, -1.0, 0.0]), right, np.array([0.0, 0.0, 1.0])


def direction(azimuth: float, elevation: float, up: Up) -> FloatArray:
    """(3,) unit, from the object to the camera. azimuth: degrees from the front towards the right; elevation: above."""
    front, right, above = axes(up)
    a, e = np.radians(azimuth), np.radians(elevation)
    level = np.cos(a) * front + np.sin(a) * right
    return np.asarray(np.cos(e) * level + np.sin(e) * above)


def angles(towards: FloatArray, up: Up) -> tuple[float, float]:
    """Azimuth in [0, 360) and elevation, degrees, of a direction from the object to the camera."""
    front, right, above = axes(up)
    unit = towards / np.linalg.norm(towards)
    azimuth = np.degrees(np.arctan2(unit @ right, unit @ front)) % 360.0
    return float(azimuth), float(np.degrees(np.arcsin(np.clip(unit @ above, -1.0, 1.0))))


def view_name(towards: FloatArray, up: Up) -> str:
    """What the view from a direction (object to camera) is called: "front", "left from above", "from below", ..."""
    azimuth, elevation = angles(towards, up)
    height = "from above" if elevation > 0.0 else "from below"
    if abs(elevation) > STEEP:
        return height
    side = SIDES[round(azimuth / 45.0) % 8]
    return f"{side} {height}" if abs(elevation) > OBLIQUE else side


def upright(towards: FloatArray, up: Up) -> FloatArray:
    """(3,) what shall point up in the picture; seen from straight above or below, the front is at the near edge."""
    front, _, above = axes(up)
    steep = float(towards @ above) / float(np.linalg.norm(towards))
    if abs(steep) < 0.999:
        return above
    return -front if steep > 0.0 else front
