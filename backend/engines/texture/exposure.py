"""Exposure of views that see the same surface: a factor per view and channel, and what is left of it over the picture.

Both are found from some of the texels, by robust least squares over all views at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...geometry.typing import BoolArray, Float32Array, FloatArray, IntArray
from .backprojection import FULL, ViewSamples
from .comparison_kernels import gathered, rest_of, spread_at, sum_up

LIMIT = float(np.log(2.0))
"""No view is made more than twice as bright or dark: beyond that it shows something else."""
ROWS = 24_000
"""Texels that are compared, at most: more do not change the third digit."""
DARK, BRIGHT = 0.04, 0.97
"""Values, sRGB, that are compared: ratios of darker ones are noise, brighter ones may be cut off."""
PRIOR = 1e-3
"""Weight of the assumption that nothing is to be changed, beside that of all texels a view shares with others."""
CHANNEL = 0.001
"""The same of the assumption that a channel is off as the others are: white surfaces tell nothing in any that clips."""
SCALES = (0.5, 0.25, 0.12, 0.06, 0.06, 0.06)
"""Log ratios at which a texel's voice falls to a quarter, step by step (graduated non-convexity; Geman and McClure)."""
ECHO = 1.5 / 255.0
"""A painter whose answer differs by less from what it was shown, where it was to keep it, gave that back."""
NODES = 13
"""Points along a side of a picture at which what varies over it is found."""
SWEEPS = 5
FIELD_SCALE = 0.15
FIELD_PRIOR = 0.3
"""Texels' worth of the assumption that a picture is even, at each node."""


@dataclass(frozen=True)
class Sight:
    """What a view shows of the compared texels, of which it sees m.

    row: (m,) rising. place: (m, 2) float32, x and y in the picture as shares of its sides. logs: (m, 3) float32 of its
    colours. weight: (m, 3) float32, 0 where a channel cannot be compared.
    """

    row: IntArray
    place: Float32Array
    logs: Float32Array
    weight: Float32Array


class Comparison:
    """Texels at even steps through the atlas, as all views see them.

    given, locked: what texels show that are not to be changed; it counts as one more view.
    """

    def __init__(self, count: int, given: Float32Array | None, locked: BoolArray | None) -> None:
        self.stride = max(1, -(-count // ROWS))
        self.size = -(-count // self.stride)
        self.sights: list[Sight] = []
        self.logs, self.sure = np.zeros((self.size, 3), np.float32), np.zeros((self.size, 3), np.float32)
        if given is not None and locked is not None:
            rows = locked[:: self.stride]
            self.logs, usable = _logs(given[:: self.stride])
            self.sure = (rows[:, None] & usable).astype(np.float32)
        # Means over what was taken in so far, for a view's first gain.
        self._total, self._weight = self.logs * self.sure, self.sure.copy()

    def add(self, view: ViewSamples) -> tuple[FloatArray, bool]:
        """Take in a view. (3,) the factor that makes it agree with those before it, and whether the painter gave back
        what it was shown where it was to keep it: then that tells nothing and is left out.
        """
        chosen = np.flatnonzero(view.texel % self.stride == 0)
        row = view.texel[chosen] // self.stride
        logs, usable = _logs(view.colour[chosen] / FULL)
        weight = usable * (view.quality[chosen] / FULL)[:, None]
        known = self._weight[row] > 0.0
        mean = self._total[row] / np.maximum(self._weight[row], np.float32(1e-9))
        only_kept = (view.accepted[chosen] == 0)[:, None]
        echo = _is_echo(logs, mean, known & usable & only_kept)
        if echo:
            weight = np.where(only_kept, np.float32(0.0), weight)
        gain = _shift(mean - logs, np.where(known, weight * np.minimum(self._weight[row], 1.0), np.float32(0.0)))
        used = weight.any(axis=1)
        sight = Sight(row[used], view.place[chosen[used]] / FULL, logs[used], weight[used])
        sum_up(sight.row, sight.logs + gain.astype(np.float32), sight.weight, self._total, self._weight)
        self.sights.append(sight)
        return np.exp(gain), echo

    @property
    def anchored(self) -> bool:
        """Whether there is something that stays as it is."""
        return bool((self.sure > 0.0).any())


def _logs(colour: Float32Array) -> tuple[Float32Array, BoolArray]:
    usable = (colour > DARK) & (colour < BRIGHT)
    return np.log(np.maximum(colour, np.float32(DARK))).astype(np.float32), usable


def _is_echo(logs: Float32Array, mean: Float32Array, where: BoolArray) -> bool:
    if where.sum() < 16:
        return False
    return float(np.median(np.abs(np.exp(logs[where]) - np.exp(mean[where])))) < ECHO


def _shift(away: Float32Array, weight: Float32Array) -> FloatArray:
    """(3,) the robust mean of log ratios (m, 3); a channel that tells little follows the others."""
    out = np.zeros(3)
    for scale in SCALES:
        share = _voices(away - out.astype(np.float32), weight, scale)
        sums, totals = (share * away).sum(axis=0, dtype=np.float64), share.sum(axis=0, dtype=np.float64)
        bound = CHANNEL * totals.sum()
        common = sums.sum() / max(totals.sum() * (1.0 + PRIOR), 1e-3)
        out = (sums + bound * common) / np.maximum(totals * (1.0 + PRIOR) + bound, 1e-3)
    return np.clip(out, -LIMIT, LIMIT)


def _voices(away: Float32Array, weight: Float32Array, scale: float) -> Float32Array:
    """Weights (..., 3), less for texels whose channels are far off."""
    off = (np.square(away) * weight).sum(axis=-1) / np.maximum(weight.sum(axis=-1), np.float32(1e-9))
    return weight / np.square(1.0 + off / np.float32(scale**2))[..., None]


def gains(seen: Comparison) -> FloatArray:
    """(V, 3) factors that make all views agree. Unless something is fixed, their logarithms have mean 0: pictures do
    not tell how bright all of them should be.
    """
    width = len(seen.sights)
    out = np.zeros((width, 3))
    if width == 0:
        return out
    logs, weight = _table(seen)
    for scale in SCALES:
        shift = np.concatenate([out, np.zeros((1, 3))]).astype(np.float32)
        share = _voices(logs + shift - _mean(logs + shift, weight)[:, None], weight, scale)
        systems, wanted = zip(*(_system(logs[..., c], share[..., c]) for c in range(3)), strict=True)
        strength = np.asarray(share.sum(axis=(0, 2), dtype=np.float64))[:width]
        least = 1e-6 * max(float(strength.max()), 1.0)
        common = np.linalg.solve(sum(systems) + np.diag(PRIOR * strength + least), sum(wanted))
        bound = np.diag(CHANNEL * strength + least)
        channels = [np.linalg.solve(a + bound, b + bound @ common) for a, b in zip(systems, wanted, strict=True)]
        out = np.stack(channels, axis=1)
        if not seen.anchored:
            out -= out.mean(axis=0)
    return np.exp(np.clip(out, -LIMIT, LIMIT))


def _system(logs: Float32Array, share: Float32Array) -> tuple[FloatArray, FloatArray]:
    """Normal equations (V, V) and (V,) of the views' log gains in one channel. Each texel's own colour is unknown too
    and is eliminated: what remains is a Laplacian over the views, without the last, which is fixed.
    """
    part = share / np.maximum(share.sum(axis=1, keepdims=True), np.float32(1e-9))
    mean = (part * logs).sum(axis=1, keepdims=True)
    system = np.diag(share.sum(axis=0, dtype=np.float64)) - (share.T @ part).astype(np.float64)
    wanted = -(share * (logs - mean)).sum(axis=0, dtype=np.float64)
    return system[:-1, :-1], wanted[:-1]


def _table(seen: Comparison) -> tuple[Float32Array, Float32Array]:
    """(n, V + 1, 3) twice: log colours and weights of texels that several views show. What is fixed comes last."""
    width = len(seen.sights)
    views = seen.sure.any(axis=1).astype(np.int32)
    for sight in seen.sights:
        views[sight.row] += 1
    shared = views > 1
    number_of = np.cumsum(shared) - 1
    logs = np.zeros((int(shared.sum()), width + 1, 3), dtype=np.float32)
    weight = np.zeros_like(logs)
    for number, sight in enumerate(seen.sights):
        kept = shared[sight.row]
        rows = number_of[sight.row[kept]]
        logs[rows, number], weight[rows, number] = sight.logs[kept], sight.weight[kept]
    logs[:, width], weight[:, width] = seen.logs[shared], seen.sure[shared]
    return logs, weight


def _mean(values: Float32Array, weight: Float32Array) -> Float32Array:
    """(n, 3) over the views."""
    return (values * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), np.float32(1e-9))


def fields(seen: Comparison, factors: FloatArray) -> Float32Array:
    """(V, NODES, NODES, 3) factors over each picture, ``factors`` (V, 3) among them: light that falls off, a tint to
    one side. Smooth, and even where a view is compared with no other.
    """
    logs = [sight.logs + np.log(gain).astype(np.float32) for sight, gain in zip(seen.sights, factors, strict=True)]
    weights = [sight.weight for sight in seen.sights]
    found = np.zeros((len(logs), NODES, NODES, 3), dtype=np.float32)
    for _ in range(SWEEPS if len(logs) + seen.anchored > 1 else 0):
        now = [
            one + at_places(field, sight.place) for one, sight, field in zip(logs, seen.sights, found, strict=True)
        ]
        means = others(seen, now, weights, seen.logs)
        for number, (away, weight) in enumerate(means):
            residual = away - now[number]
            share = _voices(residual, weight, FIELD_SCALE)
            nodes = np.zeros((NODES, NODES, 6))
            gathered(seen.sights[number].place, np.concatenate([residual * share, share], axis=1), nodes)
            sums = smoothed(nodes)
            found[number] += np.float32(0.5) * sums[..., :3] / (sums[..., 3:] + np.float32(FIELD_PRIOR))
    everywhere = np.log(factors).astype(np.float32)[:, None, None, :]
    return np.exp(np.clip(found + everywhere, -LIMIT, LIMIT))


def others(
    seen: Comparison, values: Sequence[Float32Array], weights: Sequence[Float32Array], fixed: Float32Array
) -> list[tuple[Float32Array, Float32Array]]:
    """For each view what all others say, on average, of the texels it sees, (m, 3), and how much that weighs, (m, 3).

    fixed: (n, 3) what is said by what stays as it is.
    """
    total, sure = (fixed * seen.sure).astype(np.float32), seen.sure.copy()
    for sight, value, weight in zip(seen.sights, values, weights, strict=True):
        sum_up(sight.row, value, weight, total, sure)
    out = []
    for sight, value, weight in zip(seen.sights, values, weights, strict=True):
        mean, share = np.empty_like(value), np.empty_like(weight)
        rest_of(sight.row, value, weight, total, sure, mean, share)
        out.append((mean, share))
    return out


def at_places(field: Float32Array, place: Float32Array) -> Float32Array:
    """(m, C) a field (h, w, C) over a picture at places (m, 2), x and y as shares of its sides."""
    out = np.empty((len(place), field.shape[2]), dtype=np.float32)
    spread_at(field, place, out)
    return out


def smoothed(nodes: FloatArray) -> Float32Array:
    """Sums (NODES, NODES, C) of scattered values, spread a little beyond where there are any."""
    blurred = cv2.GaussianBlur(nodes, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, dtype=np.float32).reshape(nodes.shape)
