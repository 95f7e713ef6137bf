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
    colours. weight: (m,) float32, 0 where the colour cannot be compared.
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
        self.logs, self.sure = np.zeros((self.size, 3), np.float32), np.zeros(self.size, np.float32)
        if given is not None and locked is not None:
            rows = locked[:: self.stride]
            self.logs, usable = _logs(given[:: self.stride])
            self.sure = np.where(rows & usable, np.float32(1.0), np.float32(0.0))
        # Means over what was taken in so far, for a view's first gain.
        self._total, self._weight = self.logs * self.sure[:, None], self.sure.copy()

    def add(self, view: ViewSamples) -> tuple[FloatArray, bool]:
        """Take in a view. (3,) the factor that makes it agree with those before it, and whether the painter gave back
        what it was shown where it was to keep it: then that tells nothing and is left out.
        """
        chosen = np.flatnonzero(view.texel % self.stride == 0)
        row = view.texel[chosen] // self.stride
        logs, usable = _logs(view.colour[chosen] / FULL)
        weight = np.where(usable, view.quality[chosen] / FULL, np.float32(0.0))
        known = self._weight[row] > 0.0
        mean = self._total[row] / np.maximum(self._weight[row], np.float32(1e-9))[:, None]
        only_kept = view.accepted[chosen] == 0
        echo = _is_echo(logs, mean, known & usable & only_kept)
        if echo:
            weight = np.where(only_kept, np.float32(0.0), weight)
        gain = _shift(mean - logs, np.where(known, weight * np.minimum(self._weight[row], 1.0), np.float32(0.0)))
        used = weight > 0.0
        sight = Sight(row[used], view.place[chosen[used]] / FULL, logs[used], weight[used])
        self._total[sight.row] += (sight.logs + gain.astype(np.float32)) * sight.weight[:, None]
        self._weight[sight.row] += sight.weight
        self.sights.append(sight)
        return np.exp(gain), echo

    @property
    def anchored(self) -> bool:
        """Whether there is something that stays as it is."""
        return bool((self.sure > 0.0).any())


def _logs(colour: Float32Array) -> tuple[Float32Array, BoolArray]:
    usable = ((colour > DARK) & (colour < BRIGHT)).all(axis=1)
    return np.log(np.maximum(colour, np.float32(DARK))).astype(np.float32), usable


def _is_echo(logs: Float32Array, mean: Float32Array, where: BoolArray) -> bool:
    if where.sum() < 16:
        return False
    return float(np.median(np.abs(np.exp(logs[where]) - np.exp(mean[where])))) < ECHO


def _shift(away: Float32Array, weight: Float32Array) -> FloatArray:
    """(3,) the robust mean of log ratios (m, 3)."""
    out = np.zeros(3)
    for scale in SCALES:
        off = np.square(away - out.astype(np.float32)).mean(axis=1)
        share = weight / np.square(1.0 + off / np.float32(scale**2))
        total = float(share.sum(dtype=np.float64))
        out = (share @ away).astype(np.float64) / max(total * (1.0 + PRIOR), 1e-3)
    return np.clip(out, -LIMIT, LIMIT)


def gains(seen: Comparison) -> FloatArray:
    """(V, 3) factors that make all views agree. Unless something is fixed, their logarithms have mean 0: pictures do
    not tell how bright all of them should be.
    """
    width = len(seen.sights)
    out = np.zeros((width, 3))
    if width == 0:
        return out
    logs, weight = _table(seen)
    fixed = np.concatenate([np.zeros(width, bool), [True]])
    free = np.flatnonzero(~fixed)
    for scale in SCALES:
        shift = np.concatenate([out, np.zeros((1, 3))]).astype(np.float32)
        away = np.square(logs + shift - _mean(logs + shift, weight)[:, None]).mean(axis=2)
        share = weight / np.square(1.0 + away / np.float32(scale**2))
        total = np.maximum(share.sum(axis=1), np.float32(1e-9))
        strength = share.sum(axis=0, dtype=np.float64)
        system = np.diag(strength) - (share.T @ (share / total[:, None])).astype(np.float64)
        prior = PRIOR * strength + 1e-6 * max(float(strength.max()), 1.0)
        wanted = -np.einsum("nv,nvc->vc", share, logs - _mean(logs, share)[:, None]).astype(np.float64)
        out = np.linalg.solve((system + np.diag(prior))[np.ix_(free, free)], wanted[free])
        if not seen.anchored:
            out -= out.mean(axis=0)
    return np.exp(np.clip(out, -LIMIT, LIMIT))


def _table(seen: Comparison) -> tuple[Float32Array, Float32Array]:
    """(n, V + 1, 3) and (n, V + 1): the texels that more than one view shows; what is fixed comes last."""
    count, width = seen.size, len(seen.sights)
    weight = np.zeros((count, width + 1), dtype=np.float32)
    for number, sight in enumerate(seen.sights):
        weight[sight.row, number] = sight.weight
    weight[:, width] = seen.sure
    shared = (weight > 0.0).sum(axis=1) > 1
    logs = np.zeros((int(shared.sum()), width + 1, 3), dtype=np.float32)
    number_of = np.cumsum(shared) - 1
    for number, sight in enumerate(seen.sights):
        kept = shared[sight.row]
        logs[number_of[sight.row[kept]], number] = sight.logs[kept]
    logs[:, width] = seen.logs[shared]
    return logs, weight[shared]


def _mean(values: Float32Array, weight: Float32Array) -> Float32Array:
    """(n, 3) over the views."""
    total = np.maximum(weight.sum(axis=1, keepdims=True), np.float32(1e-9))
    return np.einsum("nv,nvc->nc", weight / total, values)


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
            share = weight / np.square(1.0 + np.square(residual).mean(axis=1) / np.float32(FIELD_SCALE**2))
            nodes = np.zeros((NODES, NODES, 4))
            gathered(seen.sights[number].place, residual, share, nodes)
            sums = smoothed(nodes)
            found[number] += np.float32(0.5) * sums[..., :3] / (sums[..., 3:] + np.float32(FIELD_PRIOR))
    everywhere = np.log(factors).astype(np.float32)[:, None, None, :]
    return np.exp(np.clip(found + everywhere, -LIMIT, LIMIT))


def others(
    seen: Comparison, values: Sequence[Float32Array], weights: Sequence[Float32Array], fixed: Float32Array
) -> list[tuple[Float32Array, Float32Array]]:
    """For each view what all others say, on average, of the texels it sees, (m, 3), and how much that weighs, (m,).

    fixed: (n, 3) what is said by what stays as it is.
    """
    total, sure = (fixed * seen.sure[:, None]).astype(np.float32), seen.sure.copy()
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
