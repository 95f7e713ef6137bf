"""A view of a ball, computed, as painters are asked for it."""

from dataclasses import replace

import numpy as np

from backend.engines.texture.contract import PaintRequest
from backend.geometry.cameras import Camera

RADIUS, AWAY = 0.4, 2.0


def ball_request(size=64, **changes):
    """A ball of radius 0.4 before an orthographic camera 2 m away: its left half is new, the right half is kept."""
    y, x = (0.5 - (np.mgrid[0:size, 0:size] + 0.5) / size)[[0, 1]]
    x = -x
    inside = x**2 + y**2 < RADIUS**2
    rise = np.sqrt(np.where(inside, RADIUS**2 - x**2 - y**2, 0.0))
    shape = inside[..., None]
    normal = np.where(shape, np.stack([x, y, rise], axis=-1) / RADIUS, 0.0).astype(np.float32)
    colours = np.stack([0.5 + x, 0.5 + y, 0.4 + 0.0 * x], axis=-1)
    new = inside & (x < 0.0)
    camera = Camera(pose(), size, size, (float(size), float(size)), (size / 2.0, size / 2.0), orthographic=True)
    request = PaintRequest(
        camera=camera,
        depth=np.where(inside, AWAY - rise, np.inf).astype(np.float32),
        normal=normal,
        position=np.where(shape, np.stack([x, y, rise], axis=-1), 0.0).astype(np.float32),
        rgb=np.where((inside & ~new)[..., None], colours, 0.5).astype(np.float32),
        mask_new=new,
        mask_update=np.zeros_like(inside),
        mask_keep=inside & ~new,
        strength=0.5,
        prompt="a b c",
        seed=3,
        view_index=0,
        object_mask=inside,
        view_name="front",
    )
    return replace(request, **changes)


def pose():
    """Looking along -z from 2 m."""
    matrix = np.eye(4)
    matrix[2, 3] = AWAY
    return matrix
