"""Cameras that show the whole of an object as large as they can."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from ...geometry.cameras import Camera
from ...geometry.typing import FloatArray, Points
from .view_names import Up, upright

FIELD_OF_VIEW = 40.0
"""Degrees along the shorter side: about a 50 mm lens on 35 mm film, as pictures of objects are mostly taken."""
MARGIN = 0.03
"""Share of the picture that stays free on each side, so that silhouettes are whole."""
NEAR = 0.1
"""The least distance to the object, of its longest side: a rod seen from its end must not touch the lens."""


def outline(points: Points) -> Points:
    """Those points that alone decide how an object is framed: the corners of its convex hull."""
    if len(points) < 32:
        return points
    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except QhullError:  # flat or straight: every point may matter
        return points


def framed(
    points: Points, towards: FloatArray, up: Up, size: tuple[int, int], field_of_view: float = FIELD_OF_VIEW
) -> Camera:
    """The nearest camera in a direction that shows all points, with them in the middle of the picture.

    points: (n, 3) in the local frame (longest side 1). towards: (3,) from the object to the camera. field_of_view:
    degrees along the shorter side. Each point bounds the camera by the planes of the frustum, so the nearest place is
    where two of them meet.
    """
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    aim = Camera.look_at(centre + towards, centre, upright(towards, up), size, field_of_view=field_of_view)
    turn = aim.to_world[:3, :3]
    local = points @ turn
    slopes = (1.0 - 2.0 * MARGIN) * np.array(size) / (2.0 * np.array(aim.focal))
    high = (local[:, :2] + slopes * local[:, 2:]).max(axis=0)
    low = (slopes * local[:, 2:] - local[:, :2]).max(axis=0)
    back = max(float(((high + low) / (2.0 * slopes)).max()), float(local[:, 2].max()) + NEAR)
    place = turn @ np.array([*((high - low) / 2.0), back])
    pose = aim.to_world.copy()
    pose[:3, 3] = place
    return Camera(pose, aim.width, aim.height, aim.focal, aim.centre)
