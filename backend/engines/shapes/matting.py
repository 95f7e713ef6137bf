"""The object before a plain background: which pixels are it, and how much of it those at its edge show."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from ...geometry.typing import BoolArray, ByteImage, Float32Array
from .backgrounds import Background, border, lab_of, smoothed, working

LIKE, UNLIKE = 3.5, 8.0
"""Deviations from the background up to which a pixel is like it, and from which it is not."""
FLOOR_LIKE, FLOOR_UNLIKE = 3.0, 9.0
"""The same in CIE Lab, for backgrounds of one perfect colour."""
GRABCUT_ROUNDS = 4
PIECE = 0.08
"""Share of the largest part's surface from which another part belongs to the object."""
EDGE = 0.006
"""Width of the soft edge, as a share of the longer side."""
CONTRAST = 12.0
"""Of CIE Lab, between object and background along the edge: half of what makes one sure."""


@dataclass(frozen=True)
class Matte:
    """alpha: (H, W) uint8. colour: (H, W, 3) uint8, of the object alone. confidence: 0..1."""

    alpha: ByteImage
    colour: ByteImage
    confidence: float


def matte(colour: ByteImage, background: Background, side: int) -> Matte:
    """Cut the object out. side: pixels of the working size, at which ``background`` was found."""
    small = working(colour, side)
    lab = smoothed(lab_of(small), background.smoothing)
    away = np.linalg.norm(lab - background.at(*lab.shape[:2]), axis=-1)
    mask = _object(small, away, background)
    confidence = _confidence(mask, away, background)
    height, width = colour.shape[:2]
    large = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) >= 0.5
    alpha, clean = _soft(colour, large, background, max(height, width) / max(small.shape[:2]))
    return Matte(alpha, clean, confidence)


def _thresholds(background: Background) -> tuple[float, float]:
    like = max(LIKE * background.deviation, FLOOR_LIKE)
    return like, max(UNLIKE * background.deviation, FLOOR_UNLIKE)


def _object(small: ByteImage, away: Float32Array, background: Background) -> BoolArray:
    """(h, w): the pixels of the object."""
    like, unlike = _thresholds(background)
    ground = _touching(away <= like, border(*away.shape))
    seeds = away >= unlike
    if not seeds.any():
        return np.zeros_like(seeds)
    if background.smoothing > 0.0:
        # Noise has all colours: a model of colours would take it for the object.
        middle = 0.5 * (like + unlike)
        return _whole(ndimage.binary_opening(away > middle, iterations=2), away, like)
    marks = np.where(away > 0.5 * (like + unlike), cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[ndimage.binary_erosion(seeds, iterations=2)] = cv2.GC_FGD
    marks[ndimage.binary_erosion(ground, iterations=2, border_value=1)] = cv2.GC_BGD
    if (marks == cv2.GC_BGD).any() and (marks == cv2.GC_FGD).any():
        # The same picture has the same cut: OpenCV seeds its clusters from a state of its own.
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(np.ascontiguousarray(small[..., ::-1]), marks, None, *models, GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
    return _whole(found, away, like)


def _touching(mask: BoolArray, start: BoolArray) -> BoolArray:
    """The parts of a mask that touch ``start``."""
    labels, _ = ndimage.label(mask)
    touched = np.unique(labels[start & mask])
    inside: BoolArray = np.isin(labels, touched[touched > 0])
    return inside


def _whole(found: BoolArray, away: Float32Array, like: float) -> BoolArray:
    """The largest part and others of some size, without holes but those that show the background."""
    labels, count = ndimage.label(found)
    if count == 0:
        return found
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept = np.isin(labels, np.flatnonzero(sizes >= PIECE * sizes.max()))
    holes, number = ndimage.label(~kept)
    outside = np.unique(np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]]))
    for hole in range(1, number + 1):
        inside = holes == hole
        if hole not in outside and (np.median(away[inside]) > like or inside.sum() < 0.0004 * inside.size):
            kept |= inside
    return kept


def _confidence(mask: BoolArray, away: Float32Array, background: Background) -> float:
    """How sure the cut is: whether the border is plain, the edge has contrast, and the object is within the picture."""
    if not mask.any() or mask.all():
        return 0.0
    inner = mask & ~ndimage.binary_erosion(mask, iterations=3)
    contrast = float(np.percentile(away[inner], 30))
    touching = float(mask[border(*mask.shape)].mean())
    strange = float((away[~mask] > _thresholds(background)[1]).mean())
    calm = 1.0 / (1.0 + (background.raw_deviation / 12.0) ** 2)
    clear = contrast**2 / (contrast**2 + CONTRAST**2)
    plain = float(np.clip((background.plain - 0.4) / 0.45, 0.0, 1.0))
    return float(plain * calm * clear * (1.0 - min(1.0, 2.0 * touching)) * (1.0 - min(1.0, 4.0 * strange)))


def _soft(
    colour: ByteImage, mask: BoolArray, background: Background, scale: float
) -> tuple[ByteImage, ByteImage]:
    """Alpha and clean colours at the picture's own size.

    Between what is surely one and surely the other a pixel lies on the line from the background's colour to the
    nearest colour of the object; where on it, is its alpha (Levin et al. 2008, the colour line model, with both ends
    known).
    """
    reach = max(1.0, EDGE * max(mask.shape)) + scale + background.smoothing * scale
    within = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    beyond = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    sure, edge = within > reach, (within <= reach) & (beyond <= reach)
    if not sure.any():
        return np.where(mask, 255, 0).astype(np.uint8), colour
    ground = _rgb_of(background.at(*mask.shape))
    seen = colour.astype(np.float32)
    nearest = ndimage.distance_transform_edt(~sure, return_distances=False, return_indices=True)
    around = cv2.blur(np.where(sure[..., None], seen, 0.0), (5, 5))
    count = cv2.blur(sure.astype(np.float32), (5, 5))
    own = (around / np.maximum(count, 1e-6)[..., None])[nearest[0], nearest[1]]
    span = own - ground
    length = (span**2).sum(axis=-1)
    share = ((seen - ground) * span).sum(axis=-1) / np.maximum(length, 1e-6)
    feather = np.clip(0.5 + 0.5 * (within - beyond) / reach, 0.0, 1.0)
    # Where both ends are alike, or the background is noise, the line says little and the place decides.
    trust = length / (length + (30.0 + 8.0 * background.raw_deviation) ** 2)
    mixed = trust * np.clip(share, 0.0, 1.0) + (1.0 - trust) * feather
    alpha = np.where(edge, mixed, mask.astype(np.float32))
    clean = np.where((edge & (alpha < 0.98))[..., None], own, seen)
    return np.rint(255.0 * alpha).astype(np.uint8), np.rint(np.clip(clean, 0.0, 255.0)).astype(np.uint8)


def _rgb_of(lab: Float32Array) -> Float32Array:
    """(H, W, 3) sRGB 0..255."""
    rgb: Float32Array = 255.0 * cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    return np.clip(rgb, 0.0, 255.0)
