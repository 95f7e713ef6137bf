"""Exposure of views that see the same surface: one factor per view and channel, by robust least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...geometry.typing import BoolArray, Float32Array, FloatArray, IntArray
from .backprojection import FULL, ViewSamples

LIMIT = np.log(2.0)
"""No view is made more than twice as bright or dark: beyond that it shows something else."""
PLACES, VALUES = 40_000, 2_000_000
"""Texels that are compared, at most, and their colours in all views: more do not change the third digit."""
DARK, BRIGHT = 0.04, 0.97
"""Values, sRGB, that are compared: ratios of darker ones are noise, brighter ones may be cut off."""
PRIOR = 1e-3
"""Weight of the assumption that nothing is to be changed, beside that of all texels a view shares with others."""
SCALES = (0.5, 0.25, 0.12, 0.06, 0.06, 0.06)
"""Log ratios at which a texel's voice falls to a quarter, step by step (graduated non-convexity; Geman and McClure)."""


@dataclass(frozen=True)
class Overlaps:
    """Some of the texels as all views see them. logs: (n, V, 3), weight: (n, V), 0 where a view does not see one.
    fixed: (V,) views that are not changed.
    """

    logs: Float32Array
    weight: Float32Array
    fixed: BoolArray


def gains(views: Sequence[ViewSamples], count: int, given: Float32Array | None, locked: BoolArray | None) -> FloatArray:
    """(V, 3) factors that make views agree where they see the same texels.

    count: of texels. given: (k, 3) what locked texels show, which stays as it is; None: nothing is locked. Without it
    the factors' logarithms have mean 0 over views that are connected.
    """
    if not views:
        return np.ones((0, 3))
    return np.exp(np.clip(solve(overlaps(views, count, given, locked)), -LIMIT, LIMIT))[: len(views)]


def overlaps(
    views: Sequence[ViewSamples], count: int, given: Float32Array | None, locked: BoolArray | None
) -> Overlaps:
    """Texels at equal steps through the atlas, as the views see them; what is locked counts as one more view."""
    known = given is not None and locked is not None and bool(locked.any())
    width = len(views) + known
    stride = max(1, -(-count // min(PLACES, VALUES // width)))
    size = -(-count // stride)
    logs, weight = np.zeros((size, width, 3), dtype=np.float32), np.zeros((size, width), dtype=np.float32)
    for number, view in enumerate(views):
        chosen = np.flatnonzero(view.texel % stride == 0)
        row = view.texel[chosen] // stride
        _enter(logs, weight, number, row, view.colour[chosen] / FULL, view.quality[chosen] / FULL)
    if given is not None and locked is not None and known:
        row = np.flatnonzero(locked[::stride])
        _enter(logs, weight, width - 1, row, given[row * stride], np.float32(1.0))
    shared = (weight > 0.0).sum(axis=1) > 1
    fixed = np.zeros(width, dtype=bool)
    fixed[len(views) :] = True
    return Overlaps(logs[shared], weight[shared], fixed)


def _enter(
    logs: Float32Array,
    weight: Float32Array,
    number: int,
    row: IntArray,
    colour: Float32Array,
    quality: Float32Array | np.float32,
) -> None:
    usable = ((colour > DARK) & (colour < BRIGHT)).all(axis=1)
    logs[row, number] = np.log(np.maximum(colour, DARK))
    weight[row, number] = np.where(usable, quality, np.float32(0.0))


def solve(seen: Overlaps) -> FloatArray:
    """(V, 3) log factors, by iteratively reweighted least squares over all pairs of views at once.

    Each texel's own colour is unknown too and is eliminated: what remains is a Laplacian over the views.
    """
    width = seen.weight.shape[1]
    out = np.zeros((width, 3))
    free = np.flatnonzero(~seen.fixed)
    if len(seen.weight) == 0 or len(free) == 0:
        return out
    for scale in SCALES:
        residual = seen.logs + out[None].astype(np.float32)
        mean = _mean(residual, seen.weight)
        away = np.square(residual - mean[:, None]).mean(axis=2)
        weight = seen.weight / np.square(1.0 + away / np.float32(scale**2))
        total = np.maximum(weight.sum(axis=1), 1e-9)
        strength = weight.sum(axis=0, dtype=np.float64)
        system = np.diag(strength) - (weight.T @ (weight / total[:, None])).astype(np.float64)
        prior = PRIOR * strength + 1e-6 * max(float(strength.max()), 1.0)
        wanted = -np.einsum("nv,nvc->vc", weight, seen.logs - _mean(seen.logs, weight)[:, None]).astype(np.float64)
        out[free] = np.linalg.solve((system + np.diag(prior))[np.ix_(free, free)], wanted[free])
        if not seen.fixed.any():
            out -= out.mean(axis=0)
    return out


def _mean(values: Float32Array, weight: Float32Array) -> Float32Array:
    """(n, 3) over the views."""
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    return np.einsum("nv,nvc->nc", weight / total, values)
