"""Cameras as requests carry them: where a frame in front of the lens lies becomes focal lengths in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """What a picture covers, in camera space (x right, y up).

    Of a perspective camera at distance 1, of an orthographic one in units of length. A picture shown mirrored is
    turned round before it is sent, so right > left and top > bottom.
    """

    left: float
    right: float
    bottom: float
    top: float
    orthographic: bool = False

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    def scaled(self, factor: float) -> Frame:
        """In another unit of length; a perspective frame has none."""
        if not self.orthographic:
            return self
        return Frame(self.left * factor, self.right * factor, self.bottom * factor, self.top * factor, True)


def placed_picture(
    frame: Frame, aspect: float, method: str, scale: float = 1.0, offset: tuple[float, float] = (0.0, 0.0)
) -> Frame:
    """What a background picture covers, as Blender shows it in a camera's frame.

    aspect: width / height of the picture. method: STRETCH, FIT or CROP. offset: as Blender has it, of which 1 is the
    frame's longer side (source/blender/draw/engines/overlay/overlay_image.hh).
    """
    width, height = frame.width, frame.height
    frame_aspect = width / height
    if method != "STRETCH":
        wide = aspect > frame_aspect
        if wide == (method == "CROP"):
            width = height * aspect
        else:
            height = width / aspect
    longer = max(frame.width, frame.height)
    x = offset[0] * min(1.0, frame_aspect) * longer
    y = offset[1] / (max(1.0, frame_aspect) * (aspect / frame_aspect)) * longer
    x += (frame.left + frame.right) / 2.0
    y += (frame.bottom + frame.top) / 2.0
    w, h = width * scale / 2.0, height * scale / 2.0
    return Frame(x - w, x + w, y - h, y + h, frame.orthographic)


def camera_json(to_world: NDArray[np.float64], frame: Frame, width: int, height: int) -> dict[str, Any]:
    """A camera as the engine takes it.

    to_world: (4, 4), columns right, up, backward and place. width, height: pixels of the picture that covers the frame.
    """
    x, y = width / frame.width, height / frame.height
    return {
        "to_world": [[float(value) for value in row] for row in to_world],
        "width": width,
        "height": height,
        "focal": [x, y],
        "centre": [-frame.left * x, frame.top * y],
        "orthographic": frame.orthographic,
    }


def looks_past(camera: Mapping[str, Any], points: NDArray[np.float64]) -> bool:
    """Whether all points lie beyond one side of what a camera sees. camera: of ``camera_json``; points: (n, 3)."""
    to_world = np.array(camera["to_world"])
    local = (points - to_world[:3, 3]) @ to_world[:3, :3]
    depth = -local[:, 2]
    scale = np.ones(len(points)) if camera["orthographic"] else depth
    x = camera["centre"][0] * scale + camera["focal"][0] * local[:, 0]
    y = camera["centre"][1] * scale - camera["focal"][1] * local[:, 1]
    beyond = (depth <= 0.0, x < 0.0, y < 0.0, x > camera["width"] * scale, y > camera["height"] * scale)
    return any(bool(side.all()) for side in beyond)
