"""What a hole shows at the coarsest scale: the better of two first guesses, hole by hole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from ...geometry.typing import BoolArray, Float32Array, FloatArray, IntArray
from . import patchmatch_kernels as kernels
from .continuation import continued
from .patchmatch_kernels import BORDER, FAR, Seeds
from .patchmatch_matches import SIDE, Match, alternate, look, match_for, sparse_pool
from .patchmatch_scales import Scale, halved

EVEN_STEP, PLAIN = 0.04, 0.5
"""Where more than the second of the pixels around a hole differ from those beside them by less than the first, flat
colours meet in contours; elsewhere it is texture, which has none to continue."""
PLAIN_TEXTURE = 0.04
"""The most that a plain surface may vary from pixel to pixel at the finest scale, as in the channels of texture."""
MAX_CONTINUED = 8_000
"""Pixels that are continued smoothly at most: the finest scale with so few of them is."""
HELD, HELD_FINER = 0.9, 0.8
"""How much the smooth continuation guides the filling at the coarsest scale, and at finer ones."""
CLEARLY, EVEN = 0.45, 1e-4
"""Patches laid from the rim are taken where they cost less than this share of those that follow the guide."""


def guide(scales: list[Scale], usable: list[int]) -> bool:
    """Continue contours smoothly into the holes of the coarser scales: ``first`` holds the outcome.

    Returns whether the coarsest could be.
    """
    fitting = [i for i in usable if np.count_nonzero(scales[i].hole) <= MAX_CONTINUED]
    if not fitting:
        return False
    finest = scales[fitting[0]]
    free = finest.hole & (finest.hold <= 0.0)
    if not free.any():
        return True
    finest.first[...] = continued(finest.first, finest.live & ~free, free)
    layer, weight = finest.first, finest.live.astype(np.float32)
    for i in fitting[1:]:
        layer, weight = _bordered_half(layer * weight[..., None]), _bordered_half(weight)
        layer = layer / np.maximum(weight, np.float32(1e-6))[..., None]
        free = scales[i].hole & (scales[i].hold <= 0.0)
        scales[i].first[free] = layer[free]
    return True


def _bordered_half(values: Float32Array) -> Float32Array:
    edge = [(BORDER, BORDER), (BORDER, BORDER), *[(0, 0)] * (values.ndim - 2)]
    return np.pad(halved(values[BORDER:-BORDER, BORDER:-BORDER]), edge)


def coarsest(scales: list[Scale], usable: list[int], weights: Float32Array, state: Seeds) -> Match:
    """The match of the coarsest scale: hole by hole the better of two first guesses.

    Patches laid from the rim inwards continue what repeats; a smooth continuation shows where contours bend to. Finer
    scales keep to the latter in the holes where it won.
    """
    scale = scales[usable[-1]]
    laid = _first_guess(scale, weights)
    alternate(scale, laid, weights, state, usable[-1])
    if not guide(scales, usable):
        return laid
    hold = np.where(scale.hole, np.maximum(scale.hold, np.float32(HELD)), np.float32(0.0))
    smooth = replace(scale, picture=scale.first.copy(), hold=hold)
    guided = match_for(smooth)
    look(smooth, guided, weights)
    alternate(smooth, guided, weights, state, usable[-1])
    labels, count = ndimage.label(scale.hole, np.ones((3, 3), bool))
    place = ndimage.distance_transform_edt(labels == 0, return_distances=False, return_indices=True)
    owner = labels[place[0], place[1]][laid.targets[:, 0], laid.targets[:, 1]]
    members = np.maximum(np.bincount(owner, minlength=count + 1), 1)
    first = np.bincount(owner, np.minimum(laid.cost, 1.0), count + 1) / members
    second = np.bincount(owner, np.minimum(guided.cost, 1.0), count + 1) / members
    better = (second * CLEARLY < first + EVEN) & (_evenness(scale, labels, count) > PLAIN)
    chosen = better[owner]
    laid.source[chosen], laid.cost[chosen] = guided.source[chosen], guided.cost[chosen]
    laid.shifts[chosen] = guided.shifts[chosen]
    region = better[labels] & (labels > 0)
    scale.picture[region] = smooth.picture[region]
    _hold(scales, usable, region)
    return laid


def _evenness(scale: Scale, labels: IntArray, count: int) -> FloatArray:
    """(count + 1,) the share of the known pixels around each hole that are much like those beside them."""
    known = scale.live & ~scale.hole
    steps = np.zeros(known.shape, dtype=np.float32)
    for axis in (0, 1):
        change = np.abs(np.diff(scale.picture[..., :3], axis=axis)).max(axis=-1)
        both = (known[1:] & known[:-1]) if axis == 0 else (known[:, 1:] & known[:, :-1])
        change = np.where(both, change, 0.0)
        low, high = ((slice(1, None), slice(None)), (slice(None, -1), slice(None)))
        if axis == 1:
            low, high = low[::-1], high[::-1]
        steps[low] = np.maximum(steps[low], change)
        steps[high] = np.maximum(steps[high], change)
    plain = (steps < EVEN_STEP) & (scale.picture[..., 3:].max(axis=-1) < PLAIN_TEXTURE)
    around = ndimage.grey_dilation(labels, size=(2 * SIDE + 1, 2 * SIDE + 1))
    rim = known & (around > 0)
    total = np.bincount(around[rim], minlength=count + 1)
    even = np.bincount(around[rim], plain[rim], count + 1)
    return even / np.maximum(total, 1)


def _hold(scales: list[Scale], usable: list[int], region: BoolArray) -> None:
    """Keep finer scales that were guided to their guide inside ``region``, a part of the coarsest one's hole."""
    inner = region[BORDER:-BORDER, BORDER:-BORDER]
    for i in reversed(usable[:-1]):
        inner = np.kron(inner, np.ones((2, 2), dtype=bool))
        scale = scales[i]
        if np.count_nonzero(scale.hole) > MAX_CONTINUED:
            break
        wide = np.pad(ndimage.binary_dilation(inner, np.ones((3, 3), bool)), BORDER) & scale.hole
        scale.hold[wide] = np.maximum(scale.hold[wide], HELD_FINER)


def _first_guess(scale: Scale, weights: Float32Array) -> Match:
    """Fill the coarsest scale layer by layer from its rim, comparing what is there with all sources."""
    match = match_for(scale)
    pool = sparse_pool(scale, match)
    left = scale.hole & (scale.hold <= 0.0)
    live = scale.live & ~left
    while left.any():
        layer = left & ndimage.binary_dilation(live, np.ones((3, 3), bool))
        if not layer.any():  # apart from all that is known
            layer = left.copy()
        chosen = match.index[layer]
        source, cost = match.source[chosen], np.full(len(chosen), FAR, np.float32)
        shifts = np.zeros((len(chosen), 3), np.float32)
        kernels.look_everywhere(
            scale.picture, scale.source, live, scale.lie, scale.back, weights, match.targets[chosen], source, cost,
            shifts, pool,
        )  # fmt: skip
        lost = cost >= FAR
        source[lost] = pool[np.arange(np.count_nonzero(lost)) % len(pool)]
        match.source[chosen], match.cost[chosen], match.shifts[chosen] = source, np.minimum(cost, 1.0), shifts
        scale.picture[layer] = scale.picture[source[:, 0], source[:, 1]]
        scale.picture[layer, :3] += shifts
        left &= ~layer
        live = live | layer
    look(scale, match, weights)
    return match
