"""The scene's cameras, and photographs in their backgrounds, as the engine takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidRequest
from ..core.view_cameras import Frame, camera_json, placed_picture

Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Turns Blender's axes into those of the GLB in which the mesh is sent."""


@dataclass(frozen=True)
class Photographed:
    """A camera and the photograph that it took."""

    camera: bpy.types.Object
    background: bpy.types.CameraBackgroundImage


def scene_cameras(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected cameras; without any all that are visible; by name."""
    layer = context.view_layer
    found = [item for item in layer.objects if item.type == "CAMERA" and item.visible_get(view_layer=layer)]
    chosen = [item for item in found if item.select_get(view_layer=layer)]
    return sorted(chosen or found, key=lambda item: item.name)


def photographed(context: bpy.types.Context) -> list[Photographed]:
    """Those of these cameras that have a photograph in their background."""
    found = []
    for camera in scene_cameras(context):
        background = photograph_of(camera.data)
        if background is not None:
            found.append(Photographed(camera, background))
    return found


def photograph_of(camera: bpy.types.Camera) -> bpy.types.CameraBackgroundImage | None:
    """The first background image that is shown."""
    return next(
        (entry for entry in camera.background_images if entry.source == "IMAGE" and entry.image is not None
         and entry.show_background_image),
        None,
    )  # fmt: skip


def any_photograph(context: bpy.types.Context) -> bool:
    """Whether the file has a camera with a photograph. Cheap enough for every drawing."""
    return any(photograph_of(camera) is not None for camera in bpy.data.cameras)


def view_json(
    context: bpy.types.Context, camera: bpy.types.Object, origin: Sequence[float], side: int
) -> dict[str, Any]:
    """What a camera sees, in the frame of a mesh about ``origin``. side: pixels of the picture's longer side."""
    frame = frame_of(context, camera)
    longer = max(frame.width, frame.height)
    width, height = (max(1, round(side * length / longer)) for length in (frame.width, frame.height))
    return _json(context, camera, origin, frame, width, height)


def photograph_json(context: bpy.types.Context, taken: Photographed, origin: Sequence[float]) -> dict[str, Any]:
    """A camera with its photograph as Blender shows it behind the scene. Raises InvalidRequest for a turned one."""
    background, camera = taken.background, taken.camera
    if background.use_flip_x or background.use_flip_y or abs(background.rotation) > 1e-6:
        raise InvalidRequest(
            f"The background image of the camera “{camera.name}” is turned or mirrored.",
            "Set its Rotation to 0 and Flip off in the camera's properties; turn the camera instead.",
        )
    image = background.image
    width, height = image.size
    if not (width and height):
        raise InvalidRequest(
            f"The photograph “{image.name}” of the camera “{camera.name}” cannot be read.",
            "Find the file with File > External Data > Find Missing Files, or take the camera's background out.",
        )
    frame = placed_picture(
        frame_of(context, camera), width / height, background.frame_method, background.scale, tuple(background.offset)
    )
    return _json(context, camera, origin, frame, width, height)


def frame_of(context: bpy.types.Context, camera: bpy.types.Object) -> Frame:
    """What the camera's frame covers: with its sensor, shift and the render's aspect. Raises InvalidRequest."""
    if camera.data.type not in ("PERSP", "ORTHO"):
        raise InvalidRequest(
            f"The camera “{camera.name}” is panoramic.", "Hide it, or make it perspective or orthographic."
        )
    corners = np.array(camera.data.view_frame(scene=context.scene), dtype=np.float64)
    orthographic = camera.data.type == "ORTHO"
    if not orthographic:
        corners = corners / -corners[:, 2:]
    low, high = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    return Frame(float(low[0]), float(high[0]), float(low[1]), float(high[1]), orthographic)


def to_file(place: Sequence[float]) -> NDArray[np.float64]:
    """(3,) a place about a mesh's origin in the axes of its file."""
    found: NDArray[np.float64] = Y_UP @ np.asarray(place, dtype=np.float64)
    return found


def _json(
    context: bpy.types.Context,
    camera: bpy.types.Object,
    origin: Sequence[float],
    frame: Frame,
    width: int,
    height: int,
) -> dict[str, Any]:
    scale = context.scene.unit_settings.scale_length
    return camera_json(_to_world(camera, origin, scale), frame.scaled(scale), width, height)


def _to_world(camera: bpy.types.Object, origin: Sequence[float], scale: float) -> NDArray[np.float64]:
    """(4, 4) rigid, in the axes of the GLB. Blender leaves a camera's scale out of account, so does this."""
    matrix = np.array(camera.matrix_world, dtype=np.float64)
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if lengths.min() <= 0.0 or np.linalg.det(matrix[:3, :3]) <= 0.0:
        raise InvalidRequest(f"The camera “{camera.name}” is mirrored or has no size.", "Set its scale to 1.")
    turned, _ = np.linalg.qr(matrix[:3, :3] / lengths)
    turned *= np.sign(np.einsum("ij,ij->j", turned, matrix[:3, :3]))
    found = np.eye(4)
    found[:3, :3] = Y_UP @ turned
    found[:3, 3] = Y_UP @ ((matrix[:3, 3] - np.asarray(origin, dtype=np.float64)) * scale)
    return found
