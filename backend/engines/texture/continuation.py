"""A smooth guess at what a hole shows: contours go on in their direction and with their bend.

The thin plate (biharmonic) over the pixels' graph. What is steep stays steep near the rim and contours keep their
curvature, where a harmonic filling would only average (Bredies and Holler 2020, Higher-order total variation
approaches and generalisations, on why second differences continue edges).
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.linalg import splu

from ...geometry.typing import BoolArray, Float32Array

TENSION = 0.01
"""How much of a membrane is in the plate: it overshoots less."""
BAND, FIT = 6, 0.05
"""The plate is fitted to so many pixels around a hole, and how closely: noise at the very rim must not tilt it."""
ANCHOR = 1e-6


def continued(values: Float32Array, known: BoolArray, unknown: BoolArray) -> Float32Array:
    """(H, W, C) values with the unknown pixels filled from the known ones; others play no part.

    What comes out lies within the range of the known values around each connected part of the unknown.
    """
    number = np.full(unknown.shape, -1, dtype=np.int64)
    used = ndimage.binary_dilation(unknown, np.ones((2 * BAND + 1, 2 * BAND + 1), bool)) & (unknown | known)
    number[used] = np.arange(np.count_nonzero(used))
    plate = _laplacian(number)
    held = np.where(known[used], FIT, ANCHOR)
    flat = values[used].astype(np.float64)
    middle = flat[known[used]].mean(axis=0) if known[used].any() else flat.mean(axis=0)
    wanted = np.where(known[used][:, None], flat, middle)
    energy = plate.T @ plate + TENSION * plate + sparse.diags(held)
    found = splu(energy.tocsc()).solve(held[:, None] * wanted)
    out = values.copy()
    out[unknown] = found[unknown[used]].astype(np.float32)
    return _limited(out, known, unknown)


def _laplacian(number: np.ndarray) -> sparse.csr_matrix:
    size = int(number.max()) + 1
    first, second = [], []
    for a, b in ((number[:, 1:], number[:, :-1]), (number[1:], number[:-1])):
        both = (a >= 0) & (b >= 0)
        first.append(a[both])
        second.append(b[both])
    i, j = np.concatenate(first), np.concatenate(second)
    weight = sparse.coo_matrix((np.ones(len(i)), (i, j)), shape=(size, size)).tocsr()
    weight = weight + weight.T
    return sparse.diags(np.asarray(weight.sum(axis=1)).ravel()) - weight


def _limited(values: Float32Array, known: BoolArray, unknown: BoolArray) -> Float32Array:
    labels, count = ndimage.label(unknown, np.ones((3, 3), bool))
    wide = ndimage.grey_dilation(labels, size=(5, 5))
    rim = known & (wide > 0)
    for channel in range(values.shape[2]):
        layer = values[..., channel]
        low, high = np.full(count + 1, np.inf, np.float32), np.full(count + 1, -np.inf, np.float32)
        np.minimum.at(low, wide[rim], layer[rim])
        np.maximum.at(high, wide[rim], layer[rim])
        free = high < low
        low[free], high[free] = -np.inf, np.inf
        layer[unknown] = np.clip(layer[unknown], low[labels[unknown]], high[labels[unknown]])
    return values
