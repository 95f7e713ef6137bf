"""All views on one sheet, to be shown while they are painted."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ....geometry.glb import png_bytes
from ....geometry.typing import ByteImage, Float32Array

SIDE = 384
"""Pixels along the longer side."""
AROUND = 128
MOST_BYTES = 256 * 1024


def contact_sheet(pictures: Sequence[Float32Array], side: int = SIDE) -> ByteImage:
    """(h, w, 3) uint8, the pictures row by row, at most ``side`` pixels along a side. pictures: (H, W, 3), 0..1."""
    across = int(np.ceil(np.sqrt(len(pictures))))
    down = -(-len(pictures) // across)
    tile = max(1, side // across)
    sheet = np.full((down * tile, across * tile, 3), AROUND, dtype=np.uint8)
    for number, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        scale = tile / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_NEAREST)
        row, col = divmod(number, across)
        sheet[row * tile : row * tile + size[1], col * tile : col * tile + size[0]] = np.rint(255.0 * small)
    return sheet


def sheet_png(pictures: Sequence[Float32Array]) -> bytes:
    """The sheet as PNG, small enough to be sent; noise hardly packs."""
    side = SIDE
    while True:
        png = png_bytes(contact_sheet(pictures, side))
        if len(png) <= MOST_BYTES or side <= 64:
            return png
        side = side * 3 // 4
