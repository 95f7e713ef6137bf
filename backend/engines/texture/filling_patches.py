"""Structure and detail for what is filled: patches of the known surface, put together at several scales.

After Wexler, Shechtman and Irani (2007), Space-time completion of video, with the search of Barnes et al. (2009),
PatchMatch, in the atlas; patches end at the borders of charts.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...geometry.texels import in_chunks
from ...geometry.typing import ByteImage, Float32Array, IntArray
from .filling_growth_kernels import grow, mismatch
from .filling_patch_kernels import (
    HOLE,
    KNOWN,
    OUTSIDE,
    RADIUS,
    WORST,
    first_sources,
    halved,
    put,
    search,
    targets,
    vote,
)

DEEPEST = 3.0
"""Texels from the border to the middle of the deepest hole on the coarsest picture."""
MOST_LEVELS = 6
GROWING = 2
"""So many of the finest pictures are copied into texel by texel, which keeps what is fine; votes would even it out."""
GUIDE_GROWN = 1.0
ROBUST = 0.25
"""A difference between colours, by all channels, that may as well be the edge of a painted thing."""
GUIDE = 2.0
"""Weight of the difference from the smooth fill on all pictures but the finest: nothing is put where its surroundings
speak against it."""
NEAR = 1e-4
"""Cost of a source for each texel that it is away."""
REACH = 4
"""Half a side of the window that is searched at random on the finest picture."""
ROUNDS = 2
"""Of looking and voting on the finest picture; ROUNDS_MORE further ones on each coarser one."""
ROUNDS_MORE = 2
MOST_ROUNDS = 12
TRUST = 1.3
"""Each texel further within a hole, a patch counts so much less (Wexler et al. 2007, section 3.4)."""
CHUNK = 8192
STRIDES = (1, 4, 2, 1)


@dataclass
class Patches:
    """A picture of one size. image: (H, W, 3), the hole's texels change. state: (H, W). rows, cols: (n,) texels that
    take after others. place: (H, W) their numbers. sources: (n, 2) those others.
    """

    image: Float32Array
    state: ByteImage
    rows: IntArray
    cols: IntArray
    place: IntArray
    sources: IntArray


@dataclass
class Scale(Patches):
    """smooth: (H, W, 3) means of patches at the start. trust: (n,). near: (n, 2) the nearest known texels, and (n,)
    the distance to them.
    """

    smooth: Float32Array
    trust: Float32Array
    near: IntArray
    distance: Float32Array


@dataclass(frozen=True)
class Grown:
    """What was copied. rows, cols: (n,) texels of the hole. right, contact: see ``mismatch``."""

    rows: IntArray
    cols: IntArray
    right: Float32Array
    contact: Float32Array


def synthesised(image: Float32Array, state: ByteImage, seed: int = 0) -> Grown:
    """Put the hole of a picture together from patches of what is known; picture and state are changed in place.

    image: (H, W, 3) float32, with a smooth fill in the hole. state: (H, W) uint8, OUTSIDE, HOLE or KNOWN; becomes GROWN
    where the hole was filled.
    """
    pictures = [(image, state)]
    while len(pictures) < 2 or (len(pictures) < MOST_LEVELS and _depth(pictures[-1][1]) > DEEPEST):
        smaller = halved(*pictures[-1])
        if len(pictures) > 1 and not (smaller[1] == KNOWN).any():
            break
        pictures.append(smaller)
    coarser: Scale | None = None
    for level in range(len(pictures) - 1, GROWING - 1, -1):
        scale = _scale(*pictures[level])
        if coarser is not None:
            _take_over(scale, coarser)
        first_sources(scale.state, scale.rows, scale.cols, scale.near, scale.distance, scale.sources, seed)
        _improve(scale, level, seed, coarser is not None)
        coarser = scale
    grown: Patches | None = coarser
    for level in range(min(len(pictures) - 2, GROWING - 1), -1, -1):
        grown = _grown(*pictures[level], pictures[level + 1][0], grown, level, seed)
    assert grown is not None
    rows, cols, place, sources = grown.rows, grown.cols, grown.place, grown.sources
    return Grown(rows, cols, *mismatch(image, state, rows, cols, place, sources, ROBUST))


def _grown(
    image: Float32Array, state: ByteImage, coarse: Float32Array, coarser: Patches | None, level: int, seed: int
) -> Patches:
    """Fill the hole of a picture texel by texel from its border inwards."""
    rows, cols = (axis.astype(np.int32) for axis in np.nonzero(state == HOLE))
    place = np.full(state.shape, -1, dtype=np.int32)
    place[rows, cols] = np.arange(len(rows), dtype=np.int32)
    patches = Patches(image, state, rows, cols, place, np.full((len(rows), 2), -1, dtype=np.int32))
    if coarser is not None:
        _take_over(patches, coarser)
    distance = cv2.distanceTransform((state != KNOWN).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    order = np.argsort((distance[rows, cols] * 2.0).astype(np.uint16), kind="stable")
    near = NEAR * 2**level
    grow(image, state, coarse, rows, cols, order, place, patches.sources, GUIDE_GROWN, near, 16, seed * 1009 + level)
    return patches


def _depth(state: ByteImage) -> float:
    """Texels from the known to the hole's middle."""
    distance = cv2.distanceTransform((state != KNOWN).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
    return float(distance[state == HOLE].max(initial=0.0))


def _scale(image: Float32Array, state: ByteImage) -> Scale:
    chosen = targets(state)
    rows, cols = (axis.astype(np.int32) for axis in np.nonzero(chosen))
    place = np.full(state.shape, -1, dtype=np.int32)
    place[rows, cols] = np.arange(len(rows), dtype=np.int32)
    distance, labels = cv2.distanceTransformWithLabels(
        (state != KNOWN).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    known = np.stack(np.nonzero(state == KNOWN), axis=1).astype(np.int32)
    number = np.zeros((int(labels.max()) + 1, 2), dtype=np.int32)
    number[labels[known[:, 0], known[:, 1]]] = known
    far = distance[rows, cols]
    trust = (TRUST ** -np.minimum(far, 40.0)).astype(np.float32)
    sources = np.full((len(rows), 2), -1, dtype=np.int32)
    nearest = number[labels[rows, cols]]
    return Scale(image, state, rows, cols, place, sources, _means(image, state), trust, nearest, far)


def _means(image: Float32Array, state: ByteImage) -> Float32Array:
    """(H, W, 3) the mean of each patch over its chart."""
    inside = (state != OUTSIDE).astype(np.float32)
    size = (2 * RADIUS + 1, 2 * RADIUS + 1)
    share = cv2.boxFilter(inside, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
    total = cv2.boxFilter(image * inside[..., None], -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return total / np.maximum(share, 1.0)[..., None]


def _take_over(scale: Patches, coarser: Patches) -> None:
    """Begin with the sources of the coarser picture, twice as far away."""
    number = coarser.place[scale.rows // 2, scale.cols // 2]
    there = number >= 0
    there[there] = coarser.sources[number[there], 0] >= 0
    scale.sources[there, 0] = 2 * coarser.sources[number[there], 0] + scale.rows[there] % 2
    scale.sources[there, 1] = 2 * coarser.sources[number[there], 1] + scale.cols[there] % 2
    limit = np.array(scale.state.shape) - 1
    scale.sources = np.minimum(scale.sources, limit).astype(np.int32)
    usable = scale.state[scale.sources[:, 0], scale.sources[:, 1]] == KNOWN
    scale.sources[~(there & usable)] = -1


def _improve(scale: Scale, level: int, seed: int, begun: bool) -> None:
    """Look for better sources and let them vote, in turns."""
    count = len(scale.rows)
    costs = np.full(count, WORST, dtype=np.float32)
    values = np.zeros((count, 3), dtype=np.float32)
    if begun:
        _cast_votes(scale, np.zeros(count, dtype=np.float32), values, 1.0)
    rounds = min(MOST_ROUNDS, ROUNDS + ROUNDS_MORE * level)
    reach = REACH * 2**level if begun else max(scale.state.shape) // 2
    for turn in range(rounds):
        after = np.empty_like(scale.sources)

        def work(start: int, stop: int, turn: int = turn, after: IntArray = after) -> None:
            search(
                scale.image,
                scale.state,
                scale.smooth,
                scale.place,
                scale.rows,
                scale.cols,
                scale.sources,
                after,
                costs,
                start,
                stop,
                STRIDES[turn % len(STRIDES)],
                reach,
                GUIDE,
                NEAR * 2**level,
                seed * 1009 + level * 101 + turn,
            )

        in_chunks(count, work, size=CHUNK)
        scale.sources = after
        spread = float(np.percentile(costs[costs < WORST], 75)) if (costs < WORST).any() else 1.0
        _cast_votes(scale, costs, values, max(spread, 1e-4))


def _cast_votes(scale: Scale, costs: Float32Array, values: Float32Array, spread: float) -> None:
    def work(start: int, stop: int) -> None:
        vote(
            scale.image,
            scale.state,
            scale.place,
            scale.rows,
            scale.cols,
            scale.sources,
            costs,
            scale.trust,
            spread,
            values,
            start,
            stop,
        )

    in_chunks(len(scale.rows), work, size=CHUNK)
    put(scale.image, scale.state, scale.rows, scale.cols, values)
