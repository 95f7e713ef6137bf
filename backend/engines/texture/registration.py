"""By how much the pictures of views lie off each other: painters and cameras err by a pixel or two.

All views are moved at once until they agree on what they see in common (Lucas and Kanade 1981, with the mean of the
other views as the picture to match), first as a whole, then by a smooth field over the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...geometry.typing import Float32Array
from .backprojection import Source
from .exposure import NODES, Comparison, Spread, others

BLUR = 1.0
"""Standard deviation, pixels of the halved picture, over which it is smoothed: shifts of up to 3 pixels are found."""
WHOLE, LOCAL = 6, 5
"""Steps for whole pictures and for fields over them."""
FARTHEST = 0.006
"""How far a picture may lie off, as a share of its width: beyond that it shows something else."""
SCALE = 0.2
"""Difference of colours at which a texel's voice falls to a quarter."""
REST = 0.02
"""Weight of the assumption that a picture lies where it should, beside what it shows."""
GAIN, LEAST = 0.8, 0.12
"""Pictures are moved when that leaves at most this share of their squared differences, and by at least so many
pixels."""


@dataclass(frozen=True)
class _Look:
    """A halved, smoothed picture and its gradients in pixels of the whole one, and the texels that are compared."""

    image: Float32Array
    across: Float32Array
    down: Float32Array
    place: Float32Array
    spread: Spread
    weight: Float32Array
    factor: Float32Array
    size: tuple[int, int]

    def at(self, image: Float32Array, flow: Float32Array) -> Float32Array:
        """(m, 3) of an image where the texels fall, moved by flow (m, 2) pixels, with the view's exposure."""
        height, width = image.shape[:2]
        x = (self.place[:, 0] + flow[:, 0] / self.size[0]) * width - 0.5
        y = (self.place[:, 1] + flow[:, 1] / self.size[1]) * height - 0.5
        # OpenCV's maps hold at most 32767 rows: a square holds more.
        side = int(np.ceil(np.sqrt(max(len(x), 1))))
        maps = np.zeros((2, side * side), dtype=np.float32)
        maps[0, : len(x)], maps[1, : len(y)] = x, y
        found = cv2.remap(image, *maps.reshape(2, side, side), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found.reshape(-1, 3)[: len(x)] * self.factor)


def flows(
    seen: Comparison, sources: Sequence[Source], fields: Float32Array, given: Float32Array | None
) -> list[Float32Array] | None:
    """For each view (NODES, NODES, 2) pixels by which its picture lies off, over the picture; None when the views agree
    as they are. fields: their exposures, see ``fields``. given: (k, 3) what texels show that stay as they are.
    """
    if len(sources) + seen.anchored < 2:
        return None
    looks = [_look(seen, number, source, fields[number]) for number, source in enumerate(sources)]
    fixed = np.zeros((seen.size, 3), np.float32) if given is None else given[:: seen.stride].astype(np.float32)
    moved = [np.zeros((NODES, NODES, 2), dtype=np.float32) for _ in looks]
    before = _differences(seen, looks, moved, fixed)
    for step in range(WHOLE + LOCAL):
        moved = _step(seen, looks, moved, fixed, step >= WHOLE)
    if _differences(seen, looks, moved, fixed) > GAIN * before:
        return None
    length = [float(np.sqrt(np.square(look.spread.at(flow)).sum(axis=1).mean())) if len(look.place) else 0.0
              for look, flow in zip(looks, moved, strict=True)]
    return moved if max(length) > LEAST else None


def _look(seen: Comparison, number: int, source: Source, field: Float32Array) -> _Look:
    sight = seen.sights[number]
    height, width = source.solid.shape
    half = (max(width // 2, 1), max(height // 2, 1))
    shown = (source.solid == 0).astype(np.float32)
    inside = cv2.GaussianBlur(cv2.resize(shown, half, interpolation=cv2.INTER_AREA), (0, 0), BLUR)
    total = cv2.resize(source.picture * shown[..., None], half, interpolation=cv2.INTER_AREA)
    image = cv2.GaussianBlur(total, (0, 0), BLUR) / np.maximum(inside, np.float32(1e-3))[..., None]
    across, down = (
        cv2.Scharr(image, cv2.CV_32F, dx, dy, scale=1.0 / 32.0) * np.float32(share)
        for dx, dy, share in ((1, 0, half[0] / width), (0, 1, half[1] / height))
    )
    x = np.minimum((sight.place[:, 0] * width).astype(np.int32), width - 1)
    y = np.minimum((sight.place[:, 1] * height).astype(np.int32), height - 1)
    # Near silhouettes the smoothed picture is one-sided: what it shows lies elsewhere.
    clear = np.clip((source.edge[y, x] - np.float32(2.0)) / np.float32(4.0), 0.0, 1.0)
    spread = Spread(sight.place)
    return _Look(
        image, across, down, sight.place, spread, sight.weight * clear, spread.at(field), (width, height)
    )  # fmt: skip


def _means(
    seen: Comparison, looks: Sequence[_Look], moved: Sequence[Float32Array], fixed: Float32Array
) -> list[tuple[Float32Array, Float32Array, Float32Array]]:
    """For each view where its texels were moved (m, 2), how far the others differ (m, 3), and weights (m,)."""
    flow = [look.spread.at(field) for look, field in zip(looks, moved, strict=True)]
    values = [look.at(look.image, one) for look, one in zip(looks, flow, strict=True)]
    means = others(seen, values, [look.weight for look in looks], fixed)
    return [(f, mean - value, w) for f, value, (mean, w) in zip(flow, values, means, strict=True)]


def _robust(away: Float32Array, weight: Float32Array) -> Float32Array:
    return weight / np.square(1.0 + np.square(away).sum(axis=1) / np.float32(SCALE**2))


def _differences(
    seen: Comparison, looks: Sequence[_Look], moved: Sequence[Float32Array], fixed: Float32Array
) -> float:
    """The mean over texels of the squared differences, bounded."""
    total, weights = 0.0, 1e-12
    for _, away, weight in _means(seen, looks, moved, fixed):
        square = np.square(away).sum(axis=1)
        total += float((weight * square / (1.0 + square / np.float32(SCALE**2))).sum(dtype=np.float64))
        weights += float(weight.sum(dtype=np.float64))
    return total / weights


def _step(
    seen: Comparison, looks: Sequence[_Look], moved: Sequence[Float32Array], fixed: Float32Array, local: bool
) -> list[Float32Array]:
    """All views moved half way towards the others: they come towards it as well."""
    out = []
    for look, field, (flow, away, weight) in zip(looks, moved, _means(seen, looks, moved, fixed), strict=True):
        share = _robust(away, weight)
        x, y = look.at(look.across, flow), look.at(look.down, flow)
        terms = np.stack([(a * b).sum(axis=1) for a, b in ((x, x), (x, y), (y, y), (x, away), (y, away))], axis=1)
        sums = look.spread.sums(terms * share[:, None])
        if not local:
            sums = np.broadcast_to(sums.sum(axis=(0, 1)), sums.shape)
        rest = REST * (sums[..., 0] + sums[..., 2]) + 1e-6
        xx, xy, yy = sums[..., 0] + rest, sums[..., 1], sums[..., 2] + rest
        bx, by = sums[..., 3] - rest * field[..., 0], sums[..., 4] - rest * field[..., 1]
        if local:
            # Where little is seen the picture as a whole decides.
            bound = 0.05 * float((xx + yy).mean())
            xx, yy = xx + bound, yy + bound
        scale = 0.5 / (xx * yy - xy * xy)
        step = np.stack([(yy * bx - xy * by) * scale, (xx * by - xy * bx) * scale], axis=-1)
        limit = FARTHEST * look.size[0]
        out.append(np.clip(field + step, -limit, limit).astype(np.float32))
    return out
