"""A picture's plain background, found from its border: a colour that changes smoothly, and noise about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...geometry.typing import BoolArray, ByteImage, Float32Array

RING = 0.02
"""Width of the border, as a share of the shorter side."""
ROUNDS = 8
OUTLIER = 3.0
"""Deviations from the fit beyond which a pixel of the border is no background."""
LEAST_DEVIATION = 1.2
"""Of CIE Lab: what compression and rounding leave of one colour."""
SMOOTHINGS = (0.0, 1.0, 2.0, 4.0)
MOST = 20_000
"""Pixels that a fit takes at most."""
CALM = 3.0
"""Deviation in CIE Lab from which a background counts as noise that has to be smoothed first."""


@dataclass(frozen=True)
class Background:
    """terms: (6, 3) coefficients of CIE Lab over 1, x, y, xx, xy, yy, with x and y in -1..1. deviation: about them, CIE
    Lab, after smoothing. raw_deviation: before. smoothing: standard deviation in pixels of the working size. plain:
    share of the border that keeps to it.
    """

    terms: Float32Array
    deviation: float
    raw_deviation: float
    smoothing: float
    plain: float

    def at(self, height: int, width: int) -> Float32Array:
        """(H, W, 3) CIE Lab."""
        return (_basis(height, width).reshape(-1, 6) @ self.terms).reshape(height, width, 3).astype(np.float32)


def lab_of(colour: ByteImage) -> Float32Array:
    """(H, W, 3) CIE Lab, L in 0..100."""
    lab: Float32Array = cv2.cvtColor(colour.astype(np.float32) / np.float32(255.0), cv2.COLOR_RGB2Lab)
    return lab


def working(colour: ByteImage, side: int) -> ByteImage:
    """The picture, made smaller where it is larger."""
    height, width = colour.shape[:2]
    scale = side / max(height, width)
    if scale >= 1.0:
        return colour
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small: ByteImage = cv2.resize(colour, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return small


def smoothed(lab: Float32Array, sigma: float) -> Float32Array:
    """Blurred by so many pixels; as it is for 0."""
    if sigma <= 0.0:
        return lab
    return np.asarray(cv2.GaussianBlur(lab, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), dtype=np.float32)


def background_of(colour: ByteImage, side: int) -> Background:
    """What the border of a picture says of its background. side: pixels of the working size."""
    lab = lab_of(working(colour, side))
    ring = border(lab.shape[0], lab.shape[1])
    raw = 0.0
    for sigma in SMOOTHINGS:
        terms, deviation, plain = _fitted(smoothed(lab, sigma), ring)
        raw = raw or deviation
        if deviation <= CALM:
            break
    return Background(terms, deviation, raw, sigma, plain)


def known_better(background: Background, lab: Float32Array, ground: BoolArray) -> Background:
    """The same background, fitted to all that has been found to be it. lab: smoothed. ground: (h, w)."""
    chosen = np.flatnonzero(ground.ravel())
    if len(chosen) < 100:
        return background
    chosen = chosen[:: max(1, len(chosen) // MOST)]
    basis = _basis(*lab.shape[:2]).reshape(-1, 6)[chosen].astype(np.float64)
    values = lab.reshape(-1, 3)[chosen].astype(np.float64)
    terms = np.linalg.lstsq(basis, values, rcond=None)[0]
    return replace(background, terms=terms.astype(np.float32))


def border(height: int, width: int) -> BoolArray:
    """(H, W): the pixels along the sides."""
    thick = max(2, round(RING * min(height, width)))
    ring = np.ones((height, width), dtype=bool)
    ring[thick:-thick, thick:-thick] = False
    return ring


def _basis(height: int, width: int) -> Float32Array:
    y, x = np.meshgrid(np.linspace(-1.0, 1.0, height), np.linspace(-1.0, 1.0, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).astype(np.float32)


def _fitted(lab: Float32Array, ring: BoolArray) -> tuple[Float32Array, float, float]:
    """Terms, deviation, and the share of the border that fits: least squares, again and again without outliers."""
    basis, values = _basis(*lab.shape[:2])[ring].astype(np.float64), lab[ring].astype(np.float64)
    kept = np.ones(len(values), dtype=bool)
    # An object that stands on the lower edge of the picture is no background: the commonest colour leads.
    distance = np.linalg.norm(values - np.median(values, axis=0), axis=1)
    kept = distance <= max(3.0 * float(np.median(distance)), 10.0)
    terms = np.zeros((6, 3))
    deviation = 0.0
    for _ in range(ROUNDS):
        # Curvature is a guess where the border says little; it is held small.
        weight = np.diag([0.0, 1e-3, 1e-3, 1e-2, 1e-2, 1e-2]) * kept.sum()
        chosen = basis[kept]
        terms = np.linalg.solve(chosen.T @ chosen + weight + 1e-9 * np.eye(6), chosen.T @ values[kept])
        away = np.linalg.norm(values - basis @ terms, axis=1)
        deviation = max(1.4826 * float(np.median(away[kept])) / np.sqrt(2.0), LEAST_DEVIATION / 2.0)
        kept = away <= max(OUTLIER * deviation, 3.0 * LEAST_DEVIATION)
        if kept.sum() < 12:
            break
    return terms.astype(np.float32), max(deviation, LEAST_DEVIATION / 2.0), float(kept.mean())
