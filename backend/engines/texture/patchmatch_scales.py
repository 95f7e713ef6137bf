"""The pyramid of scales that a picture is filled over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...geometry.typing import BoolArray, Float32Array
from .patchmatch_kernels import BORDER, CHANNELS

COARSEST_DEPTH = 5.0
"""Pixels from the rim to the middle of the largest hole at the coarsest scale: about one patch (Newson et al. 2014)."""
MOST_COARSEST = 8000
"""Pixels to be filled at the coarsest scale at most."""
SMALLEST = 24
"""Pixels along the shorter side of the coarsest scale."""
TEXTURE_WEIGHT = 3.0
LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True)
class Sheet:
    """A picture with holes.

    picture: (H, W, C) float32. source: (H, W) bool, may be copied from. known: shows something that the filling must
    fit; sources are among it. hole: to be filled. hold: (H, W) float32, 0..1, how much of what the picture shows in the
    hole guides the filling there. lie: (H, W, 4) float32, rows of the 2 x 2 matrix that turns a step in pixels, right
    and down, into one on the surface.
    """

    picture: Float32Array
    source: BoolArray
    known: BoolArray
    hole: BoolArray
    hold: Float32Array
    lie: Float32Array


@dataclass(frozen=True)
class Scale:
    """A scale of the pyramid, each array with the kernels' border. picture: (h, w, CHANNELS). source: may be copied
    from. live: is known or to be filled. hole: to be filled. hold: how much ``first``, the picture before, guides.
    lie, back: (h, w, 4), rows of 2 x 2 matrices.
    """

    picture: Float32Array
    source: BoolArray
    live: BoolArray
    hole: BoolArray
    hold: Float32Array
    first: Float32Array
    lie: Float32Array
    back: Float32Array


def pyramid(sheet: Sheet) -> list[Scale]:
    """The scales from the finest, which is the sheet's own, to the coarsest, each half as large as the one before."""
    hole, known = sheet.hole, sheet.known & ~sheet.hole
    hold = np.where(hole, sheet.hold, np.float32(0.0)).astype(np.float32)
    levels = _levels(hole)
    grow = [(0, -n % 2 ** (levels - 1)) for n in hole.shape]
    layer = Sheet(
        np.pad(_with_texture(sheet.picture, known | (hold > 0.0)), [*grow, (0, 0)]),
        np.pad(sheet.source & known, grow),
        np.pad(known, grow),
        np.pad(hole, grow),
        np.pad(hold, grow),
        np.pad(sheet.lie, [*grow, (0, 0)], mode="edge"),
    )
    out = [_scale(layer)]
    for _ in range(levels - 1):
        layer = _halved(layer)
        out.append(_scale(layer))
    return out


def _levels(hole: BoolArray) -> int:
    depth = float(ndimage.distance_transform_edt(np.pad(hole, 1)).max()) if hole.any() else 0.0
    size, levels = float(np.count_nonzero(hole)), 1
    while (depth > COARSEST_DEPTH or size > MOST_COARSEST) and min(hole.shape) / 2**levels >= SMALLEST:
        depth, size, levels = depth / 2.0, size / 4.0, levels + 1
    return levels


def halved(values: np.ndarray) -> Float32Array:
    """Means of blocks of 2 x 2."""
    v = values.astype(np.float32, copy=False)
    return (v[::2, ::2] + v[1::2, ::2] + v[::2, 1::2] + v[1::2, 1::2]) / np.float32(4.0)


def _with_texture(picture: Float32Array, context: BoolArray) -> Float32Array:
    """(H, W, CHANNELS) the picture and how much it varies to the right and down around each pixel."""
    out = np.zeros((*picture.shape[:2], CHANNELS), dtype=np.float32)
    out[..., :3] = picture
    luma = picture @ LUMA
    for axis, channel in ((1, 3), (0, 4)):
        both = context & np.roll(context, -1, axis)
        change = np.abs(np.roll(luma, -1, axis) - luma) * both
        weight = ndimage.uniform_filter(both.astype(np.float32), 9)
        mean = ndimage.uniform_filter(change, 9) / np.maximum(weight, 1e-3)
        out[..., channel] = np.where(context, mean * TEXTURE_WEIGHT, 0.0)
    return out


def _halved(layer: Sheet) -> Sheet:
    seen = layer.known | (layer.hold > 0.0)
    share, empty, shown = halved(layer.known), halved(layer.hole), halved(seen)
    known = share >= 0.5
    hole = ~known & (share + empty >= 0.5) & (empty > 0.0)
    return Sheet(
        halved(layer.picture * seen[..., None]) / np.maximum(shown, np.float32(1e-6))[..., None],
        known & (halved(layer.source) >= 0.5),
        known,
        hole,
        np.where(hole, halved(layer.hold) / np.maximum(empty, np.float32(1e-6)), np.float32(0.0)),
        halved(layer.lie),
    )


def _scale(layer: Sheet) -> Scale:
    edge = [(BORDER, BORDER), (BORDER, BORDER)]
    lie = np.pad(layer.lie, [*edge, (0, 0)], mode="edge").astype(np.float32)
    a, b, c, d = (lie[..., i] for i in range(4))
    size = a * d - b * c
    size = np.where(np.abs(size) < 1e-9, np.float32(1e-9), size)
    back = np.stack([d / size, -b / size, -c / size, a / size], axis=-1).astype(np.float32)
    seen = layer.known | (layer.hold > 0.0)
    first = np.pad(layer.picture * seen[..., None], [*edge, (0, 0)]).astype(np.float32)
    return Scale(
        first.copy(),
        np.pad(layer.source, edge),
        np.pad(layer.known | layer.hole, edge),
        np.pad(layer.hole, edge),
        np.pad(layer.hold, edge).astype(np.float32),
        first,
        np.ascontiguousarray(lie),
        back,
    )
