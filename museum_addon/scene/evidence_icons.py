"""The colours of the overlay's legend as icons for panels."""

from __future__ import annotations

from typing import Any

import bpy
import bpy.utils.previews
import numpy as np

from ..core import evidence

SIDE, EDGE = 32, 3
DARK = 0.62
"""By what the lines of a pattern are multiplied."""


class Swatches:
    """Made when they are first asked for."""

    def __init__(self) -> None:
        self._icons: Any = None

    def icon(self, name: str) -> int:
        """The number of a source's icon for the layout."""
        if self._icons is None:
            self._icons = bpy.utils.previews.new()
            for source in evidence.sources():
                made = self._icons.new(source.name)
                made.icon_size = (SIDE, SIDE)
                made.icon_pixels_float = picture(source).ravel().tolist()
        number: int = self._icons[name].icon_id
        return number

    def close(self) -> None:
        """Give their memory back."""
        if self._icons is not None:
            bpy.utils.previews.remove(self._icons)
        self._icons = None


def picture(source: evidence.Source) -> np.ndarray:
    """(SIDE, SIDE, 4) float32, the field of a source with its pattern, from the lowest row up."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    stripes, counter = (x + y) % 12 < 4, (x - y) % 12 < 4
    dots = np.hypot(x % 9 - 4, y % 9 - 4) < 2.5
    lines = {"plain": np.zeros_like(dots), "hatched": stripes, "dots": dots, "crossed": stripes | counter}
    found = np.zeros((SIDE, SIDE, 4), dtype=np.float32)
    inner = slice(EDGE, SIDE - EDGE)
    found[inner, inner, :3] = source.colour
    found[inner, inner, 3] = 1.0
    found[lines[source.pattern], :3] *= DARK
    return found
