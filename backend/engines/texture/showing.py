"""Pictures of views on their way to whoever watches the job."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from ...geometry.glb import png_bytes
from ...geometry.typing import Float32Array
from ..base import JobContext
from .contract import Painter, PaintRequest, Progress

PREVIEW = 320
"""Pixels along a side of the pictures that are sent while painting."""


class ShownPainter:
    """A painter whose pictures are sent to whoever watches the job. It has the other one's name and abilities.

    painted: how many views it painted.
    """

    def __init__(self, painter: Painter, context: JobContext) -> None:
        self._painter = painter
        self._context = context
        self.name = str(getattr(painter, "name", type(painter).__name__))
        if hasattr(painter, "first_share"):
            self.first_share = float(painter.first_share)
        self.painted = 0

    def prepare(self, requests: Iterable[PaintRequest]) -> None:
        """Hand on the planned views, where the painter wants them."""
        prepare = getattr(self._painter, "prepare", None)
        if prepare is not None:
            prepare(requests)

    def can_paint(self, request: PaintRequest) -> bool:
        """Whether the painter takes a view; one that does not say takes all."""
        answer = getattr(self._painter, "can_paint", None)
        return answer is None or bool(answer(request))

    def listen(self, progress: Progress) -> None:
        """Hand on where the next view may be told of."""
        listen = getattr(self._painter, "listen", None)
        if listen is not None:
            listen(progress)

    def paint(self, request: PaintRequest) -> Float32Array:
        """Have it painted, and show it."""
        picture = self._painter.paint(request)
        self._context.check_cancelled()
        self.painted += 1
        if isinstance(picture, np.ndarray) and picture.shape == request.rgb.shape and picture.dtype.kind == "f":
            self._context.preview(_small(picture))
        return picture


def _small(picture: Float32Array) -> bytes:
    height, width = picture.shape[:2]
    scale = PREVIEW / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    shown = np.rint(255.0 * np.clip(np.nan_to_num(picture), 0.0, 1.0)).astype(np.uint8)
    return png_bytes(cv2.resize(shown, size, interpolation=cv2.INTER_AREA))
