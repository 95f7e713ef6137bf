"""Rotation vectors, matrices and back, without loss near no turn and near half a turn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.floating[Any]]


def rotation_matrices(vectors: Real) -> Real:
    """(n, 3) axis times angle -> (n, 3, 3), in the precision given (Rodrigues' formula).

    R = I + sin(a)/a K + (1 - cos(a))/a^2 K^2 with K the cross product matrix of the vector. Both factors are written
    with sinc, so that they keep all digits as the angle goes to 0 (2 sin^2(a/2) instead of 1 - cos(a)).
    """
    vectors = np.asarray(vectors)
    angle = np.sqrt(np.einsum("ni,ni->n", vectors, vectors))
    one = vectors.dtype.type(1.0)
    first = np.sinc(angle / np.pi).astype(vectors.dtype)
    second = (np.sinc(angle / (2 * np.pi)) ** 2 / 2).astype(vectors.dtype)
    x, y, z = vectors.T
    xx, yy, zz = second * x * x, second * y * y, second * z * z
    xy, xz, yz = second * x * y, second * x * z, second * y * z
    sx, sy, sz = first * x, first * y, first * z
    out = np.empty((len(vectors), 3, 3), vectors.dtype)
    out[:, 0, 0], out[:, 0, 1], out[:, 0, 2] = one - yy - zz, xy - sz, xz + sy
    out[:, 1, 0], out[:, 1, 1], out[:, 1, 2] = xy + sz, one - xx - zz, yz - sx
    out[:, 2, 0], out[:, 2, 1], out[:, 2, 2] = xz - sy, yz + sx, one - xx - yy
    return out


def quaternions(matrices: Real) -> NDArray[np.float64]:
    """(n, 3, 3) -> (n, 4) unit quaternions w, x, y, z with w >= 0.

    Each of the four ways to extract one loses digits somewhere; the one with the largest square root is taken
    (Shepperd, "Quaternion from rotation matrix", J. Guidance and Control 1(3), 1978).
    """
    m = np.asarray(matrices, np.float64)
    a, b, c = m[:, 0, 0], m[:, 1, 1], m[:, 2, 2]
    squares = np.stack([1 + a + b + c, 1 + a - b - c, 1 - a + b - c, 1 - a - b + c], axis=1)
    u, v, w = m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]
    p, q, r = m[:, 1, 0] + m[:, 0, 1], m[:, 0, 2] + m[:, 2, 0], m[:, 2, 1] + m[:, 1, 2]
    table = np.stack(
        [
            np.stack([squares[:, 0], u, v, w], axis=1),
            np.stack([u, squares[:, 1], p, q], axis=1),
            np.stack([v, p, squares[:, 2], r], axis=1),
            np.stack([w, q, r, squares[:, 3]], axis=1),
        ],
        axis=1,
    )
    chosen = table[np.arange(len(m)), squares.argmax(axis=1)]
    chosen /= np.linalg.norm(chosen, axis=1, keepdims=True)
    return np.where(chosen[:, :1] < 0, -chosen, chosen)


def rotation_vectors(matrices: Real) -> NDArray[np.float64]:
    """(n, 3, 3) -> (n, 3) axis times angle, the angle between 0 and pi. At pi the axis has either sign."""
    unit = quaternions(matrices)
    sine = np.linalg.norm(unit[:, 1:], axis=1)
    angle = 2 * np.arctan2(sine, unit[:, 0])
    factor = np.where(sine > 1e-12, angle / np.where(sine > 1e-12, sine, 1.0), 2.0)
    return unit[:, 1:] * factor[:, None]
