"""Filling holes of a picture from the rest of it: patch-based synthesis over a pyramid of scales.

Wexler, Shechtman, Irani 2007 (Space-time completion of video): each patch over the hole should look like a patch of
the known part; in turn the most similar patches are looked for and vote for the pixels. Barnes et al. 2009
(PatchMatch) for the looking. Newson et al. 2014 (Video inpainting of complex scenes) for the first guess by layers
from the rim inwards, the channels of texture and the last vote. Darabi et al. 2012 (Image melding) for shifts of colour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from ...geometry.typing import BoolArray, Float32Array, IntArray
from . import patchmatch_kernels as kernels
from .continuation import continued
from .patchmatch_kernels import BORDER, CHANNELS, FAR, RADIUS, Seeds

SIDE = 2 * RADIUS + 1
COARSEST_DEPTH = 5.0
"""Pixels from the rim to the middle of the largest hole at the coarsest scale: about one patch (Newson et al. 2014)."""
SMALLEST = 24
"""Pixels along the shorter side of the coarsest scale."""
ROUNDS = (3, 4, 6, 8, 10)
"""How often patches are looked for and vote, from the finest scale to the coarsest."""
SOFT, SOFT_LAST = 0.5, 0.0
FALL = 1.3
"""By how much a patch is trusted less for each pixel away from what is known (Wexler et al. 2007, section 3.4)."""
TEXTURE_WEIGHT = 3.0
LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
COMPARED = 600_000
"""Pairs of patches that are compared in the first guess: each target with as many sources as that allows."""
WIDEST = (12, 24, 10_000)
"""Pixels around the best source so far in which others are tried, from the finest scale to the coarsest."""


MAX_CONTINUED = 12_000
"""Pixels that are continued smoothly at most: the finest scale with so few of them is."""
EVEN_STEP, PLAIN = 0.04, 0.5
"""Where more than the second of the pixels around a hole differ from those beside them by less than the first, flat
colours meet in contours; elsewhere it is texture, which has none to continue."""
HELD, HELD_FINER = 0.6, 0.4
CLEARLY, EVEN = 0.45, 1e-4
"""Patches laid from the rim are taken where they cost less than this share of those that follow the guide."""


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


@dataclass(frozen=True)
class Scale:
    """A scale of the pyramid, each array with the kernels' border. picture: (h, w, CHANNELS). source: may be copied
    from. live: is known or to be filled. hole: to be filled. hold: how much ``first``, the picture before, guides.
    lie, back: (h, w, 4), rows of 2 x 2 matrices.
    """

    picture: Float32Array
    source: BoolArray
    live: BoolArray
    hole: BoolArray
    hold: Float32Array
    first: Float32Array
    lie: Float32Array
    back: Float32Array


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


def flat_lie(shape: tuple[int, int]) -> Float32Array:
    """(H, W, 4) the lie of a surface that faces the camera everywhere."""
    return np.broadcast_to(np.array([1, 0, 0, 1], dtype=np.float32), (*shape, 4))


def fill(
    picture: Float32Array,
    source: BoolArray,
    context: BoolArray,
    hole: BoolArray,
    lie: Float32Array,
    seed: int,
    hold: Float32Array | None = None,
    prior: Prior | None = None,
) -> Float32Array:
    """(H, W, 3) the picture with the hole filled; everything else as it was.

    picture: (H, W, 3) float32. source: pixels that may be copied from. context: pixels that the filling must fit
    (source among them). lie: (H, W, 4) rows of the 2 x 2 matrix that turns a step in pixels into one on the surface.
    hold: (H, W) 0..1 how much of what the picture shows in the hole guides the filling there; None: nothing.
    At least one pixel must be a source. The same input and seed give the same output.
    """
    weights = (prior or Prior()).packed()
    held = np.zeros(hole.shape, np.float32) if hold is None else np.where(hole, hold, np.float32(0.0))
    scales = _pyramid(_with_texture(picture, context | (held > 0.0)), source, context & ~hole, hole, held, lie)
    state = np.array([(seed * 2654435761 + 0x9E3779B9) & 0xFFFFFFFF or 1], dtype=np.uint32)
    usable = [i for i, scale in enumerate(scales) if scale.hole.any() and scale.source.any()]
    _guide(scales, usable)
    match: Match | None = None
    for number in reversed(usable):
        scale = scales[number]
        if match is None:
            match = _coarsest(scales, usable, weights, state)
            continue
        match = _refined(match, scale)
        _vote(scale, match, SOFT)
        _alternate(scale, match, weights, state, number)
    out = picture.copy()
    if match is not None:
        _vote(scales[0], match, SOFT_LAST)
        inner = scales[0].picture[BORDER:-BORDER, BORDER:-BORDER, :3][: out.shape[0], : out.shape[1]]
        out[hole] = np.clip(inner[hole], 0.0, 1.0)
    return out


def _guide(scales: list[Scale], usable: list[int]) -> None:
    """Continue contours smoothly into the holes of the coarser scales: ``first`` holds the outcome."""
    fitting = [i for i in usable if np.count_nonzero(scales[i].hole) <= MAX_CONTINUED]
    if not fitting:
        return
    finest = scales[fitting[0]]
    free = finest.hole & (finest.hold <= 0.0)
    if not free.any():
        return
    finest.first[...] = continued(finest.first, finest.live & ~free, free)
    layer, weight = finest.first, finest.live.astype(np.float32)
    for i in fitting[1:]:
        layer, weight = _half(layer * weight[..., None]), _half(weight)
        layer = layer / np.maximum(weight, 1e-6)[..., None]
        free = scales[i].hole & (scales[i].hold <= 0.0)
        scales[i].first[free] = layer[free]


def _half(values: Float32Array) -> Float32Array:
    """A level of a pyramid without its border, half as large."""
    v = values[BORDER:-BORDER, BORDER:-BORDER] if values.ndim == 2 else values[BORDER:-BORDER, BORDER:-BORDER, :]
    out = (v[::2, ::2] + v[1::2, ::2] + v[::2, 1::2] + v[1::2, 1::2]) / np.float32(4.0)
    return np.pad(out, [(BORDER, BORDER), (BORDER, BORDER), *[(0, 0)] * (out.ndim - 2)])


def _coarsest(scales: list[Scale], usable: list[int], weights: Float32Array, state: Seeds) -> Match:
    """The match of the coarsest scale: hole by hole the better of two first guesses.

    Patches laid from the rim inwards continue what repeats; a smooth continuation shows where contours bend to. Finer
    scales keep to the latter in the holes where it won.
    """
    scale = scales[usable[-1]]
    smooth = replace(scale, picture=scale.first.copy(), hold=np.where(scale.hole, np.maximum(scale.hold, HELD), 0.0))
    laid = _first_guess(scale, weights, state)
    guided = _match_for(smooth)
    _look(smooth, guided, weights)
    for one, other in ((scale, laid), (smooth, guided)):
        _alternate(one, other, weights, state, usable[-1])
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


def _evenness(scale: Scale, labels: IntArray, count: int) -> Float32Array:
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
    around = ndimage.grey_dilation(labels, size=(2 * SIDE + 1, 2 * SIDE + 1))
    rim = known & (around > 0)
    total = np.bincount(around[rim], minlength=count + 1)
    even = np.bincount(around[rim], steps[rim] < EVEN_STEP, count + 1)
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


def _alternate(scale: Scale, match: Match, weights: Float32Array, state: Seeds, number: int) -> None:
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
            _vote(scale, match, SOFT)


def _vote(scale: Scale, match: Match, soft: float) -> None:
    pixels = np.argwhere(scale.hole).astype(np.int32)
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
    return np.argwhere(whole if np.count_nonzero(whole) >= SIDE * SIDE else source).astype(np.int32)


def _match_for(scale: Scale) -> Match:
    near = ndimage.maximum_filter(scale.hole, size=SIDE) & scale.live
    targets = np.argwhere(near).astype(np.int32)
    index = np.full(near.shape, -1, dtype=np.int32)
    index[targets[:, 0], targets[:, 1]] = np.arange(len(targets), dtype=np.int32)
    n = len(targets)
    return Match(targets, index, np.zeros((n, 2), np.int32), np.full(n, FAR, np.float32), np.zeros((n, 3), np.float32))


def _refined(coarse: Match, scale: Scale) -> Match:
    """The match of a coarser scale, twice as fine."""
    match = _match_for(scale)
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


def _first_guess(scale: Scale, weights: Float32Array, state: Seeds) -> Match:
    """Fill the coarsest scale layer by layer from its rim, comparing what is there with all sources."""
    match = _match_for(scale)
    pool = _sparse_pool(scale, match)
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
    _look(scale, match, weights)
    return match


def _look(scale: Scale, match: Match, weights: Float32Array) -> None:
    """Compare all targets with all sources, or as many as time allows."""
    pool = _sparse_pool(scale, match)
    rest = match.cost >= FAR
    match.source[rest] = pool[np.arange(np.count_nonzero(rest)) % len(pool)]
    arrays = (scale.picture, scale.source, scale.live, scale.lie, scale.back, weights)
    kernels.look_everywhere(*arrays, match.targets, match.source, match.cost, match.shifts, pool)


def _sparse_pool(scale: Scale, match: Match) -> IntArray:
    pool = _pool(scale.source)
    most = max(COMPARED // max(len(match.targets), 1), 64)
    return pool[np.linspace(0, len(pool) - 1, most).astype(np.int64)] if len(pool) > most else pool


def _with_texture(picture: Float32Array, context: BoolArray) -> Float32Array:
    """(H, W, CHANNELS) the picture and how much it varies to the right and down around each pixel."""
    out = np.zeros((*picture.shape[:2], CHANNELS), dtype=np.float32)
    out[..., :3] = picture
    luma = picture @ LUMA
    for axis, channel in ((1, 3), (0, 4)):
        both = context & np.roll(context, -1, axis)
        change = np.abs(np.roll(luma, -1, axis) - luma) * both
        weight = ndimage.uniform_filter(both.astype(np.float32), 9)
        mean = ndimage.uniform_filter(change, 9) / np.maximum(weight, 1e-3)
        out[..., channel] = np.where(context, mean * TEXTURE_WEIGHT, 0.0)
    return out


def _pyramid(
    picture: Float32Array, source: BoolArray, known: BoolArray, hole: BoolArray, hold: Float32Array, lie: Float32Array
) -> list[Scale]:
    depth = float(ndimage.distance_transform_edt(np.pad(hole, 1)).max()) if hole.any() else 0.0
    levels = 1
    while depth / 2 ** (levels - 1) > COARSEST_DEPTH and min(hole.shape) / 2**levels >= SMALLEST:
        levels += 1
    block = 2 ** (levels - 1)
    grow = [(0, -n % block) for n in hole.shape]
    layers = [
        np.pad(picture, [*grow, (0, 0)]),
        np.pad(source & known, grow),
        np.pad(known, grow),
        np.pad(hole, grow),
        np.pad(hold, grow),
        np.pad(lie, [*grow, (0, 0)], mode="edge"),
    ]
    out = [_scale(*layers)]
    for _ in range(levels - 1):
        layers = _halved(*layers)
        out.append(_scale(*layers))
    return out


def _halved(
    picture: Float32Array,
    source: BoolArray,
    known: BoolArray,
    hole: BoolArray,
    hold: Float32Array,
    lie: Float32Array,
) -> list[np.ndarray]:
    def mean(values: np.ndarray) -> Float32Array:
        v = values.astype(np.float32, copy=False)
        return (v[::2, ::2] + v[1::2, ::2] + v[::2, 1::2] + v[1::2, 1::2]) / np.float32(4.0)

    seen = known | (hold > 0.0)
    share, empty = mean(known), mean(hole)
    there = share >= 0.5
    left = ~there & (share + empty >= 0.5) & (empty > 0.0)
    return [
        mean(picture * seen[..., None]) / np.maximum(mean(seen), 1e-6)[..., None],
        there & (mean(source) >= 0.5),
        there,
        left,
        np.where(left, mean(hold) / np.maximum(empty, 1e-6), np.float32(0.0)),
        mean(lie),
    ]


def _scale(
    picture: Float32Array,
    source: BoolArray,
    known: BoolArray,
    hole: BoolArray,
    hold: Float32Array,
    lie: Float32Array,
) -> Scale:
    edge = [(BORDER, BORDER), (BORDER, BORDER)]
    wide = np.pad(lie, [*edge, (0, 0)], mode="edge").astype(np.float32)
    a, b, c, d = (wide[..., i] for i in range(4))
    size = a * d - b * c
    size = np.where(np.abs(size) < 1e-9, 1e-9, size)
    back = np.stack([d / size, -b / size, -c / size, a / size], axis=-1).astype(np.float32)
    first = np.pad(picture * (known | (hold > 0.0))[..., None], [*edge, (0, 0)]).astype(np.float32)
    return Scale(
        first.copy(),
        np.pad(source, edge),
        np.pad(known | hole, edge),
        np.pad(hole, edge),
        np.pad(hold, edge).astype(np.float32),
        first,
        np.ascontiguousarray(wide),
        back,
    )
