"""The shape of what a view shows, as pictures that control networks were trained on, and sizes that models take."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np

from ...geometry.typing import BoolArray, ByteImage, Float32Array
from ..texture.contract import PaintRequest
from ..texture.views import inverse_depth

FACING = (128, 128, 255)
"""A normal map where the surface looks at the camera, and where there is nothing."""
AnyImage = TypeVar("AnyImage", bound=np.ndarray)


def padded_size(request: PaintRequest, multiple: int) -> tuple[int, int]:
    """Height and width of a view, rounded up to what the model takes."""
    height, width = request.depth.shape
    return -(-height // multiple) * multiple, -(-width // multiple) * multiple


def padded(image: AnyImage, multiple: int, fill: float) -> AnyImage:
    """(H, W, ...) with rows below and columns at the right, so that both sides are multiples."""
    height, width = image.shape[:2]
    more = [(0, -height % multiple), (0, -width % multiple), *[(0, 0)] * (image.ndim - 2)]
    return np.pad(image, more, constant_values=fill)  # type: ignore[return-value]


def depth_picture(request: PaintRequest, multiple: int = 8) -> ByteImage:
    """(H, W, 3) uint8 on the padded size: inverse depth, the nearest white, the furthest and the background black.

    As MiDaS gives it (Ranftl et al. 2020), which depth ControlNets were trained on.
    """
    grey = np.rint(255.0 * inverse_depth(request.depth, "view")).astype(np.uint8)
    return padded(np.repeat(grey[..., None], 3, axis=2), multiple, 0)


def normal_picture(request: PaintRequest, multiple: int = 8) -> ByteImage:
    """(H, W, 3) uint8 on the padded size: blue towards the camera, green up, red to the left; the background faces us.

    The colours of Bae et al. 2021 (ScanNet's axes), which the normal ControlNets were trained on: "blue is front, red
    is left, green is top" (ControlNet 1.1, README, section Normal 1.1).
    """
    left_up_front = request.normal * np.array([-1.0, 1.0, 1.0], dtype=np.float32)
    coded = np.rint(127.5 * (1.0 + np.clip(left_up_front, -1.0, 1.0)) + 0.01).astype(np.uint8)
    picture = np.where(np.isfinite(request.depth)[..., None], coded, np.array(FACING, dtype=np.uint8))
    out = padded(picture, multiple, 255)
    out[picture.shape[0] :], out[:, picture.shape[1] :] = FACING, FACING
    return out


def start_picture(request: PaintRequest) -> Float32Array:
    """(H, W, 3) what a model is shown of the view: what is known, and that going on over what is not.

    Left grey, unpainted parts would colour their neighbours in the latents. What surrounds the object stays grey.
    """
    new: BoolArray = request.mask_new
    known = request.object_mask & ~new
    out = request.rgb.astype(np.float32, copy=True)
    if new.any() and known.any():
        _, labels = cv2.distanceTransformWithLabels(
            (~known).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        colours = np.zeros((int(labels.max()) + 1, 3), dtype=np.float32)
        colours[labels[known]] = request.rgb[known]
        out[new] = colours[labels[new]]
    if request.guess is not None and request.mask_guess is not None:
        sure = new & request.mask_guess
        out[sure] = request.guess[sure]
    return np.nan_to_num(np.clip(out, 0.0, 1.0), nan=0.5)


def grades(request: PaintRequest) -> Float32Array:
    """(H, W) how much of the way from noise a pixel goes: 1 where new, ``strength`` where it is updated, else 0."""
    out = np.zeros(request.depth.shape, dtype=np.float32)
    out[request.mask_update] = np.float32(request.strength)
    out[request.mask_new] = 1.0
    return out
