"""The bytes of evidence maps as Blender holds them, tile by tile."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.errors import InvalidRequest
from ..core.evidence import Shares, shares_of
from . import pictures

CHANNELS = 4


@dataclass(frozen=True)
class Pixels:
    """values: (H * W * 4,) float32 in 0..1, from the lowest row up, as they stand in the file."""

    values: NDArray[np.float32]
    width: int
    height: int


def pixels_of(image: bpy.types.Image) -> dict[int, Pixels]:
    """UDIM number -> pixels; 1001 alone for an image without tiles.

    Raises InvalidRequest for an image that cannot be read. Blender gives Python the first tile's pixels alone, so
    tiles are read as images of their own.
    """
    if image.source != "TILED":
        if not image.size[0]:
            raise InvalidRequest(
                f"The image “{image.name}” cannot be used: it is empty, missing, or a film.",
                "Choose a still image, or find its file with File > External Data > Find Missing Files.",
            )
        return {pictures.FIRST_TILE: _read(image)}
    found = {}
    with tempfile.TemporaryDirectory(prefix="museum-tiles-") as folder:
        for number, picture in pictures.pictures_of(image, Path(folder)).tiles.items():
            path = picture.path or Path(folder) / f"one.{number}{picture.suffix}"
            if picture.write is not None:
                picture.write(path)
            single = bpy.data.images.load(str(path))
            try:
                single.colorspace_settings.name = "Non-Color"
                found[number] = _read(single)
            finally:
                bpy.data.images.remove(single)
    return found


def counted(found: dict[int, Pixels]) -> Shares:
    """How the texels of all tiles came to be."""
    total = Shares(0.0, 0.0, 0.0, 0)
    for pixels in found.values():
        total = total.joined(shares_of(pixels.values[::CHANNELS]))
    return total


def _read(image: bpy.types.Image) -> Pixels:
    width, height = image.size
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    if image.channels != CHANNELS:
        some = values.reshape(-1, image.channels)
        padded = np.zeros((len(some), CHANNELS), dtype=np.float32)
        padded[:, : min(3, image.channels)] = some[:, :3]
        values = padded.ravel()
    return Pixels(values, width, height)
