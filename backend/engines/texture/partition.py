"""Which pixels of a view are painted anew, repainted, kept or left alone, by what was really painted before."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...geometry.typing import BoolArray, Float32Array

UNPAINTED = 0.02
"""Quality up to which a place counts as not painted."""
USABLE = 0.05
"""The least quality of a view at a place that it may paint."""
ENOUGH = 1.5
"""A view must be so many times better than what is there for a place to be repainted, and by"""
BETTER, CLEARLY_BETTER = 0.05, 0.2
"""the first more all over its region, by the second somewhere in it. TEXTure (Richardson et al. 2023) repaints where
the cosine grew by 0.2; but what is good already should rather stay as it is, for every repainting is a change."""
SPECK = 2e-5
"""Regions of fewer of the picture's pixels are specks: no painter makes anything of them."""
LEAST_UPDATE = 2e-4
"""The same for repainting, which a speck would only make restless."""


@dataclass(frozen=True)
class Masks:
    """(H, W) bool, of which each pixel is in exactly one. new: unpainted, to be painted. update: painted, clearly
    worse than this view could. keep: painted, stays. ignore: background, other solids, and unpainted surface that this
    view sees too badly or may not paint.
    """

    new: BoolArray
    update: BoolArray
    keep: BoolArray
    ignore: BoolArray

    @property
    def paints(self) -> bool:
        """Whether there is anything to paint."""
        return bool(self.new.any() or self.update.any())


def partition(shown: BoolArray, painted: Float32Array, could: Float32Array, editable: BoolArray | None = None) -> Masks:
    """Divide a view.

    shown: (H, W) the mesh itself (``ViewBuffers.solid == 0``). painted: (H, W) quality, 0..1, at which the surface was
    really painted so far, 0 where it was not. could: (H, W) that at which this view could (``quality``).
    editable: (H, W) what may be painted at all; None: everything.
    """
    allowed = shown & (could > USABLE)
    if editable is not None:
        allowed &= editable
    empty = painted <= UNPAINTED
    size = shown.size
    new = _without_specks(_without_pinholes(allowed & empty, allowed), max(int(SPECK * size), 4))
    update = _better(could - np.float32(ENOUGH) * painted, allowed & ~empty & ~new, max(int(LEAST_UPDATE * size), 9))
    keep = shown & ~empty & ~new & ~update
    return Masks(new, update, keep, ~(new | update | keep))


def _better(gain: Float32Array, allowed: BoolArray, least: int) -> BoolArray:
    """Regions that gain: smooth ones, at least 3 pixels wide, that gain much somewhere."""
    weight = allowed.astype(np.float32)
    window = (5, 5)
    mean = cv2.blur(np.where(allowed, gain, np.float32(0.0)), window) / np.maximum(cv2.blur(weight, window), 1e-6)
    region = _opened(allowed & (mean > BETTER))
    return _without_specks(region, least, region & (mean > CLEARLY_BETTER))


def _opened(mask: BoolArray) -> BoolArray:
    """Without what is less than 3 pixels wide. Beyond the picture's edge it is thought to go on."""
    kernel = np.ones((3, 3), dtype=np.uint8)
    return np.asarray(cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, kernel), dtype=bool)


def _without_pinholes(mask: BoolArray, allowed: BoolArray) -> BoolArray:
    """Together with allowed pixels of which at least 7 of the 8 around are in it."""
    count = cv2.boxFilter(mask.astype(np.uint8), -1, (3, 3), normalize=False, borderType=cv2.BORDER_REPLICATE)
    return mask | (allowed & (count >= 7))


def _without_specks(mask: BoolArray, least: int, seeds: BoolArray | None = None) -> BoolArray:
    """Without connected regions of fewer pixels than ``least``, or without any of ``seeds``."""
    # Counting oneself is twice as fast as OpenCV's own statistics.
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    kept = np.bincount(labels.ravel(), minlength=count) >= least
    if seeds is not None:
        kept &= np.bincount(labels[seeds], minlength=count) > 0
    kept[0] = False
    return np.asarray(np.take(kept, labels), dtype=bool)
