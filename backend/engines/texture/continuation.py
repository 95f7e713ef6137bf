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
ANCHOR = 1e-6


def continued(values: Float32Array, known: BoolArray, unknown: BoolArray) -> Float32Array:
    """(H, W, C) values with the unknown pixels filled from the known ones; others play no part.

    What comes out lies within the range of the known values around each connected part of the unknown.
    """
    near = unknown | known
    number = np.full(unknown.shape, -1, dtype=np.int64)
    used = ndimage.binary_dilation(unknown, np.ones((5, 5), bool)) & near
    number[used] = np.arange(np.count_nonzero(used))
    plate = _laplacian(number)
    # Rows that reach beyond the used pixels would bend towards a rim that is not there.
    whole = (ndimage.binary_dilation(unknown, np.ones((3, 3), bool)) & used)[used]
    bent = plate[whole]
    open_ = unknown[used]
    energy = (bent.T @ bent + TENSION * plate).tocsr()
    inner = energy[open_][:, open_] + ANCHOR * sparse.identity(int(open_.sum()))
    flat = values[used].astype(np.float64)
    middle = flat[~open_].mean(axis=0) if (~open_).any() else flat.mean(axis=0)
    right = -(energy[open_][:, ~open_] @ flat[~open_]) + ANCHOR * middle
    out = values.copy()
    out[unknown] = splu(inner.tocsc()).solve(right).astype(np.float32)
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
