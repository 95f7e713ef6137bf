"""By how much the pictures of views lie off each other: painters and cameras err by a pixel or two.

All views are moved at once until they agree on what they see in common (Lucas and Kanade 1981, with the mean of the
other views as the picture to match), first as a whole, then by a smooth field over the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...geometry.typing import Float32Array, FloatArray
from .backprojection import Source
from .comparison_kernels import normal_equations, shown_at
from .exposure import NODES, Comparison, at_places, others, smoothed

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
SPARSE = 0.05
"""Share of the mean sums over a picture below which those of a place tell little."""
GAIN, LEAST = 0.8, 0.12
"""Pictures are moved when that leaves at most this share of their squared differences, and by at least so many
pixels."""


@dataclass(frozen=True)
class _Look:
    """image: (h, w, 9) a halved, smoothed picture, its slopes across and down per pixel of the whole one, whose
    ``size`` is (width, height). place: (m, 2), weight: (m, 3) of the texels that are compared, factor: (m, 3) exposure.
    """

    image: Float32Array
    place: Float32Array
    weight: Float32Array
    factor: Float32Array
    size: FloatArray

    def values(self, flow: Float32Array) -> Float32Array:
        """(m, 3) what the view shows of the texels when its picture lies off by ``flow``."""
        out = np.empty((len(self.place), 3), dtype=np.float32)
        shown_at(self.image, self.place, self.factor, flow, self.size, out)
        return out


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
    if _farthest(looks, _step(seen, looks, moved, fixed, True)) < 0.5 * LEAST:
        return None
    before = _differences(seen, looks, moved, fixed)
    for step in range(WHOLE + LOCAL):
        moved = _step(seen, looks, moved, fixed, step >= WHOLE)
    if _differences(seen, looks, moved, fixed) > GAIN * before:
        return None
    return moved if _farthest(looks, moved) > LEAST else None


def _farthest(looks: Sequence[_Look], moved: Sequence[Float32Array]) -> float:
    """Pixels by which the view that is moved most is moved, the root of the mean square over its texels."""
    squares = [np.square(at_places(flow, look.place)).sum(axis=1) for look, flow in zip(looks, moved, strict=True)]
    return max(float(np.sqrt(one.mean())) if len(one) else 0.0 for one in squares)


def _look(seen: Comparison, number: int, source: Source, field: Float32Array) -> _Look:
    sight = seen.sights[number]
    height, width = source.solid.shape
    half = (max(width // 2, 2), max(height // 2, 2))
    image = cv2.GaussianBlur(cv2.resize(source.picture, half, interpolation=cv2.INTER_AREA), (0, 0), BLUR)
    slopes = [
        cv2.Scharr(image, cv2.CV_32F, dx, dy, scale=share / 32.0)
        for dx, dy, share in ((1, 0, half[0] / width), (0, 1, half[1] / height))
    ]
    x = np.minimum((sight.place[:, 0] * width).astype(np.int32), width - 1)
    y = np.minimum((sight.place[:, 1] * height).astype(np.int32), height - 1)
    # Near silhouettes the smoothed picture is mixed with what lies behind.
    clear = np.clip((source.edge[y, x] - np.float32(4.0)) / np.float32(4.0), 0.0, 1.0)
    return _Look(
        np.concatenate([image, *slopes], axis=2),
        sight.place,
        sight.weight * clear[:, None],
        at_places(field, sight.place),
        np.array([width, height], dtype=np.float64),
    )


def _away(
    seen: Comparison, looks: Sequence[_Look], moved: Sequence[Float32Array], fixed: Float32Array
) -> list[tuple[Float32Array, Float32Array]]:
    """For each view how far the others differ from it (m, 3), and weights (m, 3)."""
    values = [look.values(flow) for look, flow in zip(looks, moved, strict=True)]
    means = others(seen, values, [look.weight for look in looks], fixed)
    return [(mean - value, weight) for value, (mean, weight) in zip(values, means, strict=True)]


def _differences(
    seen: Comparison, looks: Sequence[_Look], moved: Sequence[Float32Array], fixed: Float32Array
) -> float:
    """The mean over texels of the squared differences, bounded."""
    total, weights = 0.0, 1e-12
    for away, weight in _away(seen, looks, moved, fixed):
        square = np.square(away).sum(axis=1)
        voice = weight.mean(axis=1)
        total += float((voice * square / (1.0 + square / np.float32(SCALE**2))).sum(dtype=np.float64))
        weights += float(voice.sum(dtype=np.float64))
    return total / weights


def _step(
    seen: Comparison, looks: Sequence[_Look], moved: Sequence[Float32Array], fixed: Float32Array, local: bool
) -> list[Float32Array]:
    """All views moved half way towards the others: they come towards it as well."""
    out = []
    for look, field, (away, weight) in zip(looks, moved, _away(seen, looks, moved, fixed), strict=True):
        nodes = np.zeros((NODES, NODES, 5))
        normal_equations(look.image, look.place, look.factor, field, look.size, away, weight, SCALE, nodes)
        sums = smoothed(nodes) if local else np.broadcast_to(nodes.sum(axis=(0, 1)), nodes.shape)
        rest = REST * (sums[..., 0] + sums[..., 2]) + 1e-6
        xx, xy, yy = sums[..., 0] + rest, sums[..., 1], sums[..., 2] + rest
        bx, by = sums[..., 3] - rest * field[..., 0], sums[..., 4] - rest * field[..., 1]
        if local:
            # Where little is seen the picture as a whole decides.
            bound = SPARSE * float((xx + yy).mean())
            xx, yy = xx + bound, yy + bound
        scale = 0.5 / (xx * yy - xy * xy)
        step = np.stack([(yy * bx - xy * by) * scale, (xx * by - xy * bx) * scale], axis=-1)
        limit = FARTHEST * look.size[0]
        out.append(np.clip(field + step, -limit, limit).astype(np.float32))
    return out
