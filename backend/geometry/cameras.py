"""Pinhole and orthographic cameras: where a point falls in the picture, and which ray a pixel looks along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import BadInput
from .typing import Float32Array, FloatArray, Points

MAX_SIDE = 16384
RIGID = 1e-4
"""How far columns of a camera's turn may be from unit length and right angles."""


@dataclass(frozen=True)
class Camera:
    """A camera without lens distortion.

    to_world: (4, 4) rigid; its columns are right, up, backward (the camera looks along -z, as in OpenGL and Blender)
    and the camera's place. width, height: pixels. focal: (x, y) pixels; for an orthographic camera pixels per unit of
    length. centre: (x, y) the principal point, pixels from the picture's upper left corner; the centre of the upper
    left pixel is (0.5, 0.5).
    """

    to_world: FloatArray
    width: int
    height: int
    focal: tuple[float, float]
    centre: tuple[float, float]
    orthographic: bool = False

    def __post_init__(self) -> None:
        turn = np.asarray(self.to_world, dtype=np.float64)
        object.__setattr__(self, "to_world", turn)
        fix = "Give a camera as its own columns right, up, backward and place, without scale."
        if turn.shape != (4, 4) or not np.isfinite(turn).all():
            raise BadInput("A camera's matrix is not 4 x 4 finite numbers.", fix)
        if np.abs(turn[:3, :3].T @ turn[:3, :3] - np.eye(3)).max() > RIGID or np.linalg.det(turn[:3, :3]) < 0.0:
            raise BadInput("A camera's matrix is scaled, sheared or mirrored.", fix)
        numbers = (*self.focal, *self.centre)
        if not np.isfinite(numbers).all() or min(self.focal) <= 0.0:
            raise BadInput("A camera's focal lengths must be above 0.", "Give them in pixels.")
        if not (1 <= self.width <= MAX_SIDE and 1 <= self.height <= MAX_SIDE):
            raise BadInput(
                f"A camera's picture cannot be {self.width} x {self.height}.", f"Give 1 to {MAX_SIDE} pixels a side."
            )

    @classmethod
    def look_at(
        cls,
        eye: Sequence[float] | FloatArray,
        target: Sequence[float] | FloatArray,
        up: Sequence[float] | FloatArray,
        size: tuple[int, int],
        *,
        field_of_view: float | None = None,
        extent: float | None = None,
    ) -> Camera:
        """A camera at ``eye`` that looks at ``target``. size: (width, height). Either field_of_view, degrees along the
        shorter side, or extent, units of length along the shorter side of an orthographic picture.
        """
        back = np.asarray(eye, dtype=np.float64) - np.asarray(target, dtype=np.float64)
        if not np.linalg.norm(back) > 0.0:
            raise BadInput("A camera cannot look at its own place.", "Give a target away from the camera.")
        back /= np.linalg.norm(back)
        right = np.cross(np.asarray(up, dtype=np.float64), back)
        if np.linalg.norm(right) < 1e-9:
            right = np.cross(np.array([0.0, 1.0, 0.0]) if abs(back[1]) < 0.9 else np.array([1.0, 0.0, 0.0]), back)
        right /= np.linalg.norm(right)
        turn = np.eye(4)
        turn[:3, 0], turn[:3, 1], turn[:3, 2], turn[:3, 3] = right, np.cross(back, right), back, eye
        if (field_of_view is None) == (extent is None):
            raise BadInput("A camera needs a field of view or an extent.", "Give one of the two.")
        if extent is not None:
            if not extent > 0.0:
                raise BadInput("A camera's extent must be above 0.", "Give units of length.")
            focal = min(size) / extent
        else:
            if field_of_view is None or not 0.0 < field_of_view < 180.0:
                raise BadInput("A camera's field of view must lie between 0 and 180 degrees.", "Give degrees.")
            focal = 0.5 * min(size) / float(np.tan(np.radians(field_of_view) / 2.0))
        return cls(turn, *size, (focal, focal), (size[0] / 2.0, size[1] / 2.0), extent is not None)

    @property
    def place(self) -> FloatArray:
        """(3,) where the camera stands."""
        return self.to_world[:3, 3]

    @property
    def forward(self) -> FloatArray:
        """(3,) unit vector along which the camera looks."""
        return -self.to_world[:3, 2]

    def project(self, points: Points) -> tuple[FloatArray, FloatArray]:
        """(n, 2) pixels, x to the right and y down, and (n,) depth along the axis, positive in front of the camera."""
        local = (points - self.place) @ self.to_world[:3, :3]
        depth = -local[:, 2]
        scale = np.ones(len(points)) if self.orthographic else 1.0 / np.where(depth == 0.0, 1e-30, depth)
        x = self.centre[0] + self.focal[0] * local[:, 0] * scale
        y = self.centre[1] - self.focal[1] * local[:, 1] * scale
        return np.stack([x, y], axis=1), depth

    def rays(self) -> tuple[Float32Array, Float32Array]:
        """(H * W, 3) origins and unit directions through the centres of the pixels, row by row."""
        x = (np.arange(self.width) + 0.5 - self.centre[0]) / self.focal[0]
        y = -(np.arange(self.height) + 0.5 - self.centre[1]) / self.focal[1]
        plane = np.stack(np.broadcast_arrays(x[None, :], y[:, None], -1.0), axis=-1).reshape(-1, 3)
        turn = self.to_world[:3, :3]
        if self.orthographic:
            origins = self.place + plane[:, :2] @ turn[:, :2].T
            directions = np.broadcast_to(self.forward, origins.shape)
        else:
            directions = (plane / np.linalg.norm(plane, axis=1, keepdims=True)) @ turn.T
            origins = np.broadcast_to(self.place, directions.shape)
        return np.ascontiguousarray(origins, dtype=np.float32), np.ascontiguousarray(directions, dtype=np.float32)

    def moved(self, centre: FloatArray, scale: float) -> Camera:
        """The camera in a frame in which a point p stands at (p - centre) / scale."""
        turn = self.to_world.copy()
        turn[:3, 3] = (turn[:3, 3] - centre) / scale
        focal = (self.focal[0] * scale, self.focal[1] * scale) if self.orthographic else self.focal
        return replace(self, to_world=turn, focal=focal)

    def resized(self, width: int, height: int) -> Camera:
        """The same view in a picture of another size."""
        x, y = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            focal=(self.focal[0] * x, self.focal[1] * y),
            centre=(self.centre[0] * x, self.centre[1] * y),
        )

    def to_json(self) -> dict[str, Any]:
        """As it stands in results and requests."""
        return {
            "to_world": [[round(float(v), 9) for v in row] for row in self.to_world],
            "width": self.width,
            "height": self.height,
            "focal": list(self.focal),
            "centre": list(self.centre),
            "orthographic": self.orthographic,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Camera:
        """Raises BadInput for what is no camera."""
        try:
            return cls(
                np.asarray(values["to_world"], dtype=np.float64),
                int(values["width"]),
                int(values["height"]),
                (float(values["focal"][0]), float(values["focal"][1])),
                (float(values["centre"][0]), float(values["centre"][1])),
                bool(values.get("orthographic", False)),
            )
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise BadInput("A camera cannot be read.", "Give to_world, width, height, focal and centre.") from error
