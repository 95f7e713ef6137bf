"""How far a picture lies beside the mesh that it shows, told by the silhouette, and putting it back.

Painters lose a pixel or two on the way through their own resolutions, and photographs through their lenses. Along the
outline of the mesh the picture should change; where it does so beside it, it was shifted.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...geometry.typing import BoolArray, Float32Array, FloatArray

FURTHEST, REFERENCE_SIZE = 4.0, 768
"""Pixels of a view of 768 that a shift may have; what seems further is something else."""
LEAST = 0.15
"""Pixels below which a picture is left as it is: resampling costs more than such a shift."""
REACH, STEP = 6.0, 0.25
"""Along each normal of the outline the picture is read so many pixels to both sides, at such steps."""
ENDS = 4
CONTRAST = 0.06
"""Difference between both sides of the outline, of 1, that tells where it runs."""
TOLD, FEWEST, MOST = 0.2, 150, 1500
"""The share of the outline that must tell, and how many places of it are asked."""
SHARP = 0.08
"""The least step between readings, of the whole difference: what goes over slowly tells no place."""
SPREAD = 0.8
"""Pixels by which places of the outline may disagree with a common shift in the median."""
ROUNDS = 8
SMOOTHING = 1.5
"""Pixels over which the outline's direction is taken."""


def shift_of(picture: Float32Array, shown: BoolArray) -> tuple[float, float]:
    """(x, y) pixels by which a picture lies to the right of and below where it belongs; (0, 0) where nothing tells.

    picture: (H, W, 3). shown: (H, W) where anything but background is seen. A background that did not move with the
    object holds the picture in place.
    """
    limit = FURTHEST * max(picture.shape[:2]) / REFERENCE_SIZE
    place, normal = _outline(shown)
    if len(place) < FEWEST:
        return 0.0, 0.0
    told, crossing = _crossings(picture, place, normal)
    if told.sum() < max(FEWEST, TOLD * len(place)):
        return 0.0, 0.0
    found = _fitted(normal[told], crossing[told], limit)
    return found if LEAST <= float(np.hypot(*found)) <= limit else (0.0, 0.0)


def shifted_back(picture: Float32Array, shift: tuple[float, float]) -> Float32Array:
    """The picture where it belongs."""
    if shift == (0.0, 0.0):
        return picture
    height, width = picture.shape[:2]
    move = np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.clip(cv2.warpAffine(picture, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE), 0, 1)


def _crossings(picture: Float32Array, place: FloatArray, normal: FloatArray) -> tuple[BoolArray, FloatArray]:
    """(n,) whether the picture changes sharply across the outline, and (n,) how far outside of it."""
    offsets = np.arange(-REACH, REACH + STEP / 2.0, STEP)
    at = (place[:, None, :] + offsets[None, :, None] * normal[:, None, :]).astype(np.float32)
    profile = cv2.remap(picture, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inner, outer = profile[:, :ENDS].mean(axis=1), profile[:, -ENDS:].mean(axis=1)
    across = outer - inner
    strength = np.einsum("ij,ij->i", across, across)
    share = np.einsum("ijk,ik->ij", profile - inner[:, None], across) / np.maximum(strength, CONTRAST**2)[:, None]
    # Where a picture goes from one side to the other once and for all, the area under its profile says where.
    crossing = REACH - np.clip(share, 0.0, 1.0)[:, 1:].sum(axis=1) * STEP
    return (strength > CONTRAST**2) & (np.diff(share, axis=1).max(axis=1) > SHARP), crossing


def _fitted(normal: FloatArray, crossing: FloatArray, limit: float) -> tuple[float, float]:
    """The shift whose parts along the normals are the crossings, fitted with less and less regard to outliers; none
    where the places disagree, or all look in one direction.
    """
    weight = (np.abs(crossing) < limit + 1.0).astype(np.float64)
    shift, scale = np.zeros(2), np.inf
    for _ in range(ROUNDS):
        matrix = np.einsum("i,ij,ik->jk", weight, normal, normal)
        if weight.sum() < FEWEST or np.linalg.cond(matrix) > 50.0:
            return 0.0, 0.0
        shift = np.linalg.solve(matrix, np.einsum("i,ij,i->j", weight, normal, crossing))
        rest = np.abs(crossing - normal @ shift)
        scale = max(float(np.median(rest[weight > 0.0])), 0.1)
        weight = 1.0 / (1.0 + (rest / (2.0 * scale)) ** 4)
    return (0.0, 0.0) if scale > SPREAD else (float(shift[0]), float(shift[1]))


def _outline(shown: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(n, 2) places x, y on the outline and (n, 2) its unit normals, outward; not along the picture's border."""
    # A straight edge smoothed by a Gaussian falls as its integral: near the middle the distance is read off linearly.
    smooth = cv2.GaussianBlur(shown.astype(np.float32), (11, 11), SMOOTHING)
    signed = (np.float32(0.5) - smooth) * np.float32(SMOOTHING * np.sqrt(2.0 * np.pi))
    near = np.abs(signed) < 0.5
    margin = int(REACH) + 2
    near[:margin] = near[-margin:] = False
    near[:, :margin] = near[:, -margin:] = False
    rows, cols = np.nonzero(near)
    each = max(1, len(rows) // MOST)
    rows, cols = rows[::each], cols[::each]
    right = 0.5 * (signed[rows, cols + 1] - signed[rows, cols - 1])
    down = 0.5 * (signed[rows + 1, cols] - signed[rows - 1, cols])
    normal = np.stack([right, down], axis=1).astype(np.float64)
    size = np.linalg.norm(normal, axis=1)
    # Where two outlines are near each other the distance has a ridge, and a normal says nothing.
    plain = size > 0.9
    normal = normal[plain] / size[plain, None]
    place = np.stack([cols, rows], axis=1)[plain] - signed[rows, cols][plain, None] * normal
    return place, normal
