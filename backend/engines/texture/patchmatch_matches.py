"""Which patch of the known part each patch over a hole looks like, at one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...geometry.typing import BoolArray, Float32Array, IntArray
from . import patchmatch_kernels as kernels
from .patchmatch_kernels import BORDER, FAR, RADIUS, Seeds
from .patchmatch_scales import Scale

SIDE = 2 * RADIUS + 1
ROUNDS = (3, 4, 6, 8, 10)
"""How often patches are looked for and vote, from the finest scale to the coarsest."""
COMPARED = 600_000
"""Pairs of patches that are compared in the first guess: each target with as many sources as that allows."""
WIDEST = (12, 24, 10_000)
"""Pixels around the best source so far in which others are tried, from the finest scale to the coarsest."""
SOFT, SOFT_LAST = 0.5, 0.0
"""How far votes are averaged while patches are looked for, and at last, when the best alone counts: no blur."""
FALL = 1.3
"""By how much a patch is trusted less for each pixel away from what is known (Wexler et al. 2007, section 3.4)."""


@dataclass(frozen=True)
class Prior:
    """What is preferred besides likeness; all as squared differences of colours in 0..1.

    near: cost of a source at the other end of the picture. turn: times the squared difference of the two surfaces'
    lies. missing: of each pixel of a patch that is not known at the source. shift: by how much colours may be moved;
    shift_weight: how much a move costs.
    """

    near: float = 1e-3
    turn: float = 3e-3
    missing: float = 0.05
    shift: float = 0.04
    shift_weight: float = 1.0

    def packed(self) -> Float32Array:
        """As the kernels take it."""
        return np.array([self.near, self.turn, self.missing, self.shift, self.shift_weight], dtype=np.float32)


@dataclass
class Match:
    """targets: (n, 2) rows and columns of patches over the hole, row by row. index: (h, w) their number, -1.
    source: (n, 2) the patch that each looks like; cost: (n,); shifts: (n, 3).
    """

    targets: IntArray
    index: IntArray
    source: IntArray
    cost: Float32Array
    shifts: Float32Array


def match_for(scale: Scale) -> Match:
    """Targets without sources: all patches that touch the hole."""
    near = ndimage.maximum_filter(scale.hole, size=SIDE) & scale.live
    targets = np.argwhere(near).astype(np.int32, order="C")
    index = np.full(near.shape, -1, dtype=np.int32)
    index[targets[:, 0], targets[:, 1]] = np.arange(len(targets), dtype=np.int32)
    n = len(targets)
    return Match(targets, index, np.zeros((n, 2), np.int32), np.full(n, FAR, np.float32), np.zeros((n, 3), np.float32))


def refined(coarse: Match, scale: Scale) -> Match:
    """The match of a coarser scale, twice as fine."""
    match = match_for(scale)
    r, c = (match.targets[:, 0] - BORDER) // 2 + BORDER, (match.targets[:, 1] - BORDER) // 2 + BORDER
    places = ndimage.distance_transform_edt(coarse.index < 0, return_distances=False, return_indices=True)
    r, c = np.minimum(r, coarse.index.shape[0] - 1), np.minimum(c, coarse.index.shape[1] - 1)
    parent = coarse.index[places[0][r, c], places[1][r, c]]
    moved = 2 * (coarse.source[parent] - BORDER) + BORDER + (match.targets - BORDER) % 2
    moved = np.clip(moved, BORDER, np.array(scale.source.shape) - BORDER - 1)
    known = ndimage.distance_transform_edt(~scale.source, return_distances=False, return_indices=True)
    match.source[:, 0] = known[0][moved[:, 0], moved[:, 1]]
    match.source[:, 1] = known[1][moved[:, 0], moved[:, 1]]
    match.cost[:] = coarse.cost[parent]
    match.shifts[:] = coarse.shifts[parent]
    return match


def look(scale: Scale, match: Match, weights: Float32Array) -> None:
    """Compare all targets with all sources, or as many as time allows."""
    pool = sparse_pool(scale, match)
    rest = match.cost >= FAR
    match.source[rest] = pool[np.arange(np.count_nonzero(rest)) % len(pool)]
    arrays = (scale.picture, scale.source, scale.live, scale.lie, scale.back, weights)
    kernels.look_everywhere(*arrays, match.targets, match.source, match.cost, match.shifts, pool)


def sparse_pool(scale: Scale, match: Match) -> IntArray:
    """(m, 2) sources, evenly thinned so that comparing all with all targets takes bounded time."""
    pool = _pool(scale.source)
    most = max(COMPARED // max(len(match.targets), 1), 64)
    return pool[np.linspace(0, len(pool) - 1, most).astype(np.int64)] if len(pool) > most else pool


def alternate(scale: Scale, match: Match, weights: Float32Array, state: Seeds, number: int) -> None:
    """Look for patches and let them vote, in turn; ends with what was found last, before its vote."""
    rounds, widest = ROUNDS[min(number, len(ROUNDS) - 1)], WIDEST[min(number, len(WIDEST) - 1)]
    widest = min(widest, max(scale.hole.shape) // 2)
    pool = _pool(scale.source)
    arrays = (scale.picture, scale.source, scale.live, scale.lie, scale.back, weights)
    for turn in range(rounds):
        kernels.measure(*arrays, match.targets, match.source, match.cost, match.shifts)
        for forward in (True, False) if number > 0 else (turn % 2 == 0,):
            kernels.search(
                *arrays,
                match.targets,
                match.index,
                match.source,
                match.cost,
                match.shifts,
                pool,
                state,
                widest,
                forward,
            )
        if turn + 1 < rounds:
            vote(scale, match, SOFT)


def vote(scale: Scale, match: Match, soft: float) -> None:
    """Change the hole of ``scale.picture`` to what the patches over it say."""
    pixels = np.argwhere(scale.hole).astype(np.int32, order="C")
    trust = _trust(scale)
    voted = kernels.vote(
        scale.picture, scale.source, scale.lie, scale.back, pixels, match.index, match.source, match.cost, match.shifts,
        trust, soft,
    )  # fmt: skip
    rows, cols = pixels[:, 0], pixels[:, 1]
    if soft > 0.0 and scale.hold.any():
        hold = scale.hold[rows, cols, None]
        voted = hold * scale.first[rows, cols] + (np.float32(1.0) - hold) * voted
    scale.picture[rows, cols] = voted


def _trust(scale: Scale) -> Float32Array:
    depth = ndimage.distance_transform_edt(scale.hole)
    return np.power(FALL, -np.minimum(depth, 60.0)).astype(np.float32)


def _pool(source: BoolArray) -> IntArray:
    whole = ndimage.minimum_filter(source, size=SIDE)
    return np.argwhere(whole if np.count_nonzero(whole) >= SIDE * SIDE else source).astype(np.int32, order="C")
