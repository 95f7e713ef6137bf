"""Photographs with known cameras, made ready to be laid onto a mesh."""

from __future__ import annotations

import cv2
import numpy as np

from ...errors import BadInput
from ...geometry.cameras import Camera
from ...geometry.typing import BoolArray, Float32Array
from .contract import Photograph
from .preparation import resized

LARGEST = 4096
"""Pixels along the longer side; larger ones are made smaller."""
BORDER, RAMP = 2.0, 4.0
"""Pixels beside a masked part that are not used, since sampling looks around, and pixels over which they come in."""


def usable_photograph(photograph: Photograph, name: str) -> tuple[Float32Array, Camera, BoolArray]:
    """A photograph as float32, its camera, and the part that may be used, at no more than the largest size."""
    camera, picture = photograph.camera, photograph.picture
    if picture.shape != (camera.height, camera.width, 3):
        found = " x ".join(map(str, picture.shape[1::-1]))
        raise BadInput(
            f"{name} is {found} pixels, its camera {camera.width} x {camera.height}.",
            "Give each photograph the camera that took it, at its size.",
        )
    usable = np.ones(picture.shape[:2], dtype=bool) if photograph.mask is None else photograph.mask
    if usable.shape != picture.shape[:2]:
        raise BadInput(f"The mask of {name} has another size.", "Give a mask of the photograph's size.")
    if max(picture.shape) > LARGEST:
        camera = resized(camera, LARGEST)
        size = (camera.width, camera.height)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        usable = cv2.resize(usable.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
    return picture.astype(np.float32) / np.float32(255.0), camera, usable


def without_masked(picture: Float32Array, usable: BoolArray) -> tuple[Float32Array, Float32Array]:
    """The picture with its masked parts painted over by what is nearest, and (H, W) float32 how much each pixel counts.

    Smaller copies of a picture mix its pixels, and nothing of a masked part may come in there.
    """
    if usable.all() or not usable.any():
        return picture, usable.astype(np.float32)
    _, labels = cv2.distanceTransformWithLabels(
        (~usable).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(labels.max()) + 1, 3), dtype=np.float32)
    colours[labels[usable]] = picture[usable]
    inwards = cv2.distanceTransform(usable.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return colours[labels], np.clip((inwards - np.float32(BORDER)) / np.float32(RAMP), 0.0, 1.0).astype(np.float32)
