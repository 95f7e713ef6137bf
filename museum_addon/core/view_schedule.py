"""The ten views that the engine of painted views takes by the published schedule, by the same closed form as there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidRequest
from .view_cameras import Frame, camera_json

FILE = Path(__file__).with_name("view_schedule.json")
FRONT, RIGHT, ABOVE = np.array([0.0, -1.0, 0.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
"""Unit vectors from the object to where it is seen from the front, from the right and from above; Z is up."""
STEEP = 0.999
"""Sine of the elevation from which on a view from above or below has the front at its near edge."""
Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Turns axes with Z up into those of a GLB."""


@dataclass(frozen=True)
class View:
    """From where an object is, or was, painted. camera: as requests carry it, but with Z up."""

    name: str
    camera: Mapping[str, Any]


@cache
def _figures() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def published(points: NDArray[np.float64], side: int) -> list[View]:
    """The views in their order. points: (n, 3) what is framed, Z up. side: pixels of the square pictures.

    Raises InvalidRequest for what has no extent.
    """
    extent = float(np.ptp(points, axis=0).max()) if len(points) else 0.0
    if not (np.isfinite(extent) and extent > 0.0):
        raise InvalidRequest("The object has no extent.", "Select a mesh with a surface.")
    return [
        View(view["name"], framed(points, direction(view["azimuth"], view["elevation"]), extent, side))
        for view in _figures()["views"]
    ]


def direction(azimuth: float, elevation: float) -> NDArray[np.float64]:
    """(3,) unit, from the object to the camera. Degrees: from the front towards the right, and above the level."""
    a, e = np.radians(azimuth), np.radians(elevation)
    found: NDArray[np.float64] = np.cos(e) * (np.cos(a) * FRONT + np.sin(a) * RIGHT) + np.sin(e) * ABOVE
    return found


def framed(
    points: NDArray[np.float64], towards: NDArray[np.float64], extent: float, side: int
) -> dict[str, Any]:
    """The nearest camera in a direction that shows all points, with them in the middle of a square picture.

    towards: (3,) unit, from the points to the camera. extent: the longest side of their box. Each point bounds the
    camera by the planes of the frustum, so the nearest place is where two of them meet.
    """
    figures = _figures()
    half = float(np.tan(np.radians(figures["field_of_view"]) / 2.0))
    turn = _turn(towards)
    local = points @ turn
    slope = (1.0 - 2.0 * figures["margin"]) * half
    high = (local[:, :2] + slope * local[:, 2:]).max(axis=0)
    low = (slope * local[:, 2:] - local[:, :2]).max(axis=0)
    back = max(float(((high + low) / (2.0 * slope)).max()), float(local[:, 2].max()) + figures["near"] * extent)
    to_world = np.eye(4)
    to_world[:3, :3] = turn
    to_world[:3, 3] = turn @ np.array([*((high - low) / 2.0), back])
    return camera_json(to_world, Frame(-half, half, -half, half), side, side)


def _turn(towards: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) columns right, up and backward."""
    steep = float(towards @ ABOVE)
    up = ABOVE if abs(steep) < STEEP else (-FRONT if steep > 0.0 else FRONT)
    right = np.cross(up, towards)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(towards, right), towards], axis=1)


def with_z_up(camera: Mapping[str, Any]) -> dict[str, Any]:
    """A camera of a result, in the axes of the GLB, with Z up. Raises ValueError, KeyError and TypeError for none."""
    turned = np.array(camera["to_world"], dtype=np.float64)
    if turned.shape != (4, 4) or not np.isfinite(turned).all():
        raise ValueError("a camera's matrix is not 4 x 4 finite numbers")
    turned[:3] = Y_UP.T @ turned[:3]
    return {
        "to_world": turned.tolist(),
        "width": int(camera["width"]),
        "height": int(camera["height"]),
        "focal": [float(value) for value in camera["focal"]],
        "centre": [float(value) for value in camera["centre"]],
        "orthographic": bool(camera.get("orthographic", False)),
    }
