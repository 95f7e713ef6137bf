"""One object taken off the background of its picture, without a trained model.

A picture's own transparency is kept. Otherwise the background has to be plain: one colour, a gradient, or fine noise
about them (``backgrounds`` finds it, ``matting`` finds the object and its soft edge). How sure that is, is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from PIL import Image

from ...geometry.glb import png_bytes
from ...geometry.typing import ByteImage
from ..texture.images import Picture
from ..texture.images import read_picture as read_any
from .backgrounds import background_of
from .matting import matte

Method = Literal["alpha", "plain", "none"]
WORKING_SIDE = 640
"""Pixels along the longer side at which the object is sought; the edge is found at the picture's own size."""
DOUBTFUL = 0.5
"""A confidence below which the user is told."""
LARGEST = 1536
"""Pixels along the longer side that are kept: no engine looks at more, and a job is cancelled within seconds."""
SOLID = 128
SHOWN = 256
LEAST_SHARE = 0.002
"""Of a picture, that an object covers."""
BUSY = (
    "The background of the picture is busy or much like the object, so the object may be cut out wrongly: look at the "
    "cut-out, and use a picture before a plain background, or one with transparency."
)
NOTHING = "No object stands out from the picture's background; the whole picture was used."


@dataclass(frozen=True)
class CutOut:
    """colour: (H, W, 3) uint8, without the background's share at the edge. alpha: (H, W) uint8. confidence: 0..1."""

    colour: ByteImage
    alpha: ByteImage
    method: Method
    confidence: float
    warnings: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Of the picture that the object covers."""
        return float((self.alpha >= SOLID).mean())

    @property
    def rgba(self) -> ByteImage:
        """(H, W, 4) uint8."""
        return np.dstack([self.colour, self.alpha])

    def centred(self, side: int, margin: float) -> Image.Image:
        """The object in the middle of a white square. margin: share of the side that is free around it."""
        rows, cols = (np.flatnonzero((self.alpha >= SOLID).any(axis=axis)) for axis in (1, 0))
        whole = self.method == "none" or not len(rows)
        top, bottom = (0, self.alpha.shape[0]) if whole else (int(rows[0]), int(rows[-1]) + 1)
        left, right = (0, self.alpha.shape[1]) if whole else (int(cols[0]), int(cols[-1]) + 1)
        room = side * (1.0 - (0.0 if whole else 2.0 * margin))
        scale = room / max(bottom - top, right - left)
        size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
        alpha = self.alpha[top:bottom, left:right, None].astype(np.float32) / 255.0
        flat = self.colour[top:bottom, left:right] * alpha + 255.0 * (1.0 - alpha)
        method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
        shown = np.rint(np.clip(cv2.resize(flat, size, interpolation=method), 0.0, 255.0)).astype(np.uint8)
        square = np.full((side, side, 3), 255, dtype=np.uint8)
        y, x = (side - size[1]) // 2, (side - size[0]) // 2
        square[y : y + size[1], x : x + size[0]] = shown.reshape(size[1], size[0], 3)
        return Image.fromarray(square, "RGB")

    def preview(self) -> bytes:
        """A small PNG with transparency."""
        height, width = self.alpha.shape
        scale = min(1.0, SHOWN / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return png_bytes(cv2.resize(self.rgba, size, interpolation=cv2.INTER_AREA))


def read_picture(path: Path) -> Picture:
    """The picture of a file, upright and in sRGB, of at most LARGEST pixels a side. Raises BadInput and TooLarge."""
    picture = read_any(path, "The picture", photograph=True)
    scale = LARGEST / max(picture.size)
    if scale >= 1.0:
        return picture
    size = (max(1, round(picture.size[0] * scale)), max(1, round(picture.size[1] * scale)))
    colour = cv2.resize(picture.colour, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    alpha = picture.alpha
    if alpha is not None:
        alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return replace(picture, colour=colour, alpha=alpha)


def cut_out(picture: Picture, remove_background: bool = True) -> CutOut:
    """The object of a picture. Without ``remove_background`` the picture's own transparency alone counts."""
    colour = picture.colour
    if picture.alpha is not None and (picture.alpha >= SOLID).mean() >= LEAST_SHARE:
        return CutOut(colour, picture.alpha, "alpha", 1.0)
    whole = np.full(colour.shape[:2], 255, dtype=np.uint8)
    if not remove_background:
        return CutOut(colour, whole, "none", 1.0)
    background = background_of(colour, WORKING_SIDE)
    found = matte(colour, background, WORKING_SIDE)
    if (found.alpha >= SOLID).mean() < LEAST_SHARE:
        return CutOut(colour, whole, "none", 0.0, (NOTHING,))
    warnings = (BUSY,) if found.confidence < DOUBTFUL else ()
    return CutOut(found.colour, found.alpha, "plain", found.confidence, warnings)
