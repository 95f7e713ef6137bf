"""Masks that artists paint: white where a texture is painted."""

from __future__ import annotations

import bpy
import numpy as np

DIMMED = 0.4
"""How bright the texture is seen in a new mask; what is darker than MARKED counts as black."""
MARKED = 0.5
MARKED_LINEAR = 0.2
"""The same in images of floating-point numbers, which are kept linear, a little on the safe side."""
WHITE = (1.0, 1.0, 1.0)


def new(texture: bpy.types.Image, name: str, size: int) -> bpy.types.Image:
    """A mask in which nothing is marked yet. size: pixels of a side.

    It shows the texture darkened: Texture Paint shows the canvas alone, and on a black one nobody finds the damage.
    A texture in tiles gives a black one, for Blender hands out the pixels of the first tile only.
    """
    tiled = texture.source == "TILED"
    image = bpy.data.images.new(name, size, size, alpha=False, tiled=tiled)
    image.colorspace_settings.name = "Non-Color"
    image.use_fake_user = True
    if not tiled and tuple(texture.size) == (size, size) and texture.channels == image.channels:
        values = np.empty(len(texture.pixels), dtype=np.float32)
        texture.pixels.foreach_get(values)
        np.clip(values, 0.0, 1.0, out=values)
        values *= DIMMED
        values[image.channels - 1 :: image.channels] = 1.0
        image.pixels.foreach_set(values)
        image.update()
    return image


def marks_something(image: bpy.types.Image) -> bool:
    """Whether anything in the mask is as good as white. True for masks in tiles, which cannot be looked into."""
    if image.source == "TILED":
        return True
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    colours = values.reshape(-1, image.channels)[:, :3]
    return bool(colours.max(initial=0.0) >= (MARKED_LINEAR if image.is_float else MARKED))


def choose_for_painting(context: bpy.types.Context, image: bpy.types.Image) -> None:
    """Have Texture Paint paint on the mask, in white: Blender's own brushes begin with black."""
    paint = context.tool_settings.image_paint
    paint.mode, paint.canvas = "IMAGE", image
    unified = getattr(paint, "unified_paint_settings", None) or context.tool_settings.unified_paint_settings
    unified.color = WHITE
    if paint.brush is not None and paint.brush.is_editable:
        paint.brush.color = WHITE
