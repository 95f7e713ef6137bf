"""The object before a plain background: which pixels are it, and how much of it those at its edge show."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from ...geometry.typing import BoolArray, ByteImage, Float32Array
from .backgrounds import Background, border, known_better, lab_of, smoothed, working

LIKE, UNLIKE = 3.5, 8.0
"""Deviations from the background up to which a pixel is like it, and from which it is not."""
FLOOR_LIKE, FLOOR_UNLIKE = 3.0, 9.0
"""The same in CIE Lab, for backgrounds of one perfect colour."""
STEEP, NOISY = 1.6, 2.5
"""An edge changes by so much CIE Lab a pixel, and by so many times what the border's noise does."""
GAP, BAND = 0.012, 0.008
"""Shares of the longer side: half the width of gaps in an outline that are closed, and how far it may move."""
SAME, FLOOR_SAME = 2.0, 2.5
"""Deviations from the background, and CIE Lab, that a place within the object has at most when it shows it."""
LEAST_HOLE = 0.0004
ABRUPT = 0.6
GRABCUT_ROUNDS = 3
PIECE = 0.08
"""Share of the largest part's surface from which another part belongs to the object."""
EDGE = 0.006
"""Width of the soft edge, as a share of the longer side."""
CONTRAST = 6.0
"""Of CIE Lab, between object and background along the edge: half of what makes one sure."""

NOISE = 16.0
"""Deviation of the background, CIE Lab, that halves it too."""


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
    slope = _slope(lab)
    away = _away(lab, background)
    ground = _ground(away, slope, background)
    background = known_better(background, lab, ground)
    away = _away(lab, background)
    mask = _object(small, ~_ground(away, slope, background), away, slope, background)
    confidence = _confidence(mask, away, slope, background)
    height, width = colour.shape[:2]
    large = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) >= 0.5
    alpha, clean = _soft(colour, large, background, max(height, width) / max(small.shape[:2]))
    return Matte(alpha, clean, confidence)


def _thresholds(background: Background) -> tuple[float, float]:
    like = max(LIKE * background.deviation, FLOOR_LIKE)
    return like, max(UNLIKE * background.deviation, FLOOR_UNLIKE)


def _away(lab: Float32Array, background: Background) -> Float32Array:
    """(h, w): CIE Lab from the background."""
    away: Float32Array = np.linalg.norm(lab - background.at(*lab.shape[:2]), axis=-1)
    return away


def _ground(away: Float32Array, slope: Float32Array, background: Background) -> BoolArray:
    """(h, w): what can be reached from the border through the background.

    The way ends at colours unlike the background's and at edges, and does not lead through narrow gaps: where the
    object has the background's own colour, its outline goes on.
    """
    like, _ = _thresholds(background)
    ring = border(*away.shape)
    free = (away <= like) & (slope <= _edge(away, slope, background))
    narrow = max(1, round(GAP * max(away.shape)))
    # Further than a gap's width from anything that is in the way, and then back to it.
    wide = _touching(cv2.distanceTransform(_padded(free), cv2.DIST_L2, 5)[1:-1, 1:-1] > narrow, ring)
    reached: BoolArray = ndimage.binary_dilation(wide, iterations=2 * narrow, mask=away <= like) | (ring & free)
    return reached


def _edge(away: Float32Array, slope: Float32Array, background: Background) -> float:
    """From which slope on there is an edge: beyond what the background's own noise makes."""
    plain = slope[border(*away.shape) & (away <= _thresholds(background)[0])]
    return max(STEEP, NOISY * float(np.percentile(plain, 95)) if plain.size else 0.0)


def _object(
    small: ByteImage, rest: BoolArray, away: Float32Array, slope: Float32Array, background: Background
) -> BoolArray:
    """(h, w): the pixels of the object. rest: what is not reached from the border."""
    if not (away >= _thresholds(background)[1]).any():
        return np.zeros(away.shape, dtype=bool)
    whole = _whole(ndimage.binary_opening(rest, iterations=1), away, slope, background)
    return whole if background.smoothing > 0.0 else _refined(small, whole)


def _padded(free: BoolArray) -> ByteImage:
    """With one more pixel around it that is free, as beyond the picture the background goes on."""
    return np.pad(free, 1, constant_values=True).astype(np.uint8)


def _slope(lab: Float32Array) -> Float32Array:
    """(h, w): how much the colour changes, CIE Lab a pixel."""
    x, y = (cv2.Sobel(lab, cv2.CV_32F, *order, ksize=3) / 8.0 for order in ((1, 0), (0, 1)))
    slope: Float32Array = np.sqrt((x**2 + y**2).sum(axis=-1))
    return slope


def _refined(small: ByteImage, found: BoolArray) -> BoolArray:
    """The outline moved by a few pixels to where colours part: GrabCut (Rother et al. 2004) within a narrow band."""
    if not found.any() or found.all():
        return found
    band = max(2, round(BAND * max(found.shape)))
    marks = np.where(found, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[ndimage.binary_erosion(found, iterations=band)] = cv2.GC_FGD
    marks[~ndimage.binary_dilation(found, iterations=band)] = cv2.GC_BGD
    if not (marks == cv2.GC_BGD).any() or not (marks == cv2.GC_FGD).any():
        return found
    # The same picture has the same cut: OpenCV seeds its clusters from a state of its own.
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(small[..., ::-1]), marks, None, *models, GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    moved = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
    return _touching(moved, ndimage.binary_erosion(found, iterations=band) & moved)


def _touching(mask: BoolArray, start: BoolArray) -> BoolArray:
    """The parts of a mask that touch ``start``."""
    labels, _ = ndimage.label(mask)
    touched = np.unique(labels[start & mask])
    inside: BoolArray = np.isin(labels, touched[touched > 0])
    return inside


def _whole(found: BoolArray, away: Float32Array, slope: Float32Array, background: Background) -> BoolArray:
    """The largest part and others of some size, without those places within them that show the background.

    Such a place has the background's very colour, and an edge all around it; a light or a shade of the object that
    comes to have that colour has none.
    """
    labels, count = ndimage.label(found)
    if count == 0:
        return found
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept = ndimage.binary_fill_holes(np.isin(labels, np.flatnonzero(sizes >= PIECE * sizes.max())))
    same = max(SAME * background.deviation, FLOOR_SAME)
    near = ndimage.maximum_filter(slope, size=7)
    holes, number = ndimage.label(ndimage.binary_opening(kept & (away <= _thresholds(background)[0]), iterations=1))
    for hole in range(1, number + 1):
        inside = holes == hole
        if inside.sum() < LEAST_HOLE * inside.size or np.median(away[inside]) > same:
            continue
        outline = inside & ~ndimage.binary_erosion(inside)
        if np.percentile(near[outline], 25) >= STEEP and _opens_at_once(inside, kept, away):
            kept &= ~ndimage.binary_dilation(inside, iterations=1)
    return kept


def _opens_at_once(inside: BoolArray, kept: BoolArray, away: Float32Array) -> bool:
    """Whether the object has its full contrast right beside such a place, instead of coming to it by and by."""
    grown = {reach: ndimage.binary_dilation(inside, iterations=reach) for reach in (3, 4, 9, 10)}
    close, far = (away[grown[reach] & ~grown[reach - 1] & kept] for reach in (4, 10))
    return bool(len(close)) and float(np.median(close)) >= ABRUPT * float(np.median(far) if len(far) else 0.0)


def _confidence(mask: BoolArray, away: Float32Array, slope: Float32Array, background: Background) -> float:
    """How sure the cut is: whether the border is plain, the outline lies on edges and has contrast, and the object is
    within the picture.
    """
    if not mask.any() or mask.all():
        return 0.0
    inner = mask & ~ndimage.binary_erosion(mask, iterations=3)
    contrast = float(np.percentile(away[inner], 30))
    outline = mask & ~ndimage.binary_erosion(mask, iterations=1)
    steep = ndimage.maximum_filter(slope, size=7)[outline] >= 0.75 * _edge(away, slope, background)
    held = float(np.clip((steep.mean() - 0.5) / 0.4, 0.0, 1.0))
    touching = float(mask[border(*mask.shape)].mean())
    strange = float((away[~mask] > _thresholds(background)[1]).mean())
    calm = 1.0 / (1.0 + (background.raw_deviation / NOISE) ** 2)
    clear = contrast**2 / (contrast**2 + CONTRAST**2)
    plain = float(np.clip((background.plain - 0.4) / 0.45, 0.0, 1.0))
    return float(plain * calm * clear * held * (1.0 - min(1.0, 2.0 * touching)) * (1.0 - min(1.0, 4.0 * strange)))


def _soft(colour: ByteImage, mask: BoolArray, background: Background, scale: float) -> tuple[ByteImage, ByteImage]:
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
